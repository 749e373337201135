"""The back office's first page: what needs a person now, who arrives, and what the week brought.

Every number is over the person's own hotels and read from the rows themselves when the page is opened. What is counted
is counted in one statement (`troubles`); a list brings its own total along, so that the page costs the same however
much there is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Window
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from conversations.admin import requests, words
from conversations.models import Conversation, Handoff, StaffTask, Turn
from hotel_agent import troubles
from hotel_agent.common import clock
from hotel_agent.common.money import Money, written
from reservations.models import Reservation
from tenants.back_office.access import has_role, hotels_of, is_superuser, own_rows, roles_of
from tenants.models import Tenant
from tenants.permissions import DESK, MANAGERS, roles_for_site_page

UNANSWERED = Q(last_inbound_at__isnull=False) & (
    Q(last_outbound_at__isnull=True) | Q(last_outbound_at__lt=F("last_inbound_at"))
)
"""Threads whose last word is the guest's."""
SOON = dt.timedelta(minutes=10)
"""Before its time a wait turns amber."""
SHOWN = 8
TODAY_SHOWN = 30
REVIEWED = 5
REVIEW_DAYS = 7
ARRIVING = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE)
LEAVING = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE, Reservation.State.DEPARTED)


@dataclass(frozen=True)
class Waiting:
    """A handoff nobody has taken."""

    handoff: Handoff
    reason: str
    colour: str
    link: str
    late: bool
    """Its time by the hotel's own promise has passed."""
    may_answer: bool


@dataclass(frozen=True)
class Unsure:
    """An answer the agent was not sure about."""

    turn: Turn
    heard: str
    taken_for: str
    percent: int
    link: str


def needs_you_now(request: HttpRequest) -> dict[str, Any]:
    """Context of the index page."""
    now = clock.now()
    hotels = list(hotels_of(request).filter(is_active=True))
    may_answer = _with_role(request, hotels, DESK)
    waiting = _counted(_of(hotels, Handoff).filter(state=Handoff.State.OPEN))
    waiting_rows = list(
        waiting.select_related("conversation__guest", "tenant", "assignee").order_by(
            "-urgent", F("due_at").asc(nulls_last=True), "opened_at"
        )[:SHOWN]
    )
    tasks = _counted(_of(hotels, StaffTask).filter(state__in=StaffTask.UNFINISHED))
    task_rows = list(
        tasks.select_related("conversation__guest", "tenant", "assignee").order_by("-urgent", "due_at", "pk")[:SHOWN]
    )
    unread = _counted(_of(hotels, Conversation).filter(UNANSWERED, owner=Conversation.Owner.HUMAN))
    unread_rows = list(unread.select_related("guest", "tenant").order_by("last_inbound_at")[:SHOWN])
    unsure = _counted(_unsure(hotels, now))
    unsure_rows = list(unsure.select_related("conversation__guest", "tenant").order_by("-at")[:REVIEWED])
    arrivals = list(_today(hotels, "check_in", ARRIVING)[:TODAY_SHOWN])
    departures = list(_today(hotels, "check_out", LEAVING)[:TODAY_SHOWN])
    return {
        "several_hotels": len(hotels) > 1,
        "waiting_count": _total(waiting_rows),
        "waiting": [_waiting(one, now, may_answer) for one in waiting_rows],
        "tasks_count": _total(task_rows),
        "tasks": [requests.shown(one, now) for one in task_rows],
        "may_answer": may_answer,
        "may_review": _with_role(request, hotels, MANAGERS),
        "unanswered_count": _total(unread_rows),
        "unanswered": unread_rows,
        "unsure_count": _total(unsure_rows),
        "unsure": [_shown(one) for one in unsure_rows],
        "troubles": troubles.found(request, hotels, now),
        "arrivals": arrivals,
        "arrivals_count": _total(arrivals),
        "departures": departures,
        "departures_count": _total(departures),
        "week": _week(hotels, now),
        "may_read_figures": has_role(request, roles_for_site_page("insight")),
        "inbox_link": reverse("admin:conversations_conversation_changelist"),
    }


# -- the sidebar ------------------------------------------------------------------------------------------------------


def waiting_badge(request: HttpRequest) -> str:
    """How many handoffs wait, for the sidebar; nothing when none does."""
    return _badges(request)[0]


def tasks_badge(request: HttpRequest) -> str:
    """How many requests of guests are late, for the sidebar; nothing when none is."""
    return _badges(request)[1]


