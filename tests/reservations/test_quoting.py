"""What a stay costs, which stays can be asked for, and what is kept of the answer."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money
from integrations.pms.base import Party, Reason, Stay
from reservations import selectors
from reservations.models import Quote, RoomNight, RoomType
from reservations.services import inventory, quoting
from reservations.services.quoting import BadStay, StayProblem
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, HotelFactory, open_hotel, quote_option


def ars(amount: int | str) -> Money:
    return Money(Decimal(amount), "ARS")


def prices(hotel: Hotel, stay: Stay) -> dict[tuple[str, str], Money]:
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    return {(offer.room_type_id, offer.rate_plan_id): offer.total for offer in offers}


def test_every_fitting_type_and_plan_is_offered_cheapest_first(hotel: Hotel) -> None:
    offers = quoting.search(tenant=hotel.tenant, stay=hotel.stay(nights=4))

    assert [(one.room_type_id, one.rate_plan_id, one.total, one.left) for one in offers] == [
        ("double", "fixed", ars(216_000), 2),
        ("double", "flexible", ars(240_000), 2),
        ("family", "flexible", ars(360_000), 1),
    ]
    assert all(sum(night.amount for night in one.nightly) == one.total.amount for one in offers)
    assert offers[1].net_total == ars("198347.11")  # 240000 / 1.21
    assert offers[1].breakfast_included
    assert not offers[0].breakfast_included


def test_weekends_and_seasons_are_priced_night_by_night(hotel: Hotel) -> None:
    inventory.set_rates(
        tenant=hotel.tenant,
        room_type=hotel.double,
        plan=hotel.flexible,
        first=hotel.first_night,
        last=hotel.first_night + dt.timedelta(days=30),
        amount=Decimal(80_000),
        weekdays=(4, 5),
    )
    stay = hotel.stay(arrival=0, nights=7)

    nightly = next(
        one.nightly
        for one in quoting.search(tenant=hotel.tenant, stay=stay)
        if (one.room_type_id, one.rate_plan_id) == ("double", "flexible")
    )

    expected = [
        80_000 if (stay.check_in + dt.timedelta(days=number)).weekday() in {4, 5} else 60_000 for number in range(7)
    ]
    assert [int(night.amount) for night in nightly] == expected
    assert 80_000 in expected


@pytest.mark.parametrize(
    ("adults", "ages", "per_night"),
    [
        (1, (), 60_000),  # the base price is for the room
        (2, (8,), 68_000),  # one paying child beyond two included people
        (1, (8,), 60_000),  # the child fits into the base occupancy
        (2, (2,), 60_000),  # babies sleep free
        (2, (13,), 75_000),  # pays as an adult
    ],
)
def test_extra_people_pay_by_age(hotel: Hotel, adults: int, ages: tuple[int, ...], per_night: int) -> None:
    stay = hotel.stay(nights=1, adults=adults, ages=ages)

    assert prices(hotel, stay)["double", "flexible"] == ars(per_night)


def test_two_rooms_cost_the_sum_of_both(hotel: Hotel) -> None:
    one = hotel.stay(nights=2)
    both = Stay(one.check_in, one.check_out, (Party(2), Party(2, (8,))))

    assert prices(hotel, both)["double", "flexible"] == ars(2 * (60_000 + 68_000))
    assert ("family", "flexible") not in prices(hotel, both)  # there is only one


def test_rates_entered_without_taxes_are_quoted_with_them(hotel: Hotel) -> None:
    hotel.tenant.prices_include_taxes = False
    hotel.tenant.save()

    offer = next(
        one
        for one in quoting.search(tenant=hotel.tenant, stay=hotel.stay(nights=2))
        if (one.room_type_id, one.rate_plan_id) == ("double", "flexible")
    )

    assert offer.total == ars(145_200)
    assert offer.net_total == ars(120_000)
    assert offer.taxes_included


def test_terms_are_instants_on_the_hotels_clock(hotel: Hotel) -> None:
    option = quote_option(hotel, stay := hotel.stay(nights=4))
    terms = option.cancellation_terms
    arrival = dt.datetime.combine(stay.check_in, dt.time(15, 0), tzinfo=hotel.tenant.zone)

    assert terms.free_until == arrival - dt.timedelta(hours=48)
    assert terms.fee_at(arrival - dt.timedelta(hours=49)) == ars(0)
    assert terms.fee_at(arrival - dt.timedelta(hours=48)) == ars(120_000)
    assert terms.fee_at(arrival - dt.timedelta(hours=1)) == ars(240_000)


def test_a_non_refundable_plan_is_never_free(hotel: Hotel) -> None:
    terms = quote_option(hotel, hotel.stay(), plan="fixed").cancellation_terms

    assert terms.free_until is None
    assert terms.fee_at(dt.datetime.now(dt.UTC)) == ars(216_000)


@pytest.mark.parametrize(
    ("change", "problem", "limit", "reason"),
    [
        ({"check_in": -3}, StayProblem.PAST_DATE, None, Reason.PAST_DATE),
        ({"nights": 0}, StayProblem.NO_NIGHTS, 1, Reason.MIN_STAY),
        ({"nights": -2}, StayProblem.NO_NIGHTS, 1, Reason.MIN_STAY),
        ({"nights": 31}, StayProblem.TOO_MANY_NIGHTS, 30, Reason.MAX_STAY),
        ({"rooms": ()}, StayProblem.NO_ADULT, None, Reason.OCCUPANCY),
        ({"rooms": (Party(0, (8,)),)}, StayProblem.NO_ADULT, None, Reason.OCCUPANCY),
        ({"rooms": (Party(11),)}, StayProblem.TOO_MANY_GUESTS, 10, Reason.OCCUPANCY),
        ({"rooms": (Party(2, (40,)),)}, StayProblem.BAD_CHILD_AGE, 17, Reason.OCCUPANCY),
        ({"rooms": (Party(2),) * 5}, StayProblem.TOO_MANY_ROOMS, 4, Reason.OCCUPANCY),
    ],
)
def test_stays_outside_the_limits_say_which(
    hotel: Hotel, change: dict[str, object], problem: StayProblem, limit: int | None, reason: Reason
) -> None:
    check_in = hotel.first_night + dt.timedelta(days=int(change.get("check_in", 9)))  # type: ignore[call-overload]
    nights = dt.timedelta(days=int(change.get("nights", 2)))  # type: ignore[call-overload]
    rooms = change.get("rooms", (Party(2),))
    stay = Stay(check_in, check_in + nights, rooms)  # type: ignore[arg-type]

    with pytest.raises(BadStay) as refused:
        quoting.search(tenant=hotel.tenant, stay=stay)

    assert (refused.value.problem, refused.value.limit, refused.value.reason) == (problem, limit, reason)


def test_at_two_in_the_morning_the_desk_still_sells_last_night(db: None) -> None:
    with time_machine.travel(dt.datetime(2027, 1, 10, 4, 0, tzinfo=dt.UTC), tick=False):  # 01:00 in Buenos Aires
        hotel = open_hotel()
        assert hotel.tenant.business_day() == dt.date(2027, 1, 9)
        last_night = Stay(dt.date(2027, 1, 9), dt.date(2027, 1, 10), (Party(2),))
        inventory.open_nights(
            tenant=hotel.tenant, room_type=hotel.double, first=last_night.check_in, last=last_night.check_in
        )
        inventory.set_rates(
            tenant=hotel.tenant,
            room_type=hotel.double,
            plan=hotel.flexible,
            first=last_night.check_in,
            last=last_night.check_in,
            amount=Decimal(60_000),
        )
        assert prices(hotel, last_night) == {("double", "flexible"): ars(60_000)}


def restrict(hotel: Hotel, *, arrival: int, **columns: object) -> None:
    with tenant_scope(hotel.tenant):
        night = hotel.first_night + dt.timedelta(days=arrival)
        assert RoomNight.objects.filter(night=night).update(**columns) == 2


@pytest.mark.parametrize(
    ("arrival", "columns", "reason", "detail"),
    [
        (9, {"stop_sell": True}, Reason.CLOSED, ""),
        (10, {"stop_sell": True}, Reason.CLOSED, ""),
        (9, {"closed_to_arrival": True}, Reason.CLOSED, ""),
        (11, {"closed_to_departure": True}, Reason.CLOSED, ""),
        (9, {"min_stay": 3}, Reason.MIN_STAY, "3"),
        (10, {"total": 0}, Reason.SOLD_OUT, ""),
    ],
)
def test_a_night_with_a_restriction_is_not_offered_and_the_reason_is_known(
    hotel: Hotel, arrival: int, columns: dict[str, object], reason: Reason, detail: str
) -> None:
    stay = hotel.stay(arrival=9, nights=2)
    assert prices(hotel, stay)
    restrict(hotel, arrival=arrival, **columns)

    assert prices(hotel, stay) == {}
    refusal = quoting.why_nothing(tenant=hotel.tenant, stay=stay)
    assert (refusal.reason, refusal.detail) == (reason, detail)


@pytest.mark.parametrize(
    ("arrival", "columns"),
    [(10, {"closed_to_arrival": True}), (10, {"min_stay": 5}), (9, {"closed_to_departure": True}), (11, {"total": 0})],
)
def test_a_restriction_of_another_day_does_not_matter(hotel: Hotel, arrival: int, columns: dict[str, object]) -> None:
    restrict(hotel, arrival=arrival, **columns)

    assert prices(hotel, hotel.stay(arrival=9, nights=2))


def test_beyond_the_opened_nights_it_is_closed_and_too_many_people_is_occupancy(hotel: Hotel) -> None:
    far = quoting.why_nothing(tenant=hotel.tenant, stay=hotel.stay(arrival=59, nights=2))
    many = quoting.why_nothing(tenant=hotel.tenant, stay=hotel.stay(adults=6))

    assert far.reason == Reason.CLOSED
    assert (many.reason, many.detail) == (Reason.OCCUPANCY, "5")


def test_a_plans_own_minimum_hides_only_that_plan(hotel: Hotel) -> None:
    hotel.fixed.min_stay = 3
    hotel.fixed.save()

    assert set(prices(hotel, hotel.stay(nights=2))) == {("double", "flexible"), ("family", "flexible")}
    assert ("double", "fixed") in prices(hotel, hotel.stay(nights=3))


def test_alternatives_keep_the_nights_and_prefer_the_wanted_kind(hotel: Hotel) -> None:
    for arrival in (9, 10):
        with tenant_scope(hotel.tenant):
            night = hotel.first_night + dt.timedelta(days=arrival)
            RoomNight.objects.filter(night=night, room_type=hotel.double).update(total=0)
    stay = hotel.stay(arrival=9, nights=2)

    found = quoting.alternatives(tenant=hotel.tenant, stay=stay, kind="double")

    shifts = [(one.stay.check_in - stay.check_in).days for one in found]
    assert shifts == [0, 1, -1]
    assert {one.stay.nights for one in found} == {2}
    assert [offer.room_type_id for offer in found[0].offers] == ["family"]
    farther = quoting.alternatives(tenant=hotel.tenant, stay=stay, kind="double", limit=7)
    assert [one.offers[0].room_type_id for one in farther] == [
        "family", "family", "family", "double", "double", "double", "double",
    ]  # fmt: skip


def test_alternatives_never_begin_in_the_past(hotel: Hotel) -> None:
    found = quoting.alternatives(tenant=hotel.tenant, stay=hotel.stay(arrival=0, nights=1), limit=9)

    assert min(one.stay.check_in for one in found) >= hotel.tenant.business_day()
    assert {one.stay.check_in - hotel.first_night for one in found} == {dt.timedelta(days=day) for day in range(4)}


def test_alternatives_cost_no_more_statements_than_one_search(hotel: Hotel) -> None:
    with CaptureQueriesContext(connection) as one:
        quoting.search(tenant=hotel.tenant, stay=hotel.stay())
    with CaptureQueriesContext(connection) as seven:
        quoting.alternatives(tenant=hotel.tenant, stay=hotel.stay(), kind="double", limit=7)

    assert len(one) <= 8
    assert len(seven) <= len(one) + 1


def test_a_quote_keeps_exactly_what_was_offered_for_half_an_hour(hotel: Hotel) -> None:
    stay = hotel.stay(ages=(8,))
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    key = uuid.uuid4()
    with tenant_scope(hotel.tenant), time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
        quote = quoting.store_quote(tenant=hotel.tenant, conversation_key=key, guest_key="g", stay=stay, offers=offers)
        stored = Quote.objects.get(pk=quote.pk)
        options = list(stored.options.select_related("room_type", "rate_plan", "quote"))
        assert quoting.is_valid(options[0])
        clock.shift(dt.timedelta(minutes=29, seconds=59))
        assert quoting.is_valid(options[0])
        clock.shift(dt.timedelta(seconds=1))
        assert not quoting.is_valid(options[0])

    assert stored.stay == stay
    assert [
        (one.room_type.code, one.rate_plan.code, one.price, one.nightly_prices, one.cancellation_terms, one.left)
        for one in options
    ] == [(one.room_type_id, one.rate_plan_id, one.total, one.nightly, one.terms, one.left) for one in offers]


def test_a_quote_is_stored_once_under_its_id(hotel: Hotel) -> None:
    stay = hotel.stay()
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    ids = [uuid.uuid4() for _ in offers]
    name = uuid.uuid4()

    def store() -> Quote:
        with transaction.atomic():
            return quoting.store_quote(
                tenant=hotel.tenant,
                conversation_key=None,
                guest_key="g",
                stay=stay,
                offers=offers,
                public_id=name,
                option_ids=ids,
            )

    first = store()
    with pytest.raises(IntegrityError):
        store()
    with tenant_scope(hotel.tenant):
        assert [one.public_id for one in first.options.all()] == ids
        assert Quote.objects.count() == 1


def test_a_room_type_made_a_moment_ago_can_be_quoted(hotel: Hotel) -> None:
    assert "NEW" not in selectors.room_types(hotel.tenant)
    with tenant_scope(hotel.tenant):
        made = RoomType.objects.first()
        assert made is not None
        made.pk, made.code = None, "NEW"
        made.save()
    assert "NEW" in selectors.room_types(hotel.tenant, ["NEW"])


def test_another_hotels_offers_are_not_stored(hotel: Hotel) -> None:
    stay = hotel.stay()
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    stranger = HotelFactory.create()

    with pytest.raises(BadInput):
        quoting.store_quote(tenant=stranger, conversation_key=None, guest_key="g", stay=stay, offers=offers)

    with tenant_scope(stranger):
        assert not Quote.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asking_the_pms_inside_a_transaction_is_refused() -> None:
    hotel = open_hotel()

    with pytest.raises(RuntimeError, match="transaction is open"), transaction.atomic():
        quoting.search(tenant=hotel.tenant, stay=hotel.stay())
