"""What goes out on any channel, before a channel's own format: frozen, checkable, storable.

The outbox stores `as_dict`; an adapter renders the message it is given and changes nothing in it. Everything a channel
cannot show is decided once, in `compose`, from the channel's `Abilities`: buttons become a list, a list becomes
numbered text, long titles are cut at a word. It never becomes two messages where one will do (each one costs money).
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, cast

from hotel_agent.common.exceptions import BadInput
from integrations.channels.base import Abilities

VERSION = 1
MAX_ID = 200
"""Meta's smallest limit for an id a tap sends back: list rows 200, buttons 256."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the guest can tap or name. `id` comes back with the tap; `description` is shown where there is room."""

    id: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        if not self.id or width(self.id) > MAX_ID:
            raise ValueError(f"a choice's id has 1 to {MAX_ID} characters")
        if not self.title.strip():
            raise ValueError(f"choice {self.id} has no title")


class _Message:
    """What all outgoing messages can do."""

    __slots__ = ()
    kind: ClassVar[str]

    def as_dict(self) -> dict[str, Any]:
        """The stored form: JSON values only, with a version; `from_dict` reads it."""
        values = dataclasses.asdict(cast("Outgoing", self))
        lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return {"v": VERSION, "kind": self.kind, **values, **lists}


@dataclass(frozen=True, slots=True)
class Text(_Message):
    """Plain text. `choices` are options already numbered in the body, so that an answer "2" can be understood."""

    kind: ClassVar[str] = "text"
    body: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Buttons(_Message):
    """A question with a few answers to tap."""

    kind: ClassVar[str] = "buttons"
    body: str
    choices: tuple[Choice, ...]
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Options(_Message):
    """A question with a list to open by a button."""

    kind: ClassVar[str] = "options"
    body: str
    button: str
    choices: tuple[Choice, ...]
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Attachment(_Message):
    """A file of ours with a few words. `file_id` is our public id of it; the channel's sender reads it from there."""

    kind: ClassVar[str] = "attachment"
    body: str
    """The caption; may be empty."""
    file_id: str
    content_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Location(_Message):
    """A place on the map. `body` is the same in words, for staff and for channels without maps."""

    kind: ClassVar[str] = "location"
    body: str
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Template(_Message):
    """A text approved beforehand by the provider, with its values. `body` is what the guest reads."""

    kind: ClassVar[str] = "template"
    body: str
    name: str
    language: str
    """The provider's code of the approved language: "es_AR", "en", "pt_BR"."""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction(_Message):
    """An emoji on a message of the guest's. `body` is that emoji; "" takes an earlier one back."""

    kind: ClassVar[str] = "reaction"
    body: str
    message_id: str
    """The provider's id of the guest's message."""


Composed: TypeAlias = Text | Buttons | Options
"""What `compose` builds from words and choices."""
Outgoing: TypeAlias = Text | Buttons | Options | Attachment | Location | Template | Reaction
_KINDS: dict[str, type[Outgoing]] = {
    cls.kind: cls for cls in (Text, Buttons, Options, Attachment, Location, Template, Reaction)
}


def from_dict(stored: Mapping[str, Any]) -> Outgoing:
    """The message behind a stored form.

    Raises:
        BadInput: the stored form is of another version or damaged.
    """
    cls = _KINDS.get(str(stored.get("kind")))
    if cls is None or stored.get("v") != VERSION:
        raise BadInput(f"a stored message has kind {stored.get('kind')!r}, version {stored.get('v')!r}")
    values = {name: value for name, value in stored.items() if name not in {"v", "kind"}}
    try:
        if "choices" in cls.__dataclass_fields__:
            values["choices"] = tuple(Choice(**choice) for choice in values["choices"])
        if cls is Template:
            values["values"] = tuple(map(str, values["values"]))
        return cls(**values)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadInput(f"a stored {stored['kind']} message is damaged: {type(error).__name__}") from error


def choices_of(message: Outgoing) -> tuple[Choice, ...]:
    """What can be tapped or named in answer to a message."""
    return message.choices if isinstance(message, Text | Buttons | Options) else ()


def readable(message: Outgoing) -> str:
    """The message as one text, for staff, search and channels without buttons."""
    match message:
        case Buttons() | Options():
            return "\n\n".join(part for part in (message.body, numbered(message.choices), message.footer) if part)
        case Attachment():
            return "\n\n".join(part for part in (message.body, f"[{message.filename}]") if part)
        case _:
            return message.body


def within(message: Outgoing, abilities: Abilities) -> Outgoing:
    """The message as a channel can show it: what it has no form for is written out as text.

    Buttons and lists are `compose`'s work and are left alone. A reaction has no words: where reactions do not exist it
    becomes its emoji.
    """
    match message:
        case Attachment() if not abilities.media:
            return Text(readable(message))
        case Location() if not abilities.location:
            at = f"https://maps.google.com/?q={message.latitude:.6f},{message.longitude:.6f}"
            lines = dict.fromkeys(part for part in (message.body, message.name, message.address, at) if part)
            return Text("\n".join(lines))
        case Template() if not abilities.templates:
            return Text(message.body)
        case Reaction() if not abilities.reactions:
            return Text(message.body or "–")
        case _:
            return message


