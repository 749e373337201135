"""What does not mend itself, with where to mend it: counted in one statement over the person's own hotels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Escalation, InboundDelivery, Mailbox, Message, OutboundMessage
from hotel_agent.common.claims import WorkState
from reservations.models import Block, Payment, PmsCall, Refund
from reservations.models.blocks import CLASHES
from tenants.back_office.access import has_role, is_superuser
from tenants.models import ChannelAccount, Tenant
from tenants.permissions import MANAGERS

SHOWN = 8
FAILING_MAILBOX = 3
"""Failed looks in a row after which a mailbox is in trouble, and not just unlucky."""


@dataclass(frozen=True)
class Trouble:
    """Something that does not mend itself, with where to mend it."""

    text: str
    link: str
    icon: str
    colour: str = "danger"


def found(request: HttpRequest, hotels: list[Tenant], now: dt.datetime) -> list[Trouble]:
    """Everything in trouble, the gravest first."""
    ids = [hotel.pk for hotel in hotels]
    counts = counted({name: kind.rows(ids, now) for name, kind in KINDS.items()})
    listed = [
        Trouble(
            kind.words(count) % {"count": count},
            reverse(f"admin:{kind.page}_changelist") + kind.query,
            kind.icon,
            kind.colour,
        )
        for name, kind in KINDS.items()
        if (count := counts[name])
    ]
    listed += _accounts(request, ids)
    if is_superuser(request):
        listed += _deliveries()
    return listed


def counted(rows: Mapping[str, QuerySet[Any, Any]]) -> dict[str, int]:
    """How many rows each query finds, in one statement."""
    parts = [
        query.order_by().annotate(which=Value(name)).values_list("which").annotate(found=Count("pk"))
        for name, query in rows.items()
    ]
    return {**dict.fromkeys(rows, 0), **dict(parts[0].union(*parts[1:], all=True))}


# -- each kind: its rows, its words, its page -------------------------------------------------------------------------


def _alarms(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    return Escalation._base_manager.filter(tenant_id__in=ids, alarmed_at__isnull=False, acknowledged_at__isnull=True)


def _dead(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    return Message._base_manager.filter(tenant_id__in=ids, state=Message.State.DEAD)


def _unsent(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    ended = OutboundMessage._base_manager.filter(tenant_id__in=ids, state__in=["dead", "failed"])
    return ended.filter(Q(state="dead") | Q(created_at__gt=now - dt.timedelta(days=1)))


def _unsettled(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    calls = PmsCall._base_manager.filter(tenant_id__in=ids, outcome__in=["", "unknown"])
    return calls.filter(Q(sends__gt=0) | Q(state__in=[WorkState.DEAD, WorkState.QUARANTINED]))


def _payments(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    return Payment._base_manager.filter(tenant_id__in=ids, state__in=[WorkState.DEAD, WorkState.QUARANTINED])


def _refunds(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    return Refund._base_manager.filter(tenant_id__in=ids, state__in=[WorkState.DEAD, WorkState.QUARANTINED])


def _clashes(ids: list[int], now: dt.datetime) -> QuerySet[Any, Any]:
    return Block._base_manager.filter(CLASHES, tenant_id__in=ids)


@dataclass(frozen=True)
class Kind:
    """One kind of trouble: which rows, what it is called, and the page that mends it."""

    rows: Callable[[list[int], dt.datetime], QuerySet[Any, Any]]
    words: Callable[[int], str]
    page: str
    query: str
    icon: str
    colour: str = "danger"


KINDS: Mapping[str, Kind] = {
    "alarms": Kind(
        _alarms,
        lambda count: ngettext(
            "%(count)d notice to staff nobody reacted to", "%(count)d notices to staff nobody reacted to", count
        ),
        "conversations_escalation", "?acknowledged_at__isnull=True", "notification_important",
    ),
    "dead": Kind(
        _dead,
        lambda count: ngettext(
            "%(count)d message could not be answered", "%(count)d messages could not be answered", count
        ),
        "conversations_message", "?state__exact=dead", "mark_chat_unread",
    ),
    "unsent": Kind(
        _unsent,
        lambda count: ngettext(
            "%(count)d message was not delivered", "%(count)d messages were not delivered", count
        ),
        "conversations_outboundmessage", "?state__in=dead,failed", "sms_failed",
    ),
    "payments": Kind(
        _payments,
        lambda count: ngettext("%(count)d payment needs a person", "%(count)d payments need a person", count),
        "reservations_payment", "", "credit_card_off",
    ),
    "refunds": Kind(
        _refunds,
        lambda count: ngettext("%(count)d refund needs a person", "%(count)d refunds need a person", count),
        "reservations_payment", "", "currency_exchange",
    ),
    "unsettled": Kind(
        _unsettled,
        lambda count: ngettext(
            "%(count)d PMS call has no known outcome", "%(count)d PMS calls have no known outcome", count
        ),
        "reservations_pmscall", "?outcome__exact=unknown", "sync_problem", "warning",
    ),
    "clashes": Kind(
        _clashes,
        lambda count: ngettext("%(count)d room sold elsewhere clashes", "%(count)d rooms sold elsewhere clash", count),
        "reservations_block", "?clash=yes", "event_busy",
    ),
}  # fmt: skip


def _accounts(request: HttpRequest, ids: list[int]) -> list[Trouble]:
    """Numbers and mailboxes that are paused, badly rated or cannot be read."""
    failing = Mailbox._base_manager.filter(account_id=OuterRef("pk"), failures__gte=FAILING_MAILBOX)
    accounts = (
        ChannelAccount._base_manager.filter(tenant_id__in=ids, is_active=True)
        .annotate(unread=Subquery(failing.values("last_error")[:1]))
        .filter(Q(paused_at__isnull=False) | ~Q(quality="") | Q(unread__isnull=False))
    )
    troubles = []
    for account in accounts.order_by("pk")[:SHOWN]:
        link = reverse("admin:conversations_accountevent_changelist") + f"?account__id__exact={account.pk}"
        if has_role(request, MANAGERS, account.tenant_id):
            link = reverse("admin:tenants_channelaccount_change", args=[account.pk])
        if account.paused_at is not None:
            text = _("%(account)s is paused: %(why)s") % {"account": account, "why": account.paused_reason}
            troubles.append(Trouble(text, link, "link_off"))
        elif account.unread is not None:
            text = _("%(account)s cannot be read: %(why)s") % {"account": account, "why": account.unread}
            troubles.append(Trouble(text, link, "mail_off"))
        else:
            text = _("WhatsApp rates %(account)s: %(quality)s") % {"account": account, "quality": account.quality}
            troubles.append(Trouble(text, link, "thumb_down", "warning"))
    return troubles


def _deliveries() -> list[Trouble]:
    """What reached the installation and nobody: its operators' business."""
    texts = {
        WorkState.QUARANTINED: _("quarantined deliveries"),
        WorkState.ORPHAN: _("deliveries for a number nobody has"),
        WorkState.DEAD: _("dead deliveries"),
    }
    rows = InboundDelivery.objects.filter(state__in=list(texts)).values_list("state")
    base = reverse("admin:conversations_inbounddelivery_changelist")
    return [
        Trouble(f"{count} {texts[WorkState(state)]}", f"{base}?state__exact={state}", "inbox", "warning")
        for state, count in rows.annotate(count=Count("pk")).order_by("state")
    ]