def _badges(request: HttpRequest) -> tuple[str, str]:
    """Both numbers in one statement, once per page."""
    known: tuple[str, str] | None = getattr(request, "_front_desk_badges", None)
    if known is None:
        waiting = own_rows(request, Handoff).filter(state=Handoff.State.OPEN)
        late = own_rows(request, StaffTask).filter(state__in=StaffTask.UNFINISHED, due_at__lt=clock.now())
        counts = troubles.counted({"waiting": waiting, "late": late})
        known = (str(counts["waiting"] or ""), str(counts["late"] or ""))
        request._front_desk_badges = known  # type: ignore[attr-defined]
    return known


def is_operator(request: HttpRequest) -> bool:
    """Pages of the installation itself."""
    return is_superuser(request)


# -- the lists --------------------------------------------------------------------------------------------------------


def _of(hotels: list[Tenant], model: type[Any]) -> QuerySet[Any, Any]:
    """Rows of these hotels. Named by id even for those who see all: the indexes begin with the hotel."""
    rows: QuerySet[Any, Any] = model._base_manager.filter(tenant_id__in=[hotel.pk for hotel in hotels])
    return rows


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The rows with their total, whatever is cut off."""
    return rows.annotate(in_all=Window(Count("pk")))


def _total(rows: list[Any]) -> int:
    return rows[0].in_all if rows else 0


def _with_role(request: HttpRequest, hotels: list[Tenant], roles: frozenset[str]) -> set[int]:
    """Hotels where the person has one of the roles."""
    if is_superuser(request):
        return {hotel.pk for hotel in hotels}
    return {hotel for hotel, role in roles_of(request).items() if role in roles}


def _waiting(handoff: Handoff, now: dt.datetime, may_answer: set[int]) -> Waiting:
    due = handoff.due_at or handoff.opened_at
    late = now > due
    return Waiting(
        handoff=handoff,
        reason=words.reason(handoff.reason),
        colour="danger" if late or handoff.urgent else "warning" if now > due - SOON else "info",
        link=reverse("admin:conversations_conversation_change", args=[handoff.conversation_id]),
        late=late,
        may_answer=handoff.tenant_id in may_answer,
    )


def _unsure(hotels: list[Tenant], now: dt.datetime) -> QuerySet[Any, Any]:
    """Answers of the week below half a confidence, nobody has looked at yet."""
    return _of(hotels, Turn).filter(
        kind=Turn.Kind.MESSAGES,
        confidence__lt=0.5,
        reviewed_at__isnull=True,
        at__gt=now - dt.timedelta(days=REVIEW_DAYS),
    ).exclude(intent="")  # fmt: skip


def _shown(turn: Turn) -> Unsure:
    heard = " / ".join(str(one.get("text", "")) for one in turn.heard if one.get("text"))
    return Unsure(
        turn=turn,
        heard=heard,
        taken_for=words.label(turn.intent),
        percent=round(turn.confidence * 100),
        link=reverse("admin:conversations_conversation_change", args=[turn.conversation_id]),
    )


def _today(hotels: list[Tenant], column: str, states: tuple[str, ...]) -> QuerySet[Any, Any]:
    """Stays whose date in `column` is their own hotel's business day."""
    by_day: dict[dt.date, list[int]] = {}
    for hotel in hotels:
        by_day.setdefault(hotel.business_day(), []).append(hotel.pk)
    today = Q(pk__in=[])
    for day, ids in by_day.items():
        today |= Q(**{column: day, "tenant_id__in": ids})
    rows = _counted(Reservation._base_manager.filter(today, state__in=states))
    return rows.select_related("room_type", "tenant").order_by("guest_name")


def _week(hotels: list[Tenant], now: dt.datetime) -> list[tuple[str, str]]:
    since = now - dt.timedelta(days=7)
    booked = _of(hotels, Reservation).filter(confirmed_at__gt=since)
    by_currency = booked.values("currency").annotate(value=Sum("total"), count=Count("pk")).order_by("currency")
    sold = list(by_currency)
    earned = " + ".join(written(Money(Decimal(one["value"]), one["currency"]), "es") for one in sold)
    asked = Handoff._base_manager.filter(conversation_id=OuterRef("pk"), opened_at__gt=since)
    # `updated_at` moves with every message: its index finds the week's threads among all.
    talks = _of(hotels, Conversation).filter(updated_at__gt=since, last_inbound_at__gt=since)
    found = talks.aggregate(total=Count("pk"), handed=Count("pk", filter=Exists(asked)))
    total, handed = found["total"], found["handed"]
    return [
        (_("conversations"), str(total)),
        (_("without a person"), f"{(total - handed) / total:.0%}" if total else "–"),
        (_("bookings confirmed"), str(sum(one["count"] for one in sold))),
        (_("value booked"), earned or "–"),
    ]
