"""Plays a conversation: hears messages, drives the policy against a `World`, renders what a guest reads.

Every turn is checked on the way: at most one reply, the state survives JSON, a replay with the recorded answers gives
the same decision, and every amount in the text is one of the reply's own prices.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations.dialogue.effects import Answer, FactView, StayHappened, answer_from_dict
from conversations.dialogue.hotel import Caller, Heard, HotelProfile
from conversations.dialogue.policy import narrate, respond
from conversations.dialogue.replies import Decision, Join, Phrase, Reply, Turn, Value
from conversations.dialogue.state import DialogueState, situation
from conversations.dialogue.values import Price, record_as_dict
from conversations.understanding.types import Ambiguity, Engine, Entities, Scored, Understanding
from conversations.wording.render import render
from hotel_agent.common.money import written
from integrations.channels.base import WHATSAPP, Abilities
from integrations.channels.outgoing import Choice, Composed, Text
from integrations.events import MessageType
from tests.dialogue.world import World

MONEY = re.compile(r"\b[A-Z]{3} \d[\d.,]*\d|\b[A-Z]{3} \d")


def understood(
    text: str,
    *intents: str,
    language: str = "es",
    confidence: float = 0.95,
    candidates: Sequence[tuple[str, float]] = (),
    urgent: bool = False,
    negative: bool = False,
    ambiguities: Sequence[Ambiguity] = (),
    **entities: object,
) -> Understanding:
    """An understanding made by hand."""
    scored = tuple(Scored(name, confidence) for name in intents)
    return Understanding(
        text=text,
        language=language,  # type: ignore[arg-type]
        language_confidence=0.99 if text else 0.0,
        intents=scored,
        candidates=scored + tuple(Scored(name, share) for name, share in candidates),
        entities=Entities(ambiguities=tuple(ambiguities), **entities),  # type: ignore[arg-type]
        sentiment="negative" if negative else "neutral",
        urgent=urgent,
        engine="scripted",
        engine_version="1",
    )


@dataclass
class Said:
    """What a guest read after a turn."""

    text: str
    choices: tuple[Choice, ...]
    message: Composed | None
    decision: Decision


@dataclass
class Conversation:
    """One guest and one hotel."""

    hotel: HotelProfile
    world: World
    language: str = "es"
    caller: Caller = field(default_factory=lambda: Caller(phone="+5493515550101"))
    engine: Engine | None = None
    abilities: Abilities = WHATSAPP
    state: DialogueState = field(default_factory=DialogueState)
    choices: tuple[Choice, ...] = ()
    decisions: list[Decision] = field(default_factory=list)
    replies: int = 0

    # -- what the guest does ----------------------------------------------------------------------------------------

    def says(self, text: str, *intents: str, ago: float = 0, **understanding: Any) -> Said:
        """One text message, understood as given (or by the engine when no intent and nothing else is given)."""
        return self.hears(self.heard_text(text, *intents, ago=ago, **understanding))

    def heard_text(self, text: str, *intents: str, ago: float = 0, **understanding: Any) -> Heard:
        language = str(understanding.pop("language", self.language))
        if self.engine is not None and not intents and not understanding:
            meaning = self.engine.understand(text, situation(self.state, self.hotel, self.world.at))
        else:
            meaning = understood(text, *intents, language=language, **understanding)
        return Heard(
            message_id=f"m{len(self.decisions)}",
            type=MessageType.TEXT,
            text=text,
            sent_at=self.world.at - dt.timedelta(seconds=ago),
            understanding=meaning,
        )

    def heard_tap(self, reply_id: str, title: str = "", ago: float = 0) -> Heard:
        return Heard(
            message_id=f"m{len(self.decisions)}",
            type=MessageType.BUTTON,
            text=title,
            reply_id=reply_id,
            sent_at=self.world.at - dt.timedelta(seconds=ago),
        )

    def taps(self, title: str) -> Said:
        """A tap on what was last shown, by (the beginning of) its title."""
        choice = next(choice for choice in self.choices if choice.title.startswith(title))
        return self.hears(self.heard_tap(choice.id, choice.title))

    def taps_id(self, reply_id: str) -> Said:
        return self.hears(self.heard_tap(reply_id))

    def sends(self, kind: MessageType) -> Said:
        return self.hears(Heard(message_id="m", type=kind, sent_at=self.world.at))

    def hears(self, *heard: Heard) -> Said:
        return self._run(lambda: respond(self.state, heard, self.hotel, self.world.at, self.caller))

    def happens(self, event: StayHappened) -> Said:
        return self._run(lambda: narrate(self.state, event, self.hotel, self.world.at, self.caller))

    def events(self) -> list[Said]:
        """Everything that happened to the guest's stays meanwhile, told."""
        told = []
        while self.world.events:
            told.append(self.happens(self.world.events.pop(0)))
        return told

    def waits(self, minutes: float) -> None:
        self.world.at += dt.timedelta(minutes=minutes)

    # -- the turn ---------------------------------------------------------------------------------------------------

    def _run(self, start: object) -> Said:
        turn: Turn = start()  # type: ignore[operator]
        answers: list[Answer] = []
        decision = drive(turn, self.world, answers)
        stored = [json.loads(json.dumps(record_as_dict(answer))) for answer in answers]
        replayed = replay(start(), [answer_from_dict(answer) for answer in stored])  # type: ignore[operator]
        assert replayed == decision
        self.state = DialogueState.from_dict(json.loads(json.dumps(decision.state.as_dict())))
        assert self.state == decision.state
        self.decisions.append(decision)
        for command in decision.commands:
            self.world.carry_out(command)
        said = self._render(decision)
        if decision.reply is not None:
            self.replies += 1
            self.choices = said.choices
        return said

    def _render(self, decision: Decision) -> Said:
        if decision.reply is None:
            return Said("", (), None, decision)
        language = decision.state.language or self.hotel.default_language
        messages = render(
            decision.reply,
            language=language,
            hotel=self.hotel,
            at=self.world.at,
            abilities=self.abilities,
            address=decision.state.address,
        )
        assert len(messages) == 1
        message = messages[0]
        choices = message.choices
        check_money(decision.reply, message, language)
        return Said(message.body, choices, message, decision)


