"""Recorded deliveries of other projects and of Meta's documentation: each one is read, as its manifest expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.channels.whatsapp.parse import parse
from integrations.events import MessageType, ReceiptStatus
from tests.integrations.whatsapp.test_parse import as_json

pytestmark = pytest.mark.needs_corpus

NOT_FOR_AN_ANSWER = {
    MessageType.REACTION, MessageType.SYSTEM, MessageType.EDIT, MessageType.REVOKE, MessageType.UNSUPPORTED,
    MessageType.WELCOME, MessageType.UNKNOWN,
}  # fmt: skip
# Meta could not tell what the guest did; we answer one polite sentence, as for everything unsupported.
READ_AS_UNSUPPORTED = {"msg_interactive_error_context__message_interactive_message_with_err__pywa.json"}


def test_every_recorded_delivery_is_read_as_its_manifest_expects(corpus: Path) -> None:
    manifest = json.loads((corpus / "whatsapp" / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest) >= 291
    wrong = {entry["file"]: found for entry in manifest if (found := _differences(corpus, entry))}
    assert not wrong


def _differences(corpus: Path, entry: dict[str, Any]) -> list[str]:
    expected = entry["expected"]
    delivery = parse((corpus / "whatsapp" / entry["file"]).read_bytes())
    as_json(delivery)
    found = []
    if (len(delivery.messages), len(delivery.receipts)) != (entry["n_messages"], entry["n_statuses"]):
        found.append(f"{len(delivery.messages)} messages, {len(delivery.receipts)} receipts")
    if any(notice.kind == "unreadable" for notice in delivery.notices):
        found.append("unreadable parts")
    if delivery.messages:
        first = delivery.messages[0]
        pairs = {
            "text": (first.texto, expected["text_or_none"] or ""),
            "sender": (first.user_id, expected["from_user_id"] or expected["from"] or ""),
            "account": (first.metadata["account"] or None, expected["phone_number_id"]),
            "id": (first.message_id, expected["message_id"] or first.message_id),
        }
        if entry["file"] == "msg_text_plus_statuses__whatsapp_cloud.json":
            del pairs["account"]  # the manifest looked at its first change, which has none
        found += [f"{name}: {have!r} not {want!r}" for name, (have, want) in pairs.items() if have != want]
        actionable = any(
            message.tipo not in NOT_FOR_AN_ANSWER and "errors" not in message.metadata for message in delivery.messages
        )
        if actionable != expected["actionable"] and entry["file"] not in READ_AS_UNSUPPORTED:
            found.append(f"actionable: {actionable}")
        for message, wanted in zip(delivery.messages, expected.get("all_messages", ()), strict=False):
            if (message.message_id, message.texto) != (wanted["message_id"], wanted["text_or_none"] or ""):
                found.append(f"{message.message_id}: {message.texto!r}")
    elif delivery.receipts:
        receipt = delivery.receipts[0]
        known = expected["status"] in {status.value for status in ReceiptStatus}
        if (receipt.message_id, receipt.status.value) != (
            expected["message_id"],
            expected["status"] if known else "unknown",
        ):
            found.append(f"{receipt.message_id} {receipt.status}")
    return found
