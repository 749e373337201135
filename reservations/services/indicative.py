"""What was free a moment ago, for when an outside PMS does not answer: a hint to a guest, never a price, never booked.

Five minutes in the shared cache, under the hotel's own key. Losing it, or not reaching it, costs only the hint.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.core.cache import caches

from hotel_agent.common import clock
from integrations.pms.base import Offer, Stay
from reservations import snapshots
from tenants.models import Tenant

log = structlog.get_logger(__name__)

KEEP_S = 300.0


@dataclass(frozen=True, slots=True)
class Indication:
    """Room types (codes) that were free for a stay, cheapest first, and when the PMS said so. No amounts on purpose."""

    room_types: tuple[str, ...]
    seen_at: dt.datetime


def remember(tenant: Tenant, stay: Stay, offers: Sequence[Offer]) -> None:
    """Keep which types were on offer. Never raises."""
    types = list(dict.fromkeys(offer.room_type_id for offer in offers))
    value = json.dumps({"types": types, "at": clock.now().isoformat()})
    try:
        # The cache that never makes anybody wait.
        caches["limits"].set(_key(tenant, stay), value, timeout=clock.seconds(KEEP_S).total_seconds())
    except Exception as error:  # a cache's errors share no base; nothing depends on it
        log.debug("indication_not_kept", error_type=type(error).__name__)


def recall(tenant: Tenant, stay: Stay) -> Indication | None:
    """What was free in the last five minutes; None when nobody asked, nothing was, or the cache is away."""
    try:
        value = caches["limits"].get(_key(tenant, stay))
        data = json.loads(value) if value else None
        seen_at = dt.datetime.fromisoformat(data["at"]) if data else None
    except Exception as error:  # see above
        log.debug("indication_not_read", error_type=type(error).__name__)
        return None
    if data is None or seen_at is None or not data["types"] or clock.now() - seen_at > clock.seconds(KEEP_S):
        return None
    return Indication(tuple(data["types"]), seen_at)


def _key(tenant: Tenant, stay: Stay) -> str:
    asked = json.dumps(snapshots.dump_stay(stay), sort_keys=True)
    return f"indicative:{tenant.pk}:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
