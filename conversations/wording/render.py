"""From a reply to the message the guest reads. The only place that writes money, and only from a `Price` or a fact."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from conversations.dialogue.effects import FactView
from conversations.dialogue.hotel import HotelProfile, Tone
from conversations.dialogue.replies import (
    Choices,
    Clock,
    Count,
    Day,
    Join,
    Line,
    Moment,
    Phrase,
    Reply,
    Span,
    Value,
)
from conversations.dialogue.state import Address
from conversations.dialogue.values import Localised, Price
from conversations.wording import phrases
from conversations.wording.texts import NO_OVERRIDES, Overrides, text_of
from hotel_agent.common.money import Money, written
from integrations.channels.base import Abilities
from integrations.channels.outgoing import Choice, Composed, Options, Text, compose

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
SET_APART: Final = frozenset({"first", "late", "facts", "letter"})
"""Paragraphs followed by an empty line: what is said beside the matter is not run together with it."""

ROW_LINES: Final = frozenset({"offers.option", "offers.option_with_breakfast"})
"""Lines of a text that repeat a row: room, price per night, total and breakfast are all in the row."""


IN_LETTERS: Final = {"first.who": "letter.who", "event.write_here": "letter.write_here"}
"""Sentences that a letter says in its own way."""


def variant_of(language: str, hotel: HotelProfile, address: Address | None = None) -> str:
    """The catalogue variant: the language with the hotel's tone and, where it is open, the guest's form of address."""
    if language == "es":
        if hotel.tone is Tone.VOSEO:
            return "es-AR"
        return "es-tu" if hotel.tone is Tone.CLOSE or address is Address.TU else "es"
    if language == "pt":
        return "pt-PT" if hotel.portuguese_variant == "pt-PT" else "pt"
    return "en"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes lines for one hotel, variant and instant."""

    hotel: HotelProfile
    variant: str
    at: dt.datetime
    overrides: Overrides = NO_OVERRIDES

    @property
    def language(self) -> str:
        """es, en or pt."""
        return self.variant.split("-")[0]

    def line(self, key: str, values: Mapping[str, Value]) -> str:
        """One sentence with its values put in.

        Raises:
            KeyError: an unknown key or a missing value (a mistake in our code, kept out by tests).
        """
        template = text_of(key, self.variant, self.overrides)

        def put(match: re.Match[str]) -> str:
            name = match[1]
            if name == "hotel" and name not in values:
                return self.hotel.name
            if name == "of_hotel":
                return phrases.of_hotel(self.hotel.name, self.variant)
            return self.value(values[name])

        return phrases.contracted(_PLACEHOLDER.sub(put, template), self.variant)

    def sentence(self, line: Line) -> str:
        """A line as it stands in a message, beginning with a capital."""
        return phrases.capitalised(self.line(line.key, line.values))

    def value(self, value: Value) -> str:
        """A typed value as the guest reads it."""
        today = self.hotel.business_day(self.at)
        match value:
            case str():
                return value
            case int():
                return str(value)
            case Price():
                return written(value.money, self.language)
            case FactView():
                return self._fact(value)
            case Localised():
                return value.text(self.language)
            case Day():
                return phrases.day_phrase(value.date, self.variant, today, short=value.short)
            case Span():
                return phrases.span_phrase(value.check_in, value.check_out, self.variant, today, short=value.short)
            case Moment():
                return phrases.moment_phrase(self.hotel.local(value.instant), self.variant, self.hotel.local(self.at))
            case Clock():
                return phrases.clock_phrase(value.time)
            case Count():
                forms = text_of(f"noun.{value.noun}", self.variant, self.overrides)
                return phrases.plural(forms, value.number, self.variant)
            case Phrase():
                return self.line(value.key, value.values)
            case Join():
                return phrases.joined([self.value(item) for item in value.items], self.variant)

    def _fact(self, fact: FactView) -> str:
        text = fact.text.text(self.language)
        return fact_text(text, self.language, amount=fact.amount, opens=fact.opens, closes=fact.closes)


def fact_text(text: str, language: str, *, amount: Money | None, opens: dt.time | None, closes: dt.time | None) -> str:
    """A fact's text with its own price and hours written in; what the fact does not have stays as it stands."""
    if amount is not None:
        text = text.replace("{amount}", written(amount, language))
    for name, time in (("{opens}", opens), ("{closes}", closes)):
        if time is not None:
            text = text.replace(name, phrases.clock_phrase(time))
    return text


def body_of(reply: Reply, speaker: Speaker) -> str:
    """The text of a reply: sentences of a paragraph on one line, paragraphs below each other."""
    parts: list[str] = []
    for paragraph, following in zip(reply.paragraphs, (*reply.paragraphs[1:], ()), strict=True):
        text = " ".join(speaker.sentence(line) for line in paragraph)
        topic = _topic(paragraph)
        apart = topic in SET_APART and following and topic != _topic(following)
        parts.append(f"{text}\n" if apart else text)
    return "\n".join(parts)


