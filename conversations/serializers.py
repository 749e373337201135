"""What our own API takes, strictly: an unknown field, a wrong type or a text too long is refused and named."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.services.webchat.history import Cursor
from integrations.channels.webchat.parse import LANGUAGES, MAX_CHOICE, MAX_IDENTIFIER, MAX_NAME, MAX_TEXT


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


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(name)[:40] for name in set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["This field is not known."] for name in unknown[:10]})
        return super().to_internal_value(data)


class WebchatSession(Strict):
    """Who opens the page: nobody in particular, or somebody the hotel's site vouches for."""

    identifier = StrictText(max_length=MAX_IDENTIFIER, required=False)
    identifier_hash = serializers.RegexField(r"^[0-9a-fA-F]{64}$", required=False)
    name = StrictText(max_length=MAX_NAME, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An identifier comes with its hash, a name with an identifier."""
        if ("identifier" in attrs) != ("identifier_hash" in attrs):
            raise serializers.ValidationError({"identifier_hash": ["identifier and identifier_hash belong together."]})
        if attrs.get("name") and "identifier" not in attrs:
            raise serializers.ValidationError({"name": ["A name needs an identifier."]})
        return attrs


class WebchatMessage(Strict):
    """One message of a visitor: words, or the id of something that was offered."""

    id = serializers.UUIDField()
    text = StrictText(max_length=MAX_TEXT, required=False)
    choice = StrictText(max_length=MAX_CHOICE, required=False)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either words or a choice."""
        if ("text" in attrs) == ("choice" in attrs):
            raise serializers.ValidationError({"text": ["Send either text or choice."]})
        return attrs


class WebchatRead(Strict):
    """The last message of the hotel that the page showed."""

    id = serializers.UUIDField()


class WebchatAfter(serializers.Serializer[Any]):
    """Where a page stands; an unreadable cursor is the beginning, which costs a page nothing but time."""

    after = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)

    def validate_after(self, value: str) -> Cursor:
        """The cursor as written before."""
        return Cursor.parse(value)
