"""Where one turn is put together: the state so far, the lines to say, the commands to give, and the reasons.

A workbench lives for one turn inside the pure generator; topic modules write on it and `decision` freezes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conversations.dialogue.effects import (
    Answer,
    Command,
    HandoffReason,
    OpenHandoff,
    OpenTask,
    Quoted,
    ReleaseHold,
    StaffHours,
    StaffPresence,
    StoreQuote,
    TaskKind,
    Urgency,
)
from conversations.dialogue.hotel import Caller, HotelProfile
from conversations.dialogue.replies import Button, Choices, Decision, Line, Moment, Reply, Row, Steps, Value
from conversations.dialogue.said import WORDS_LIMIT, Said
from conversations.dialogue.state import DialogueState, Pending, Stage
from conversations.dialogue.values import clean

ABOUT_A_ROOM: Final = frozenset(
    {
        HandoffReason.IN_STAY_REQUEST,
        HandoffReason.PROBLEM,
        HandoffReason.EMERGENCY,
        HandoffReason.COMPLAINT,
    }
)
"""Tasks that carry the room the guest once named."""


@dataclass
class Workbench:
    """The turn in the making."""

    state: DialogueState
    hotel: HotelProfile
    caller: Caller
    at: dt.datetime
    said: Said | None = None
    paragraphs: list[list[Line]] = field(default_factory=list)
    choices: Choices | None = None
    commands: list[Command] = field(default_factory=list)
    fact_ids: list[str] = field(default_factory=list)
    quote_ids: list[str] = field(default_factory=list)
    degraded: str = ""
    rule: str = ""
    """The precise rule, set by whoever decided."""

    @property
    def today(self) -> dt.date:
        """The hotel's business day."""
        return self.hotel.business_day(self.at)

    @property
    def language(self) -> str:
        """The language to answer in."""
        return self.state.language or self.hotel.default_language

    @property
    def late(self) -> bool:
        """The guest has waited so long that prices have to be looked up again."""
        return self.said is not None and self.at - self.said.first_sent_at > self.hotel.late_after

    # -- saying -----------------------------------------------------------------------------------------------------

    def say(self, key: str, **values: Value) -> None:
        """Add a sentence to the current paragraph."""
        if not self.paragraphs:
            self.paragraphs.append([])
        self.paragraphs[-1].append(Line(key, values))

    def paragraph(self, key: str, **values: Value) -> None:
        """Begin a new paragraph with a sentence."""
        self.paragraphs.append([Line(key, values)])

    def ask(self, key: str, slot: str | None, **values: Value) -> None:
        """Ask the one question of this turn and remember what an answer would mean."""
        self.say(key, **values)
        self.change(expected_slot=slot, asked=key, asked_at=self.at)

    def buttons(self, *buttons: Button) -> None:
        """What can be tapped, up to three."""
        self.choices = Choices(buttons=buttons)

    def rows(self, rows: Sequence[Row], opener: str, *, in_body: bool = False) -> None:
        """A list to open, up to ten rows."""
        self.choices = Choices(rows=tuple(rows), opener=opener, in_body=in_body)

    # -- remembering and doing --------------------------------------------------------------------------------------

    def change(self, **changes: Any) -> None:
        """Remember something else."""
        self.state = replace(self.state, **changes)

    def draft(self, **changes: Any) -> None:
        """Remember something else about the stay wanted."""
        self.state = self.state.with_draft(**changes)

    def settle(self) -> None:
        """No question is open any more."""
        self.change(expected_slot=None, asked="", pending=None)

    def wait_for(self, pending: Pending) -> None:
        """Remember a side question."""
        self.change(pending=pending)

    def do(self, command: Command) -> None:
        """Give a command, once."""
        if command not in self.commands:
            self.commands.append(command)

    def quote(self, quoted: Quoted) -> None:
        """This turn says prices of that quote."""
        if quoted.quote_id not in self.quote_ids:
            self.quote_ids.append(quoted.quote_id)
            self.do(StoreQuote(quote_id=quoted.quote_id))

    def drop_booking(self) -> None:
        """Forget offers and choice and let a held room go; the guest's name and contact stay."""
        if self.state.hold is not None:
            self.do(ReleaseHold(hold_id=self.state.hold.hold_id))
        kept = self.state.draft
        fresh = DialogueState().draft
        self.change(
            stage=Stage.IDLE,
            draft=replace(fresh, name=kept.name, email=kept.email, phone=kept.phone, no_email=kept.no_email),
            offers=(),
            chosen=None,
            proposed=None,
            hold=None,
            expected_slot=None,
            asked="",
        )

    def hand_over(
        self,
        reason: HandoffReason,
        *,
        summary: str = "",
        urgent: bool = False,
        room_number: str = "",
        code: str = "",
    ) -> None:
        """Open (or update) a handoff with the guest's words unless a summary is given."""
        words = self.said.words if self.said is not None else ""
        self.do(
            OpenHandoff(
                reason=reason,
                summary=clean(summary or words, WORDS_LIMIT),
                urgency=Urgency.URGENT if urgent else Urgency.NORMAL,
                room_number=room_number or (self.state.room_number if reason in ABOUT_A_ROOM else ""),
                reservation_code=code or self.state.last_code,
            )
        )
        self.change(handoff_open=True)

    def open_task(
        self, kind: TaskKind, *, what: str = "", urgent: bool = False, adds_room: bool = False, timed: bool = False
    ) -> None:
        """Put a request on the team's list, in the guest's words unless `what` is given."""
        said = self.said
        words = clean(what or (said.words if said is not None else ""), WORDS_LIMIT)
        self.do(
            OpenTask(
                kind=kind,
                what=words,
                room_number=self.state.room_number,
                urgent=urgent,
                at=said.entities.time if timed and said is not None else None,
                on=said.entities.date if timed and said is not None else None,
                adds_room=adds_room,
            )
        )

    def promise_team(self, key: str = "team.will_tell") -> Steps:
        """Say when a request is seen to: the guest hears of its end; at night, from when somebody is there."""
        presence = yield StaffHours()
        self.say_team(presence, key)

    def say_team(self, presence: Answer, key: str = "team.will_tell") -> None:
        """As `promise_team`, with the desk's hours known."""
        if isinstance(presence, StaffPresence) and not presence.open_now and presence.opens_at is not None:
            self.say("person.later", when=Moment(presence.opens_at))
        else:
            self.say(key)

    def promise_person(self) -> Steps:
        """Say truthfully when a person will look at it."""
        presence = yield StaffHours()
        self.say_presence(presence)

    def say_presence(self, presence: Answer) -> None:
        """When they answer, by the hours of the desk."""
        if isinstance(presence, StaffPresence) and not presence.open_now and presence.opens_at is not None:
            self.say("person.later", when=Moment(presence.opens_at))
        else:
            self.say("person.soon")

    # -- deciding ---------------------------------------------------------------------------------------------------

    def decision(self, *, transactional: bool = False) -> Decision:
        """Everything decided, frozen."""
        spoken = tuple(tuple(paragraph) for paragraph in self.paragraphs if paragraph)
        reply = Reply(spoken, self.choices) if spoken else None
        taps: tuple[str, ...] = ()
        if reply is not None and reply.choices is not None:
            shown = reply.choices.buttons or reply.choices.rows
            taps = tuple(choice.id for choice in shown)
        state = replace(self.state, shown=taps) if reply is not None else self.state
        primary = self.said.primary if self.said is not None else None
        return Decision(
            state=state,
            reply=reply,
            commands=tuple(self.commands),
            rule=self.rule,
            intent=primary.name if primary else None,
            confidence=primary.confidence if primary else 0.0,
            engine=self.said.engine if self.said else "",
            engine_version=self.said.engine_version if self.said else "",
            fact_ids=tuple(self.fact_ids),
            quote_ids=tuple(self.quote_ids),
            degraded=self.degraded,
            transactional=transactional,
        )