def _topic(paragraph: tuple[Line, ...]) -> str:
    return paragraph[0].key.partition(".")[0]


def choices_of(choices: Choices, speaker: Speaker) -> list[Choice]:
    """What can be tapped, titled."""
    titled = [Choice(button.id, phrases.capitalised(speaker.line(button.key, button.values)))
              for button in choices.buttons]  # fmt: skip
    for row in choices.rows:
        description = speaker.line(row.description.key, row.description.values) if row.description else ""
        titled.append(Choice(row.id, speaker.sentence(row.title), description))
    return titled


def render(
    reply: Reply,
    *,
    language: str,
    hotel: HotelProfile,
    at: dt.datetime,
    abilities: Abilities,
    address: Address | None = None,
    overrides: Overrides = NO_OVERRIDES,
    letter_to: str | None = None,
) -> tuple[Composed, ...]:
    """The message a channel sends for a reply: one, unless its text is longer than the channel allows.

    Args:
        at: the instant it is written for; decides "today", "tomorrow" and whether a year is said.
        letter_to: for e-mail, the guest's name ("" when unknown): a greeting and the hotel's signature are added.
    """
    speaker = Speaker(hotel=hotel, variant=variant_of(language, hotel, address), at=at, overrides=overrides)
    if letter_to is not None:
        reply = replace(reply, paragraphs=tuple(tuple(map(_in_letter, one)) for one in reply.paragraphs))
    body = body_of(reply, speaker)
    choices = choices_of(reply.choices, speaker) if reply.choices else []
    if letter_to is not None:
        return _letter(body, choices, reply, speaker, abilities, letter_to)
    if not choices or reply.choices is None:
        return compose(body, abilities=abilities)
    opener = speaker.line(reply.choices.opener, {}) if reply.choices.opener else ""
    composed = compose(body, abilities=abilities, choices=choices, list_button=opener)
    if reply.choices.in_body and abilities.cards and isinstance(composed[-1], Options):
        body = body_of(replace(reply, paragraphs=_without_cards(reply)), speaker)
        return compose(body, abilities=abilities, choices=choices, list_button=opener)
    if reply.choices.in_body and isinstance(composed[-1], Text):
        return _numbered_already(body, choices, abilities)
    return composed


def _in_letter(line: Line) -> Line:
    return replace(line, key=IN_LETTERS.get(line.key, line.key))


def _without_cards(reply: Reply) -> tuple[tuple[Line, ...], ...]:
    """The paragraphs without the lines that the rows say again."""
    return tuple(paragraph for paragraph in reply.paragraphs if paragraph[0].key not in ROW_LINES)


def _numbered_already(body: str, choices: list[Choice], abilities: Abilities) -> tuple[Composed, ...]:
    """The options are lines of the body: they are attached, not written a second time."""
    *first, last = compose(body, abilities=abilities)
    return (*first, replace(last, choices=tuple(choices))) if isinstance(last, Text) else (*first, last)


def _letter(
    body: str, choices: list[Choice], reply: Reply, speaker: Speaker, abilities: Abilities, name: str
) -> tuple[Composed, ...]:
    """An e-mail: greeting, content, options as numbered lines, signature of the hotel."""
    greeting = speaker.line("letter.greeting_name", {"name": name}) if name else speaker.line("letter.greeting", {})
    signature = "\n".join(
        [speaker.line("letter.closing", {}), speaker.hotel.name, speaker.line("letter.assistant", {})]
        + [contact for contact in (speaker.hotel.phone, speaker.hotel.email) if contact]
    )
    listed = ""
    if choices and not (reply.choices and reply.choices.in_body):
        listed = "\n".join(f"{number}. {choice.title}" + (f": {choice.description}" if choice.description else "")
                           for number, choice in enumerate(choices, start=1))  # fmt: skip
    whole = "\n\n".join(part for part in (greeting, body, listed, signature) if part)
    return _numbered_already(whole, choices, abilities)


def late_notice(written_at: dt.datetime, *, language: str, hotel: HotelProfile, at: dt.datetime,
                address: Address | None = None, overrides: Overrides = NO_OVERRIDES) -> str:  # fmt: skip
    """The sentence put before an answer that was composed in time but could not be sent for more than ten minutes."""
    speaker = Speaker(hotel=hotel, variant=variant_of(language, hotel, address), at=at, overrides=overrides)
    return speaker.sentence(Line("late.sent", {"when": Moment(written_at)}))


def day_ends(*, language: str, hotel: HotelProfile, at: dt.datetime, overrides: Overrides = NO_OVERRIDES) -> str:
    """The agent's last sentence of a day on which it wrote as much to one guest as the hotel allows."""
    speaker = Speaker(hotel=hotel, variant=variant_of(language, hotel, None), at=at, overrides=overrides)
    return speaker.sentence(Line("person.goes_on", {}))
