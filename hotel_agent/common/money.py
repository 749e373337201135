"""Money: a Decimal and a currency code, rounded in one place, written in one way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal, get_currency_precision

SEPARATORS = {"es": "es_AR", "en": "en_US", "pt": "pt_BR"}


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in one currency. Arithmetic between currencies raises ValueError."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        return rounded(self.amount * factor, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} and {other.currency}")


def rounded(amount: Decimal, currency: str) -> Money:
    """Round half up to the currency's own precision (ARS 2, CLP 0)."""
    step = Decimal(1).scaleb(-get_currency_precision(currency))
    return Money(amount.quantize(step, rounding=ROUND_HALF_UP), currency)


def written(money: Money, language: str) -> str:
    """How a guest reads it: currency, a space, grouped digits, no empty cents ("ARS 120.000", "USD 89.50")."""
    whole = money.amount == money.amount.to_integral_value()
    pattern = "#,##0" if whole else "#,##0.00"
    return f"{money.currency} {format_decimal(money.amount, format=pattern, locale=SEPARATORS.get(language, 'es_AR'))}"
