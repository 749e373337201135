"""The guest's page of a stay: its address, what its code for the desk says, and its calendar file."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core import signing

from hotel_agent.common import clock
from reservations.models import Reservation
from tenants.models import Tenant
from tenants.scoping import tenant_scope

DESK_SALT = "reservations.desk"
SHOWN = (
    Reservation.State.CONFIRMED,
    Reservation.State.IN_HOUSE,
    Reservation.State.DEPARTED,
    Reservation.State.NO_SHOW,
    Reservation.State.CANCELLED,
)
"""States a guest has something to see of; before that there is no stay."""
KEPT_DAYS = 90
"""The page of a stay ends so long after it."""


def url_of(reservation: Reservation) -> str:
    """The page's address, for the guest only."""
    return f"{settings.PUBLIC_BASE_URL}/stay/{reservation.page_token}"


def is_shown(reservation: Reservation, today: dt.date | None = None) -> bool:
    """Whether the page exists for now."""
    today = today or clock.now().date()
    return reservation.state in SHOWN and today <= reservation.check_out + dt.timedelta(days=KEPT_DAYS)


def desk_code(reservation: Reservation) -> str:
    """What the desk scans: the hotel and the code of the stay, signed by this installation. No personal data."""
    return signing.Signer(salt=DESK_SALT).sign(f"{reservation.tenant.slug}:{reservation.code}")


def desk_url(reservation: Reservation) -> str:
    """The desk's page for a scanned code, behind the back office's login."""
    return f"{settings.PUBLIC_BASE_URL}/admin/reservations/reservation/desk/?code={desk_code(reservation)}"


def read_desk_code(text: str, *, tenants: list[Tenant]) -> Reservation | None:
    """The stay behind a scanned code at one of these hotels; None for a forged, altered or foreign one."""
    try:
        slug, _, code = signing.Signer(salt=DESK_SALT).unsign(text.strip()).partition(":")
    except signing.BadSignature:
        return None
    tenant = next((one for one in tenants if one.slug == slug), None)
    if tenant is None:
        return None
    with tenant_scope(tenant):
        rows = Reservation.objects.select_related("tenant", "room_type", "rate_plan", "option", "hold")
        return rows.filter(tenant=tenant, code=code).first()