def drive(turn: Turn, world: World, answers: list[Answer]) -> Decision:
    """Run a turn against the world, recording the answers."""
    try:
        query = next(turn)
        while True:
            answer = world.answer(query)
            answers.append(answer)
            query = turn.send(answer)
    except StopIteration as done:
        decision: Decision = done.value
        return decision


def replay(turn: Turn, answers: Sequence[Answer]) -> Decision:
    """Run a turn with recorded answers."""
    given = iter(answers)
    try:
        next(turn)
        while True:
            turn.send(next(given))
    except StopIteration as done:
        decision: Decision = done.value
        return decision


def prices_of(reply: Reply) -> list[Price | FactView]:
    """Everything in a reply that may be written as money."""
    found: list[Price | FactView] = []

    def walk(value: Value) -> None:
        if isinstance(value, Price | FactView):
            found.append(value)
        elif isinstance(value, Phrase):
            for inner in value.values.values():
                walk(inner)
        elif isinstance(value, Join):
            for inner in value.items:
                walk(inner)

    for paragraph in reply.paragraphs:
        for line in paragraph:
            for value in line.values.values():
                walk(value)
    if reply.choices is not None:
        for row in reply.choices.rows:
            for part in (row.title, row.description):
                for value in part.values.values() if part else ():
                    walk(value)
    return found


def check_money(reply: Reply, message: Composed, language: str) -> None:
    """Every amount a guest reads is one of the reply's own, from a named source (promise 4)."""
    allowed = set()
    for price in prices_of(reply):
        money = price.money if isinstance(price, Price) else price.amount
        if money is not None:
            allowed.add(written(money, language))
    shown = message.body + " ".join(f"{choice.title} {choice.description}" for choice in message.choices)
    for amount in MONEY.findall(shown):
        assert amount in allowed, f"{amount} comes from nowhere in {shown!r}"


def is_text(message: Composed | None) -> bool:
    return isinstance(message, Text)
