"""When people are at the desk: weekly hours, with a holiday's own in their place.

A hotel that gave no hours is taken to be staffed always. Times are the hotel's wall clock; an interval that ends before
it begins runs into the next day.
"""

from __future__ import annotations

import datetime as dt

from tenants.models import Tenant
from tenants.selectors import holidays, opening_hours

LOOK_AHEAD_DAYS = 35
"""A house that is shut for longer than this has no next opening to promise."""

Interval = tuple[dt.datetime, dt.datetime]


def is_open(tenant: Tenant, at: dt.datetime) -> bool:
    """Whether somebody is at the desk at an instant."""
    if not opening_hours(tenant):
        return True
    today = tenant.local(at).date()
    return any(opens <= at < closes for opens, closes in _between(tenant, today, days=1))


def next_opening(tenant: Tenant, at: dt.datetime) -> dt.datetime | None:
    """The next instant after `at` at which somebody comes; None when nobody does within `LOOK_AHEAD_DAYS`."""
    today = tenant.local(at).date()
    return min((opens for opens, _ in _between(tenant, today, days=LOOK_AHEAD_DAYS) if opens > at), default=None)


def staffed_from(tenant: Tenant, at: dt.datetime) -> dt.datetime:
    """`at` while somebody is at the desk, else the next opening; `at` too when there is none to wait for."""
    return at if is_open(tenant, at) else next_opening(tenant, at) or at


def unstaffed_from(tenant: Tenant, at: dt.datetime) -> dt.datetime | None:
    """`at` while nobody is at the desk, else when they leave; None for a desk that never closes."""
    if not opening_hours(tenant):
        return None
    moment = at
    for opens, closes in sorted(_between(tenant, tenant.local(at).date(), days=LOOK_AHEAD_DAYS)):
        if opens <= moment < closes:
            moment = closes
    return moment if not is_open(tenant, moment) else None


def _between(tenant: Tenant, today: dt.date, *, days: int) -> list[Interval]:
    """Staffed intervals that begin from yesterday to `days` ahead."""
    weekly, special = opening_hours(tenant), holidays(tenant)
    found: list[Interval] = []
    for offset in range(-1, days + 1):
        day = today + dt.timedelta(days=offset)
        if (holiday := special.get(day)) is not None:
            if holiday.opens is not None and holiday.closes is not None:
                found.append(_interval(tenant, day, holiday.opens, holiday.closes))
            continue
        found += [_interval(tenant, day, row.opens, row.closes) for row in weekly if row.weekday == day.weekday()]
    return found


def _interval(tenant: Tenant, day: dt.date, opens: dt.time, closes: dt.time) -> Interval:
    until = day + dt.timedelta(days=1 if closes <= opens else 0)
    return dt.datetime.combine(day, opens, tenant.zone), dt.datetime.combine(until, closes, tenant.zone)
