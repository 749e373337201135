"""Hotels with something to sell, for tests: rows by factory, and one small but real hotel in one call."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

import factory

from hotel_agent.common import clock
from integrations.pms.base import ExtraUnit, Guest, Offer, Party, Stay
from reservations.models import Hold, QuoteOption, RatePlan, Reservation, RoomType
from reservations.services import booking, holding, inventory, quoting
from tenants.models import Tenant
from tenants.scoping import tenant_scope

GUEST = Guest(name="Ana María López", email="ana@example.com", phone="+5491155550101", language="es")


class HotelFactory(factory.django.DjangoModelFactory[Tenant]):
    """A hotel in Buenos Aires that sells in ARS."""

    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda number: f"hotel-{number}")
    name = factory.Sequence(lambda number: f"Hotel {number}")
    code_prefix = "HT"
    live_since = factory.LazyFunction(clock.now)


@dataclass(frozen=True)
class Hotel:
    """A hotel with doubles (2 by default), a family room, and two plans, open for 60 nights from tomorrow.

    Double: ARS 60000 flexible (50 % from 48 h before), ARS 54000 non-refundable. Family: ARS 90000, breakfast.
    Parking is an extra of ARS 4000 a night.
    """

    tenant: Tenant
    double: RoomType
    family: RoomType
    flexible: RatePlan
    fixed: RatePlan
    first_night: dt.date

    def stay(self, arrival: int = 9, nights: int = 4, *, adults: int = 2, ages: tuple[int, ...] = ()) -> Stay:
        """A stay that begins `arrival` days after the first open night."""
        check_in = self.first_night + dt.timedelta(days=arrival)
        return Stay(check_in, check_in + dt.timedelta(days=nights), (Party(adults, ages),))


def open_hotel(*, doubles: int = 2, nights: int = 60, tenant: Tenant | None = None) -> Hotel:
    """Create the hotel through the same services a manager's import uses."""
    tenant = tenant or HotelFactory.create()
    first = tenant.business_day() + dt.timedelta(days=1)
    last = first + dt.timedelta(days=nights - 1)
    double = inventory.set_room_type(
        tenant=tenant,
        code="double",
        kind="double",
        names=inventory.Names("Doble", "Double", "Duplo"),
        max_adults=2,
        max_children=1,
        max_guests=3,
    )
    family = inventory.set_room_type(
        tenant=tenant,
        code="family",
        kind="family",
        names=inventory.Names("Familiar", "Family", "Família"),
        also_kinds=["quadruple"],
        max_adults=4,
        max_children=3,
        max_guests=5,
    )
    inventory.set_rooms(tenant=tenant, room_type=double, numbers=[f"1{number:02d}" for number in range(doubles)])
    inventory.set_rooms(tenant=tenant, room_type=family, numbers=["201"])
    flexible = inventory.set_rate_plan(
        tenant=tenant,
        code="flexible",
        names=inventory.Names("Flexible"),
        tiers=[inventory.Tier(hours_before=48, fee_percent=50), inventory.Tier(hours_before=24, fee_percent=100)],
        breakfast_included=True,
        tax_percent=Decimal(21),
    )
    fixed = inventory.set_rate_plan(
        tenant=tenant,
        code="fixed",
        names=inventory.Names("No reembolsable"),
        tiers=[inventory.Tier(hours_before=None, fee_percent=100)],
        tax_percent=Decimal(21),
    )
    for room_type in (double, family):
        inventory.open_nights(tenant=tenant, room_type=room_type, first=first, last=last)
    for room_type, plan, amount in (
        (double, flexible, 60_000),
        (double, fixed, 54_000),
        (family, flexible, 90_000),
    ):
        inventory.set_rates(
            tenant=tenant,
            room_type=room_type,
            plan=plan,
            first=first,
            last=last,
            amount=Decimal(amount),
            extra_adult=Decimal(15_000),
            extra_child=Decimal(8_000),
        )
    inventory.set_extra(
        tenant=tenant,
        code="parking",
        kind="parking",
        names=inventory.Names("Cochera", "Parking", "Estacionamento"),
        price=Decimal(4_000),
        unit=ExtraUnit.NIGHT,
    )
    return Hotel(tenant, double, family, flexible, fixed, first)


def quote_option(
    hotel: Hotel,
    stay: Stay,
    *,
    room_type: str = "double",
    plan: str = "flexible",
    conversation_key: uuid.UUID | None = None,
    guest_key: str = "guest",
) -> QuoteOption:
    """The option of a freshly stored quote of everything on offer."""
    offers: list[Offer] = quoting.search(tenant=hotel.tenant, stay=stay)
    with tenant_scope(hotel.tenant):
        quote = quoting.store_quote(
            tenant=hotel.tenant, conversation_key=conversation_key, guest_key=guest_key, stay=stay, offers=offers
        )
        return quote.options.select_related("quote", "room_type").get(room_type__code=room_type, rate_plan__code=plan)


def held_option(hotel: Hotel, stay: Stay, *, guest_key: str = "guest", key: uuid.UUID | None = None) -> Hold:
    """An open hold on a double at the flexible plan."""
    option = quote_option(hotel, stay, guest_key=guest_key, conversation_key=key)
    hold = holding.place_hold(tenant=hotel.tenant, option=option, conversation_key=key, guest_key=guest_key)
    assert isinstance(hold, Hold), hold
    return hold


def requested(
    hotel: Hotel, stay: Stay, *, guest_key: str = "guest", key: uuid.UUID | None = None, guest: Guest = GUEST
) -> Reservation:
    """A pending reservation whose PMS call has not been run."""
    hold = held_option(hotel, stay, guest_key=guest_key, key=key)
    reservation = booking.request_booking(
        tenant=hotel.tenant,
        option=hold.option,
        hold=hold,
        guest=guest,
        conversation_key=key,
        guest_key=guest_key,
        channel="whatsapp",
    )
    assert isinstance(reservation, Reservation), reservation
    return reservation


__all__ = ["GUEST", "Hotel", "HotelFactory", "held_option", "open_hotel", "quote_option", "requested"]
