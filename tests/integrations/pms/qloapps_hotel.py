"""A hotel behind a QloApps stand-in, as the adapter and the conformance suite see it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Pms, Stay
from integrations.pms.qloapps import Config, Plan, QloApps
from tests.stand_ins.qloapps import KEY, QloAppsStandIn

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")


def free_until_arrival(stay: Stay, nightly: tuple[Money, ...]) -> CancellationTerms:
    """Free until noon of the day of arrival, then the first night."""
    return CancellationTerms(
        dt.datetime.combine(stay.check_in, dt.time(12), tzinfo=ZONE), Money(nightly[0].amount, nightly[0].currency)
    )


def config_for(url: str, **changes: object) -> Config:
    """The stand-in's hotel 1."""
    values: dict[str, object] = {
        "base_url": url,
        "api_key": KEY,
        "hotel_id": "1",
        "zone": ZONE,
        "today": lambda: dt.datetime.now(ZONE).date(),
        "plan": Plan("standard", False, free_until_arrival),
        "breaker_key": f"test-{uuid.uuid4()}",
    }
    return Config(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class QloAppsWorld:
    """What the conformance suite needs to know."""

    server: QloAppsStandIn
    room_type_id: str = "1"
    rate_plan_id: str = "standard"
    changes: dict[str, object] = field(default_factory=dict)

    @property
    def rooms(self) -> int:
        return len(self.server.world.types[1].rooms)

    @property
    def pms(self) -> Pms:
        return QloApps(config_for(self.server.url, **self.changes))

    @property
    def today(self) -> dt.date:
        return dt.datetime.now(ZONE).date()

    def raise_price(self) -> None:
        self.server.world.types[1].price += Decimal(1)


def ours(server: QloAppsStandIn) -> list[int]:
    """Orders that are alive there."""
    return [order.id for order in server.world.live()]
