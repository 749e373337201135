"""A letter that could not go out in time says so after its greeting, where a person would."""

from __future__ import annotations

import datetime as dt

from conversations.models import Handoff, OutboundMessage
from conversations.services import sending
from hotel_agent.common import clock
from tenants.scoping import tenant_scope
from tests.conversations.email.correspondents import Correspondent, body_of
from tests.conversations.guests import drain
from tests.factories.reservations import Hotel


def test_the_delay_is_said_after_the_greeting(hotel: Hotel, writer: Correspondent) -> None:
    writer.say("Hola, ¿tienen estacionamiento?")
    row = OutboundMessage._base_manager.latest("id")
    with tenant_scope(hotel.tenant):
        # It waited: the mail server was away; and something was done since, so that it is not answered afresh.
        Handoff.objects.create(tenant=hotel.tenant, conversation=row.conversation, reason="asked")
        row.turn.has_commands = True
        row.turn.save(update_fields=["has_commands"])
        written = clock.now() - clock.minutes(clock.LATE_AFTER_MIN) - dt.timedelta(seconds=5)
        OutboundMessage.objects.filter(pk=row.pk).update(
            state="queued", created_at=written, not_before=written, provider_id="", sent_at=None
        )
        sending.deliver(row.conversation_id)
    drain()
    writer._wait_for(writer.address, 2)
    text = body_of(writer.received()[-1])
    greeting, notice, rest = text.split("\n\n", 2)

    assert greeting == "Hola, Ana:"
    assert "estacionamiento" not in notice
    assert "cochera" in rest
    sent = OutboundMessage._base_manager.get(pk=row.pk)
    assert sent.why["late_notice"] is True
    assert sent.text.startswith(greeting)
