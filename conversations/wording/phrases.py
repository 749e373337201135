"""Dates, times, counts and names inside a sentence, as each language writes them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from babel import Locale
from babel.dates import format_date

LOCALES: Final = {"es": "es", "en": "en_GB", "pt": "pt_BR", "pt-PT": "pt_PT"}
YEAR_FROM: Final = dt.timedelta(days=300)
"""A date further away than this is written with its year."""

_AND: Final = {"es": "y", "en": "and", "pt": "e"}
_MASCULINE: Final = frozenset(
    {"hotel", "hostal", "hostel", "apart", "aparthotel", "resort", "lodge", "refugio", "parador"}
)
_FEMININE: Final = frozenset({"posada", "pousada", "hosteria", "hostería", "casa", "estancia", "hacienda", "villa"})


def locale_of(variant: str) -> Locale:
    """Babel's locale of a catalogue variant."""
    return Locale.parse(LOCALES.get(variant) or LOCALES[variant.split("-", maxsplit=1)[0]])


def _weekday(day: dt.date, variant: str, *, short: bool) -> str:
    name = format_date(day, "EEE" if short else "EEEE", locale=locale_of(variant)).rstrip(".")
    return name.removesuffix("-feira")  # as one says it: "quinta 7 de janeiro"


def _month(day: dt.date, variant: str, *, short: bool = False) -> str:
    return format_date(day, "MMM" if short else "MMMM", locale=locale_of(variant)).rstrip(".")


def _number(day: dt.date, variant: str) -> str:
    return "1º" if day.day == 1 and variant == "pt" else str(day.day)


def _with_year(day: dt.date, today: dt.date) -> bool:
    return abs(day - today) > YEAR_FROM


def day_phrase(day: dt.date, variant: str, today: dt.date, *, short: bool = False) -> str:
    """ "domingo 3 de enero", "Sunday 3 January", "domingo 3 de janeiro"; short "dom 3 ene"."""
    if short:
        return f"{_weekday(day, variant, short=True)} {day.day} {_month(day, variant, short=True)}"
    of = " " if variant == "en" else " de "
    year = f"{of}{day.year}" if _with_year(day, today) else ""
    return f"{_weekday(day, variant, short=False)} {_number(day, variant)}{of}{_month(day, variant)}{year}"


def span_phrase(first: dt.date, last: dt.date, variant: str, today: dt.date, *, short: bool = False) -> str:
    """ "domingo 3 al jueves 7 de enero", the month once when it is one; short "3–7 ene"."""
    same_month = (first.year, first.month) == (last.year, last.month)
    if short:
        end = f"{last.day} {_month(last, variant, short=True)}"
        return f"{first.day}–{end}" if same_month else f"{first.day} {_month(first, variant, short=True)} – {end}"
    to = {"es": "al", "en": "to", "pt": "a"}[variant.split("-", maxsplit=1)[0]]
    end = day_phrase(last, variant, today)
    if same_month:
        return f"{_weekday(first, variant, short=False)} {_number(first, variant)} {to} {end}"
    return f"{day_phrase(first, variant, today)} {to} {end}"


def clock_phrase(time: dt.time) -> str:
    """ "8:00", "18:40": 24 hours, which all three languages read."""
    return f"{time.hour}:{time.minute:02d}"


def moment_phrase(local: dt.datetime, variant: str, now: dt.datetime) -> str:
    """An instant on the hotel's clock with its article: "las 18:40", "mañana a las 8:00", "Friday 1 May at 8:00"."""
    language = variant.split("-", maxsplit=1)[0]
    one, clock = local.hour == 1, clock_phrase(local.time())
    days = (local.date() - now.date()).days
    if days == 0:
        article = {"es": "la " if one else "las ", "en": "", "pt": "a " if one else "as "}[language]
        return f"{article}{clock}"
    at = {"es": " a la " if one else " a las ", "en": " at ", "pt": " à " if one else " às "}[language]
    near = {-1: {"es": "ayer", "en": "yesterday", "pt": "ontem"}, 1: {"es": "mañana", "en": "tomorrow", "pt": "amanhã"}}
    if days in near:
        return f"{near[days][language]}{at}{clock}"
    article = "el " if language == "es" else ""
    return f"{article}{day_phrase(local.date(), variant, now.date())}{at}{clock}"


def plural(forms: str, number: int, variant: str) -> str:
    """The right one of "singular | plural" for a number."""
    parts = [part.strip() for part in forms.split("|")]
    form = locale_of(variant).plural_form(number)
    chosen = parts[0] if form == "one" and number == 1 else parts[-1]
    return chosen.replace("{n}", str(number))


def joined(items: Sequence[str], variant: str) -> str:
    """ "a, b y c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {_AND[variant.split('-', maxsplit=1)[0]]} {items[-1]}"


def of_hotel(name: str, variant: str) -> str:
    """The hotel's name after "of": "del Hotel Río Claro", "da Pousada Azul", "at Hotel Río Claro"."""
    language = variant.split("-", maxsplit=1)[0]
    if language == "en":
        return f"at {name}"
    first = name.split(" ", 1)[0].casefold()
    if language == "es":
        article = "del" if first in _MASCULINE else "de la" if first in _FEMININE else "de"
    else:
        article = "do" if first in _MASCULINE else "da" if first in _FEMININE else "de"
    return f"{article} {name}"


_CONTRACTIONS: Final = {
    "es": ((r"\b([Dd])e el (?=\w)", r"\1el "), (r"\ba el (?=\w)", "al ")),
    "pt": ((r"\b([Dd])e as (?=\d)", r"\1as "), (r"\b([Dd])e a (?=\d)", r"\1a ")),
    "pt-PT": ((r"\b([Dd])e as (?=\d)", r"\1as "), (r"\b([Dd])e a (?=\d)", r"\1a "), (r"\baté as (?=\d)", "até às ")),
}


def contracted(sentence: str, variant: str) -> str:
    """Prepositions and articles that meet where a value was put in: "de el viernes" is "del viernes"."""
    for pattern, written in _CONTRACTIONS.get(variant, _CONTRACTIONS.get(variant.split("-", maxsplit=1)[0], ())):
        sentence = re.sub(pattern, written, sentence)
    return sentence


def capitalised(sentence: str) -> str:
    """A sentence begins with a capital, also when a date or name opens it."""
    if sentence[:1].islower() and not sentence.startswith(("http:", "https:")):
        return sentence[0].upper() + sentence[1:]
    return sentence
