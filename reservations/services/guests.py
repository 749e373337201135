"""Whose stays are whose: two guest keys that turn out to be one person, and a stay shown to a second one."""

from __future__ import annotations

from reservations.models import Hold, Quote, Reservation, ReservationChange, StayAccess
from tenants.models import Tenant


def move_guest(tenant: Tenant, *, from_key: str, to_key: str) -> int:
    """Give a guest's quotes, holds and stays to another key; returns how many rows. Inside the caller's transaction.

    Safe to repeat.
    """
    moved = 0
    for model in (Quote, Hold, Reservation):
        moved += model._base_manager.filter(tenant=tenant, guest_key=from_key).update(guest_key=to_key)
    shown = StayAccess._base_manager.filter(tenant=tenant, guest_key=from_key)
    StayAccess._base_manager.bulk_create(
        [StayAccess(tenant=tenant, reservation_id=one.reservation_id, guest_key=to_key) for one in shown],
        ignore_conflicts=True,
    )
    shown.delete()
    return moved


def give_access(reservation_id: int, tenant: Tenant, guest_key: str) -> None:
    """Let a second guest see, change and cancel a stay, noted in its history. In a transaction. Safe to repeat."""
    _, is_new = StayAccess.objects.get_or_create(tenant=tenant, reservation_id=reservation_id, guest_key=guest_key)
    if is_new:
        ReservationChange.objects.create(tenant=tenant, reservation_id=reservation_id, kind="proven")
