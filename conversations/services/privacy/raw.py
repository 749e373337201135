"""Taking one guest out of raw deliveries, which may carry others' messages and belong to the installation.

The row and its key stay: the same bytes delivered again are the same row, and are not stored anew.
"""

from __future__ import annotations

import json
from typing import Any

from conversations.models import InboundDelivery, Message
from conversations.services.privacy.traces import Names
from integrations.events import UnifiedMessage
from tenants.models import Channel, ChannelAccount

BATCH = 500


def erase_from_deliveries(*, tenant_id: int, names: Names, message_ids: set[int]) -> int:
    """Take a guest out of every stored delivery of their hotel; returns how many were rewritten. Safe to repeat.

    Looks at the bytes of all deliveries that are still kept (30 days), in batches.
    """
    accounts = _accounts(tenant_id)
    linked = set(
        Message._base_manager.filter(pk__in=message_ids, delivery_id__isnull=False).values_list(
            "delivery_id", flat=True
        )
    )
    rewritten = 0
    for row_id in sorted(linked | _mentioning(names)):
        row = InboundDelivery.objects.filter(pk=row_id).first()
        if row is not None and _rewrite(row, accounts, names, is_theirs=row_id in linked):
            rewritten += 1
    return rewritten


def erase_message(row: InboundDelivery, *, account: ChannelAccount, message: UnifiedMessage) -> None:
    """Take a late duplicate of an erased message out of the delivery that brought it. In the caller's transaction."""
    if row.route != "whatsapp":
        empty(row)
        return
    named = {message.message_id, message.user_id, *(str(value) for _kind, value in message.metadata.get("aliases", ()))}
    _rewrite(row, _accounts(account.tenant_id), Names(frozenset(named - {""}), frozenset()), is_theirs=True)


def empty(row: InboundDelivery) -> None:
    """Drop all bytes of a delivery that is one guest's alone; its key stays."""
    InboundDelivery.objects.filter(pk=row.pk).update(body=b"")


def _accounts(tenant_id: int) -> dict[str, set[str]]:
    """How deliveries name a hotel's accounts, by route."""
    named: dict[str, set[str]] = {}
    for account in ChannelAccount._base_manager.filter(tenant_id=tenant_id):
        key = account.public_id.hex if account.channel == Channel.EMAIL else account.external_id
        named.setdefault(account.channel, set()).add(key)
    return named


def _mentioning(names: Names) -> set[int]:
    """Ids of deliveries with one of the names in their bytes."""
    found: set[int] = set()
    needles = names.needles
    if not needles:
        return found
    last = 0
    while ids := list(InboundDelivery.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = ids[-1]
        rows = InboundDelivery.objects.filter(pk__in=ids).values_list("pk", "body")
        found |= {pk for pk, body in rows if any(needle in bytes(body).lower() for needle in needles)}
    return found


def _rewrite(row: InboundDelivery, accounts: dict[str, set[str]], names: Names, *, is_theirs: bool) -> bool:
    body = bytes(row.body)
    if row.route == "whatsapp":
        new = _whatsapp(body, accounts.get(Channel.WHATSAPP, set()), names)
    elif is_theirs or row.app_key in accounts.get(Channel.EMAIL, set()) or _is_widget_of(body, accounts):
        new = b""  # one mail, or one line of a chat: all of it is the guest's
    else:
        new = body
    if new == body:
        return False
    InboundDelivery.objects.filter(pk=row.pk).update(body=new)
    return True


def _is_widget_of(body: bytes, accounts: dict[str, set[str]]) -> bool:
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("widget") in accounts.get(Channel.WEBCHAT, set())


def _whatsapp(body: bytes, numbers: set[str], names: Names) -> bytes:
    """The delivery without what names the guest at one of the hotel's numbers; others' parts stay word for word."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return b""
    changed = False
    for value in _values(envelope):
        metadata = value.get("metadata")
        if not isinstance(metadata, dict) or str(metadata.get("phone_number_id")) not in numbers:
            continue
        for part, items in list(value.items()):
            if isinstance(items, list):
                kept = [one for one in items if not _names_them(one, names)]
                changed |= len(kept) < len(items)
                value[part] = kept
    return json.dumps(envelope).encode() if changed else body


def _values(envelope: Any) -> list[dict[str, Any]]:
    found = []
    entries = envelope.get("entry", []) if isinstance(envelope, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        changes = entry.get("changes", []) if isinstance(entry, dict) else []
        for change in changes if isinstance(changes, list) else []:
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                found.append(value)
    return found


def _names_them(item: Any, names: Names) -> bool:
    written = json.dumps(item).lower().encode()
    return any(needle.lower() in written for needle in names.needles)
