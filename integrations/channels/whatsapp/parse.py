"""Meta's webhook deliveries, split into what the product knows.

The envelope is strict: an object of "whatsapp_business_account" with a list of entries, or `BadInput`. The content is
tolerant: unknown fields, types and statuses are kept as such, and an element that makes no sense becomes an
`AccountNotice` of kind "unreadable" beside its healthy neighbours, because a refused delivery is retried for 7 days.
"""

from __future__ import annotations

from hotel_agent.common.exceptions import BadInput
from integrations.channels.whatsapp import content
from integrations.channels.whatsapp.reading import (
    Json,
    Object,
    child,
    fingerprint,
    identifier,
    instant,
    load,
    number,
    objects,
    text,
)
from integrations.events import AccountNotice, Delivery, Receipt, ReceiptStatus, StaffEcho, UnifiedMessage

OBJECT = "whatsapp_business_account"

_STATUSES = {status.value: status for status in ReceiptStatus}
_MAX_REFERENCE = 512


def parse(body: bytes) -> Delivery:
    """Everything in one delivery, in the provider's order. Pure: the same bytes give the same result.

    Each message's `metadata["account"]` is the phone number id that received it, "" when Meta names none. A message
    without an id gets one made from its content. `user_id` is what the message itself calls its sender (BSUID, else
    number) and "" when it names none; the contact beside it then still gives `metadata["aliases"]`.

    Raises:
        BadInput: the bytes are not a delivery of the WhatsApp Business Platform; nothing else is ever raised.
    """
    envelope = load(body)
    if not isinstance(envelope, dict) or envelope.get("object") != OBJECT:
        raise BadInput("not an envelope of the WhatsApp Business Platform")
    entries = envelope.get("entry")
    if not isinstance(entries, list):
        raise BadInput("the envelope has no list of entries")
    split = _Split()
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
            split.unreadable("", entry)
            continue
        for change in entry["changes"]:
            _read_change(split, entry, change)
    return Delivery(tuple(split.messages), tuple(split.receipts), tuple(split.echoes), tuple(split.notices))


class _Split:
    """What has been found so far."""

    def __init__(self) -> None:
        self.messages: list[UnifiedMessage] = []
        self.receipts: list[Receipt] = []
        self.echoes: list[StaffEcho] = []
        self.notices: list[AccountNotice] = []

    def unreadable(self, account: str, value: Json) -> None:
        self.notices.append(AccountNotice(account, "unreadable", {"value": value}))

    def notice(self, account: str, kind: str, entry: Object, detail: Object) -> None:
        owner = {"business_account_id": identifier(entry, "id")} if entry.get("id") else {}
        self.notices.append(AccountNotice(account, kind[:80], {**owner, **detail}))


def _read_change(split: _Split, entry: Object, change: Json) -> None:
    if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
        split.unreadable("", change)
        return
    value: Object = change["value"]
    account = identifier(child(value, "metadata"), "phone_number_id")
    field = text(change, "field")
    if field == "messages":
        _read_messages(split, entry, account, value)
    elif field == "smb_message_echoes":
        _read_echoes(split, account, value)
    else:
        split.notice(account, field or "unknown", entry, value)


def _read_messages(split: _Split, entry: Object, account: str, value: Object) -> None:
    contacts = objects(value.get("contacts"))
    for message in _elements(split, account, value, "messages"):
        split.messages.append(content.message(message, account=account, contacts=contacts))
    for status in _elements(split, account, value, "statuses"):
        if text(status, "type") == "call":
            split.notice(account, "calls", entry, {"statuses": [status]})
        elif status.get("id") or status.get("biz_opaque_callback_data"):
            split.receipts.append(_receipt(status, account=account))
        else:
            split.unreadable(account, status)
    _read_echoes(split, account, value)
    if calls := objects(value.get("calls")):
        split.notice(account, "calls", entry, {"calls": calls})
    if errors := objects(value.get("errors")):
        split.notice(account, "errors", entry, {"errors": errors})


def _read_echoes(split: _Split, account: str, value: Object) -> None:
    contacts = objects(value.get("contacts"))
    for echo in _elements(split, account, value, "message_echoes"):
        split.echoes.append(_echo(echo, account=account, contacts=contacts))


def _elements(split: _Split, account: str, value: Object, key: str) -> list[Object]:
    """The objects of a list; what else is in it, or a list that is none, is kept as unreadable."""
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        split.unreadable(account, {key: found})
        return []
    for item in found:
        if not isinstance(item, dict):
            split.unreadable(account, {key: item})
    return objects(found)


def _receipt(status: Object, *, account: str) -> Receipt:
    error = next(iter(objects(status.get("errors"))), {})
    pricing = child(status, "pricing")
    return Receipt(
        account=account,
        message_id=identifier(status, "id"),
        status=_STATUSES.get(text(status, "status"), ReceiptStatus.UNKNOWN),
        timestamp_iso=instant(status),
        reference=text(status, "biz_opaque_callback_data")[:_MAX_REFERENCE],
        recipient_id=identifier(status, "recipient_id") or identifier(status, "recipient_user_id"),
        error_code=number(error, "code"),
        error_title=(text(error, "title") or text(error, "message"))[:200],
        billable=_billable(pricing),
        category=text(pricing, "category")[:40],
    )


def _billable(pricing: Object) -> bool | None:
    """Whether the message costs money. Meta is retiring the flag in favour of the type."""
    if isinstance(pricing.get("billable"), bool):
        return bool(pricing["billable"])
    kind = text(pricing, "type")
    return kind == "regular" if kind else None


def _echo(echo: Object, *, account: str, contacts: list[Object]) -> StaffEcho:
    people = content.Person(number=identifier(echo, "to"), user_id=identifier(echo, "to_user_id"))
    return StaffEcho(
        account=account,
        message_id=identifier(echo, "id") or fingerprint(echo),
        recipient_id=people.number or people.user_id,
        timestamp_iso=instant(echo),
        text=content.words(echo) or content.edited_words(echo),
        tipo=content.kind(echo),
        aliases=people.aliases(contacts),
    )
