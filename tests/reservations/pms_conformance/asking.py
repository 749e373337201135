"""The hotel behind an adapter, and what it is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Protocol

from hotel_agent.common.money import Money
from integrations.pms.base import (
    AmendRequest,
    BookingRequest,
    Done,
    Guest,
    Offer,
    Party,
    Pms,
    PmsBooking,
    Stay,
)


class World(Protocol):
    """What the suite needs to know about the hotel behind the adapter."""

    room_type_id: str
    rate_plan_id: str

    @property
    def rooms(self) -> int:
        """Rooms of the type."""

    @property
    def pms(self) -> Pms:
        """The adapter."""

    @property
    def today(self) -> dt.date:
        """The hotel's business day."""

    def raise_price(self) -> None:
        """Make every night of the room type dearer from now on."""


GUEST = Guest(name="María de la Cruz", email="maria@example.com", phone="+5491155550199")


def stay_in(world: World, days: int = 5, *, nights: int = 3, rooms: tuple[Party, ...] = (Party(2),)) -> Stay:
    """A stay that begins in so many days."""
    check_in = world.today + dt.timedelta(days=days)
    return Stay(check_in, check_in + dt.timedelta(days=nights), rooms)


def offer_for(world: World, stay: Stay) -> Offer | None:
    """Of the world's room type and plan; None where it is not sold."""
    return next(
        (
            offer
            for offer in world.pms.search(stay)
            if (offer.room_type_id, offer.rate_plan_id) == (world.room_type_id, world.rate_plan_id)
        ),
        None,
    )


def request_for(
    world: World, stay: Stay, *, reference: str | None = None, hold_id: str | None = None
) -> BookingRequest:
    """A booking at the price that is offered now."""
    offer = offer_for(world, stay)
    price = offer.total if offer else Money(Decimal(1), "ARS")
    return BookingRequest(
        reference=reference or f"T-{uuid.uuid4().hex}",
        stay=stay,
        room_type_id=world.room_type_id,
        rate_plan_id=world.rate_plan_id,
        price=price,
        guest=GUEST,
        hold_id=hold_id,
    )


def booked(world: World, stay: Stay, *, reference: str | None = None) -> PmsBooking:
    """Books; the PMS has it."""
    result = world.pms.book(request_for(world, stay, reference=reference))
    assert isinstance(result, Done), result
    return result.value


def left(world: World, stay: Stay) -> list[int]:
    """Free rooms of the world's type, night by night."""
    found = world.pms.nights_left(world.room_type_id, stay.check_in, stay.check_out)
    return [found[stay.check_in + dt.timedelta(days=number)] for number in range(stay.nights)]


def amend_to(world: World, made: PmsBooking, stay: Stay, reference: str = "T-amend") -> AmendRequest:
    """A change of what was made to another stay, at the price that is offered now."""
    offer = offer_for(world, stay)
    price = offer.total if offer else made.total
    return AmendRequest(reference, made.booking_id, stay, world.room_type_id, world.rate_plan_id, price)
