"""Reading the calendars of other sellers: fetch with nothing open, then make the blocks what they say."""

from __future__ import annotations

import structlog
from django.db import transaction

from hotel_agent.common import clock
from hotel_agent.common.exceptions import HotelAgentError
from integrations import calendars
from reservations.models import Block, CalendarFeed
from reservations.services.builtin import blocks
from reservations.services.builtin.blocks import Synced, Taken
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope

READ_TASK = "reservations.read_calendar"

log = structlog.get_logger("reservations.calendars")


def read(*, tenant: Tenant, feed: CalendarFeed) -> Synced | None:
    """Read one calendar; None when it cannot be read, with the reason in `problem`. No transaction may be open.

    What cannot be read changes no block: a seller's outage must not put sold rooms back on sale.
    """
    try:
        calendar = calendars.parse(calendars.fetch(feed.url), tenant.zone)
    except HotelAgentError as error:
        log.warning("calendar_not_read", feed_id=feed.pk, error_type=type(error).__name__)
        _note(tenant, feed, problem=f"{error}"[:200])
        return None
    taken = [Taken(event.uid, event.first, event.last, event.summary) for event in calendar.events]
    result = blocks.sync(tenant=tenant, feed=feed, taken=taken)
    _note(tenant, feed, problem="", skipped=calendar.skipped)
    return result


def read_by_id(feed_id: int) -> Synced | None:
    """Read the calendar with this id, if there (still) is one and its hotel wants it read."""
    with every_tenant():  # found by id; read in its hotel's scope
        rows = CalendarFeed.objects.select_related("tenant", "room_type", "room")
        feed = rows.filter(pk=feed_id, is_active=True, tenant__is_active=True).first()
    return read(tenant=feed.tenant, feed=feed) if feed is not None else None


def forget(*, tenant: Tenant, feed: CalendarFeed) -> None:
    """Stop reading a calendar and sell again what it had taken."""
    with tenant_scope(tenant), transaction.atomic():
        CalendarFeed.objects.filter(pk=feed.pk).update(is_active=False)
        for row in Block.objects.filter(feed=feed, is_active=True).select_related("room_type").order_by("pk"):
            blocks.free(tenant=tenant, row=row)


def due() -> list[int]:
    """Ids of calendars to be read, over all hotels, longest unread first."""
    with every_tenant():  # ids only; each is read in its hotel's scope
        rows = CalendarFeed.objects.filter(is_active=True, tenant__is_active=True)
        return list(rows.order_by("checked_at", "pk").values_list("pk", flat=True))


def _note(tenant: Tenant, feed: CalendarFeed, *, problem: str, skipped: int = 0) -> None:
    with tenant_scope(tenant):
        CalendarFeed.objects.filter(pk=feed.pk).update(
            checked_at=clock.now(), problem=problem, skipped=skipped if not problem else feed.skipped
        )
