"""What a delivery means, by example: every file of `payloads/` is a delivery and exactly what it is read as."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from hotel_agent.common.exceptions import BadInput
from integrations.channels.whatsapp.parse import parse
from integrations.events import Delivery, MessageType, ReceiptStatus

PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("*.json"))


def as_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON values; fails on anything a database could not store as JSON."""
    value: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(delivery), allow_nan=False))
    return value


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_delivery_is_read_as_written_down(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    found = as_json(parse(json.dumps(example["delivery"]).encode()))
    for message, expected in zip(found["messages"], example["messages"], strict=True):
        if expected["message_id"] == "sha256:*":
            assert message["message_id"].startswith("sha256:")
            expected["message_id"] = message["message_id"]
    assert found == {key: example[key] for key in ("messages", "receipts", "echoes", "notices")}


def test_the_examples_cover_every_kind_and_status() -> None:
    deliveries = [json.loads(path.read_text(encoding="utf-8")) for path in PAYLOADS]
    kinds = {message["tipo"] for delivery in deliveries for message in delivery["messages"]}
    statuses = {receipt["status"] for delivery in deliveries for receipt in delivery["receipts"]}
    assert kinds == {kind.value for kind in MessageType}
    assert statuses == {status.value for status in ReceiptStatus}


def envelope(**message: Any) -> bytes:
    """A delivery with one message."""
    value = {"metadata": {"phone_number_id": "1"}, "messages": [message]}
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "w", "changes": [{"field": "messages", "value": value}]}],
        }
    ).encode()


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b'"x"',
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe{}",
        b'{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"object":"page","entry":[]}',
        b'{"entry":[]}',
        DEEP,
        b'{"object":"whatsapp_business_account","entry":' + DEEP + b"}",
        json.dumps({"object": "whatsapp_business_account", "entry": []}).encode("utf-16"),
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_delivery_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body)


def test_an_empty_delivery_is_one() -> None:
    assert parse(b'{"object":"whatsapp_business_account","entry":[]}') == Delivery()


def test_nul_and_lone_surrogates_are_cleaned_from_text_and_ids() -> None:
    body = envelope(id="wamid.\x00A", type="text", text={"body": "ho\x00la \ud83d fin"}, **{"from": "54\x00911"})
    (message,) = parse(body).messages
    assert (message.message_id, message.user_id, message.texto) == ("wamid.A", "54911", "hola \ufffd fin")


def test_a_surrogate_pair_is_an_emoji() -> None:
    (message,) = parse(envelope(id="m", type="text", text={"body": "\U0001f44d"})).messages
    assert message.texto == "👍"


def test_numbers_without_end_neither_fail_nor_leave_json() -> None:
    endless = b"9" * 100_000
    body = envelope(id="m", type="location", location={"latitude": 1}).replace(
        b'"latitude": 1', b'"latitude": ' + endless + b', "longitude": 1e999, "x": NaN, "y": -Infinity'
    )
    (message,) = parse(body).messages
    json.dumps(dict(message.metadata), allow_nan=False)
    assert len(message.metadata["location"]["latitude"]) == 100


@pytest.mark.parametrize(
    "timestamp", ["", "asdf", "-5", "0", "9" * 30, "4102444801", "１７９５４３５２００", 1.5, None, True, [1]]
)
def test_an_unusable_time_counts_as_old(timestamp: object) -> None:
    (message,) = parse(envelope(id="m", type="text", timestamp=timestamp)).messages
    assert message.timestamp_iso == "1970-01-01T00:00:00+00:00"


def test_a_time_may_be_a_number() -> None:
    (message,) = parse(envelope(id="m", type="text", timestamp=1795435200)).messages
    assert message.timestamp_iso == "2026-11-23T12:00:00+00:00"


def test_an_endless_id_becomes_a_short_one_that_is_the_same_each_time() -> None:
    body = envelope(id="w" * 5000, type="text")
    (first,), (again,) = parse(body).messages, parse(body).messages
    (other,) = parse(envelope(id="w" * 5001, type="text")).messages
    assert first.message_id == again.message_id != other.message_id
    assert len(first.message_id) < 190


def test_messages_without_ids_are_told_apart_by_content() -> None:
    ids = {parse(envelope(type="text", text={"body": body})).messages[0].message_id for body in ("a", "b", "a")}
    assert len(ids) == 2


def test_content_below_32_levels_is_cut_off_and_its_neighbours_stay() -> None:
    deep: Any = "bottom"
    for _ in range(60):
        deep = {"in": deep}
    (message,) = parse(envelope(id="m", type="location", location={"latitude": 1, "deep": deep})).messages
    assert message.metadata["location"]["latitude"] == 1
    assert "bottom" not in json.dumps(dict(message.metadata))


def test_a_bomb_inside_a_flow_stays_text() -> None:
    bomb = "[" * 100_000
    flow = {"type": "nfm_reply", "nfm_reply": {"name": "f", "response_json": bomb}}
    (message,) = parse(envelope(id="m", type="interactive", interactive=flow)).messages
    assert message.metadata["flow"] == {"name": "f", "raw": bomb}


def test_a_thousand_messages_in_one_delivery_keep_their_order() -> None:
    value = {"metadata": {"phone_number_id": "1"}, "messages": [{"id": f"m{i}", "type": "text"} for i in range(1000)]}
    body = json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    ).encode()
    assert [message.message_id for message in parse(body).messages] == [f"m{i}" for i in range(1000)]
