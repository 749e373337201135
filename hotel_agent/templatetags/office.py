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
    from tenants.back_office.words import pretty

    return pretty(value)


@register.filter
def channel_sign(channel: str) -> SafeString:
    """A channel as its sign alone, its name for those who do not see it."""
    from conversations.admin import words

    return words.channel_sign(channel)


@register.filter
def person_name(person: Any) -> str:
    """A colleague by name, or by account where there is none."""
    return str(person.get_full_name() or person.get_username())


@register.filter
def wait_colour(since: Any) -> str:
    """How long somebody waits, as a colour: info, warning or danger."""
    from conversations.admin import words

    return words.wait_colour(since)


@register.filter
def age_colour(row: Any) -> str:
    """The same for a row of the inbox; what is urgent is late at once, and what needs nobody is never late."""
    from conversations.admin import words

    if row.urgent:
        return "danger"
    return words.wait_colour(row.since) if row.needs_person else "info"


@register.filter
def short_age(moment: Any) -> str:
    """How long ago, in the largest unit alone."""
    from conversations.admin import words

    return words.short_age(moment)
