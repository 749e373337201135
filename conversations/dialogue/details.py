"""Name and e-mail, then one summary with an explicit confirmation bound to the option."""

from __future__ import annotations

from typing import Final

from conversations.dialogue import deposits, extras, offers
from conversations.dialogue.draft import party_value
from conversations.dialogue.effects import Quoted, QuotedOption
from conversations.dialogue.replies import Button, Count, Moment, Phrase, Span
from conversations.dialogue.state import Stage
from conversations.dialogue.values import clean
from conversations.dialogue.workbench import Workbench
from integrations.channels.outgoing import cut

NOTES_SHOWN: Final = 240
"""Characters of the guest's wishes said back; staff get them whole. A summary has to keep its buttons (Meta: 1,024)."""


def ask_details_or_summary(turn: Workbench, quoted: Quoted, option: QuotedOption) -> None:
    """Name and e-mail in one line, only what is missing; then the summary."""
    draft = turn.state.draft
    if not draft.name and turn.caller.name:
        turn.draft(name=clean(turn.caller.name, 80))
    if not draft.email and turn.caller.email:
        turn.draft(email=turn.caller.email)
    draft = turn.state.draft
    needs_email = not draft.email and not (draft.no_email and (draft.phone or turn.caller.phone))
    if draft.name and not needs_email:
        summarise(turn, quoted, option)
        return
    turn.rule = "booking.ask_details"
    turn.change(stage=Stage.DETAILS)
    if turn.state.hold is not None and not draft.name and not draft.email and turn.state.asked not in _DETAIL_KEYS:
        kept = "details.kept_several" if len(quoted.stay.rooms) > 1 else "details.kept"
        turn.say(kept, room=offers.room_name(option, quoted.stay), until=Moment(turn.state.hold.expires_at))
    if not draft.name and needs_email:
        turn.ask("details.ask_both", "name_and_email")
    elif not draft.name:
        turn.ask("details.ask_name", "guest_name")
    else:
        turn.ask("details.ask_email", "email")


_DETAIL_KEYS: Final = ("details.ask_both", "details.ask_name", "details.ask_email")


def summarise(turn: Workbench, quoted: Quoted, option: QuotedOption) -> None:
    """Everything the guest is about to accept, once, with a confirmation bound to this option."""
    draft = turn.state.draft
    turn.rule = "booking.summary"
    turn.change(stage=Stage.SUMMARY, chosen=option.option_id, proposed=None)
    turn.quote(quoted)
    turn.say(
        "summary.stay",
        room=offers.room_name(option, quoted.stay),
        stay=Span(quoted.stay.check_in, quoted.stay.check_out),
        nights=Count(quoted.stay.nights, "night"),
        party=party_value(quoted.stay),
        name=draft.name,
        contact=draft.email or draft.phone or turn.caller.phone,
    )
    extras.summary(turn, option)
    turn.paragraph("summary.total", total=option.price(option.total), includes=_included(option))
    offers.say_desk_charges(turn, [option])
    turn.say("summary.cancellation", cancellation=offers.cancellation_phrase(option, option.terms, turn))
    deposits.summary(turn, option)
    if draft.notes:
        turn.paragraph("summary.notes", notes=cut("; ".join(draft.notes), NOTES_SHOWN))
    if turn.state.hold is not None:
        kept = "summary.kept_several" if len(quoted.stay.rooms) > 1 else "summary.kept"
        turn.paragraph(kept, until=Moment(turn.state.hold.expires_at))
    elif turn.paragraphs:
        turn.paragraphs.append([])
    turn.ask("summary.ask", "confirmation")
    turn.buttons(
        Button(f"confirm:{option.option_id}", "button.confirm"),
        Button("change", "button.change"),
        Button("drop", "button.drop"),
    )


def _included(option: QuotedOption) -> Phrase:
    if option.breakfast_included:
        return Phrase("summary.with_breakfast_and_taxes" if option.taxes_included else "summary.with_breakfast")
    return Phrase("summary.with_taxes" if option.taxes_included else "summary.without_taxes")
