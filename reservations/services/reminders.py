"""Reminders before arrival: a week and a day before, by day on the hotel's own clock, once each.

Only rows are written here; whether and how the guest is told (window, opt-out, a person in charge) is the
conversation's matter, when it tells.
"""

from __future__ import annotations

import datetime as dt

import structlog

from hotel_agent.common import clock
from reservations.models import Reservation, StayEvent
from reservations.services import ledger
from tenants.models import Tenant
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)

FROM_HOUR, UNTIL_HOUR = 10, 20
"""Local hours in which a reminder is welcome; what is not written in them is written on the next day's."""
WEEK_DAYS = (7, 6, 5)
"""The week's reminder may be late by two days (an outage, a weekend), never later than that."""
DAY_DAYS = (1,)
SETTLED = {"week": dt.timedelta(days=3), "day": dt.timedelta(hours=24)}
"""Who booked less than this ago still has the confirmation before their eyes."""


def plan_reminders(at: dt.datetime | None = None) -> int:
    """Write down the reminders that are due now, over all hotels; returns how many stays were looked at.

    Safe to repeat at any time and by several workers: each reminder of a stay and arrival day is one row.
    """
    now = at or clock.now()
    looked_at = 0
    for tenant in Tenant.objects.filter(is_active=True, live_since__isnull=False):
        if not tenant.can("reminders"):
            continue
        local = tenant.local(now)
        if FROM_HOUR <= local.hour < UNTIL_HOUR:
            with tenant_scope(tenant):
                for name, days in (("week", WEEK_DAYS), ("day", DAY_DAYS)):
                    looked_at += _remind(tenant, name, local.date(), days, now)
    return looked_at


def _remind(tenant: Tenant, name: str, today: dt.date, days: tuple[int, ...], now: dt.datetime) -> int:
    stays = Reservation.objects.filter(
        tenant=tenant,
        state=Reservation.State.CONFIRMED,
        check_in__in=[today + dt.timedelta(days=ahead) for ahead in days],
        confirmed_at__lte=now - SETTLED[name],
        conversation_key__isnull=False,
    )
    count = 0
    for stay in stays:
        ledger.add_event(
            StayEvent.Kind.REMINDER,
            key=f"reminder:{name}:{stay.pk}:{stay.check_in.isoformat()}",
            conversation_key=stay.conversation_key,
            reservation=stay,
            payload={"code": stay.code, "days": (stay.check_in - today).days},
        )
        count += 1
    return count
