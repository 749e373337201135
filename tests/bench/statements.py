"""How many SQL statements an acknowledgement and a turn cost, counted in process. Prints one JSON object."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")
django.setup()


def count(function: Callable[[], object]) -> int:
    """Statements a call sends, transaction control not counted."""
    from django.db import connection

    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        function()
    return len(seen)


def main() -> None:
    """One guest: a question, then an availability request, warm."""
    from django.conf import settings
    from django.test import Client

    from conversations import tasks
    from conversations.models import Conversation, InboundDelivery
    from conversations.services import intake, turns
    from hotel_agent.common import clock, dispatch
    from integrations.channels.whatsapp.signature import sign
    from tests.conversations.guests import envelope, text_message

    dispatch._skip_until = time.monotonic() + 3600  # no worker must take the work away from this process
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    result: dict[str, int] = {}
    for name, text in (
        ("warm up", "Hola"),
        ("question", "¿A qué hora es el desayuno?"),
        ("availability", "¿Tienen una doble del 3 al 7 de enero para 2?"),
    ):
        body = envelope([text_message("5491150009999", text)], number=sys.argv[1])
        headers = {"X-Hub-Signature-256": sign(body, settings.WHATSAPP_APP_SECRETS[0])}

        def post(body: bytes = body, headers: dict[str, str] = headers) -> None:
            answer = client.post("/webhooks/whatsapp", body, content_type="application/json", headers=headers)
            assert answer.status_code == 200

        result[f"ack ({name})"] = count(post)
        intake.take_in(InboundDelivery.objects.latest("id").pk)
        conversation_id = Conversation._base_manager.latest("id").pk
        while conversation_id not in [pk for _, pk in turns.falling_due(clock.now(), limit=100)]:
            time.sleep(0.02)
        result[f"turn with send ({name})"] = count(functools.partial(tasks.take_turn, conversation_id))
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
