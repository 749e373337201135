"""When two guest keys turn out to be one person."""

from __future__ import annotations

from reservations.models import Hold, Quote, Reservation
from tenants.models import Tenant


def move_guest(tenant: Tenant, *, from_key: str, to_key: str) -> int:
    """Give a guest's quotes, holds and stays to another key; returns how many rows. Inside the caller's transaction.

    Safe to repeat.
    """
    moved = 0
    for model in (Quote, Hold, Reservation):
        moved += model._base_manager.filter(tenant=tenant, guest_key=from_key).update(guest_key=to_key)
    return moved
