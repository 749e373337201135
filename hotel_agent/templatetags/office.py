"""How the back office writes amounts, reasons and stored values.

Filters are loaded while the theme itself is being imported: what stands on the theme is imported when it is used.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from hotel_agent.common.money import Money, written

register = template.Library()


@register.filter
def money(value: Money) -> str:
    """An amount with its currency, as the reader's language groups digits."""
    return written(value, (get_language() or "es")[:2])


@register.filter
def amount(value: Any) -> str:
    """A bare amount, where the currency stands beside it once."""
    return written(Money(value, "-"), (get_language() or "es")[:2]).removeprefix("- ")


@register.filter
def handoff_reason(code: str) -> str:
    """Why a person is needed, in the reader's language."""
    from conversations.admin import words

    return words.reason(code)


@register.filter
def channel_icon(channel: str, account: Any) -> SafeString:
    """An account with the sign of its channel."""
    from conversations.admin import words

    return words.channel_icon(channel, str(account))


@register.filter
def stored(value: Any) -> SafeString | str:
    """A stored JSON value, readable and escaped."""
    from tenants.admin_base import pretty

    return pretty(value)
