"""The hotel's people as the dialogue meets them: tasks it opens for them, and what they did, for guests to hear."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class TaskKind(StrEnum):
    """What somebody of the house has to do. Closed; the kinds of `StaffTask`."""

    HOUSEKEEPING = "housekeeping"
    ROOM_SERVICE = "room_service"
    BROKEN = "broken"
    LOST_FOUND = "lost_found"
    WAKE_UP = "wake_up"
    TRANSFER = "transfer"
    TABLE = "table"
    SPA = "spa"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """Put a request on the team's list. The guest hears of its end through a `TeamHappened`.

    `adds_room`: the answer to "which room?", which completes the task that is open for it.
    """

    kind: TaskKind
    what: str
    room_number: str = ""
    urgent: bool = False
    at: dt.time | None = None
    """The hour the guest named, on the hotel's clock."""
    on: dt.date | None = None
    """The day the guest named; without one the hour's next occurrence is meant."""
    adds_room: bool = False


class TeamEventKind(StrEnum):
    """What there is to tell about the hotel's people. Closed."""

    STILL_WAITING = "still_waiting"
    """Nobody came by the time that was promised; the team was reminded."""
    STILL_WITH_PERSON = "still_with_person"
    """Somebody took it and has not answered by then; they were reminded."""
    AGENT_AGAIN = "agent_again"
    """Staff were silent for hours: the agent answers again."""
    LEFT_TO_PERSON = "left_to_person"
    """By the hotel's rule a person answers this, not the agent."""
    TASK_DONE = "task_done"
    TASK_FOUND = "task_found"
    TASK_NOT_FOUND = "task_not_found"
    TASK_CANCELLED = "task_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamHappened:
    """One thing about the hotel's people, with what is needed to tell it."""

    kind: TeamEventKind
    task: TaskKind | None = None
    room_number: str = ""
