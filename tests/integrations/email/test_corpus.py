"""The recorded mails and pushes: every one goes in, kinds are told apart, visible text is what their owners expect."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from hotel_agent.common.exceptions import BadInput
from integrations.channels.email.html import visible_html, visible_of
from integrations.channels.email.kinds import kind_of
from integrations.channels.email.mime import read
from integrations.channels.email.parse import parse_inbox, parse_sent
from integrations.channels.email.pubsub import parse_push
from integrations.channels.email.visible import visible_text

pytestmark = pytest.mark.needs_corpus
NOW = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC)


def _mails(corpus: Path) -> list[tuple[dict[str, Any], bytes]]:
    entries = json.loads((corpus / "email" / "manifest.json").read_text())
    return [(entry, (corpus / "email" / entry["file"]).read_bytes()) for entry in entries]


def test_every_mail_goes_in_as_one_that_arrived_and_as_one_that_was_sent(corpus: Path) -> None:
    refused = []
    for entry, raw in _mails(corpus):
        for parse in (parse_inbox, parse_sent):
            try:
                found = parse(raw, account="reservas@bahia.example", received_at=NOW)
            except BadInput:
                refused.append(entry)
                continue
            for message in found.delivery.messages:
                assert json.loads(json.dumps(dict(message.metadata))) == dict(message.metadata)
                assert "\x00" not in message.texto + json.dumps(dict(message.metadata))
                assert len(message.message_id) <= 250
    assert all(entry["format"] != "eml" for entry in refused), "only bodies without headers are no mails"


def test_kinds_are_told_apart_and_no_machine_is_answered(corpus: Path) -> None:
    wrong, answered_machines, count = [], [], 0
    for entry, raw in _mails(corpus):
        if entry["format"] != "eml":
            continue
        count += 1
        found = parse_inbox(raw, account="reservas@bahia.example", received_at=NOW)
        if found.kind.value != entry["kind"]:
            wrong.append((entry["file"], entry["kind"], found.kind.value))
        if entry["kind"] != "human" and any("unanswered" not in one.metadata for one in found.delivery.messages):
            answered_machines.append(entry["file"])
    assert answered_machines == []
    assert len(wrong) <= count // 100, wrong


def test_visible_text_is_what_is_expected(corpus: Path) -> None:
    wrong, count = [], 0
    for entry, raw in _mails(corpus):
        expected = entry.get("expected_visible_text")
        if expected is None:
            continue
        count += 1
        if entry["format"] == "eml":
            text = visible_of(read(raw))
        elif entry["format"] == "html-body":
            text = visible_html(raw.decode("utf-8", "replace"))
        else:
            text = visible_text(raw.decode("utf-8", "replace"))
        if re.sub(r"\s+", " ", text).strip() != re.sub(r"\s+", " ", expected).strip():
            wrong.append(entry["file"])
    assert count >= 60
    assert len(wrong) <= count // 10, wrong


def test_pushes(corpus: Path) -> None:
    entries = json.loads((corpus / "pubsub" / "manifest.json").read_text())
    assert len(entries) >= 10
    for entry in entries:
        body = (corpus / entry["file"]).read_bytes()
        expected = entry["expected"]
        try:
            found = parse_push(body)
        except BadInput:
            assert "historyId" not in expected
            continue
        assert found.history_id == expected.get("historyId", found.history_id)
        assert found.address == expected.get("emailAddress", found.address).lower()


def test_kind_of_never_raises_for_bodies_alone(corpus: Path) -> None:
    for entry, raw in _mails(corpus):
        try:
            kind_of(read(b"Subject: x\r\n\r\n" + raw))
        except BadInput as error:
            pytest.fail(f"{entry['file']}: {error}")
