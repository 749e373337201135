"""Who is at the desk: open, closed until, and on call by the hotel's policy."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.services.answering import staff_presence
from tenants.models import OpeningHours
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel


def _open_at(hotel: Hotel, opens: dt.time, closes: dt.time) -> None:
    with tenant_scope(hotel.tenant):
        OpeningHours.objects.bulk_create(
            OpeningHours(tenant=hotel.tenant, weekday=day, opens=opens, closes=closes) for day in range(7)
        )
    forget_configuration()


def _closed_now(hotel: Hotel) -> None:
    """Desk hours that begin two hours from now."""
    now = hotel.tenant.local(dt.datetime.now(dt.UTC))
    start = (now + dt.timedelta(hours=2)).time().replace(second=0, microsecond=0)
    _open_at(hotel, start, (now + dt.timedelta(hours=3)).time().replace(second=0, microsecond=0))


@pytest.mark.parametrize("on_call", [True, False])
def test_on_call_is_the_hotels_policy_outside_its_hours(hotel: Hotel, on_call: bool) -> None:
    hotel.tenant.on_call = on_call
    _open_at(hotel, dt.time(8), dt.time(20))
    night = dt.datetime(2026, 12, 1, 2, 0, tzinfo=hotel.tenant.zone)
    found = staff_presence(hotel.tenant, night)
    assert (found.open_now, found.on_call) == (False, on_call)
    assert found.opens_at is not None
    assert hotel.tenant.local(found.opens_at).hour == 8
    assert staff_presence(hotel.tenant, night.replace(hour=10)).open_now


def test_at_night_the_guest_is_asked_whether_it_is_urgent(hotel: Hotel, guest: WhatsAppGuest) -> None:
    type(hotel.tenant).objects.update(on_call=True)
    _closed_now(hotel)
    said = guest.say("quiero hablar con una persona")
    assert "de guardia" in said
    assert [choice[1] for choice in guest.choices()] == ["urgent_yes", "urgent_no"]
