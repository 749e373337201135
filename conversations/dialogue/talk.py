"""Everything said beside the matter: hello, thanks, goodbye, help, off-topic, not understood, things without text."""

from __future__ import annotations

from typing import Final

from conversations.dialogue import booking
from conversations.dialogue.effects import HandoffReason, RecordDisclosure
from conversations.dialogue.replies import Button, Moment, Steps
from conversations.dialogue.state import Pending, PendingKind, Stage
from conversations.dialogue.values import clean
from conversations.dialogue.workbench import Workbench
from integrations.events import MessageType

CLARIFY_FROM: Final = 0.08
"""A candidate below this is noise, not a guess worth a button."""

NOT_ANSWERED: Final = frozenset(
    {MessageType.REACTION, MessageType.SYSTEM, MessageType.EDIT, MessageType.REVOKE, MessageType.STICKER}
)
"""Recorded without an answer: nothing was asked."""

TO_PERSON: Final = {
    MessageType.IMAGE: "media.for_staff",
    MessageType.VIDEO: "media.for_staff",
    MessageType.DOCUMENT: "media.for_staff",
    MessageType.ORDER: "media.order",
    MessageType.FLOW: "media.form",
}
"""Looked at by a person, and what the guest hears; a photo of a transfer never confirms anything."""

TROUBLES: Final = {
    "send_again": "media.send_again",
    "too_big": "media.too_big",
    "no_listener": "media.audio_not_here",
    "too_long": "media.audio_too_long",
    "silent": "media.audio",
    "failed": "media.audio",
}
"""What is said for a message without usable content, the first that applies."""

TOO_OFTEN: Final = 2
"""Misunderstandings in a row after which a person is asked instead of the guest."""

VOICE_LIMIT: Final = 400
"""How much of a voice note is said back: more than that nobody checks."""

MEANT: Final = {
    "check_availability": "meant.availability",
    "make_reservation": "meant.availability",
    "ask_price": "meant.availability",
    "provide_details": "meant.availability",
    "modify_reservation": "meant.change",
    "cancel_reservation": "meant.cancel",
    "check_reservation": "meant.my_stay",
    "ask_room_types": "meant.rooms",
    "ask_amenities": "meant.hotel",
    "ask_dining": "meant.dining",
    "ask_checkin_checkout": "meant.times",
    "ask_payment": "meant.payment",
    "ask_cancellation_policy": "meant.cancellation_policy",
    "ask_policies": "meant.policies",
    "ask_location": "meant.location",
    "ask_transport": "meant.transport",
    "ask_local_info": "meant.local",
    "early_late_request": "meant.early_late",
    "room_service": "meant.room_service",
    "housekeeping": "meant.housekeeping",
    "report_problem": "meant.problem",
    "lost_found": "meant.lost",
    "special_request": "meant.special",
    "book_service": "meant.service",
    "events_groups": "meant.event",
    "complaint": "meant.complaint",
}
"""What a "did you mean" button says for an intent; intents with one label share a button."""


def disclose(turn: Workbench) -> None:
    """First contact: an automatic assistant, how to reach a person, how data is used. Once per conversation."""
    if turn.state.disclosed:
        return
    turn.say("first.who")
    if turn.hotel.privacy_url:
        turn.say("first.privacy", url=turn.hotel.privacy_url)
    turn.paragraphs.append([])
    turn.do(RecordDisclosure(language=turn.language))
    turn.change(disclosed=True)


def apologise_for_delay(turn: Workbench) -> None:
    """An answer more than ten minutes late says so."""
    if turn.late and turn.said is not None:
        turn.say("late.said", when=Moment(turn.said.first_sent_at))
        turn.paragraphs.append([])


def greet(turn: Workbench, *, first: bool) -> None:
    """Hello, or back to the open question."""
    turn.rule = "talk.greeting"
    if turn.state.stage in (Stage.IDLE, Stage.BOOKING):
        turn.ask("talk.how_can_i_help" if first else "talk.hello_again", None)
        turn.buttons(
            Button("intent:check_availability", "button.prices"),
            Button("intent:check_reservation", "button.my_stay"),
            Button("person", "button.person"),
        )
        return
    if not first:
        turn.say("talk.hello")
    booking.prompt(turn)


def thanks(turn: Workbench) -> None:
    """You are welcome; an open question stays open without being pushed."""
    turn.rule = "talk.thanks"
    turn.say("talk.welcome")
    _stay_open(turn)


def goodbye(turn: Workbench) -> None:
    """Goodbye; what is kept for the guest is mentioned."""
    turn.rule = "talk.goodbye"
    turn.say("talk.goodbye")
    _stay_open(turn)


def _stay_open(turn: Workbench) -> None:
    if turn.state.stage in (Stage.DETAILS, Stage.SUMMARY):
        booking.prompt(turn)


