"""What every channel has to prove, whichever it is: a new row in `READERS` is tested here without a new line.

A reader turns stored bytes into a delivery that PostgreSQL can keep, raises nothing but `BadInput`, and says the same
thing twice. Its examples are in `tests/integrations/<channel>/payloads`, each a delivery and exactly what it means.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import GuestIdentity
from conversations.services.channels import READERS, SENDERS, Reader
from conversations.services.recording import ABILITIES
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.events import Delivery
from tenants.models import Channel

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ROUTES = sorted(READERS)
TEXT = st.text(st.characters(codec=None), max_size=20)  # surrogates and NUL included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def examples(route: str) -> list[dict[str, Any]]:
    """The channel's examples."""
    folder = HERE / READERS[route].channel.value / "payloads"
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def as_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON values; fails on anything a database could not store as JSON."""
    value: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(delivery), allow_nan=False))
    return value


def read(reader: Reader, body: bytes) -> None:
    """Twice the same storable result, or `BadInput`."""
    try:
        found = reader.parse(body)
    except BadInput:
        return
    assert reader.parse(body) == found
    written = json.dumps(as_json(found), ensure_ascii=False)
    assert "\\u0000" not in written
    written.encode()
    kinds = set(GuestIdentity.Kind.values)
    for message in found.messages:
        assert 0 < len(message.message_id) <= 190
        assert len(message.user_id) <= 190
        assert len(message.metadata["account"]) <= 190
        assert all(kind in kinds and 0 < len(value) <= 190 for kind, value in message.metadata["aliases"])


@pytest.mark.parametrize("route", ROUTES)
def test_a_channel_has_all_its_parts(route: str) -> None:
    channel = READERS[route].channel
    assert channel in SENDERS
    assert channel in ABILITIES
    assert examples(route), "a channel is proved by its examples"
    matrix = (PROJECT / "docs" / "adding-a-channel.md").read_text(encoding="utf-8")
    assert f"| {Channel(channel).label} |" in matrix, "a row in the feature matrix"


@pytest.mark.parametrize("route", ROUTES)
def test_every_example_is_read_as_written_down(route: str) -> None:
    for example in examples(route):
        found = as_json(READERS[route].parse(json.dumps(example["delivery"]).encode()))
        for message, expected in zip(found["messages"], example["messages"], strict=True):
            if expected["message_id"] == "sha256:*":  # made from the content, where a provider gives none
                expected["message_id"] = message["message_id"]
        assert found == {key: example[key] for key in ("messages", "receipts", "echoes", "notices")}, example["about"]


@pytest.mark.parametrize("route", ROUTES)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(route: str, body: bytes) -> None:
    read(READERS[route], body)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"', b"\xef\xbb\xbf{}", b"1e999"])
def test_what_breaks_other_readers_is_bad_input(route: str, body: bytes) -> None:
    with pytest.raises(BadInput):
        READERS[route].parse(body)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


@pytest.mark.parametrize("route", ROUTES)
@given(data=st.data())
def test_any_damaged_example_is_read_or_refused(route: str, data: st.DataObject) -> None:
    delivery = copy.deepcopy(data.draw(st.sampled_from(examples(route)))["delivery"])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(delivery)))
        if not path:
            delivery = data.draw(JSON)
            break
        parent = delivery
        for key in path[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and data.draw(st.booleans()):
            del parent[path[-1]]
        else:
            parent[path[-1]] = data.draw(JSON)
    read(READERS[route], json.dumps(delivery).encode())


@pytest.mark.parametrize("channel", sorted(ABILITIES))
@given(
    body=st.text(min_size=1, max_size=500).filter(lambda text: outgoing.clean(text).strip()),
    titles=st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=60), max_size=12),
)
def test_whatever_is_said_fits_the_channel_and_loses_nothing(channel: str, body: str, titles: list[str]) -> None:
    abilities = ABILITIES[Channel(channel)]
    choices = [outgoing.Choice(f"c{number}", title) for number, title in enumerate(titles)]
    parts = outgoing.compose(body, abilities=abilities, choices=choices, list_button="Open")
    offered = [choice.id for part in parts for choice in outgoing.choices_of(part)]
    assert offered == [choice.id for choice in choices]
    for part in parts:
        assert outgoing.from_dict(json.loads(json.dumps(part.as_dict()))) == part
        assert outgoing.width(part.body) <= max(abilities.text, abilities.list_body)
