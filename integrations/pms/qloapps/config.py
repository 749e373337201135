"""What the adapter has to be told about a hotel, because QloApps does not know it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Stay

Terms = Callable[[Stay, tuple[Money, ...]], CancellationTerms]
"""Cancellation terms of a stay with these nightly prices."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The one rate plan a QloApps hotel sells: its id with us and its conditions. QloApps has no rate plans, and
    computes no cancellation fee."""

    rate_plan_id: str
    breakfast_included: bool
    terms: Terms


@dataclass(frozen=True, slots=True)
class OrderStates:
    """Ids of order states; they are the installation's own, these are the defaults of a fresh one."""

    cancelled: int = 4
    refunded: int = 5

    @property
    def released(self) -> frozenset[int]:
        """States in which an order keeps no rooms."""
        return frozenset({self.cancelled, self.refunded})


@dataclass(frozen=True, slots=True)
class Config:
    """One hotel behind one QloApps. `api_key` may read and write every hotel of the installation, so that every answer
    is checked for the hotel it is about."""

    base_url: str
    """Scheme, host and port exactly as the shop's domain is configured there; anything else is redirected."""
    api_key: str = field(repr=False)
    hotel_id: str
    zone: ZoneInfo
    """QloApps writes times in the shop's zone, without offset; one zone per installation."""
    today: Callable[[], dt.date]
    """The hotel's business day: QloApps sells the past."""
    plan: Plan
    breaker_key: str
    reference_prefix: str = "HA-"
    """How our references begin: of two sales of one room that are both ours, the older stays."""
    states: OrderStates = field(default_factory=OrderStates)
    guest_email_domain: str = "guest.invalid"
    """For guests without an address: QloApps needs one, and tells customers apart by it alone."""
