"""What comes in from any channel, normalised. Adapters translate into these; they decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class MessageType(StrEnum):
    """Kinds of inbound messages, closed, with an explicit `unknown`."""

    TEXT = "text"
    BUTTON = "button"
    """A tap on a button, list row or template quick reply; `texto` is its title, `metadata["reply_id"]` its id."""
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    REACTION = "reaction"
    ORDER = "order"
    FLOW = "flow"
    EDIT = "edit"
    REVOKE = "revoke"
    SYSTEM = "system"
    WELCOME = "welcome"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UnifiedMessage:
    """One inbound message of any channel.

    `message_id` is the provider's id, unique per account. `user_id` is the sender as the provider names them (on
    WhatsApp the BSUID when there is one, else the wa_id), verbatim. `timestamp_iso` is the provider's time, UTC.
    `metadata` holds JSON values only; known keys: `account` (receiving phone_number_id, mailbox or widget key),
    `aliases` (list of [kind, value]: bsuid, wa_id, email, visitor), `profile_name`, `phone` (digits, optional),
    `reply_id`, `reply_to` (provider id of the quoted message), `media` ({id, mime_type, sha256, filename, voice, url}),
    `group`, `forwarded`, `referral`, `location`, `contacts`, `errors`, `system`, `original_message_id`.
    """

    message_id: str
    canal: str
    user_id: str
    timestamp_iso: str
    tipo: MessageType
    texto: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


class ReceiptStatus(StrEnum):
    """Delivery states a provider reports, with an explicit `unknown`."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message we sent. `reference` is our own outbound id when the provider echoes it."""

    account: str
    message_id: str
    status: ReceiptStatus
    timestamp_iso: str
    reference: str = ""
    recipient_id: str = ""
    error_code: int | None = None
    error_title: str = ""
    billable: bool | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class StaffEcho:
    """A message that staff sent from the provider's own app on the same number: a person has taken over."""

    account: str
    message_id: str
    recipient_id: str
    timestamp_iso: str
    text: str
    tipo: MessageType = MessageType.TEXT
    aliases: tuple[tuple[str, str], ...] = ()
    """Every id of the recipient as (kind, value); the guest may be known by any of them."""


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """Something the provider says about an account rather than a message (quality, ban, template, error)."""

    account: str
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything one webhook delivery carries, split. Order is the provider's."""

    messages: tuple[UnifiedMessage, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    echoes: tuple[StaffEcho, ...] = ()
    notices: tuple[AccountNotice, ...] = ()
