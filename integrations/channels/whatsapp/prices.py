"""What a delivered WhatsApp message costs, for estimates: Meta's card for Latin America of October 2026, in USD.

Since 2026-10-01 messages inside the 24-hour window are charged like utility ones, after 1,000 free deliveries per
number and month. The bill is Meta's; this is what a manager needs to see it coming.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

FREE_PER_MONTH = 1000
CARD_OF = "2026-10"
USD_BY_COUNTRY: Mapping[str, Decimal] = {
    "AR": Decimal("0.0260"),
    "BR": Decimal("0.0068"),
    "CL": Decimal("0.0200"),
    "CO": Decimal("0.0008"),
    "MX": Decimal("0.0085"),
    "PE": Decimal("0.0300"),
}
USD_ELSEWHERE = Decimal("0.0113")
"""The rest of Latin America; guests from further away cost more, and are counted with this as a lower bound."""


def usd(country: str) -> Decimal:
    """Price of one delivered message to a number of this country."""
    return USD_BY_COUNTRY.get(country, USD_ELSEWHERE)
