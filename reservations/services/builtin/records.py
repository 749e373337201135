"""Rows of the built-in PMS as its adapter asks for them, and a booking as the contract tells it."""

from __future__ import annotations

import uuid

from django.db import models

from hotel_agent.common.money import Money
from integrations.pms.base import BookingStatus, PmsBooking, Stay
from reservations.models import BuiltinBooking, BuiltinHold, RatePlan, RoomType
from reservations.services.builtin import counters
from tenants.models import Tenant


def bookings(tenant: Tenant) -> models.QuerySet[BuiltinBooking]:
    """The hotel's bookings with their room type."""
    return BuiltinBooking.objects.filter(tenant=tenant).select_related("room_type")


def booking(tenant: Tenant, booking_id: str, *, lock: bool = False) -> BuiltinBooking | None:
    """One of them; with `lock` it stays as it is until this transaction ends."""
    rows = bookings(tenant).filter(booking_id=booking_id)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.first()


def room_types(tenant: Tenant, room_type_id: str, stay: Stay) -> dict[str, RoomType] | None:
    """The types of the stay's rooms by their codes; None where the hotel lacks one."""
    wanted = stay.by_type(room_type_id)
    known = {row.code: row for row in RoomType.objects.filter(tenant=tenant, code__in=list(wanted))}
    return known if known.keys() == wanted.keys() else None


def rate_plan(tenant: Tenant, rate_plan_id: str) -> RatePlan | None:
    """A plan by its code, with its tiers and children's prices."""
    return RatePlan.objects.filter(tenant=tenant, code=rate_plan_id).prefetch_related("tiers", "child_bands").first()


def active_hold(tenant: Tenant, hold_id: str, *, lock: bool = False) -> BuiltinHold | None:
    """A hold that still keeps its rooms; with `lock` nobody else ends it before this transaction does."""
    try:
        name = uuid.UUID(hold_id)
    except ValueError:
        return None
    rows = BuiltinHold.objects.filter(tenant=tenant, is_active=True, hold_id=name)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.select_related("room_type").first()


def as_booking(row: BuiltinBooking) -> PmsBooking:
    """The row in the contract's words."""
    return PmsBooking(
        booking_id=row.booking_id,
        reference=row.reference,
        status=BookingStatus(row.status),
        check_in=row.check_in,
        check_out=row.check_out,
        room_type_id=row.room_type.code,
        rooms=row.rooms,
        total=Money(row.total, row.currency),
        guest_name=row.guest_name,
        created_at=row.created_at,
        more_rooms=tuple((one.room_type.code, one.rooms) for one in counters.more_rooms(row)),
    )
