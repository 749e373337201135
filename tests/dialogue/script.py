"""Reads and plays transcripts.

A transcript begins with settings (`language: es`, `tone: formal`, `staff: night`, `world: down=True`) and a line `---`.
Then, line by line:

    > text of the guest   {intent … entity=value …}    what it means is written by hand, behind the text
    +> more text          {…}                          in the same burst as the line above
    > [Title]                                          a tap on what was shown last, by its title
    > #id                                              a tap on any id, also an old one
    > <image>                                          a message without text
    ~ wait 31                                          minutes pass
    ~ world price_percent=110                          the hotel changes
    ~ event booking_released                           something happens to the stay
    (rule)                                             what decided, and below it exactly what the guest reads

`REWRITE_TRANSCRIPTS=1` writes what the agent says now into the files; the difference is then read by a person.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conversations.dialogue import effects as fx
from conversations.dialogue.hotel import Caller, Heard, Tone
from conversations.understanding.types import Ambiguity
from integrations.channels.outgoing import Options
from integrations.events import MessageType
from integrations.pms.base import Party, Stay
from tests.dialogue.conversation import Conversation, Said
from tests.dialogue.house import UTC, hotel
from tests.dialogue.world import World

FOLDER = Path(__file__).parent / "transcripts"
START = dt.datetime(2026, 11, 23, 21, 10, tzinfo=UTC)  # 18:10 at the hotel
NIGHT = fx.StaffPresence(open_now=False, opens_at=dt.datetime(2026, 11, 24, 11, tzinfo=UTC), on_call=True)
STAFF = {"day": fx.StaffPresence(open_now=True), "night": NIGHT}
_MEANING = re.compile(r"^(?P<text>.*?)\s*\{(?P<meaning>[^}]*)\}$")


@dataclass
class Played:
    """A transcript and what came of playing it."""

    lines: list[str] = field(default_factory=list)
    conversation: Conversation | None = None


def transcripts() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def play(text: str) -> Played:
    """The transcript with the agent's part as it is now."""
    head, _, body = text.partition("\n---\n")
    settings = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line and not line.startswith("#"))
    conversation = _conversation(settings)
    played = Played([head, "---"], conversation)
    burst: list[Heard] = []

    def flush() -> None:
        if burst:
            _record(played, conversation.hears(*burst), conversation)
            burst.clear()

    for line in body.splitlines():
        if line.startswith(">"):
            flush()
            _separate(played)
            burst.append(_heard(conversation, line[1:].strip()))
        elif line.startswith("+>"):
            burst.append(_heard(conversation, line[2:].strip()))
        elif line.startswith("~"):
            flush()
            _separate(played)
            played.lines.append(line)
            _happen(played, conversation, line[1:].strip())
            continue
        elif line.startswith("#"):
            flush()
            _separate(played)
        else:
            continue  # the agent's part: written anew
        played.lines.append(line)
    flush()
    return played


def _separate(played: Played) -> None:
    if played.lines[-1] not in ("---", ""):
        played.lines.append("")


def _conversation(settings: dict[str, str]) -> Conversation:
    world = World(at=START, staff=STAFF[settings.get("staff", "day")])
    _set(world, settings.get("world", ""))
    profile = hotel(tone=Tone(settings.get("tone", "voseo")), portuguese_variant=settings.get("portuguese", "pt-BR"))
    if "booked" in settings:
        _book_before(world, **_values(settings["booked"]))
    language = settings.get("language", "es")
    caller = Caller(phone="+5493515550101", **_values(settings.get("caller", "")))
    return Conversation(profile, world, language=language, caller=caller)


def _book_before(world: World, *, code: str, own: bool = True) -> None:
    """A stay booked some time ago: a superior double, 3 to 7 January."""
    stay = Stay(dt.date(2027, 1, 3), dt.date(2027, 1, 7), (Party(2),))
    option = next(option for option in world._quote(stay).options if option.room_type_id == "sup")
    world.add_booking(code, stay, option, own=own)
    world._quotes_made = 0