def help_text(turn: Workbench) -> None:
    """What this is and what it can do; never a claim to be a person."""
    turn.rule = "talk.help"
    turn.say("talk.help")
    if turn.state.stage in (Stage.IDLE, Stage.BOOKING):
        turn.say("talk.help_person")
        turn.change(expected_slot=None)
    else:
        turn.paragraphs.append([])
        booking.prompt(turn)


def out_of_scope(turn: Workbench) -> None:
    """One polite sentence, the same for jokes, spam and instructions to the machine."""
    turn.rule = "talk.out_of_scope"
    turn.say("talk.out_of_scope")


def acknowledge(turn: Workbench) -> None:
    """A yes, a no or an ok where nothing is open."""
    turn.rule = "talk.acknowledged"
    turn.ask("talk.anything_else", None)


# -- not understood -------------------------------------------------------------------------------------------------


def clarify(turn: Workbench) -> None:
    """Ask instead of guessing: the likeliest meanings as buttons; the second time in a row a person is offered."""
    again = turn.state.misunderstandings >= 1
    turn.change(misunderstandings=turn.state.misunderstandings + 1)
    turn.rule = "clarify.again" if again else "clarify"
    meanings = _meanings(turn, 2 if again else 3)
    if not meanings:
        # A question is open and nothing else was meant: ask it once more before offering ways out.
        if not again and turn.state.stage in (Stage.COLLECTING, Stage.DETAILS, Stage.OFFERED, Stage.SUMMARY):
            turn.say("clarify.sorry")
            booking.prompt(turn)
            return
        meanings = [("check_availability", "meant.availability"), ("ask_amenities", "meant.hotel")]
    words = clean(turn.said.words, 400) if turn.said else ""
    turn.say("clarify.unsure_again" if again else "clarify.unsure")
    buttons = [Button(f"intent:{name}", key) for name, key in meanings]
    if again:
        buttons = [*buttons[:2], Button("person", "button.person")]
    turn.buttons(*buttons)
    pending = Pending(kind=PendingKind.CLARIFICATION, words=words, candidates=tuple(name for name, _ in meanings))
    turn.wait_for(pending)


def clarify_or_hand_over(turn: Workbench) -> Steps:
    """Asking a third time in a row helps nobody: a person reads it."""
    if turn.state.misunderstandings < TOO_OFTEN:
        clarify(turn)
        return
    turn.change(misunderstandings=turn.state.misunderstandings + 1)
    turn.rule = "clarify.person"
    turn.hand_over(HandoffReason.NOT_UNDERSTOOD)
    turn.say("team.not_understood")
    yield from turn.promise_person()


def _meanings(turn: Workbench, limit: int) -> list[tuple[str, str]]:
    chosen: dict[str, str] = {}
    for scored in turn.said.candidates if turn.said else ():
        key = MEANT.get(scored.name)
        if key is not None and scored.confidence >= CLARIFY_FROM and key not in chosen:
            chosen[key] = scored.name
    if len(chosen) == 1:
        chosen.setdefault("meant.hotel", "ask_amenities")
    return [(name, key) for key, name in chosen.items()][:limit]


# -- things without text --------------------------------------------------------------------------------------------


def without_text(turn: Workbench, types: frozenset[MessageType], troubles: frozenset[str]) -> Steps:
    """Files, orders and forms go to a person, what could not be heard or seen is asked for in writing, the rest is
    acknowledged."""
    turn.rule = "media"
    trouble = next((one for one in TROUBLES if one in troubles), "")
    if trouble:
        turn.rule = f"media.{trouble}"
        turn.say(TROUBLES[trouble])
    elif types & TO_PERSON.keys():
        kind = next(kind for kind in TO_PERSON if kind in types)
        turn.say(TO_PERSON[kind])
        turn.hand_over(HandoffReason.ATTACHMENT, summary=", ".join(sorted(kind.value for kind in types)))
        yield from turn.promise_person()
    elif MessageType.AUDIO in types:
        turn.say("media.audio")
    elif MessageType.LOCATION in types or MessageType.CONTACTS in types:
        turn.say("media.received")
    else:
        turn.say("media.unreadable")


def check_voice(turn: Workbench, words: str) -> None:
    """Say back what was hardly understood: nothing happens until the guest says that it is so."""
    turn.rule = "media.check_voice"
    words = clean(words, VOICE_LIMIT)
    turn.say("media.check_voice", words=words)
    turn.buttons(Button("voice_yes", "button.voice_yes"), Button("voice_no", "button.voice_no"))
    turn.change(voice=words)


def beside_words(turn: Workbench) -> Steps:
    """What came in the same burst as words: a file is passed on, a voice note that was hardly heard is admitted."""
    said = turn.said
    if said is None:
        return
    kinds = [kind for kind in TO_PERSON if kind in said.types]
    if said.texts and kinds:
        turn.paragraph(TO_PERSON[kinds[0]])
        turn.hand_over(HandoffReason.ATTACHMENT)
    if said.unsure or (said.texts and said.troubles & TROUBLES.keys()):
        turn.paragraph("media.audio_partly" if MessageType.AUDIO in said.types else "media.partly")
    yield from ()
