"""What our own API takes, strictly: an unknown field, a wrong type or a text too long is refused and named."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.models import Conversation, MediaFile, OutboundMessage
from conversations.services.staff import MAX_LENGTH
from conversations.services.webchat.history import Cursor
from hotel_agent.common.serializers import Strict, StrictText
from integrations.channels.webchat.parse import LANGUAGES, MAX_CHOICE, MAX_IDENTIFIER, MAX_NAME, MAX_TEXT


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


class WebchatSessionOut(serializers.Serializer[Any]):
    """The token of a page, for the header `X-Visitor-Token`."""

    token = serializers.CharField()
    known = serializers.BooleanField(help_text="Whether the hotel's site vouches for the visitor.")


class WebchatUpdate(serializers.Serializer[Any]):
    """What is new since `after`."""

    messages = serializers.ListField(child=serializers.DictField())
    cursor = serializers.CharField(help_text="The next `after`.")
    typing = serializers.BooleanField()
    answers = serializers.ChoiceField(choices=Conversation.Owner.values)


class WebchatAccepted(serializers.Serializer[Any]):
    """The message is a committed row."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["received"])


class WebchatReadOut(serializers.Serializer[Any]):
    """How many messages this marked."""

    read = serializers.IntegerField()


# --- what providers send ---------------------------------------------------------------------------------------------


class WebhookVerification(serializers.Serializer[Any]):
    """Meta's question when the webhook is set up. The answer is the challenge as plain text."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Their names have dots, which Python's have not."""
        return {
            "hub.mode": serializers.ChoiceField(choices=["subscribe"]),
            "hub.verify_token": serializers.CharField(),
            "hub.challenge": serializers.RegexField(r"^[0-9]{1,32}$"),
        }


class GmailPushMessage(serializers.Serializer[Any]):
    """The notice inside a push; `data` is base64 of `{"emailAddress", "historyId"}`."""

    data = serializers.CharField()  # type: ignore[assignment]  # Google's name; REST framework takes it out
    messageId = serializers.CharField()  # noqa: N815 - Google's name
    publishTime = serializers.DateTimeField(required=False)  # noqa: N815


class GmailPush(serializers.Serializer[Any]):
    """What Cloud Pub/Sub sends, with Google's OIDC token as bearer. Anything authentic is answered 204."""

    message = GmailPushMessage()
    subscription = serializers.CharField()


# --- for the hotel's own programs ------------------------------------------------------------------------------------


class ConversationOut(serializers.ModelSerializer[Conversation]):
    """A thread with one guest. `owner` is who answers."""

    id = serializers.UUIDField(source="public_id")
    guest = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = (
            "id", "channel", "owner", "language", "guest", "last_text", "last_inbound_at", "last_outbound_at",
            "created_at", "updated_at",
        )  # fmt: skip

    def get_guest(self, conversation: Conversation) -> dict[str, str]:
        """Whom it is with."""
        return {"id": str(conversation.guest.public_id), "name": conversation.guest.name}


class OwnerIn(Strict):
    """Who answers from now on."""

    owner = serializers.ChoiceField(choices=["agent", "human"])


class MessageIn(Strict):
    """Words of a person's to a guest."""

    conversation = serializers.UUIDField()
    text = StrictText(max_length=MAX_LENGTH)


class MessageOut(serializers.ModelSerializer[OutboundMessage]):
    """A message to a guest and what became of it."""

    id = serializers.UUIDField(source="public_id")
    direction = serializers.SerializerMethodField()

    class Meta:
        model = OutboundMessage
        fields = ("id", "direction", "purpose", "state", "text", "language", "created_at", "sent_at", "delivered_at",
                  "read_at")  # fmt: skip

    def get_direction(self, message: OutboundMessage) -> str:
        """`out`."""
        return "out"


class LineOut(serializers.Serializer[Any]):
    """One line of a thread, of the guest (`in`) or of the hotel (`out`)."""

    id = serializers.CharField()
    direction = serializers.ChoiceField(choices=["in", "out"])
    kind = serializers.CharField(help_text="Of the guest's: text, image, audio, …; of the hotel's: its purpose.")
    state = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class ThreadOut(serializers.Serializer[Any]):
    """Lines, newest first; `before` of the next page, null at the beginning of the thread."""

    results = LineOut(many=True)
    next_before = serializers.CharField(allow_null=True)


class MediaIn(Strict):
    """A file of a person's to a guest, and a few words under it."""

    conversation = serializers.UUIDField()
    file = serializers.FileField(max_length=200, allow_empty_file=False)
    caption = serializers.CharField(max_length=1024, required=False, allow_blank=True)


class MediaOut(serializers.ModelSerializer[MediaFile]):
    """A file of a thread. `content_type` is what its bytes are, whatever was said."""

    id = serializers.UUIDField(source="public_id")
    conversation = serializers.UUIDField(source="conversation.public_id")

    class Meta:
        model = MediaFile
        fields = ("id", "conversation", "kind", "state", "filename", "content_type", "size", "transcript", "created_at")
