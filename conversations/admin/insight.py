"""What the agent did and earned: a page of counted days, samples to judge, and the same as a file."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from conversations import insight
from conversations.admin import words
from conversations.models import DayFigures, VisitAudit
from conversations.services import insight as counting
from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money, written
from tenants.back_office.access import hotels_of
from tenants.back_office.pages import LedgerAdmin, rendered
from tenants.models import Channel, Tenant
from tenants.permissions import MANAGERS
from tenants.scoping import every_tenant, tenant_scope

RANGES = (7, 30, 90, 365)
MOST_DAYS = 800
LANGUAGES = {"es": _("Spanish"), "en": _("English"), "pt": _("Portuguese"), "": _("not known")}
STEPS = {
    "asked": _("asked for a stay"), "quoted": _("were quoted a price"), "held": _("had a room kept"),
    "confirmed": _("booked"), "stayed": _("arrived"),
}  # fmt: skip
LOST = {
    "no_offer": _("nothing was free, or they never said when"), "no_reply": _("did not answer the quote"),
    "hold_lapsed": _("let the kept room go"), "not_paid": _("did not pay the deposit"),
    "with_person": _("went on with a person"), "refused": _("the booking was refused"),
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart; `share` of the longest is 0 to 100."""

    label: str
    text: str
    share: float
    note: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a chart over time: where it stands and how high it is, in the chart's own units."""

    x: float
    height: float
    label: str
    text: str


@dataclass(frozen=True)
class Tile:
    """A number to read first, and how it was before."""

    name: str
    value: str
    before: str = ""
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """What of what the page is about."""

    hotel: Tenant
    first: dt.date
    last: dt.date
    channel: str
    language: str

    @property
    def narrowed(self) -> dict[str, Any]:
        """For reading."""
        return {"tenant": self.hotel, "first": self.first, "last": self.last, "channel": self.channel,
                "language": self.language}  # fmt: skip

    def address(self, **changed: Any) -> str:
        """As a query string, with something changed."""
        now = {"hotel": self.hotel.pk, "first": f"{self.first}", "last": f"{self.last}", "channel": self.channel,
               "language": self.language}  # fmt: skip
        return urlencode({name: value for name, value in {**now, **changed}.items() if value != ""})


def urls(site: admin.AdminSite) -> list[Any]:
    """The page's addresses on the back office's site."""
    return [
        path("insight/", site.admin_view(show), name="insight"),
        path("insight/figures.csv", site.admin_view(as_csv), name="insight_csv"),
        path("insight/judge/", site.admin_view(judge), name="insight_judge"),
    ]


def show(request: HttpRequest) -> HttpResponse:
    """`?first=…&last=…&channel=whatsapp&language=pt&hotel=3`; the last 30 days where nothing is said."""
    asked = _asked(request)
    found = insight.read(**asked.narrowed)
    with tenant_scope(asked.hotel), timezone.override(asked.hotel.zone):
        context = {
            **admin.site.each_context(request),
            "title": _("Insight"),
            "asked": asked,
            "hotels": list(hotels_of(request, MANAGERS).filter(is_active=True)[:50]),
            "channels": Channel.choices,
            "languages": [(code, name) for code, name in LANGUAGES.items() if code],
            "ranges": [(days, _range(asked, days)) for days in RANGES],
            "csv": f"{reverse('admin:insight_csv')}?{asked.address()}",
            "found": found,
            "counting": "counted" not in request.GET
            and asked.last == asked.hotel.business_day()
            and counting.count_again_soon(tenant=asked.hotel),
            "tiles": _tiles(found),
            "funnel": _funnel(found.total),
            "earned": _columns(found.periods, found.step, asked.hotel.currency),
            "talked": _columns(found.periods, found.step, ""),
            "channel_rows": [
                _row(str(dict(Channel.choices).get(name, name)), one) for name, one in found.by_channel.items()
            ],
            "language_rows": [_row(str(LANGUAGES.get(name, name)), one) for name, one in found.by_language.items()],
            "period_rows": [_row(_period(start, found.step), one) for start, one in reversed(found.periods)],
            "topics": _bars([(words.label(name), count) for name, count in found.total.topics.most_common(10)]),
            "lost": _bars([(str(LOST.get(name, name)), count) for name, count in found.total.lost.most_common()]),
            "waits": _bars(list(zip(_wait_labels(counting.WAITS_S), found.total.waits, strict=True))),
            "person_waits": _bars(
                list(zip(_wait_labels(counting.PERSON_WAITS_S), found.total.person_waits, strict=True))
            ),
            "audit": _audit(found.audited),
            "to_judge": insight.to_judge(tenant=asked.hotel, channel=asked.channel, language=asked.language),
        }
        with every_tenant():  # the sidebar counts over the person's hotels
            return rendered(TemplateResponse(request, "admin/conversations/insight.html", context))


