"""The guests of the fault tests read as people do."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.chaos.crowd import Crowd, Guest
from tests.chaos.system import System
from tests.conversations.guests import NUMBER, spoken
from tests.stand_ins.graph import GraphStandIn

WA_ID = "5491155500001"


def send(graph: GraphStandIn, reference: str, text: str) -> None:
    body: dict[str, Any] = {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": f"+{WA_ID}", "type": "text",
        "text": {"body": text}, "biz_opaque_callback_data": reference,
    }  # fmt: skip
    request = urllib.request.Request(
        f"{graph.url}/v23.0/{NUMBER}/messages", json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer token-of-a-test"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def test_a_text_that_was_sent_again_is_read_once_and_not_answered_twice(tmp_path: Path) -> None:
    """Else a guest runs one answer ahead of the questions, and ends at a person's desk through the test's own fault."""
    with GraphStandIn(tmp_path / "graph.jsonl") as graph:
        guest = Guest(Crowd(cast(System, SimpleNamespace(graph=graph))), WA_ID)
        send(graph, "a", "¿A nombre de quién?")
        assert spoken(guest.hear()) == "¿A nombre de quién?"
        send(graph, "a", "¿A nombre de quién?")
        send(graph, "b", "¿Confirmo?")
        assert [spoken(body) for body in guest.received()] == ["¿A nombre de quién?", "¿Confirmo?"]
        assert spoken(guest.hear()) == "¿Confirmo?"
        assert "¿A nombre de quién? | < ¿Confirmo?" in guest.transcript()
