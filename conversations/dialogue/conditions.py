"""When the rules of the policy apply: questions about a burst and the state, answered without side effects."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conversations.dialogue import changing, extras, facts, people, proving, taps, wishes
from conversations.dialogue.draft import Problem, stay_of
from conversations.dialogue.said import SMALL_TALK, Said
from conversations.dialogue.state import Draft, PendingKind, Stage
from conversations.dialogue.workbench import Workbench
from conversations.understanding.text import fold_plain
from integrations.events import MessageType
from reservations.codes import normalised

CONFIRM_FROM: Final = 0.6
"""Probability a spoken "yes" needs before something is booked or cancelled; below it the question is asked again."""

SHORT_YES_WORDS: Final = 8
CONFIRM_LONG_FROM: Final = 0.75
"""Probability a "yes" of more than `SHORT_YES_WORDS` words needs: stories with a "let's" in them reach 0.65."""

_PROGRAM: Final = re.compile(r"[{}<>\[\]|]")

CLOCK_TOLERANCE: Final = dt.timedelta(seconds=5)
"""Difference allowed between the provider's clock and ours when judging whether a "yes" came after the question."""

ARRANGED_BY: Final = frozenset({"early_late_request", "special_request", "book_service"})
"""What is arranged for a booked stay where it can be, else by people."""

BESIDE_YES: Final = SMALL_TALK | {"affirm", "provide_details", "make_reservation"}
"""What may stand beside a "yes" without making it a different answer."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a rule decides on: the burst, the effective tap, the draft before it and what could not be merged."""

    said: Said
    tap: str
    before: Draft
    problem: Problem | None


def draft_is_meant(turn: Workbench, said: Said) -> bool:
    """Whether a change is about the booking in the making rather than a booked stay."""
    if said.entities.booking_ref is not None:
        return False
    if turn.state.stage is Stage.COLLECTING:  # so far there is little to change but what is named
        return wishes.about_stay(said)
    return turn.state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY)


def agrees(turn: Workbench, said: Said) -> bool:
    """A clear yes to the question that is open: nothing else asked, refused or changed, and written after it."""
    yes = next((scored for scored in said.intents if scored.name == "affirm"), None)
    if yes is None or yes.confidence < CONFIRM_FROM or said.entities.ambiguities:
        return False
    if any(scored.name not in BESIDE_YES for scored in said.intents):
        return False
    if not _reads_like_a_yes(said, yes.confidence):
        return False
    asked_at = turn.state.asked_at
    return asked_at is None or said.first_sent_at >= asked_at - CLOCK_TOLERANCE


def _reads_like_a_yes(said: Said, confidence: float) -> bool:
    """Nobody says yes in brackets and braces; and many words that say nothing else have to be surer than few."""
    text = " ".join(said.texts)
    if _PROGRAM.search(text):
        return False
    tells_more = any(scored.name in ("provide_details", "make_reservation") for scored in said.intents)
    return tells_more or len(text.split()) <= SHORT_YES_WORDS or confidence >= CONFIRM_LONG_FROM


def plain(said: Said) -> bool:
    """No more than a courtesy, a yes or a no."""
    return all(scored.name in SMALL_TALK | {"affirm", "deny", "dont_know"} for scored in said.intents)


def tapped(turn: Workbench, hearing: Hearing) -> bool:
    """A tap decides, unless the same burst takes it back: a refusal, a change of the stay, another button."""
    said, tap = hearing.said, hearing.tap
    if not tap:
        return False
    if wishes.changed_search(hearing.before, turn.state.draft) or hearing.problem is not None:
        return False
    if tap.startswith(taps.BINDING):
        withdrawn = any(
            other in ("drop", "change") or other.startswith(("change:", "cancel_no:", "change_no:"))
            for other in said.taps
        )
        return not withdrawn and all(scored.name in BESIDE_YES for scored in said.intents)
    return True


