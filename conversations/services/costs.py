"""How many messages a number delivered in a month, and what they cost by Meta's card."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from conversations.models import OutboundMessage
from integrations.channels.whatsapp import prices
from tenants.models import ChannelAccount


@dataclass(frozen=True, slots=True)
class MonthCost:
    """One number, one month of the hotel's calendar. `usd` is an estimate."""

    delivered: int
    free: int
    charged: int
    usd: Decimal


def month_cost(account: ChannelAccount, first: dt.date) -> MonthCost:
    """Deliveries of the month that begins on `first`, and an estimate of their price.

    Messages whose receipt says that they are charged count as such; those whose receipt says nothing are taken as
    charged once the month's free ones are used up.
    """
    begins = dt.datetime.combine(first, dt.time(), account.tenant.zone)
    after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    ends = dt.datetime.combine(after, dt.time(), account.tenant.zone)
    groups = list(
        OutboundMessage._base_manager.filter(
            tenant_id=account.tenant_id, conversation__account=account, delivered_at__gte=begins, delivered_at__lt=ends
        )
        .values_list("country", "billable")
        .annotate(Count("pk"))
    )
    delivered = sum(count for _, _, count in groups)
    said = {country: count for country, billable, count in groups if billable is True}
    unsaid = {country: count for country, billable, count in groups if billable is None}
    uncertain = sum(unsaid.values())
    beyond = max(0, min(uncertain, delivered - prices.FREE_PER_MONTH))
    share = Decimal(beyond) / uncertain if uncertain else Decimal(0)
    usd = sum((prices.usd(country) * count for country, count in said.items()), Decimal(0))
    usd += sum((prices.usd(country) * count * share for country, count in unsaid.items()), Decimal(0))
    charged = sum(said.values()) + beyond
    return MonthCost(delivered, delivered - charged, charged, usd.quantize(Decimal("0.01")))