def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The counted rows of the range, one a day, channel and language; a year goes out line by line."""
    asked = _asked(request)
    name = f"{asked.hotel.slug}-{asked.first}-{asked.last}.csv"
    return StreamingHttpResponse(
        _lines(asked), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def judge(request: HttpRequest) -> HttpResponse:
    """A verdict on a sample."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = _asked(request)
    try:
        counting.judge(
            tenant=asked.hotel, audit_id=int(request.POST.get("audit", "") or 0), by=request.user,
            verdict=request.POST.get("verdict", ""), note=request.POST.get("note", ""),
        )  # fmt: skip
    except (BadInput, ValueError):
        raise Http404 from None
    messages.success(request, gettext("Thank you: counted."))
    return HttpResponseRedirect(f"{reverse('admin:insight')}?{asked.address()}#audits")


def _asked(request: HttpRequest) -> Asked:
    """What the address asks for; what makes no sense is taken as not said.

    Raises:
        Http404: a hotel that is not theirs.
    """
    values = request.POST if request.method == "POST" else request.GET
    wanted = values.get("hotel", "")
    hotels = hotels_of(request, MANAGERS).filter(is_active=True)
    hotel = hotels.filter(pk=wanted).first() if wanted.isdecimal() else None if wanted else hotels.first()
    if hotel is None:
        raise Http404
    today = hotel.business_day()
    last = min(_day(values.get("last", "")) or today, today)
    first = _day(values.get("first", "")) or last - dt.timedelta(days=29)
    first = min(max(first, last - dt.timedelta(days=MOST_DAYS)), last)
    channel, language = values.get("channel", ""), values.get("language", "")
    return Asked(
        hotel, first, last, channel if channel in Channel.values else "", language if language in LANGUAGES else ""
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 2000 else None


def _range(asked: Asked, days: int) -> dict[str, Any]:
    last = asked.hotel.business_day()
    first = last - dt.timedelta(days=days - 1)
    return {
        "address": asked.address(first=f"{first}", last=f"{last}"),
        "on": (asked.first, asked.last) == (first, last),
    }


def _tiles(found: insight.Insight) -> list[Tile]:
    now, before = found.total, found.before
    fast, fast_before = now.within(5), before.within(5)
    return [
        Tile(gettext("earned"), _money(now.earned), _money(before.earned),
             gettext("confirmed and not cancelled since")),
        Tile(gettext("booked"), str(now.numbers["bookings"]), str(before.numbers["bookings"]),
             gettext("%(count)s cancelled since") % {"count": now.numbers["cancelled"]}),
        Tile(gettext("asked and booked"), _percent(now.conversion), _percent(before.conversion)),
        Tile(gettext("conversations"), str(now.numbers["visits"]), str(before.numbers["visits"])),
        Tile(gettext("without a person"), _percent(now.automation), _percent(before.automation)),
        Tile(gettext("answered within 5 seconds"), _percent(fast), _percent(fast_before)),
    ]  # fmt: skip


def _funnel(figures: insight.Figures) -> list[Bar]:
    top = figures.numbers["asked"]
    bars, previous = [], top
    for name in insight.FUNNEL:
        count = figures.numbers[name]
        note = "" if name == "asked" else _percent(count / previous if previous else None)
        bars.append(Bar(str(STEPS[name]), str(count), 100 * count / top if top else 0, note))
        previous = count
    return bars


def _bars(rows: Sequence[tuple[str, int]]) -> list[Bar]:
    longest = max((count for _name, count in rows), default=0)
    total = sum(count for _name, count in rows)
    if not total:
        return []
    return [Bar(name, str(count), 100 * count / longest, _percent(count / total)) for name, count in rows]


def _columns(periods: Sequence[tuple[dt.date, insight.Figures]], step: str, currency: str) -> list[Column]:
    """Earned in a currency by period, or conversations where none is given; heights of 100."""
    values = [
        float(one.value.get(currency, 0)) if currency else float(one.numbers["visits"]) for _start, one in periods
    ]
    top = max(values, default=0)
    if not top:
        return []
    width = 1000 / len(values)
    return [
        Column(
            number * width, 100 * value / top, _period(start, step),
            _money([Money(one.value[currency], currency)]) if currency and currency in one.value else f"{value:.0f}",
        )
        for number, ((start, one), value) in enumerate(zip(periods, values, strict=True))
    ]  # fmt: skip


def _row(name: str, one: insight.Figures) -> list[str]:
    """A table's row: name, conversations, without a person, the funnel, what was earned."""
    counted = one.numbers
    return [
        name, str(counted["visits"]), _percent(one.automation), *(str(counted[step]) for step in insight.FUNNEL),
        _money(one.earned),
    ]  # fmt: skip


def _audit(audited: insight.Audited) -> str:
    if audited.interval is None:
        return ""
    low, high = audited.interval
    return gettext("%(right)d of %(judged)d right: %(rate)s, that is between %(low)s and %(high)s of all of them.") % {
        "right": audited.right, "judged": audited.judged, "rate": _percent(audited.rate), "low": _percent(low),
        "high": _percent(high),
    }  # fmt: skip


def _period(start: dt.date, step: str) -> str:
    return date_format(start, "F Y" if step == "month" else "j M" if step == "week" else "D j M")


def _wait_labels(edges: Sequence[int]) -> list[str]:
    def said(seconds: int) -> str:
        if seconds < 60:
            return f"{seconds} s"
        return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"

    between = [f"{said(low)} – {said(high)}" for low, high in pairwise(edges)]
    return [f"< {said(edges[0])}", *between, f"≥ {said(edges[-1])}"]


def _money(amounts: Sequence[Money]) -> str:
    return " + ".join(written(one, (get_language() or "es")[:2]) for one in amounts) or "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


class _Echo:
    """A file whose lines are returned instead of kept."""

    def write(self, text: str) -> str:
        return text


def _lines(asked: Asked) -> Iterator[str]:
    write: Callable[[Sequence[Any]], Any] = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n").writerow
    yield "\ufeff"  # a spreadsheet then reads it as UTF-8
    waits = [f"answer_{label}" for label in _wait_labels(counting.WAITS_S)]
    people = [f"person_{label}" for label in _wait_labels(counting.PERSON_WAITS_S)]
    lost = [f"lost_{name}" for name in LOST]
    yield write(["day", "channel", "language", *insight.COLUMNS, "value", *waits, *people, *lost, "topics"])
    for row in insight.table(**asked.narrowed):
        topics = " ".join(f"{name}:{count}" for name, count in sorted(row.topics.items()))
        value = " ".join(f"{currency} {amount}" for currency, amount in sorted(row.value.items()))
        numbers = [getattr(row, name) for name in insight.COLUMNS]
        losses = [row.lost.get(name, 0) for name in LOST]
        yield write(
            [row.day, row.channel, row.language, *numbers, value, *row.waits, *row.person_waits, *losses, topics]
        )


@admin.register(DayFigures)
class DayFiguresAdmin(LedgerAdmin):
    """Counted days as they are kept."""

    list_display = ("day", "channel", "language", "visits", "automated", "asked", "quoted", "confirmed", "stayed")
    list_filter = ("channel", "language")
    date_hierarchy = "day"
    ordering = ("-day", "channel", "language")


@admin.register(VisitAudit)
class VisitAuditAdmin(LedgerAdmin):
    """Samples of what the agent resolved alone, and what people said of them."""

    list_display = ("day", "conversation", "verdict", "by", "judged_at", "note")
    list_filter = ("verdict",)
    list_select_related = ("conversation__guest", "by")
    date_hierarchy = "day"
    fields = ("conversation", "day", "verdict", "note", "by", "drawn_at", "judged_at")
