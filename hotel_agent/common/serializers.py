"""What every serializer of our own API is made of: strict, so that a misspelt field is told and not lost."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import phonenumbers
from rest_framework import serializers


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know, and names them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(str(name)[:40] for name in set(data) - known)
            if unknown:
                raise serializers.ValidationError({name: ["This field is not known."] for name in unknown[:10]})
        return super().to_internal_value(data)


class StrictText(serializers.CharField):
    """Text that was sent as text: a number is not one. Empty and blank are refused, spaces around it are kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = str(super().to_internal_value(data))
        if not self.allow_blank and not value.strip():
            self.fail("blank")
        return value


class StrictInteger(serializers.IntegerField):
    """A whole number that was sent as one; in a query it is written in digits."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class IsoDate(serializers.DateField):
    """`YYYY-MM-DD` and nothing else: the parser below would also take weeks and dates without hyphens."""

    default_error_messages = {"form": "Write the date as YYYY-MM-DD."}

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            self.fail("form")
        day: dt.date = super().to_internal_value(value)
        return day


class E164(StrictText):
    """A phone number as `+` and digits that a numbering plan knows."""

    default_error_messages = {"e164": "Write the number as + and digits, with the country's code."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 16, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if value == "" and self.allow_blank:
            return value
        try:
            parsed = phonenumbers.parse(value, None)
        except phonenumbers.NumberParseException:
            self.fail("e164")
        if not re.fullmatch(r"\+[0-9]{6,15}", value) or not phonenumbers.is_possible_number(parsed):
            self.fail("e164")
        return value


class TenantSlug(serializers.RegexField):
    """The name of a hotel in addresses: small letters and digits, hyphens between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"min_length": 2, "max_length": 50, **kwargs}
        super().__init__(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", **kwargs)


class MoneyAmount(Strict):
    """An amount and its currency, exact."""

    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
