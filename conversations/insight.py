"""Reading the counted days: sums over a range, shares and intervals. Nothing here scans messages."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from conversations.models import DayFigures, VisitAudit
from conversations.services.insight import PERSON_WAITS_S, WAITS_S
from hotel_agent.common.money import Money
from tenants.models import Tenant
from tenants.scoping import tenant_scope

FUNNEL = ("asked", "quoted", "held", "confirmed", "stayed")
COLUMNS = ("visits", "answered", "automated", *FUNNEL, "bookings", "cancelled")
READ = ("day", "channel", "language", *COLUMNS, "value", "waits", "person_waits", "topics", "lost", "counted_at")
Z_95 = 1.96


@dataclass(slots=True)
class Figures:
    """Sums of days."""

    numbers: Counter[str] = field(default_factory=Counter)
    value: dict[str, Decimal] = field(default_factory=dict)
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAITS_S) + 1))
    person_waits: list[int] = field(default_factory=lambda: [0] * (len(PERSON_WAITS_S) + 1))
    topics: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, row: Any) -> None:
        """Add a counted row (with the attributes of `READ`), or the sum of some."""
        counted = row.numbers if isinstance(row, Figures) else {name: getattr(row, name) for name in COLUMNS}
        _add(self.numbers, counted)
        for currency, amount in row.value.items():
            self.value[currency] = self.value.get(currency, Decimal(0)) + Decimal(amount)
        self.waits = _added(self.waits, row.waits)
        self.person_waits = _added(self.person_waits, row.person_waits)
        _add(self.topics, row.topics)
        _add(self.lost, row.lost)

    @property
    def earned(self) -> list[Money]:
        """Confirmed and not cancelled since, by currency."""
        return [Money(amount, currency) for currency, amount in sorted(self.value.items()) if amount]

    @property
    def automation(self) -> float | None:
        """Share of visits resolved without a person; None without visits."""
        return self.numbers["automated"] / self.numbers["visits"] if self.numbers["visits"] else None

    @property
    def conversion(self) -> float | None:
        """Share of conversations that asked and booked."""
        return self.numbers["confirmed"] / self.numbers["asked"] if self.numbers["asked"] else None

    def within(self, seconds: int) -> float | None:
        """Share of the agent's answers sent within `seconds`, one of `WAITS_S`."""
        total = sum(self.waits)
        return sum(self.waits[: WAITS_S.index(seconds) + 1]) / total if total else None


@dataclass(frozen=True, slots=True)
class Audited:
    """Verdicts on sampled visits, with the interval their number allows (Wilson, 95 %)."""

    right: int
    wrong: int

    @property
    def judged(self) -> int:
        """How many were judged."""
        return self.right + self.wrong

    @property
    def rate(self) -> float | None:
        """Share found right; None where nothing was judged."""
        return self.right / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which shares the truth lies with 95 % confidence."""
        if not self.judged:
            return None
        n, share = self.judged, self.right / self.judged
        middle = share + Z_95**2 / (2 * n)
        margin = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n * n))
        scale = 1 + Z_95**2 / n
        return max((middle - margin) / scale, 0.0), min((middle + margin) / scale, 1.0)


@dataclass(frozen=True)
class Insight:
    """What the page shows."""

    total: Figures
    before: Figures
    """The same number of days just before."""
    by_channel: dict[str, Figures]
    by_language: dict[str, Figures]
    periods: list[tuple[dt.date, Figures]]
    """By day, by week beyond six weeks, by month beyond half a year; each by its first day in the range."""
    step: str
    audited: Audited
    counted_at: dt.datetime | None


def read(
    *, tenant: Tenant, first: dt.date, last: dt.date, channel: str = "", language: str = ""
) -> Insight:  # fmt: skip
    """Sum the counted days from `first` to `last` (both included), of one channel or language where given."""
    length = (last - first).days + 1
    step = "day" if length <= 42 else "week" if length <= 184 else "month"
    before = Figures()
    # Each row is added once; the sums of a period, channel and language then make all the others.
    sums: dict[tuple[dt.date, str, str], Figures] = defaultdict(Figures)
    counted_at: dt.datetime | None = None
    with tenant_scope(tenant):
        counted = _days(tenant, first - dt.timedelta(days=length), last, channel, language)
        for row in counted.values_list(*READ, named=True):  # a year is thousands: plain tuples, not model rows
            if row.day < first:
                before.add(row)
                continue
            sums[_start_of(row.day, first, step), row.channel, row.language].add(row)
            counted_at = max(counted_at or row.counted_at, row.counted_at)
        audited = _samples(tenant, channel, language).filter(day__gte=first, day__lte=last)
        verdicts = audited.aggregate(right=Count("pk", Q(verdict="right")), wrong=Count("pk", Q(verdict="wrong")))
    total = Figures()
    channels: dict[str, Figures] = defaultdict(Figures)
    languages: dict[str, Figures] = defaultdict(Figures)
    periods = {start: Figures() for start in _starts(first, last, step)}
    for (start, of_channel, of_language), one in sums.items():
        for figures in (total, channels[of_channel], languages[of_language], periods[start]):
            figures.add(one)
    return Insight(
        total, before, dict(sorted(channels.items())), dict(sorted(languages.items())), sorted(periods.items()), step,
        Audited(verdicts["right"], verdicts["wrong"]), counted_at,
    )  # fmt: skip


def to_judge(*, tenant: Tenant, channel: str = "", language: str = "", limit: int = 5) -> list[VisitAudit]:
    """Samples that wait for a verdict, newest first, of one channel or language where given."""
    with tenant_scope(tenant):
        rows = _samples(tenant, channel, language).filter(verdict="").select_related("conversation__guest")
        return list(rows.order_by("-day", "pk")[:limit])


def table(
    *, tenant: Tenant, first: dt.date, last: dt.date, channel: str = "", language: str = ""
) -> Iterator[DayFigures]:  # fmt: skip
    """The counted rows themselves, oldest first, for a file."""
    with tenant_scope(tenant):
        rows = _days(tenant, first, last, channel, language).order_by("day", "channel", "language")
    yield from rows.iterator(chunk_size=500)


def _days(tenant: Tenant, first: dt.date, last: dt.date, channel: str, language: str) -> QuerySet[DayFigures]:
    rows = DayFigures.objects.filter(tenant=tenant, day__gte=first, day__lte=last)
    if channel:
        rows = rows.filter(channel=channel)
    return rows.filter(language=language) if language else rows


def _samples(tenant: Tenant, channel: str, language: str) -> QuerySet[VisitAudit]:
    rows = VisitAudit.objects.filter(tenant=tenant)
    if channel:
        rows = rows.filter(conversation__channel=channel)
    return rows.filter(conversation__language=language) if language else rows


def _add(sums: Counter[str], more: Mapping[str, int]) -> None:
    """As `Counter.update`, which asks of each mapping what it is; a year has thousands."""
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count


def _added(left: Sequence[int], right: Sequence[int]) -> list[int]:
    if len(right) < len(left):
        right = [*right, *[0] * (len(left) - len(right))]
    return [one + other for one, other in zip(left, right, strict=True)]


def _start_of(day: dt.date, first: dt.date, step: str) -> dt.date:
    if step == "month":
        return max(day.replace(day=1), first)
    return max(day - dt.timedelta(days=day.weekday()), first) if step == "week" else day


def _starts(first: dt.date, last: dt.date, step: str) -> Iterable[dt.date]:
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return dict.fromkeys(_start_of(day, first, step) for day in days)
