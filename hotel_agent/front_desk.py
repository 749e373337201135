"""The back office's first page: what needs a person now, who arrives, and what the week brought.

Every number is over the person's own hotels and read from the rows themselves when the page is opened.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.admin import words
from conversations.admin.inbox import UNANSWERED
from conversations.models import Conversation, Handoff, InboundDelivery, Message, OutboundMessage, StaffTask
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.money import Money, written
from reservations.models import Block, PmsCall, Reservation
from reservations.models.blocks import CLASHES
from tenants.admin_base import MAY_CHANGE, has_role, hotels_of, is_superuser, own_rows
from tenants.models import ChannelAccount, Tenant

URGENT_AFTER = dt.timedelta(minutes=30)
SOON_AFTER = dt.timedelta(minutes=10)
SHOWN = 8
ARRIVING = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE)
LEAVING = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE, Reservation.State.DEPARTED)


@dataclass(frozen=True)
class Waiting:
    """A handoff nobody has taken."""

    handoff: Handoff
    reason: str
    colour: str
    link: str


@dataclass(frozen=True)
class Trouble:
    """Something that does not mend itself, with where to mend it."""

    text: str
    link: str
    icon: str
    colour: str = "danger"


def needs_you_now(request: HttpRequest) -> dict[str, Any]:
    """Context of the index page."""
    hotels = list(hotels_of(request).filter(is_active=True))
    waiting = own_rows(request, Handoff).filter(state=Handoff.State.OPEN)
    unread = own_rows(request, Conversation).filter(UNANSWERED, owner=Conversation.Owner.HUMAN)
    return {
        "several_hotels": len(hotels) > 1,
        "waiting_count": waiting.count(),
        "waiting": [_waiting(one) for one in _longest(waiting)],
        "unanswered_count": unread.count(),
        "unanswered": list(unread.select_related("guest", "tenant").order_by("last_inbound_at")[:SHOWN]),
        "troubles": _troubles(request),
        "arrivals": list(_today(request, hotels, "check_in", ARRIVING)[:30]),
        "departures": list(_today(request, hotels, "check_out", LEAVING)[:30]),
        "week": _week(request),
        "inbox_link": reverse("admin:conversations_conversation_changelist"),
    }


def waiting_badge(request: HttpRequest) -> str:
    """How many handoffs wait, for the sidebar; nothing when none does."""
    count = own_rows(request, Handoff).filter(state=Handoff.State.OPEN).count()
    return str(count) if count else ""


def tasks_badge(request: HttpRequest) -> str:
    """How many requests of guests are late, for the sidebar; nothing when none is."""
    late = own_rows(request, StaffTask).filter(state__in=StaffTask.UNFINISHED, due_at__lt=clock.now()).count()
    return str(late) if late else ""


def is_operator(request: HttpRequest) -> bool:
    """Pages of the installation itself."""
    return is_superuser(request)


def _longest(waiting: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return waiting.select_related("conversation__guest", "tenant").order_by("-urgent", "opened_at")[:SHOWN]


def _waiting(handoff: Handoff) -> Waiting:
    age = clock.now() - handoff.opened_at
    late = handoff.urgent or age > URGENT_AFTER
    return Waiting(
        handoff=handoff,
        reason=words.reason(handoff.reason),
        colour="danger" if late else "warning" if age > SOON_AFTER else "info",
        link=reverse("admin:conversations_conversation_change", args=[handoff.conversation_id]),
    )


def _troubles(request: HttpRequest) -> list[Trouble]:
    found = []
    dead = own_rows(request, Message).filter(state=Message.State.DEAD).count()
    if dead:
        text = ngettext("%(count)d message could not be answered", "%(count)d messages could not be answered", dead)
        link = reverse("admin:conversations_message_changelist") + "?state__exact=dead"
        found.append(Trouble(text % {"count": dead}, link, "mark_chat_unread"))
    ended = own_rows(request, OutboundMessage).filter(
        Q(state=OutboundMessage.State.DEAD)
        | Q(state=OutboundMessage.State.FAILED, created_at__gt=clock.now() - dt.timedelta(days=1))
    )
    unsent = ended.count()
    if unsent:
        text = ngettext("%(count)d message was not delivered", "%(count)d messages were not delivered", unsent)
        link = reverse("admin:conversations_outboundmessage_changelist") + "?state__in=dead,failed"
        found.append(Trouble(text % {"count": unsent}, link, "sms_failed"))
    for account in own_rows(request, ChannelAccount).filter(paused_at__isnull=False)[:SHOWN]:
        if has_role(request, MAY_CHANGE, account.tenant_id):
            link = reverse("admin:tenants_channelaccount_change", args=[account.pk])
        else:
            link = reverse("admin:conversations_accountevent_changelist") + f"?account__id__exact={account.pk}"
        found.append(Trouble(_("%(account)s is paused: %(why)s") % {"account": account, "why": account.paused_reason},
                             link, "link_off"))  # fmt: skip
    for account in own_rows(request, ChannelAccount).exclude(quality="")[:SHOWN]:
        link = reverse("admin:conversations_accountevent_changelist") + f"?account__id__exact={account.pk}"
        text = _("WhatsApp rates %(account)s: %(quality)s") % {"account": account, "quality": account.quality}
        found.append(Trouble(text, link, "thumb_down", "warning"))
    calls = own_rows(request, PmsCall).filter(
        Q(outcome__in=["", "unknown"]) & (Q(sends__gt=0) | Q(state__in=[WorkState.DEAD, WorkState.QUARANTINED]))
    )
    unsettled = calls.count()
    if unsettled:
        text = ngettext(
            "%(count)d PMS call has no known outcome", "%(count)d PMS calls have no known outcome", unsettled
        )
        link = reverse("admin:reservations_pmscall_changelist") + "?outcome__exact=unknown"
        found.append(Trouble(text % {"count": unsettled}, link, "sync_problem", "warning"))
    clashes = own_rows(request, Block).filter(CLASHES).count()
    if clashes:
        text = ngettext("%(count)d room sold elsewhere clashes", "%(count)d rooms sold elsewhere clash", clashes)
        link = reverse("admin:reservations_block_changelist") + "?clash=yes"
        found.append(Trouble(text % {"count": clashes}, link, "event_busy"))
    if is_superuser(request):
        found += _troubles_of_deliveries()
    return found


def _troubles_of_deliveries() -> list[Trouble]:
    texts = {
        WorkState.QUARANTINED: _("quarantined deliveries"),
        WorkState.ORPHAN: _("deliveries for a number nobody has"),
        WorkState.DEAD: _("dead deliveries"),
    }
    counted = (
        InboundDelivery.objects.filter(state__in=list(texts))
        .values_list("state")
        .annotate(count=Count("pk"))
        .order_by("state")
    )
    base = reverse("admin:conversations_inbounddelivery_changelist")
    return [
        Trouble(f"{count} {texts[WorkState(state)]}", f"{base}?state__exact={state}", "inbox", "warning")
        for state, count in counted
    ]


def _today(request: HttpRequest, hotels: list[Tenant], column: str, states: tuple[str, ...]) -> QuerySet[Any, Any]:
    """Stays whose date in `column` is their own hotel's business day."""
    by_day: dict[dt.date, list[int]] = {}
    for hotel in hotels:
        by_day.setdefault(hotel.business_day(), []).append(hotel.pk)
    today = Q(pk__in=[])
    for day, ids in by_day.items():
        today |= Q(**{column: day, "tenant_id__in": ids})
    rows = own_rows(request, Reservation).filter(today, state__in=states)
    return rows.select_related("room_type", "tenant").order_by("guest_name")


def _week(request: HttpRequest) -> list[tuple[str, str]]:
    since = clock.now() - dt.timedelta(days=7)
    booked = own_rows(request, Reservation).filter(confirmed_at__gt=since)
    value = dict(booked.values_list("currency").annotate(sum=Sum("total")).order_by("currency"))
    earned = " + ".join(written(Money(Decimal(amount), currency), "es") for currency, amount in value.items())
    talks = own_rows(request, Conversation).filter(last_inbound_at__gt=since)
    asked = own_rows(request, Handoff).filter(opened_at__gt=since)
    total, handed = talks.count(), talks.filter(pk__in=asked.values("conversation_id")).count()
    return [
        (_("conversations"), str(total)),
        (_("without a person"), f"{(total - handed) / total:.0%}" if total else "–"),
        (_("bookings confirmed"), str(booked.count())),
        (_("value booked"), earned or "–"),
    ]
