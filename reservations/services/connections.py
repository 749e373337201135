"""Building the adapter a hotel's connection names, from its settings and from what only we know about the hotel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotel_agent.common.exceptions import Misconfigured
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Stay
from integrations.pms.qloapps import Config, OrderStates, Plan, QloApps
from reservations.models import RatePlan
from reservations.services.builtin.window import Window
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope


def qloapps(tenant: Tenant, connection: PmsConnection) -> QloApps:
    """The QloApps adapter of a hotel.

    `settings` may name `rate_plan` (code of the plan that is sold; default: the first active one), `time_zone` (of the
    shop; default: the hotel's) and `cancelled_state`, `refunded_state` (order states; default: 4 and 5).

    Raises:
        Misconfigured: the connection lacks something, or the hotel has no rate plan.
    """
    extra: Mapping[str, Any] = connection.settings if isinstance(connection.settings, dict) else {}
    key = str(connection.credentials.get("api_key", ""))
    address = urlsplit(connection.base_url)
    if not (address.scheme and address.netloc and key and connection.hotel_id.isdigit()):
        raise Misconfigured(f"the QloApps connection of {tenant.slug} needs an address, a key and a hotel's number")
    try:
        zone = ZoneInfo(str(extra.get("time_zone") or tenant.time_zone))
        states = OrderStates(int(extra.get("cancelled_state") or 4), int(extra.get("refunded_state") or 5))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misconfigured(f"the QloApps connection of {tenant.slug} has unusable settings") from error
    return QloApps(
        Config(
            base_url=connection.base_url,
            api_key=key,
            hotel_id=str(int(connection.hotel_id)),
            zone=zone,
            today=tenant.business_day,
            plan=_plan(tenant, str(extra.get("rate_plan") or "")),
            breaker_key=f"{tenant.pk}:{address.netloc}",
            states=states,
        )
    )


def _plan(tenant: Tenant, code: str) -> Plan:
    """The hotel's own conditions: QloApps has no rate plans and knows no cancellation fee."""
    with tenant_scope(tenant):
        plans = RatePlan.objects.filter(tenant=tenant, is_active=True).prefetch_related("tiers")
        plan = (plans.filter(code=code) if code else plans).first()
    if plan is None:
        raise Misconfigured(f"{tenant.slug} has no rate plan {code}".strip())

    def terms(stay: Stay, nightly: tuple[Money, ...]) -> CancellationTerms:
        return Window(tenant, (), (plan,), {}, {}).terms(plan, stay, nightly, sum(nightly[1:], nightly[0]))

    return Plan(plan.code, plan.breakfast_included, terms)
