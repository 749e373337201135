"""What guests hear about the hotel's people: that they are late, that the agent is back, that a request is done."""

from __future__ import annotations

import datetime as dt
from typing import Final

from conversations.dialogue import talk
from conversations.dialogue.effects import StaffHours, StaffPresence, TaskKind, TeamEventKind, TeamHappened
from conversations.dialogue.hotel import Caller, HotelProfile
from conversations.dialogue.replies import Moment, Steps, Turn
from conversations.dialogue.state import DialogueState
from conversations.dialogue.workbench import Workbench

_DONE: Final = {
    TaskKind.BROKEN: "team.fixed",
    TaskKind.TRANSFER: "team.transfer_booked",
    TaskKind.TABLE: "team.table_booked",
    TaskKind.SPA: "team.spa_booked",
}
UNSPOKEN: Final = frozenset({TaskKind.WAKE_UP})
"""Whoever was woken knows it."""


def tell(
    state: DialogueState, event: TeamHappened, hotel: HotelProfile, at: dt.datetime, caller: Caller | None = None
) -> Turn:
    """One message about the hotel's people. Remembers nothing: whatever question was open stays open.

    What people did (a request done, somebody late who has the conversation) goes out whoever answers there.
    """
    turn = Workbench(state=state, hotel=hotel, caller=caller or Caller(), at=at)
    turn.rule = f"team.{event.kind.value}"
    yield from _say(turn, event)
    by_agent = event.kind in (TeamEventKind.STILL_WAITING, TeamEventKind.AGENT_AGAIN, TeamEventKind.LEFT_TO_PERSON)
    return turn.decision(transactional=not by_agent)


def _say(turn: Workbench, event: TeamHappened) -> Steps:
    match event.kind:
        case TeamEventKind.STILL_WAITING | TeamEventKind.STILL_WITH_PERSON:
            yield from _late(turn, event.kind)
        case TeamEventKind.AGENT_AGAIN:
            turn.say("team.agent_again")
        case TeamEventKind.LEFT_TO_PERSON:
            talk.disclose(turn)  # it may be the first thing this guest reads
            turn.say("team.left_to_person")
            yield from turn.promise_person()
        case TeamEventKind.TASK_FOUND:
            turn.say("team.found")
        case TeamEventKind.TASK_NOT_FOUND:
            turn.say("team.not_found")
        case TeamEventKind.TASK_CANCELLED:
            turn.say("team.cancelled")
        case TeamEventKind.TASK_DONE:
            _done(turn, event)


def _done(turn: Workbench, event: TeamHappened) -> None:
    if event.task in UNSPOKEN:
        return
    key = _DONE.get(event.task) if event.task is not None else None
    if key == "team.fixed" and event.room_number:
        turn.say("team.fixed_in_room", room=event.room_number)
    elif key is not None:
        turn.say(key)
    elif event.room_number:
        turn.say("team.done_for_room", room=event.room_number)
    else:
        turn.say("team.done")


def _late(turn: Workbench, kind: TeamEventKind) -> Steps:
    """Truthfully: nobody answered, they were told again, and the other way to reach the hotel."""
    turn.say("team.still_waiting" if kind is TeamEventKind.STILL_WAITING else "team.still_with_person")
    presence = yield StaffHours()
    if isinstance(presence, StaffPresence) and not presence.open_now and presence.opens_at is not None:
        turn.say("person.later", when=Moment(presence.opens_at))
    elif turn.hotel.phone:
        turn.say("person.call", phone=turn.hotel.phone)