def compose(
    body: str,
    *,
    abilities: Abilities,
    choices: Sequence[Choice] = (),
    list_button: str = "",
    footer: str = "",
    choices_in_body: bool = False,
) -> tuple[Composed, ...]:
    """The message(s) for a body and its choices, within a channel's limits.

    One message, unless plain text is longer than the channel's limit: then it is split at paragraphs or words, nothing
    is dropped, and choices go with the last part.

    Args:
        list_button: label of the button that opens a list; without one, a list becomes numbered text.
        choices_in_body: the body already has the choices as numbered lines; text does not repeat them.

    Raises:
        ValueError: the body is blank or two choices have one id (a mistake of the caller, not of the guest).
    """
    body = clean(body).strip()
    if not body:
        raise ValueError("a message needs a body")
    choices = [dataclasses.replace(choice, title=_line(choice.title), description=_line(choice.description))
               for choice in choices]  # fmt: skip
    if len({choice.id for choice in choices}) < len(choices):
        raise ValueError("two choices have the same id")
    footer = cut(_line(footer), abilities.footer) if footer else ""
    if not choices:
        return tuple(Text(part) for part in split(body, abilities.text))
    built = (
        _buttons(body, choices, footer, abilities)
        or _options(body, choices, list_button, footer, abilities)
        or _buttons(body, [_short(choice, abilities) for choice in choices], footer, abilities)
    )
    if built is not None:
        return (built,)
    whole = "\n\n".join(part for part in (body, "" if choices_in_body else numbered(choices), footer) if part)
    *first, last = split(whole, abilities.text)
    return (*(Text(part) for part in first), Text(last, tuple(choices)))


def _buttons(body: str, choices: Sequence[Choice], footer: str, abilities: Abilities) -> Buttons | None:
    if len(choices) > abilities.buttons or width(body) > abilities.button_body:
        return None
    if any(choice.description or width(choice.title) > abilities.button_title for choice in choices):
        return None  # a list has room for them
    if len({choice.title for choice in choices}) < len(choices):
        return None
    return Buttons(body, tuple(choices), footer)


def _short(choice: Choice, abilities: Abilities) -> Choice:
    return Choice(choice.id, cut(choice.title, abilities.button_title), choice.description)


def _options(body: str, choices: Sequence[Choice], button: str, footer: str, abilities: Abilities) -> Options | None:
    button = cut(_line(button), abilities.list_button) if button else ""
    if not button or len(choices) > abilities.rows or width(body) > abilities.list_body:
        return None
    rows = tuple(_row(choice, abilities) for choice in choices)
    if len({(row.title, row.description) for row in rows}) < len(rows):
        return None  # cut to the same words, the guest could not tell them apart
    return Options(body, button, rows, footer)


def _row(choice: Choice, abilities: Abilities) -> Choice:
    title = cut(choice.title, abilities.row_title)
    description = choice.description
    if title != choice.title and not description:
        description = choice.title  # what was cut off stays readable below
    return Choice(choice.id, title, cut(description, abilities.row_description) if description else "")


def numbered(choices: Iterable[Choice]) -> str:
    """Choices as lines "1. Title: description"."""
    return "\n".join(
        f"{number}. {choice.title}" + (f": {choice.description}" if choice.description else "")
        for number, choice in enumerate(choices, start=1)
    )


# --- text within limits ----------------------------------------------------------------------------------------------

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Text without NUL and lone surrogates, which neither PostgreSQL nor UTF-8 can carry."""
    return _UNSTORABLE.sub("", text)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def width(text: str) -> int:
    """Length in UTF-16 units. Meta does not say what it counts; this is never less than code points."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """`text` within `limit`, cut at a word where one ends in the second half, marked with "…"."""
    if width(text) <= limit:
        return text
    kept = _head(text, limit - 1)
    at_word = kept.rfind(" ")
    if at_word > len(kept) // 2 and not text[len(kept) : len(kept) + 1].isspace():
        kept = kept[:at_word]
    return kept.rstrip(" .,;:-·/(") + "…"


def split(text: str, limit: int) -> list[str]:
    """`text` in parts within `limit`: at a blank line, a line, a sentence or a word in the part's second half."""
    parts: list[str] = []
    rest = text
    while width(rest) > limit:
        head = _head(rest, limit)
        for mark in ("\n\n", "\n", ". ", " "):
            at = head.rfind(mark)
            if at > len(head) // 2:
                head = head[: at + len(mark)]
                break
        rest = rest[len(head) :].lstrip()
        parts.append(head.rstrip())
    return [part for part in (*parts, rest) if part]


def _head(text: str, limit: int) -> str:
    """The longest beginning within `limit` that does not tear a letter from its accents or an emoji from its parts."""
    used = 0
    end = len(text)
    for position, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            end = max(position, 1)
            break
    whole = end
    while 0 < whole < len(text) and _joins(text[whole - 1], text[whole]):
        whole -= 1
    return text[: whole or end]


def _joins(left: str, right: str) -> bool:
    joiner = "\u200d"
    return right == joiner or left == joiner or right == "\ufe0f" or unicodedata.combining(right) != 0