def _set(world: World, text: str) -> None:
    for name, value in _values(text).items():
        assert hasattr(world, name), name
        setattr(world, name, STAFF[value] if name == "staff" else value)


def _values(text: str) -> dict[str, Any]:
    """ "a=1 b='x' c=2027-01-03" as Python values."""
    return {name: _value(raw) for name, raw in re.findall(r"(\w+)=('[^']*'|\([^)]*\)|\{[^}]*\}|\S+)", text)}


def _value(raw: str) -> Any:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", raw):
        return dt.date.fromisoformat(raw)
    if raw.startswith("("):
        return tuple(_value(item.strip()) for item in raw[1:-1].split(",") if item.strip())
    try:
        return ast.literal_eval(raw)
    except (ValueError, SyntaxError):
        return raw


def _heard(conversation: Conversation, line: str) -> Heard:
    if line.startswith("["):
        title = line[1:-1]
        choice = next(choice for choice in conversation.choices if choice.title.startswith(title))
        return conversation.heard_tap(choice.id, choice.title)
    if line.startswith("#"):
        return conversation.heard_tap(line[1:])
    if line.startswith("<"):
        return Heard(message_id="m", type=MessageType(line[1:-1]), sent_at=conversation.world.at)
    match = _MEANING.match(line)
    text, meaning = (match["text"], match["meaning"]) if match else (line, "")
    values = _values(meaning)
    intents = re.sub(r"\w+=('[^']*'|\([^)]*\)|\S+)", "", meaning).split()
    if "time" in values:
        values["time"] = dt.time(values["time"])
    unclear = values.pop("unclear", None)
    if unclear:
        kind, words, *readings = unclear
        values["ambiguities"] = (Ambiguity(kind, words, tuple(str(reading) for reading in readings)),)
    candidates = values.pop("candidates", ())
    values["candidates"] = [(name, 0.2) for name in candidates]
    values = {name: (value,) if name in ("topic", "children_ages") and not isinstance(value, tuple) else value
              for name, value in values.items()}  # fmt: skip
    return conversation.heard_text(text, *intents, **values)


def _happen(played: Played, conversation: Conversation, line: str) -> None:
    verb, _, rest = line.partition(" ")
    if verb == "wait":
        conversation.waits(float(rest))
    elif verb == "world":
        _set(conversation.world, rest)
    elif verb == "event":
        hold = conversation.state.hold
        event = fx.StayHappened(kind=fx.StayEventKind(rest), hold_id=hold.hold_id if hold else "")
        _record(played, conversation.happens(event), conversation)


def _record(played: Played, said: Said, conversation: Conversation) -> None:
    played.lines.extend(_written(said))
    for told in conversation.events():
        played.lines.extend(_written(told))


def _written(said: Said) -> list[str]:
    lines = [f"({said.decision.rule})"]
    for command in said.decision.commands:
        if isinstance(command, fx.OpenHandoff):
            urgent = ", urgent" if command.urgency is fx.Urgency.URGENT else ""
            room = f", room {command.room_number}" if command.room_number else ""
            lines.append(f"  ! {command.reason.value}{urgent}{room}: {command.summary}")
        elif isinstance(command, fx.OpenTask):
            urgent = ", urgent" if command.urgent else ""
            room = f", room {command.room_number}" if command.room_number else ""
            lines.append(f"  + {command.kind.value}{urgent}{room}: {command.what}")
        elif isinstance(
            command,
            fx.RequestBooking
            | fx.RequestCancellation
            | fx.RequestChange
            | fx.RequestArrangement
            | fx.ReleaseHold
            | fx.SendProof,
        ):
            lines.append(f"  ! {type(command).__name__}")
    if said.text:
        lines.extend(f"    {line}".rstrip() for line in said.text.splitlines())
    if isinstance(said.message, Options):
        lines.append(f"    ({said.message.button})")
    for choice in said.choices:
        lines.append(f"    [{choice.title}]" + (f" {choice.description}" if choice.description else ""))
    return lines
