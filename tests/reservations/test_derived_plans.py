"""A plan that follows another one: its nights move with that plan's prices, and it is sold at exactly what was said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from hotel_agent.common.money import Money
from integrations.pms.base import Offer, Stay
from reservations import selectors
from reservations.models import BuiltinBooking, RatePlan, Reservation
from reservations.services import auditing, booking, calls, inventory, quoting
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, quote_option


def derived(hotel: Hotel, *, percent: str = "0", amount: str = "0", code: str = "derived") -> RatePlan:
    with tenant_scope(hotel.tenant):
        return RatePlan.objects.create(
            tenant=hotel.tenant, code=code, name_es="Con desayuno", breakfast_included=True, tax_percent=Decimal(21),
            derived_from=hotel.flexible, derived_percent=Decimal(percent), derived_amount=Decimal(amount),
        )  # fmt: skip


def offered(hotel: Hotel, stay: Stay, plan: str, room_type: str = "double") -> Offer:
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    return next(one for one in offers if (one.room_type_id, one.rate_plan_id) == (room_type, plan))


@pytest.mark.parametrize(
    ("difference", "night"),
    [
        ({"percent": "-10"}, 54_000),
        ({"percent": "12.5"}, 67_500),
        ({"amount": "8000"}, 68_000),
        ({"amount": "-70000"}, 0),
        ({}, 60_000),
    ],
)
def test_a_night_costs_the_other_plans_night_and_the_difference(
    hotel: Hotel, difference: dict[str, str], night: int
) -> None:
    derived(hotel, **difference)
    found = offered(hotel, hotel.stay(), "derived")

    assert found.nightly == (Money(Decimal(night), "ARS"),) * len(found.nightly)
    assert found.total.amount == night * len(found.nightly)
    assert found.breakfast_included


def test_extra_people_are_in_the_price_that_is_changed(hotel: Hotel) -> None:
    derived(hotel, percent="10")
    stay = hotel.stay(ages=(8,))
    base = offered(hotel, stay, "flexible", "family").total.amount

    assert offered(hotel, stay, "derived", "family").total.amount == base * Decimal("1.1")


def test_it_moves_with_the_other_plan_and_a_rate_of_its_own_wins(hotel: Hotel) -> None:
    plan = derived(hotel, percent="-10")
    stay = hotel.stay(5, 2)
    inventory.set_rates(
        tenant=hotel.tenant, room_type=hotel.double, plan=hotel.flexible, first=stay.check_in, last=stay.check_in,
        amount=Decimal(100_000),
    )  # fmt: skip
    assert [price.amount for price in offered(hotel, stay, "derived").nightly] == [90_000, 54_000]

    inventory.set_rates(
        tenant=hotel.tenant, room_type=hotel.double, plan=plan, first=stay.check_in, last=stay.check_in,
        amount=Decimal(77_000),
    )  # fmt: skip
    assert [price.amount for price in offered(hotel, stay, "derived").nightly] == [77_000, 54_000]


def test_it_is_quoted_booked_and_audited_at_its_price(hotel: Hotel) -> None:
    derived(hotel, percent="-10")
    with tenant_scope(hotel.tenant):
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(is_active=False)  # only a basis now
    assert {one.rate_plan_id for one in quoting.search(tenant=hotel.tenant, stay=hotel.stay())} == {"fixed", "derived"}

    made = _asked(hotel)
    calls.run_due_calls()
    made.refresh_from_db()

    assert made.state == "confirmed"
    assert BuiltinBooking._base_manager.get().total == made.total == 54_000 * made.nights
    assert auditing.violations(tenant=hotel.tenant) == []


def _asked(hotel: Hotel) -> Reservation:
    """A stay at the derived plan, asked for and not yet in the PMS."""
    made = booking.request_booking(
        tenant=hotel.tenant, option=quote_option(hotel, hotel.stay(), plan="derived"), hold=None, guest=GUEST,
        conversation_key=None, guest_key="guest", channel="whatsapp",
    )  # fmt: skip
    assert isinstance(made, Reservation)
    return made


def test_a_difference_that_changed_after_the_quote_is_a_changed_price(hotel: Hotel) -> None:
    plan = derived(hotel, percent="-10")
    made = _asked(hotel)
    RatePlan._base_manager.filter(pk=plan.pk).update(derived_percent=-5)
    calls.run_due_calls()
    made.refresh_from_db()

    assert (made.state, made.refusal) == ("refused", "price_changed")
    assert BuiltinBooking._base_manager.count() == 0


def test_the_lowest_price_of_the_catalogue_knows_it(hotel: Hotel) -> None:
    derived(hotel, percent="-50")
    lowest = {one.room_type.code: one for one in selectors.catalogue(tenant=hotel.tenant)}

    assert lowest["double"].price_from == Money(Decimal(30_000), "ARS")
    assert lowest["double"].rate_plan is not None
    assert lowest["double"].rate_plan.code == "derived"


@pytest.mark.parametrize("wrong", [{"percent": "5", "amount": "5"}, {"percent": "-100"}])
def test_the_database_refuses_what_makes_no_price(hotel: Hotel, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="rate_plan_derived"), transaction.atomic():
        derived(hotel, **wrong)


def test_no_plan_follows_itself_a_follower_or_nothing(hotel: Hotel) -> None:
    plan = derived(hotel, percent="5")
    with tenant_scope(hotel.tenant):
        follower = RatePlan(tenant=hotel.tenant, code="x", name_es="X", derived_from=plan)
        hotel.flexible.derived_from = hotel.fixed
        for wrong in (follower, hotel.flexible, RatePlan(tenant=hotel.tenant, code="y", derived_percent=Decimal(5))):
            with pytest.raises(ValidationError):
                wrong.clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            RatePlan.objects.filter(pk=plan.pk).update(derived_from=None)
