"""Stays behind QloApps go through the same services as the built-in ones: quoted, booked, changed, looked up."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection

from hotel_agent.common.exceptions import Misconfigured
from integrations import breakers
from integrations.pms.base import Party, Reason
from reservations.models import PmsCall, RatePlan, Reservation, RoomType, RoomTypeLease, StayEvent
from reservations.services import auditing, booking, calls, catalogue, holding, leases, payments, pms, quoting
from tenants import selectors
from tenants.models import PmsConnection
from tenants.scoping import tenant_scope
from tenants.services import connect_payments
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.qloapps_hotel import QloAppsHotel, open_qloapps_hotel
from tests.stand_ins.qloapps import Fault
from tests.stand_ins.qloapps_world import CANCELLED, Line

KEY = uuid.UUID(int=5)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def closed_breakers() -> Iterator[None]:
    breakers.reset_process()
    yield
    breakers.reset_process()


@pytest.fixture
def hotel(db: None) -> Iterator[QloAppsHotel]:
    with open_qloapps_hotel() as hotel, tenant_scope(hotel.tenant):
        yield hotel


def events() -> list[str]:
    return list(StayEvent.objects.order_by("pk").values_list("kind", flat=True))


def run() -> int:
    return calls.run_due_calls()


# -- the ordinary way -------------------------------------------------------------------------------------------------


def test_a_stay_is_quoted_booked_and_cancelled(hotel: QloAppsHotel) -> None:
    stay = hotel.stay()
    reservation = hotel.requested(hotel.option(stay), key=KEY)
    run()
    reservation.refresh_from_db()

    assert (reservation.state, reservation.pms_booking_id) == ("confirmed", "1")
    assert reservation.price.amount == hotel.world.total(hotel.world.orders[1])[1]
    assert auditing.violations(tenant=hotel.tenant) == []

    fee = booking.cancellation_cost(tenant=hotel.tenant, reservation=reservation)
    assert fee.amount == 0
    booking.request_cancellation(tenant=hotel.tenant, reservation=reservation, expected_fee=fee, conversation_key=KEY)
    run()
    reservation.refresh_from_db()

    assert reservation.state == "cancelled"
    assert hotel.world.orders[1].state == CANCELLED
    assert events() == ["booked", "cancelled"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_stay_is_moved(hotel: QloAppsHotel) -> None:
    reservation = hotel.requested(hotel.option(hotel.stay()), key=KEY)
    run()
    option = hotel.option(hotel.stay(20, 2))
    booking.request_change(
        tenant=hotel.tenant,
        reservation=Reservation.objects.get(),
        option=option,
        conversation_key=KEY,
    )
    run()
    reservation.refresh_from_db()

    assert events() == ["booked", "changed"]
    assert (reservation.check_in, reservation.total) == (option.quote.check_in, option.total)
    assert auditing.violations(tenant=hotel.tenant) == []


def test_nothing_is_held_and_the_guest_is_not_stopped(hotel: QloAppsHotel) -> None:
    option = hotel.option(hotel.stay())
    refused = holding.place_hold(tenant=hotel.tenant, option=option, conversation_key=KEY, guest_key="guest")

    assert isinstance(refused, holding.HoldRefused)
    assert refused.problem == holding.HoldProblem.NOT_SUPPORTED


def test_prices_are_the_pms_own_in_its_currency(hotel: QloAppsHotel) -> None:
    option = hotel.option(hotel.stay(nights=4))

    assert (option.currency, option.room_type.code) == ("EUR", "1")
    # (100 + 10 of maintenance) a night, 23 % tax, four nights.
    assert str(option.total) == "541.20"
    assert option.cancellation_terms.fee_after.amount == 0


# -- unknown outcomes -------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_at_once_and_the_guest_hears_one_thing(hotel: QloAppsHotel) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_after", "POST", "bookings"))
    run()

    assert Reservation.objects.get().state == "confirmed"
    assert events() == ["booked"]
    assert len(hotel.world.orders) == 1


def test_a_request_that_never_arrived_is_sent_once_more_after_the_second_look(
    hotel: QloAppsHotel, moving: time_machine.Traveller
) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_before", "POST", "bookings"))
    run()
    assert (Reservation.objects.get().state, events()) == ("unknown", ["booking_unknown"])
    moving.shift(40)
    assert run() == 0  # not before the deadline and thirty seconds are over

    moving.shift(11)
    run()

    assert Reservation.objects.get().state == "confirmed"
    assert events() == ["booking_unknown", "booked_late"]
    assert (PmsCall.objects.get().sends, len(hotel.world.orders)) == (2, 1)


def test_two_bookings_under_one_reference_leave_the_older(hotel: QloAppsHotel, moving: time_machine.Traveller) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_after", "POST", "bookings"))
    run()
    first = hotel.world.orders[1]
    line = next(line for line in hotel.world.lines.values() if line.order == 1)
    twin, _ = hotel.world.book({
        "id_property": 1, "currency": "EUR", "source": first.source,
        "associations": {
            "customer_detail": {"firstname": "A", "lastname": "B", "email": "a@example.com", "phone": "1"},
            "room_types": [{"id_room_type": 1, "checkin_date": str(line.first), "checkout_date": str(line.last),
                            "number_of_rooms": 1, "rooms": [{"adult": 2, "id_tax_rules_group": 1}]}],
        },
    })  # fmt: skip
    assert auditing.violations(tenant=hotel.tenant)[0].rule == "one_booking_per_reference"

    moving.shift(10 * MINUTE)
    run()

    assert (first.state, twin.state) == (1, CANCELLED)
    assert events() == ["booked"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_booking_lost_after_it_was_confirmed_is_a_persons(
    hotel: QloAppsHotel, moving: time_machine.Traveller
) -> None:
    """The race was lost after the answer was given up and the rooms were read: the later look finds out."""
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_after", "POST", "bookings"))
    run()
    for line in hotel.world.lines.values():
        line.is_cancelled = line.is_refunded = line.is_back_order = True

    moving.shift(10 * MINUTE)
    run()

    assert events() == ["booked", "needs_person"]
    assert [one.rule for one in auditing.violations(tenant=hotel.tenant)] == ["confirmed_is_in_pms"]


def test_a_ghost_behind_a_lost_answer_is_never_confirmed(hotel: QloAppsHotel, moving: time_machine.Traveller) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_after", "POST", "bookings"))
    original = hotel.world.book

    def lost_the_race(body: dict[str, object]) -> object:
        made = original(body)
        for line in hotel.world.lines.values():
            line.is_cancelled = line.is_refunded = line.is_back_order = True
        return made

    hotel.world.book = lost_the_race  # type: ignore[method-assign,assignment]
    run()
    assert Reservation.objects.get().state != "confirmed"

    moving.shift(2 * MINUTE)
    run()

    assert Reservation.objects.get().state == "refused"
    assert events()[-1] in {"booking_released", "booking_refused"}
    assert {order.state for order in hotel.world.orders.values()} == {CANCELLED}
    assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.parametrize("comes", [True, False])
def test_a_booking_seen_half_made_behind_a_lost_answer_is_looked_at_again(
    hotel: QloAppsHotel, moving: time_machine.Traveller, comes: bool
) -> None:
    """QloApps writes an order's rooms one after the other, and may die in between: then it is a person's."""
    stay = hotel.stay(rooms=(Party(2), Party(1)))
    hotel.requested(hotel.option(stay), key=KEY)
    hotel.server.announce(Fault("reset_after", "POST", "bookings"))
    original = hotel.world.book

    def halfway(body: dict[str, object]) -> object:
        made = original(body)
        late.append(hotel.world.lines.popitem())
        return made

    late: list[tuple[int, Line]] = []
    hotel.world.book = halfway  # type: ignore[method-assign,assignment]
    run()
    assert (Reservation.objects.get().state, events()) == ("unknown", ["booking_unknown"])

    if comes:
        hotel.world.lines.update(late)
    moving.shift(2 * MINUTE)
    run()

    if comes:
        assert (Reservation.objects.get().state, events()) == ("confirmed", ["booking_unknown", "booked_late"])
        assert auditing.violations(tenant=hotel.tenant) == []
    else:
        assert (Reservation.objects.get().state, events()) == ("unknown", ["booking_unknown", "needs_person"])


def test_a_dead_pms_is_told_once_and_booked_when_it_is_back(
    hotel: QloAppsHotel, moving: time_machine.Traveller
) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.broken = True
    for _ in range(4):
        run()
        moving.shift(16 * MINUTE)
    assert events() == ["booking_unknown", "needs_person"]  # the second after a quarter of an hour, for staff only
    assert {event.payload["reason"] for event in StayEvent.objects.all()} == {"pms_down"}

    hotel.server.broken = False
    breakers.reset_process()
    run()

    assert events() == ["booking_unknown", "needs_person", "booked_late"]


# -- turns ------------------------------------------------------------------------------------------------------------


def test_a_cancellation_that_broke_and_did_nothing_is_tried_again(
    hotel: QloAppsHotel, moving: time_machine.Traveller
) -> None:
    reservation = hotel.requested(hotel.option(hotel.stay()), key=KEY)
    run()
    reservation.refresh_from_db()
    hotel.server.announce(Fault("error", "POST", "order_histories"))
    booking.request_cancellation(
        tenant=hotel.tenant, reservation=reservation, expected_fee=reservation.price, conversation_key=KEY
    )
    run()

    reservation.refresh_from_db()
    assert reservation.state == Reservation.State.CONFIRMED
    assert PmsCall.objects.get(kind="cancel").outcome == PmsCall.Outcome.OPEN
    assert "cancellation_refused" not in events()
    assert auditing.violations(tenant=hotel.tenant) == []

    moving.shift(MINUTE)
    run()

    reservation.refresh_from_db()
    assert reservation.state == Reservation.State.CANCELLED
    assert [order.state for order in hotel.world.orders.values()] == [CANCELLED]
    assert events()[-1] == "cancelled"
    assert auditing.violations(tenant=hotel.tenant) == []


def test_an_unpaid_booking_that_the_pms_first_fails_to_cancel_keeps_no_room(
    hotel: QloAppsHotel, moving: time_machine.Traveller
) -> None:
    connect_payments(hotel.tenant, kind="demo")
    provider = FaultyPayments(hotel.tenant)
    provider.refuse_next_link()
    RatePlan.objects.update(deposit="first_night")
    selectors.forget_configuration()
    reservation = hotel.requested(hotel.option(hotel.stay()), key=KEY)
    run()
    hotel.server.announce(Fault("error", "POST", "order_histories"))
    for payment_id in payments.due_payments(5):
        payments.run_payment(payment_id, connect=provider.connect, connect_pms=pms.connect)
    run()
    assert auditing.violations(tenant=hotel.tenant) == []

    moving.shift(MINUTE)
    run()

    reservation.refresh_from_db()
    assert reservation.state == Reservation.State.REFUSED  # no link could be made
    assert hotel.world.live() == []
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_turn_is_one_at_a_time_and_ends_by_itself(hotel: QloAppsHotel, moving: time_machine.Traveller) -> None:
    double, suite = RoomType.objects.get(code="1"), RoomType.objects.get(code="2")
    mine = leases.take(double)
    assert mine is not None
    assert leases.take(double) is None
    assert leases.take(suite) is not None  # another room type is another turn

    leases.give_back(mine)
    second = leases.take(double)
    assert second is not None
    leases.give_back(mine)  # a turn that was lost gives nothing back
    assert leases.take(double) is None
    leases.give_back(second, still_under_way=True)
    assert leases.take(double) is None
    moving.shift(leases.STILL_UNDER_WAY_S + 1)
    third = leases.take(double)
    assert third is not None
    moving.shift(leases.LEASE_S + 1)
    assert leases.take(double) is not None


def test_a_sale_waits_for_its_turn_and_is_woken(hotel: QloAppsHotel) -> None:
    stay = hotel.stay()
    turn = leases.take(RoomType.objects.get(code="1"))
    assert turn is not None
    hotel.requested(hotel.option(stay), key=KEY)
    run()
    assert (PmsCall.objects.get().last_error, PmsCall.objects.get().sends) == (leases.WAITING, 0)
    assert (len(hotel.world.orders), events()) == (0, [])
    assert run() == 0

    leases.give_back(turn)

    assert run() == 1
    assert events() == ["booked"]


def test_a_request_without_an_answer_keeps_the_turn_for_a_while(hotel: QloAppsHotel) -> None:
    hotel.requested(hotel.option(hotel.stay()), key=KEY)
    hotel.server.announce(Fault("reset_before", "POST", "bookings"))
    run()

    assert leases.take(RoomType.objects.get(code="1")) is None


def test_a_refusal_and_a_dead_pms_give_the_turn_back(hotel: QloAppsHotel) -> None:
    option = hotel.option(hotel.stay())
    hotel.world.types[1].price += 1
    hotel.requested(option, key=KEY)
    run()
    assert Reservation.objects.get().refusal == Reason.PRICE_CHANGED
    turn = leases.take(RoomType.objects.get(code="1"))
    assert turn is not None
    leases.give_back(turn)

    hotel.requested(hotel.option(hotel.stay(20)), key=KEY)
    hotel.server.broken = True
    run()
    assert leases.take(RoomType.objects.get(code="1")) is not None


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_fifty_guests_at_the_last_room_are_one_guest_with_a_room() -> None:
    """50 reservations, 8 workers, a PMS that lets every sale through that starts within 80 ms of another."""
    with open_qloapps_hotel(doubles=1) as hotel:
        hotel.world.race_s, hotel.world.race = 0.08, "double"
        stay = hotel.stay()
        for number in range(50):
            hotel.requested(hotel.option(stay, guest_key=f"guest-{number}"), guest_key=f"guest-{number}")
        together, most = 0, 0
        counting = threading.Lock()
        original = hotel.world.book

        def watched(body: dict[str, object]) -> object:
            nonlocal together, most
            with counting:
                together += 1
                most = max(most, together)
            try:
                return original(body)
            finally:
                with counting:
                    together -= 1

        hotel.world.book = watched  # type: ignore[method-assign,assignment]
        hotel.work_off(workers=8)

        with tenant_scope(hotel.tenant):
            states = list(Reservation.objects.values_list("state", "refusal"))
            assert states.count(("confirmed", "")) == 1
            assert states.count(("refused", Reason.SOLD_OUT)) == 49
            assert len(hotel.world.live("HA-")) == 1
            assert most == 1  # never two of ours at once
            assert auditing.violations(tenant=hotel.tenant) == []
            assert not RoomTypeLease.objects.filter(until__gt=dt.datetime.now(dt.UTC)).exists()


# -- the connection ---------------------------------------------------------------------------------------------------


def test_room_types_are_imported_and_a_managers_words_kept(hotel: QloAppsHotel) -> None:
    double = RoomType.objects.get(code="1")
    assert (double.name_es, double.kind, double.max_guests) == ("Double", "double", 4)
    assert RoomType.objects.get(code="2").kind == "suite"
    assert RatePlan.objects.get().code == "standard"
    RoomType.objects.filter(code="1").update(name_es="Doble al mar", kind="superior")
    hotel.world.types[1].max_guests = 3
    del hotel.world.types[2]

    done = catalogue.import_room_types(tenant=hotel.tenant)

    assert done == catalogue.Imported((), ("1",), ("2",))
    double.refresh_from_db()
    assert (double.name_es, double.kind, double.max_guests) == ("Doble al mar", "superior", 3)
    assert not RoomType.objects.get(code="2").is_active
    assert catalogue.import_room_types(tenant=hotel.tenant) == catalogue.Imported((), (), ())


def test_a_type_nobody_imported_yet_is_not_offered(hotel: QloAppsHotel) -> None:
    RoomType.objects.filter(code="2").delete()

    offers = quoting.search(tenant=hotel.tenant, stay=hotel.stay())

    assert {offer.room_type_id for offer in offers} == {"1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": ""},
        {"hotel_id": "one"},
        {"credentials": {}},
        {"settings": {"time_zone": "Nowhere/At_All"}},
        {"settings": {"rate_plan": "no such plan"}},
        {"settings": {"cancelled_state": "four"}},
    ],
    ids=str,
)
def test_a_connection_that_lacks_something_says_so(hotel: QloAppsHotel, changes: dict[str, object]) -> None:
    row = PmsConnection.objects.get()
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    selectors.forget_configuration()

    with pytest.raises(Misconfigured) as wrong:
        pms.connect(hotel.tenant)

    assert "TESTKEY" not in str(wrong.value)


def test_the_key_is_encrypted_at_rest(hotel: QloAppsHotel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials::text FROM tenants_pmsconnection")
        (stored,) = cursor.fetchone()
    assert "TESTKEY" not in stored