def withdrawn_tap(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.tap.startswith(taps.BINDING) and hearing.problem is None and not hearing.said.intents


def without_text(_turn: Workbench, hearing: Hearing) -> bool:
    return not hearing.said.texts and not hearing.tap and not hearing.said.intents


def unsure_voice(turn: Workbench, hearing: Hearing) -> bool:
    """Nothing but a voice note that was hardly understood."""
    return bool(hearing.said.unsure) and without_text(turn, hearing)


def refused_voice(turn: Workbench, hearing: Hearing) -> bool:
    """ "No" to "is that what you said?"."""
    if not turn.state.voice:
        return False
    said = hearing.said
    return hearing.tap == "voice_no" or (not hearing.tap and said.has("deny") and plain(said))


def welcome(_turn: Workbench, hearing: Hearing) -> bool:
    return without_text(_turn, hearing) and MessageType.WELCOME in hearing.said.types


def emergency(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.urgent and hearing.said.has("report_problem", "complaint")


def pending(*kinds: PendingKind) -> Callable[[Workbench], bool]:
    return lambda turn: turn.state.pending is not None and turn.state.pending.kind in kinds


def another_booking(turn: Workbench, said: Said) -> bool:
    """Whether the guest names a booking other than the one the open question is about: then it is no answer to it."""
    code, asked = said.entities.booking_ref, turn.state.pending
    return bool(code) and asked is not None and bool(asked.code) and normalised(code or "") != asked.code


def cancel_answer(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    if not pending(PendingKind.CANCEL_CONFIRMATION)(turn) or another_booking(turn, said):
        return False
    return said.has("affirm", "deny", "cancel_reservation") and all(
        scored.name in BESIDE_YES | {"deny", "cancel_reservation"} for scored in said.intents
    )


def code_answer(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    if not pending(PendingKind.CODE, PendingKind.PROOF, PendingKind.WHICH_RESERVATION)(turn):
        return False
    entities = said.entities
    return bool(entities.booking_ref or entities.email or entities.phone) or said.has("dont_know", "deny")


def proof_answer(turn: Workbench, hearing: Hearing) -> bool:
    """Six digits while they are waited for, whatever else the engine makes of them."""
    return pending(PendingKind.PROOF)(turn) and bool(proving.digits_in(hearing.said.texts))


def room_answer(turn: Workbench, hearing: Hearing) -> bool:
    entities = hearing.said.entities
    return pending(PendingKind.ROOM_NUMBER)(turn) and (entities.room_number or entities.number) is not None


def urgency_answer(turn: Workbench, hearing: Hearing) -> bool:
    return pending(PendingKind.URGENCY)(turn) and (hearing.said.urgent or hearing.said.has("affirm", "deny"))


def wish_answer(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    other = said.has("talk_to_human", "complaint", "cancel_reservation", "check_reservation", *people.STAFF_INTENTS)
    if not pending(*changing.KINDS)(turn) or not said.texts or other or another_booking(turn, said):
        return False
    if changing.has_wish(turn):
        return True
    return pending(PendingKind.CHANGE_WISH)(turn) and not facts.wanted(turn)


def arrange_answer(turn: Workbench, hearing: Hearing) -> bool:
    """Yes or no to another hour or an extra."""
    said = hearing.said
    only = all(scored.name in BESIDE_YES | {"deny", *ARRANGED_BY} for scored in said.intents)
    asked = pending(PendingKind.ARRANGE_CONFIRMATION)(turn) and not another_booking(turn, said)
    return asked and said.has("affirm", "deny") and only


def extra_answer(turn: Workbench, hearing: Hearing) -> bool:
    """Yes or no to an extra for the stay that is being booked."""
    said = hearing.said
    only = all(scored.name in BESIDE_YES | {"deny", *extras.ASKING} for scored in said.intents)
    return pending(PendingKind.EXTRA_OFFER)(turn) and said.has("affirm", "deny") and only


def extras_asked(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.problem is None and extras.are_new(turn, hearing.before)


def change_answer(turn: Workbench, hearing: Hearing) -> bool:
    """Only yes or no to the price of a change; anything else said about the stay is a correction of the wish."""
    said = hearing.said
    if not pending(PendingKind.CHANGE_CONFIRMATION, PendingKind.CHANGE_CHOICE)(turn) or changing.has_wish(turn):
        return False
    if another_booking(turn, said):
        return False
    only = all(scored.name in BESIDE_YES | {"deny", "modify_reservation"} for scored in said.intents)
    refuses_choice = said.has("deny") and only
    return refuses_choice or (pending(PendingKind.CHANGE_CONFIRMATION)(turn) and said.has("affirm") and only)


def says(*names: str) -> Callable[[Workbench, Hearing], bool]:
    return lambda _turn, hearing: hearing.said.has(*names)


def mainly(*names: str) -> Callable[[Workbench, Hearing], bool]:
    return lambda _turn, hearing: hearing.said.primary is not None and hearing.said.primary.name in names


def nothing_to_cancel(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("cancel_reservation") and hearing.said.has("deny")


def cancels(_turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    return mainly("cancel_reservation")(_turn, hearing) or (
        said.has("cancel_reservation")
        and another_booking(_turn, said)  # "yes, cancel HT-…", but not the one asked about
    )


def changes_booked(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    of_another = pending(*changing.KINDS)(turn) and another_booking(turn, said)
    return (said.has("modify_reservation") or of_another) and not draft_is_meant(turn, said)


def accepts_summary(turn: Workbench, hearing: Hearing) -> bool:
    state = turn.state
    unchanged = state.draft == hearing.before and hearing.problem is None
    return (
        state.stage is Stage.SUMMARY
        and state.expected_slot == "confirmation"
        and state.chosen is not None
        and unchanged
        and agrees(turn, hearing.said)
    )


def refuses(turn: Workbench, hearing: Hearing) -> bool:
    booking_open = turn.state.stage in (Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY)
    unchanged = turn.state.draft == hearing.before
    return booking_open and hearing.said.has("deny") and plain(hearing.said) and unchanged


def has_no_email(turn: Workbench, hearing: Hearing) -> bool:
    return (
        turn.state.stage is Stage.DETAILS
        and turn.state.expected_slot in ("email", "name_and_email")
        and (hearing.said.has("dont_know") or (hearing.said.has("deny") and bool(turn.state.draft.name)))
        and not hearing.said.has("thanks", "goodbye")
        and bool(turn.state.draft.phone or turn.caller.phone)
        and not turn.state.draft.email
    )


def arranges(turn: Workbench, hearing: Hearing) -> bool:
    """Another hour, an extra or a wish, not about a booking in the making."""
    return mainly(*ARRANGED_BY)(turn, hearing) and not special_in_booking(turn, hearing)


def special_in_booking(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("special_request") and turn.state.stage in (
        Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY,
    )  # fmt: skip


def books(turn: Workbench, hearing: Hearing) -> bool:
    said, state = hearing.said, turn.state
    if said.primary is not None and said.primary.name in people.STAFF_INTENTS:
        return False
    if hearing.problem is not None or state.draft != hearing.before:
        return True
    if said.has("ask_price") and facts.wanted(turn):
        return False
    if said.has(*wishes.BOOKING_INTENTS, "ask_room_types") and not empty_details(turn, said):
        return True
    if said.has("modify_reservation") and draft_is_meant(turn, said):
        return True
    open_offer = state.stage is Stage.OFFERED and not facts.wanted(turn)
    if open_offer and (said.primary is None or plain(said)) and wishes.pick(turn, said) is not None:
        return True
    complete = stay_of(state.draft) is not None
    return said.has("affirm") and (
        state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY) or (state.stage is Stage.COLLECTING and complete)
    )


def empty_details(turn: Workbench, said: Said) -> bool:
    """ "provide_details" that provide nothing usable are a misunderstanding."""
    return said.primary is not None and said.primary.name == "provide_details" and turn.state.stage is Stage.IDLE


def angry(turn: Workbench, hearing: Hearing) -> bool:
    """Bad words and nothing one could act on: a person, not another question."""
    return hearing.said.negative and plain(hearing.said) and not hearing.said.has("thanks")


def asks_exception(_turn: Workbench, hearing: Hearing) -> bool:
    """Something other than the hotel's rules: a fee waived, a refund that is not due, a lower price."""
    said = hearing.said
    return said.has(*people.ABOUT_RULES) and people.EXCEPTION.search(fold_plain(said.words)) is not None


def wants_waking(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("special_request") and people.WAKING.search(fold_plain(hearing.said.words)) is not None


def unclear_number(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.entities.number is not None and _turn.state.stage in (Stage.COLLECTING, Stage.IDLE)


def contact_again(turn: Workbench, hearing: Hearing) -> bool:
    """Name or address once more, after the stay they were for was asked for or booked: an answer came late."""
    said, entities = hearing.said, hearing.said.entities
    return (
        turn.state.stage is Stage.IDLE
        and bool(turn.state.last_code)
        and said.has("provide_details")
        and bool(entities.guest_name or entities.email or entities.phone)
    )


def asks_hotel(turn: Workbench, _hearing: Hearing) -> bool:
    return bool(facts.wanted(turn))


def always(_turn: Workbench, _hearing: Hearing) -> bool:
    return True
