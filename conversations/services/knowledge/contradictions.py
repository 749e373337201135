"""Where a hotel says two things: two facts, two languages of one fact, or a fact and a setting that sells.

Only what is typed or written as an hour, hours before arrival or an amount is compared, and only where both sides are
true on a common day. A manager can settle what is right as it is; it is asked again when either side changes. Inside
the tenant's scope.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

from conversations.models import SettledDifference
from conversations.services.profile import folded
from conversations.wording.texts import MONEY
from reservations.models import CancellationTier, Extra, RatePlan
from tenants.models import Fact, OpeningHours, Tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EXTRA_OF = {"parking": "parking", "transfer": "transfer", "breakfast": "breakfast", "cot": "cot", "pets": "pet"}
"""Topics whose price the catalogue of extras names too."""
HOUR_OF = {
    "check_in": "check_in_from",
    "check_out": "check_out_until",
    "early_check_in": "early_check_in_from",
    "late_check_out": "late_check_out_until",
}
"""Topics whose hour the hotel's settings name too."""
FAR_M = 500
"""Metres between a fact's place and the hotel's own at which guests would be sent elsewhere."""


class Kind(StrEnum):
    """What disagrees."""

    PRICES = "prices"
    HOURS = "hours"
    LANGUAGES = "languages"
    SETTING = "setting"
    EXTRA = "extra"
    BREAKFAST = "breakfast"
    CANCELLATION = "cancellation"
    DESK = "desk"
    PLACE = "place"
    UNTYPED = "untyped"


@dataclass(frozen=True)
class Side:
    """One of the two: what says it, its words, and the value read from it."""

    what: str
    """"fact", or the name of the setting."""
    text: str
    value: str
    fact_id: int | None = None
    row_id: int | None = None


