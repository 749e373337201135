"""What a stay costs beside its nights and who pays how much: bands, cots, extras, taxes of the stay; to the cent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money
from integrations.pms.base import BookingRequest, Done, ExtraOrder, ExtraUnit, Offer, Party, Reason, Refused, Stay
from integrations.pms.extras import order_lines
from reservations.models import BuiltinBooking, ChildBand, Extra, QuoteOption, Rate, Reservation, RoomNight, StayTax
from reservations.services import auditing, booking, calls, inventory, quoting
from reservations.services.builtin import BuiltinPms
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, HotelFactory, open_hotel, quote_option

pytestmark = pytest.mark.django_db


def offer(hotel: Hotel, stay: Stay, *, room_type: str = "double", plan: str = "flexible") -> Offer:
    found = {(one.room_type_id, one.rate_plan_id): one for one in quoting.search(tenant=hotel.tenant, stay=stay)}
    return found[room_type, plan]


def book_it(hotel: Hotel, option: QuoteOption) -> Reservation:
    """The confirmed booking of an option."""
    booking.request_booking(
        tenant=hotel.tenant, option=option, hold=None, guest=GUEST, conversation_key=None, guest_key="guest",
        channel="whatsapp",
    )  # fmt: skip
    calls.run_due_calls()
    with tenant_scope(hotel.tenant):
        reservation = Reservation.objects.select_related("option").get()
    assert reservation.state == Reservation.State.CONFIRMED
    return reservation


def with_rooms(stay: Stay, *parties: Party) -> Stay:
    return replace(stay, rooms=parties)


# -- children ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ages", "extra"),
    [
        ((2,), 0),  # free below 3
        ((3,), 4_000),  # half below 6
        ((5,), 4_000),
        ((6,), 6_400),  # 80 % below 10
        ((9,), 6_400),
        ((10,), 8_000),  # all of it
        ((12,), 8_000),
        ((13,), 15_000),  # an adult
        ((2, 5, 12), 12_000),
    ],
)
def test_children_pay_by_age(ages: tuple[int, ...], extra: int) -> None:
    hotel = open_hotel()
    plan = inventory.set_rate_plan(
        tenant=hotel.tenant, code="flexible", names=inventory.Names("Flexible"), child_bands={10: 80, 6: 50}
    )
    assert plan.pk == hotel.flexible.pk

    nightly = offer(hotel, hotel.stay(ages=ages), room_type="family").nightly

    assert {price.amount for price in nightly} == {Decimal(90_000 + extra)}


def test_places_in_the_price_go_to_the_dearest_children(hotel: Hotel) -> None:
    inventory.set_rate_plan(
        tenant=hotel.tenant, code="flexible", names=inventory.Names("Flexible"), child_bands={6: 50}
    )

    alone = offer(hotel, hotel.stay(adults=1, ages=(4, 11)), room_type="family")

    assert {price.amount for price in alone.nightly} == {Decimal(94_000)}  # the eleven-year-old has the second place


def test_bands_are_refused_by_the_database_when_they_make_no_sense(hotel: Hotel) -> None:
    for under, percent in ((0, 50), (19, 50), (6, 101)):
        with tenant_scope(hotel.tenant), pytest.raises(IntegrityError), transaction.atomic():
            ChildBand.objects.create(tenant=hotel.tenant, rate_plan=hotel.flexible, under=under, percent=percent)


@pytest.mark.parametrize(("ages", "fits"), [((1,), True), ((2, 2), False), ((3,), False), ((1, 3), False)])
def test_a_baby_in_a_cot_takes_nobodys_place(hotel: Hotel, ages: tuple[int, ...], fits: bool) -> None:
    inventory.set_room_type(
        tenant=hotel.tenant, code="double", kind="double", names=inventory.Names("Doble"), cots=1
    )  # two guests, no children, one cot

    found = {one.room_type_id for one in quoting.search(tenant=hotel.tenant, stay=hotel.stay(ages=ages))}

    assert ("double" in found) is fits


# -- nights, seasons and rules ----------------------------------------------------------------------------------------


def test_seasons_and_weekends_are_charged_night_by_night(hotel: Hotel) -> None:
    stay = hotel.stay(nights=8)
    for amount, weekdays in ((70_000, inventory.EVERY_DAY), (91_000, (4, 5))):
        inventory.set_rates(
            tenant=hotel.tenant, room_type=hotel.double, plan=hotel.flexible, first=stay.check_in,
            last=stay.check_out, amount=Decimal(amount), weekdays=weekdays,
        )  # fmt: skip

    nightly = offer(hotel, stay).nightly

    days = [stay.check_in + dt.timedelta(days=number) for number in range(8)]
    assert [price.amount for price in nightly] == [91_000 if day.weekday() in (4, 5) else 70_000 for day in days]


@pytest.mark.parametrize(("nights", "reason"), [(2, Reason.MIN_STAY), (3, None), (5, None), (6, Reason.MAX_STAY)])
def test_shortest_and_longest_stays_are_those_of_the_arrival(hotel: Hotel, nights: int, reason: Reason | None) -> None:
    arrival = hotel.stay().check_in
    inventory.open_nights(
        tenant=hotel.tenant, room_type=hotel.double, first=arrival, last=arrival, min_stay=3, max_stay=5
    )
    stay = hotel.stay(nights=nights)
    pms = BuiltinPms(hotel.tenant)
    request = BookingRequest("T-1", stay, "double", "flexible", Money(Decimal(60_000 * nights), "ARS"), GUEST)

    sold = {one.room_type_id for one in pms.search(stay)}
    result = pms.book(request)

    assert ("double" in sold) is (reason is None)
    if reason is None:
        assert isinstance(result, Done)
    else:
        assert isinstance(result, Refused)
        assert (result.reason, result.detail) == (reason, "3" if reason == Reason.MIN_STAY else "5")


@pytest.mark.parametrize("rule", ["closed_to_arrival", "closed_to_departure", "stop_sell"])
def test_closed_days_refuse_only_what_they_close(hotel: Hotel, rule: str) -> None:
    day = hotel.stay().check_in
    closed: dict[str, Any] = {rule: True}
    inventory.open_nights(tenant=hotel.tenant, room_type=hotel.double, first=day, last=day, **closed)

    def sold(arrival: int, nights: int) -> bool:
        stay = hotel.stay(arrival=arrival, nights=nights)
        return "double" in {one.room_type_id for one in quoting.search(tenant=hotel.tenant, stay=stay)}

    arriving, departing, staying_over = sold(9, 2), sold(7, 2), sold(8, 3)

    assert (arriving, departing, staying_over) == {
        "closed_to_arrival": (False, True, True),
        "closed_to_departure": (True, False, True),
        "stop_sell": (False, True, False),
    }[rule]


def test_the_database_refuses_a_longest_stay_below_the_shortest(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant), pytest.raises(IntegrityError), transaction.atomic():
        RoomNight.objects.filter(room_type=hotel.double).update(min_stay=4, max_stay=3)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Santiago", "2027-04-03"), ("Europe/Lisbon", "2027-03-27"), ("Europe/Lisbon", "2027-10-30")],
)
def test_a_night_of_a_clock_change_is_one_night(zone: str, day: str) -> None:
    night = dt.date.fromisoformat(day)
    with time_machine.travel(dt.datetime.combine(night, dt.time(12), dt.UTC) - dt.timedelta(days=10), tick=False):
        hotel = open_hotel(tenant=HotelFactory.create(time_zone=zone))
        stay = Stay(night, night + dt.timedelta(days=2), (Party(2),))
        found = offer(hotel, stay)

    assert len(found.nightly) == 2
    assert found.total.amount == 120_000
    assert found.terms.free_until is not None
    free_until = hotel.tenant.local(found.terms.free_until)
    assert (free_until.date(), free_until.time()) == (night - dt.timedelta(days=2), hotel.tenant.check_in_from)


# -- taxes ------------------------------------------------------------------------------------------------------------


def set_tax(hotel: Hotel, basis: StayTax.Basis, amount: str, **rules: Any) -> None:
    inventory.set_stay_tax(
        tenant=hotel.tenant, code="city", names=inventory.Names("Tasa turística"), basis=basis,
        amount=Decimal(amount), **rules,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("basis", "amount", "rules", "expected"),
    [
        (StayTax.Basis.PERSON_NIGHT, "150.50", {}, "2408.00"),  # 4 people, 4 nights
        (StayTax.Basis.PERSON_NIGHT, "150.50", {"from_age": 12}, "1806.00"),  # 3 people
        (StayTax.Basis.PERSON_NIGHT, "150.50", {"from_age": 12, "most_nights": 3}, "1354.50"),
        (StayTax.Basis.ROOM_NIGHT, "500", {"most_nights": 30}, "4000.00"),  # 2 rooms
        (StayTax.Basis.ROOM, "500", {}, "1000.00"),
        (StayTax.Basis.PERCENT, "3.33", {}, "15984.00"),  # of 480000
        (StayTax.Basis.PERCENT, "3.33", {"most_nights": 1}, "3996.00"),
    ],
)
@pytest.mark.parametrize("due_at_hotel", [True, False])
def test_a_tax_is_counted_once_and_shown_where_it_is_paid(
    hotel: Hotel, basis: StayTax.Basis, amount: str, rules: dict[str, int], expected: str, due_at_hotel: bool
) -> None:
    set_tax(hotel, basis, amount, due_at_hotel=due_at_hotel, **rules)
    stay = with_rooms(hotel.stay(), Party(2), Party(1, (2,)))

    found = offer(hotel, stay)

    (line,) = found.taxes
    assert line.amount.amount == Decimal(expected)
    assert found.total.amount == 480_000 + (0 if due_at_hotel else Decimal(expected))
    assert sum(price.amount for price in found.nightly) == 480_000


def test_a_tax_of_nothing_is_not_mentioned(hotel: Hotel) -> None:
    set_tax(hotel, StayTax.Basis.PERSON_NIGHT, "0")
    assert offer(hotel, hotel.stay()).taxes == ()


def test_taxes_are_added_to_net_prices_and_rounded_once_a_night() -> None:
    hotel = open_hotel(tenant=HotelFactory.create(prices_include_taxes=False))
    with tenant_scope(hotel.tenant):
        Rate.objects.filter(rate_plan=hotel.flexible).update(amount=Decimal("33333.33"))

    found = offer(hotel, hotel.stay(nights=3))

    assert {price.amount for price in found.nightly} == {Decimal("40333.33")}  # 40333.3293
    assert found.total.amount == Decimal("120999.99")
    assert found.net_total.amount == Decimal("99999.99")


def test_a_booking_with_a_tax_in_its_price_stands_up_to_the_audit(hotel: Hotel) -> None:
    set_tax(hotel, StayTax.Basis.PERSON_NIGHT, "333.33", due_at_hotel=False)
    reservation = book_it(hotel, quote_option(hotel, hotel.stay()))

    assert reservation.total == Decimal("240000") + Decimal("2666.64")
    assert auditing.violations(tenant=hotel.tenant) == []
    with tenant_scope(hotel.tenant):
        assert BuiltinBooking.objects.get().taxes == reservation.option.taxes


def test_a_tax_that_changed_since_the_quote_is_a_changed_price(hotel: Hotel) -> None:
    stay = hotel.stay()
    price = offer(hotel, stay).total
    set_tax(hotel, StayTax.Basis.ROOM, "0.01", due_at_hotel=False)

    result = BuiltinPms(hotel.tenant).book(BookingRequest("T-1", stay, "double", "flexible", price, GUEST))

    assert isinstance(result, Refused)
    assert result.reason == Reason.PRICE_CHANGED


# -- extras -----------------------------------------------------------------------------------------------------------


def set_extra(hotel: Hotel, unit: ExtraUnit, price: str = "1000.25", most: int = 2) -> None:
    inventory.set_extra(
        tenant=hotel.tenant, code="it", kind="other", names=inventory.Names("Algo"), price=Decimal(price),
        unit=unit, most=most,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "quantity", "expected"),
    [
        (ExtraUnit.STAY, 2, "2000.50"),
        (ExtraUnit.NIGHT, 1, "4001.00"),
        (ExtraUnit.PERSON, 3, "3000.75"),
        (ExtraUnit.PERSON_NIGHT, 2, "8002.00"),
    ],
)
def test_an_extra_costs_its_units(hotel: Hotel, unit: ExtraUnit, quantity: int, expected: str) -> None:
    set_extra(hotel, unit)
    stay = hotel.stay(ages=(8,))
    before = offer(hotel, stay, room_type="family")

    found, missing = quoting.with_wishes(
        tenant=hotel.tenant, stay=stay, room_type_id="family", rate_plan_id="flexible",
        wishes=[quoting.ExtraWish("other", quantity), quoting.ExtraWish("transfer")],
    )  # fmt: skip

    assert found is not None
    assert missing == ["transfer"]
    assert found.total.amount - before.total.amount == Decimal(expected)
    assert found.net_total.amount <= found.total.amount
    assert found.with_extras([]).total == before.total


@pytest.mark.parametrize(
    "orders",
    [
        [ExtraOrder("nothing")],
        [ExtraOrder("it", 0)],
        [ExtraOrder("it", -1)],
        [ExtraOrder("it", 3)],
        [ExtraOrder("it", 2), ExtraOrder("it", 1)],
        [ExtraOrder("it"), ExtraOrder("off")],
    ],
)
def test_what_cannot_be_had_is_refused(hotel: Hotel, orders: list[ExtraOrder]) -> None:
    set_extra(hotel, ExtraUnit.NIGHT)
    with tenant_scope(hotel.tenant):
        Extra.objects.create(tenant=hotel.tenant, code="off", name_es="Nada", price=1, is_active=False)
    stay = hotel.stay()

    with pytest.raises(BadInput):
        order_lines(quoting.extras(tenant=hotel.tenant, stay=stay), orders, stay)
    price = offer(hotel, stay).total
    result = BuiltinPms(hotel.tenant).book(
        BookingRequest("T-1", stay, "double", "flexible", price, GUEST, extras=tuple(orders))
    )
    assert isinstance(result, Refused)
    assert result.reason == Reason.PRICE_CHANGED


def test_extras_are_quoted_booked_charged_and_audited(hotel: Hotel) -> None:
    stay = hotel.stay()
    found, _ = quoting.with_wishes(
        tenant=hotel.tenant, stay=stay, room_type_id="double", rate_plan_id="flexible",
        wishes=[quoting.ExtraWish("parking")],
    )  # fmt: skip
    assert found is not None
    with tenant_scope(hotel.tenant):
        quote = quoting.store_quote(
            tenant=hotel.tenant, conversation_key=None, guest_key="guest", stay=stay, offers=[found]
        )
        option = quote.options.select_related("quote", "room_type").get()

    reservation = book_it(hotel, option)

    assert reservation.total == 240_000 + 16_000
    with tenant_scope(hotel.tenant):
        (line,) = BuiltinBooking.objects.get().extras
    assert (line["extra_id"], line["quantity"], line["amount"]["amount"]) == ("parking", 1, "16000.00")
    assert auditing.violations(tenant=hotel.tenant) == []


def test_an_extra_that_became_dearer_is_a_changed_price(hotel: Hotel) -> None:
    set_extra(hotel, ExtraUnit.STAY)
    stay = hotel.stay()
    found, _ = quoting.with_wishes(
        tenant=hotel.tenant, stay=stay, room_type_id="double", rate_plan_id="flexible",
        wishes=[quoting.ExtraWish("other")],
    )  # fmt: skip
    assert found is not None
    set_extra(hotel, ExtraUnit.STAY, price="1000.26")

    result = BuiltinPms(hotel.tenant).book(
        BookingRequest("T-1", stay, "double", "flexible", found.total, GUEST, extras=(ExtraOrder("it"),))
    )

    assert isinstance(result, Refused)
    assert result.reason == Reason.PRICE_CHANGED
