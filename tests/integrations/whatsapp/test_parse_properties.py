"""Whatever is delivered, parsing ends in a storable result or in `BadInput`, and twice in the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from hotel_agent.common.exceptions import BadInput
from integrations.channels.whatsapp.parse import parse
from integrations.events import Delivery
from tests.integrations.whatsapp.test_parse import as_json

DELIVERIES = [
    json.loads(path.read_text(encoding="utf-8"))["delivery"]
    for path in sorted((Path(__file__).parent / "payloads").glob("*.json"))
]
TEXT = st.text(st.characters(codec=None), max_size=20)  # surrogates and NUL included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A delivery of ours with up to three places replaced by any JSON at all, or left out."""
    delivery = copy.deepcopy(draw(st.sampled_from(DELIVERIES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(delivery)))
        if not path:
            return draw(JSON)
        parent = delivery
        for key in path[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and draw(st.booleans()):
            del parent[path[-1]]
        else:
            parent[path[-1]] = draw(JSON)
    return delivery


def check(body: bytes) -> None:
    """Parse twice: the same storable result or `BadInput`, nothing else."""
    try:
        first = parse(body)
    except BadInput:
        return
    assert parse(body) == first
    storable(first)


def storable(delivery: Delivery) -> None:
    """PostgreSQL could keep all of it: UTF-8, no NUL, JSON numbers, ids that fit their columns."""
    written = json.dumps(as_json(delivery), ensure_ascii=False)
    assert "\\u0000" not in written.replace("\\\\", ""), "NUL; the six letters themselves are harmless"
    written.encode()
    for message in delivery.messages:
        assert 0 < len(message.message_id) <= 190
        assert len(message.user_id) <= 190
        assert len(message.metadata["account"]) <= 190
        assert all(kind in {"bsuid", "wa_id"} and 0 < len(value) <= 190 for kind, value in message.metadata["aliases"])


@given(damaged())
def test_any_damaged_delivery_is_read_or_refused(delivery: Any) -> None:
    check(json.dumps(delivery).encode())


@given(st.binary(max_size=400))
@example(b'{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":[{"from":{}}]}}]}]}')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    check(body)


@given(st.data())
def test_any_cut_or_flipped_delivery_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(json.dumps(data.draw(st.sampled_from(DELIVERIES))).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(body[: data.draw(st.integers(0, len(body)))]))


@given(JSON, st.sampled_from(["messages", "statuses", "message_echoes", "errors", "contacts", "calls", "metadata"]))
def test_any_content_in_a_right_envelope_is_read(content: Any, key: str) -> None:
    envelope = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "w", "changes": [{"field": "messages", "value": {key: content}}]}],
    }
    storable(parse(json.dumps(envelope).encode()))
