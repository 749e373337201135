"""What is fuzzed: each parser of something a stranger sends, its seeds, and what its result has to be like."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.channels.email.parse import Received, parse_inbox, parse_sent
from integrations.channels.email.pubsub import Push, parse_push
from integrations.channels.webchat import parse as webchat
from integrations.channels.whatsapp import parse as whatsapp
from integrations.events import Delivery
from tests.integrations.email.mails import AUTO_REPLY, BOUNCE, HUMAN, LIST
from tests.integrations.whatsapp.test_parse_properties import storable
from tests.stand_ins.google import push

PAYLOADS = Path(__file__).resolve().parents[1] / "integrations"


@dataclass(frozen=True)
class Fuzzed:
    """One parser. It may raise `BadInput` and nothing else; `check` judges what it returns."""

    parse: Callable[[bytes], Any]
    check: Callable[[Any], None]
    seeds: Callable[[Path | None], Sequence[bytes]]
    """Inputs to damage; given the directory of recorded payloads, or None when it is not there."""


def _whatsapp_seeds(corpus: Path | None) -> Sequence[bytes]:
    own = [
        json.dumps(json.loads(path.read_text(encoding="utf-8"))["delivery"]).encode()
        for path in sorted((PAYLOADS / "whatsapp" / "payloads").glob("*.json"))
    ]
    recorded = sorted((corpus / "whatsapp").glob("*.json")) if corpus is not None else []
    return own + [path.read_bytes() for path in recorded if path.name != "manifest.json"]


NOW = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC)


def _mail(raw: bytes) -> list[Received]:
    """A mail as one that arrived and as one that was sent."""
    arrived = parse_inbox(raw, account="reservas@bahia.example", received_at=NOW)
    return [arrived, parse_sent(raw, account="reservas@bahia.example", received_at=NOW)]


def _mail_is_storable(found: list[Received]) -> None:
    for received in found:
        for message in received.delivery.messages:
            stored = message.texto + json.dumps(dict(message.metadata), ensure_ascii=False)
            stored.encode()
            assert "\x00" not in stored
            assert len(message.message_id) <= 250
            assert len(message.user_id) <= 190
        for echo in received.delivery.echoes:
            echo.text.encode()


def _mail_seeds(corpus: Path | None) -> Sequence[bytes]:
    own = [raw for mails in (HUMAN, AUTO_REPLY, BOUNCE, LIST) for raw in mails.values()]
    recorded = sorted((corpus / "email").glob("*.eml")) if corpus is not None else []
    return own + [path.read_bytes() for path in recorded]


def _push_is_storable(found: Push) -> None:
    assert found.address.count("@") == 1
    assert "\x00" not in found.address
    (found.address + found.history_id + found.message_id).encode()


def _push_seeds(corpus: Path | None) -> Sequence[bytes]:
    recorded = sorted((corpus / "pubsub").glob("*.json")) if corpus is not None else []
    own = [push("reservas@bahia.example"), push("a@b.cc", history="1")]
    return own + [path.read_bytes() for path in recorded if path.name != "manifest.json"]


def _post_is_storable(found: Delivery) -> None:
    (message,) = found.messages
    stored = message.texto + json.dumps(dict(message.metadata), ensure_ascii=False)
    stored.encode()
    assert "\x00" not in stored
    assert 0 < len(message.message_id) <= 250
    assert message.texto.strip()
    assert all(kind in {"visitor", "email"} and 0 < len(value) <= 190 for kind, value in message.metadata["aliases"])


def _post_seeds(corpus: Path | None) -> Sequence[bytes]:
    return [
        json.dumps(json.loads(path.read_text(encoding="utf-8"))["delivery"], ensure_ascii=False).encode()
        for path in sorted((PAYLOADS / "webchat" / "payloads").glob("*.json"))
    ]


PARSERS: Mapping[str, Fuzzed] = {
    "mail": Fuzzed(_mail, _mail_is_storable, _mail_seeds),
    "pubsub": Fuzzed(parse_push, _push_is_storable, _push_seeds),
    "webchat": Fuzzed(webchat.parse, _post_is_storable, _post_seeds),
    "whatsapp": Fuzzed(whatsapp.parse, storable, _whatsapp_seeds),
}
