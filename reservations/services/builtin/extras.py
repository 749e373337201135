"""The built-in PMS's catalogue of extras."""

from __future__ import annotations

from collections.abc import Sequence

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money
from integrations.pms.base import Extra, ExtraOrder, ExtraUnit, Offer, Stay
from integrations.pms.extras import PER_PERSON, order_lines
from reservations.models import Extra as ExtraRow
from tenants.models import Tenant


def catalogue(tenant: Tenant, stay: Stay) -> list[Extra]:
    """What can be sold with a stay and how much of it, in the hotel's order."""
    people = sum(party.size for party in stay.rooms)
    return [
        Extra(
            extra_id=row.code,
            name=row.name_es,
            price=Money(row.price, tenant.currency),
            unit=(unit := ExtraUnit(row.unit)),
            most=people if unit in PER_PERSON else row.most * len(stay.rooms),
        )
        for row in ExtraRow.objects.filter(tenant=tenant, is_active=True)
    ]


def added(tenant: Tenant, offer: Offer, orders: Sequence[ExtraOrder], stay: Stay) -> Offer | None:
    """The offer with extras in its total; None when one of them cannot be had (any more)."""
    try:
        return offer.with_extras(order_lines(catalogue(tenant, stay), orders, stay))
    except BadInput:
        return None