@dataclass(frozen=True)
class Difference:
    """Two sides that are both true on a common day and say different things."""

    kind: Kind
    topic: str
    sides: tuple[Side, ...]

    @property
    def key(self) -> str:
        """Names both sides and their values."""
        said = [self.kind, *sorted(f"{side.what}:{side.fact_id}:{side.row_id}:{side.value}" for side in self.sides)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


def differences(tenant: Tenant) -> list[Difference]:
    """Everything that disagrees today or later and was not settled."""
    today = tenant.business_day()
    facts = [
        fact
        for fact in Fact.objects.filter(tenant=tenant, is_active=True).order_by("id")
        if fact.valid_until is None or fact.valid_until >= today
    ]
    found = [
        *_between_facts(facts),
        *(one for fact in facts for one in _within(fact)),
        *_with_settings(tenant, facts),
        *_with_extras(facts),
        *_with_plans(facts),
        *_with_desk(facts),
    ]
    settled = set(SettledDifference.objects.values_list("key", flat=True))
    unique = {one.key: one for one in found}
    return [one for key, one in unique.items() if key not in settled]


def settle(tenant: Tenant, key: str, *, by: User | None) -> bool:
    """Both sides are right as they are; False when nothing with that key disagrees (any more). Safe to repeat."""
    found = next((one for one in differences(tenant) if one.key == key), None)
    if found is None:
        return False
    about = f"{found.topic}: {' / '.join(side.value for side in found.sides)}"[:300]
    SettledDifference.objects.get_or_create(tenant=tenant, key=key, defaults={"about": about, "by": by})
    return True


# --- values ----------------------------------------------------------------------------------------------------------

_HOUR = re.compile(
    r"(?P<before>\b(?:de|desde|hasta|ate|from|until|till|to|at|between|entre|and|las|la|das|da|as|a|y|e)\s+)?"
    r"(?<![\d.,])(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?(?![\d]|[.,]\d)"
    r"\s?(?P<after>am\b|pm\b|a\.m\.|p\.m\.|hs?\b|horas\b|hours\b|o'clock)?"
)
_NOT_HOURS = re.compile(
    r"^\s*(?:%|por ciento|anos|years|dias|days|m\b|km|min|personas|people|pessoas|kg|kilo|lugares|spaces|vagas|º|°)"
)
_AGES = re.compile(r"\b(?:ages?|aged)\s+\d+\s+(?:to|and)\s+\d+|\b\d+\s+(?:a|to|e)\s+\d+\s+(?:anos|years)")
_ALL_DAY = re.compile(r"\b24\s?(?:horas|hours|h\b|hs\b)|\b24/7\b")
_FREE = re.compile(
    r"\b(?:gratis|gratuit\w+|sin (?:cargo|costo)|free(?! of)|free of charge|sem (?:custo|cobranca)|de graca)\b"
)
_INCLUDED = re.compile(r"\b(?:incluid\w+|included|incluso\w*)\b")
_EVERY_RATE = re.compile(r"\b(?:todas las tarifas|every rate|all rates|todas as tarifas)\b")
_BEFORE_ARRIVAL = re.compile(r"\b(\d{1,3})\s?(horas|hours|hs|h|dias|days)\b")


def hours_in(text: str) -> frozenset[tuple[int, int]]:
    """Hours of the day named in a text, on a 12-hour dial: "de 8 a 21" and "8 am to 9 pm" are the same.

    Durations ("24 hours"), ages, distances and bare numbers are no hours.
    """
    found = set()
    plain = _AGES.sub(" ", _ALL_DAY.sub(" ", folded(text)))
    for match in _HOUR.finditer(plain):
        if not (match["before"] or match["minute"] or match["after"]):
            continue
        if match["before"] and not (match["minute"] or match["after"]) and _NOT_HOURS.match(plain[match.end() :]):
            continue
        if match["after"] in {"horas", "hours", "h", "hs"} and not match["before"] and not match["minute"]:
            continue  # "48 hours before": a duration
        found.add((int(match["hour"]) % 12, int(match["minute"] or 0)))
    return frozenset(found)


def _dial(time: dt.time) -> tuple[int, int]:
    return time.hour % 12, time.minute


def _said(hours: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{hour or 12}:{minute:02d}" for hour, minute in sorted(hours)) or "–"


def _span(fact: Fact) -> str:
    return f"{fact.opens:%H:%M}–{fact.closes:%H:%M}" if fact.opens and fact.closes else ""


def overlap(one: Fact, other: Fact) -> bool:
    """Whether both are true on a common day."""
    begin = max((day for day in (one.valid_from, other.valid_from) if day), default=None)
    end = min((day for day in (one.valid_until, other.valid_until) if day), default=None)
    return begin is None or end is None or begin <= end


def _side(fact: Fact, value: str, *, language: str = "es") -> Side:
    return Side("fact", getattr(fact, f"text_{language}") or fact.text_es, value, fact_id=fact.pk)


# --- rules -----------------------------------------------------------------------------------------------------------


def _between_facts(facts: list[Fact]) -> Iterator[Difference]:
    for one, other in itertools.combinations(facts, 2):
        if one.topic != other.topic or not overlap(one, other):
            continue
        if one.amount is not None and other.amount is not None:
            prices = (f"{one.currency} {one.amount:.2f}", f"{other.currency} {other.amount:.2f}")
            if prices[0] != prices[1]:
                yield Difference(Kind.PRICES, one.topic, (_side(one, prices[0]), _side(other, prices[1])))
        spans = _span(one), _span(other)
        if all(spans) and spans[0] != spans[1]:
            yield Difference(Kind.HOURS, one.topic, (_side(one, spans[0]), _side(other, spans[1])))


def _within(fact: Fact) -> Iterator[Difference]:
    texts = {name: getattr(fact, f"text_{name}") for name in ("es", "en", "pt")}
    if fact.kind == Fact.Kind.HOURS or fact.topic in HOUR_OF:
        said = {name: hours_in(text) for name, text in texts.items() if text}
        first = said.get("es", frozenset())
        for name, hours in said.items():
            if hours != first:
                sides = (_side(fact, f"es {_said(first)}"), _side(fact, f"{name} {_said(hours)}", language=name))
                yield Difference(Kind.LANGUAGES, fact.topic, sides)
    for name, text in texts.items():
        if MONEY.search(text):
            yield Difference(Kind.UNTYPED, fact.topic, (_side(fact, name, language=name),))


def _with_settings(tenant: Tenant, facts: list[Fact]) -> Iterator[Difference]:
    for fact in facts:
        if fact.topic in HOUR_OF:
            setting: dt.time = getattr(tenant, HOUR_OF[fact.topic])
            typed = [time for time in (fact.opens, fact.closes) if time]
            hours = frozenset(map(_dial, typed)) or hours_in(fact.text_es)
            if hours and _dial(setting) not in hours:
                sides = (_side(fact, _said(hours)), Side(HOUR_OF[fact.topic], "", f"{setting:%H:%M}"))
                yield Difference(Kind.SETTING, fact.topic, sides)
        own, place = _place(tenant), _place(fact)
        if fact.topic in {"location", "address"} and own and place and _metres(*own, *place) > FAR_M:
            sides = (_side(fact, "{}, {}".format(*place)), Side("latitude", "", "{}, {}".format(*own)))
            yield Difference(Kind.PLACE, fact.topic, sides)


def _place(row: Tenant | Fact) -> tuple[float, float] | None:
    if row.latitude is None or row.longitude is None:
        return None
    return float(row.latitude), float(row.longitude)


def _metres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance (haversine, Earth's radius 6371 km)."""
    a, b = radians(lat_a), radians(lat_b)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))


def _with_extras(facts: list[Fact]) -> Iterator[Difference]:
    extras: dict[str, list[Extra]] = {}
    for extra in Extra.objects.filter(is_active=True):
        extras.setdefault(extra.kind, []).append(extra)
    for fact in facts:
        sold = extras.get(EXTRA_OF.get(fact.topic, ""), [])
        prices = {extra.price.quantize(Decimal("0.01")) for extra in sold}
        if not sold:
            continue
        said = Decimal(0) if fact.amount is None and _FREE.search(folded(fact.text_es)) else fact.amount
        if said is not None and said.quantize(Decimal("0.01")) not in prices:
            theirs = tuple(Side("extra", extra.name_es, f"{extra.price:.2f}", row_id=extra.pk) for extra in sold)
            yield Difference(Kind.EXTRA, fact.topic, (_side(fact, f"{said:.2f}"), *theirs))


def _with_plans(facts: list[Fact]) -> Iterator[Difference]:
    plans = list(RatePlan.objects.filter(is_active=True))
    hours = set(CancellationTier.objects.filter(rate_plan__in=plans).values_list("hours_before", flat=True)) - {None}
    for fact in facts:
        plain = folded(fact.text_es)
        if fact.topic == "breakfast" and _INCLUDED.search(plain) and (_EVERY_RATE.search(plain) or len(plans) == 1):
            without = tuple(
                Side("rate_plan", plan.name_es, "", row_id=plan.pk) for plan in plans if not plan.breakfast_included
            )
            if without:
                yield Difference(Kind.BREAKFAST, fact.topic, (_side(fact, ""), *without))
        if fact.topic == "cancellation" and hours:
            said = {
                int(number) * (24 if unit.startswith("d") else 1) for number, unit in _BEFORE_ARRIVAL.findall(plain)
            }
            if said - hours:
                sold = ", ".join(f"{hour} h" for hour in sorted(hour for hour in hours if hour is not None))
                wrong = ", ".join(f"{hour} h" for hour in sorted(said - hours))
                yield Difference(Kind.CANCELLATION, fact.topic, (_side(fact, wrong), Side("cancellation", "", sold)))


def _with_desk(facts: list[Fact]) -> Iterator[Difference]:
    """Facts that say reception never closes, at a hotel whose people are not always there."""
    rows = list(OpeningHours.objects.all())
    if not rows or all(row.opens == row.closes for row in rows):
        return
    for fact in facts:
        about_desk = "recepcion" in folded(fact.text_es) and fact.topic in {"late_arrival", "reception", "front_desk"}
        if about_desk and _ALL_DAY.search(folded(fact.text_es)):
            hours = f"{rows[0].opens:%H:%M}–{rows[0].closes:%H:%M}"
            yield Difference(Kind.DESK, fact.topic, (_side(fact, "24 h"), Side("opening_hours", "", hours)))
