"""A stay as an iCalendar file (RFC 5545), in the guest's language and the hotel's zone."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext
from icalendar import Calendar, Event

from hotel_agent.common import clock
from reservations import selectors
from reservations.models import Reservation
from reservations.services import stay_page

FILENAME = "%s.ics"
CONTENT_TYPE = "text/calendar"


def of_stay(reservation: Reservation, *, at: dt.datetime | None = None) -> bytes:
    """One event from check-in to check-out; a changed or cancelled stay is a newer event under the same id.

    `at`: when the file is made (now): the same instant gives the same bytes. Words are in the active language.
    """
    tenant = reservation.tenant
    cancelled = reservation.state == Reservation.State.CANCELLED
    event = Event()
    event.add("uid", f"{reservation.public_id}@hotel-agent")
    event.add("dtstamp", at or clock.now())
    event.add("dtstart", _local(reservation.check_in, tenant.check_in_from, reservation))
    event.add("dtend", _local(reservation.check_out, tenant.check_out_until, reservation))
    event.add("summary", f"{tenant.name} · {reservation.code}")
    event.add(
        "description",
        gettext("%(room)s, booking %(code)s. Everything about it: %(url)s")
        % {
            "room": selectors.rooms_named(tenant, reservation.stay, reservation.room_type, reservation.language),
            "code": reservation.code,
            "url": stay_page.url_of(reservation),
        },
    )
    event.add("url", stay_page.url_of(reservation))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("sequence", reservation.changes.filter(kind__in=["changed", "cancelled"]).count())
    event.add("transp", "TRANSPARENT")
    if tenant.address:
        event.add("location", f"{tenant.name}, {tenant.address}")
    if tenant.latitude is not None and tenant.longitude is not None:
        event.add("geo", (float(tenant.latitude), float(tenant.longitude)))
    calendar = Calendar()
    calendar.add("prodid", "-//Hotel Agent//Stays//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _local(day: dt.date, time: dt.time, reservation: Reservation) -> dt.datetime:
    """In UTC, which every calendar shows in its reader's zone and needs no zone definition in the file."""
    return dt.datetime.combine(day, time, tzinfo=reservation.tenant.zone).astimezone(dt.UTC)
