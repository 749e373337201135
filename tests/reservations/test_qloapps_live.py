"""Our stays in a running QloApps (`make test-qloapps-live`, docs/adding-a-pms.md). Never in CI."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from pytest_django import Settings

from integrations import breakers
from integrations.pms.base import BookingRequest, BookingStatus, Done, Party, Pms, PmsBooking, Reason, Stay
from integrations.pms.qloapps import QloApps
from reservations.models import Reservation, RoomType, StayEvent
from reservations.services import auditing, booking, calls, catalogue, drift, pms
from tenants.scoping import tenant_scope
from tenants.services import connect_pms
from tests.factories.reservations import GUEST, HotelFactory
from tests.integrations.pms import qloapps_live as live
from tests.reservations.qloapps_hotel import HotelBehindQloApps
from tests.stand_ins.cutting import CuttingLine, When

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
KEY = uuid.UUID(int=5)


@pytest.fixture
def line(settings: Settings) -> Iterator[CuttingLine]:
    live.use(settings)
    if not live.URL.startswith("http://"):
        pytest.skip("an encrypted line cannot be cut here")
    with CuttingLine(live.URL) as line:
        yield line


@pytest.fixture
def hotel(line: CuttingLine, transactional_db: None) -> Iterator[HotelBehindQloApps]:
    """Ours, with its room types, connected by the line. What a test leaves there is cancelled."""
    breakers.reset_process()
    tenant = HotelFactory.create(time_zone=live.ZONE.key)
    connect_pms(tenant, kind="qloapps", base_url=line.url, hotel_id=live.hotel_id(), api_key=live.key())
    catalogue.import_room_types(tenant=tenant)
    hotel = HotelBehindQloApps(tenant)
    with tenant_scope(tenant):
        yield hotel
        line.cuts.clear()
        breakers.reset_process()
        for reservation in Reservation.objects.all():
            cancel_there(pms.connect(tenant), reservation.reference)


def cancel_there(adapter: Pms, reference: str) -> None:
    for found in adapter.find(reference):
        if found.status != BookingStatus.CANCELLED:
            assert isinstance(adapter.cancel(found.booking_id, "T-clear"), Done)


def room_type(hotel: HotelBehindQloApps) -> RoomType:
    with tenant_scope(hotel.tenant):
        return RoomType.objects.get(code=live.ROOM_TYPE) if live.ROOM_TYPE else RoomType.objects.order_by("code")[0]


def asked_for(hotel: HotelBehindQloApps, stay: Stay, guest: str = "guest") -> Reservation:
    option = hotel.option(stay, room_type=room_type(hotel).code, guest_key=guest)
    return hotel.requested(option, guest_key=guest, key=KEY)


def there(hotel: HotelBehindQloApps, reservation: Reservation) -> list[PmsBooking]:
    return list(pms.connect(hotel.tenant).find(reservation.reference))


def far(hotel: HotelBehindQloApps, *, more: int = 0, nights: int = 3) -> Stay:
    return hotel.stay(live.DAYS_AHEAD + more, nights)


def events() -> list[str]:
    return list(StayEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_stay_is_booked_moved_and_cancelled_at_the_quoted_prices(hotel: HotelBehindQloApps) -> None:
    reservation = asked_for(hotel, far(hotel))
    calls.run_due_calls()
    reservation.refresh_from_db()
    (made,) = there(hotel, reservation)
    assert (reservation.state, made.status, made.total) == ("confirmed", BookingStatus.ACTIVE, reservation.price)

    option = hotel.option(far(hotel, more=20, nights=2), room_type=reservation.room_type.code)
    booking.request_change(tenant=hotel.tenant, reservation=reservation, option=option, conversation_key=KEY)
    calls.run_due_calls()
    reservation.refresh_from_db()
    (moved,) = there(hotel, reservation)
    assert (reservation.check_in, moved.check_in) == (option.quote.check_in, option.quote.check_in)
    assert (reservation.price, moved.total) == (option.price, option.price)
    assert auditing.violations(tenant=hotel.tenant) == []

    fee = booking.cancellation_cost(tenant=hotel.tenant, reservation=reservation)
    booking.request_cancellation(tenant=hotel.tenant, reservation=reservation, expected_fee=fee, conversation_key=KEY)
    calls.run_due_calls()

    assert [one.status for one in there(hotel, reservation)] == [BookingStatus.CANCELLED]
    assert events() == ["booked", "changed", "cancelled"]
    assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_line_cut_while_booking_leaves_one_booking_and_one_truth(
    hotel: HotelBehindQloApps, line: CuttingLine, moving: time_machine.Traveller, when: When
) -> None:
    reservation = asked_for(hotel, far(hotel))
    line.cut("POST /api/bookings", when)
    calls.run_due_calls()
    if when != "before":
        assert line.finished.acquire(timeout=30)  # QloApps went on alone
    moving.shift(51)
    calls.run_due_calls()

    reservation.refresh_from_db()
    (made,) = there(hotel, reservation)
    assert (reservation.state, reservation.pms_booking_id) == ("confirmed", made.booking_id)
    assert (made.status, made.total) == (BookingStatus.ACTIVE, reservation.price)
    assert events() in (["booked"], ["booking_unknown", "booked_late"])
    assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_line_cut_while_changing_ends_as_it_was_quoted(
    hotel: HotelBehindQloApps, line: CuttingLine, moving: time_machine.Traveller, when: When
) -> None:
    reservation = asked_for(hotel, far(hotel))
    calls.run_due_calls()
    reservation.refresh_from_db()
    option = hotel.option(far(hotel, more=20, nights=2), room_type=reservation.room_type.code)
    booking.request_change(tenant=hotel.tenant, reservation=reservation, option=option, conversation_key=KEY)
    line.cut("PUT /api/bookings", when)
    calls.run_due_calls()
    if when != "before":
        assert line.finished.acquire(timeout=30)
    moving.shift(51)
    calls.run_due_calls()

    reservation.refresh_from_db()
    (moved,) = there(hotel, reservation)
    assert (reservation.check_in, moved.check_in) == (option.quote.check_in, option.quote.check_in)
    assert (reservation.price, moved.total) == (option.price, option.price)
    assert auditing.violations(tenant=hotel.tenant) == []


def test_eight_guests_at_the_last_room_are_one_guest_with_a_room(hotel: HotelBehindQloApps) -> None:
    stay, adapter, kind = far(hotel), pms.connect(hotel.tenant), room_type(hotel)
    for number in range(8):
        asked_for(hotel, stay, f"guest-{number}")
    assert isinstance(adapter, QloApps)
    left = min(adapter.nights_left(kind.code, stay.check_in, stay.check_out).values())
    others = Stay(stay.check_in, stay.check_out, (Party(1),) * (left - 1))
    price = next(one.total for one in adapter.search(others) if one.room_type_id == kind.code)
    fill = BookingRequest(
        f"T-{uuid.uuid4().hex}", others, kind.code, adapter.config.plan.rate_plan_id, price, GUEST
    )  # fmt: skip
    assert isinstance(adapter.book(fill), Done)
    try:
        hotel.work_off(workers=4)

        states = list(Reservation.objects.values_list("state", "refusal"))
        assert states.count(("confirmed", "")) == 1
        assert states.count(("refused", Reason.SOLD_OUT)) == 7
        assert auditing.violations(tenant=hotel.tenant) == []
    finally:
        cancel_there(adapter, fill.reference)


def test_what_the_desk_cancels_there_is_reported(hotel: HotelBehindQloApps) -> None:
    reservation = asked_for(hotel, far(hotel))
    calls.run_due_calls()
    assert drift.make_report(tenant=hotel.tenant).is_clean

    cancel_there(pms.connect(hotel.tenant), reservation.reference)
    report = drift.make_report(tenant=hotel.tenant)

    assert [one["rule"] for one in report.findings] == ["confirmed_is_in_pms"]
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "--tenant", hotel.tenant.slug, stdout=said)
    assert ended.value.code == 1
    assert "0 open calls, 1 differences" in said.getvalue()
