"""Every recorded WhatsApp delivery of other projects and of Meta's pages, through the webhook and taken in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conversations.models import InboundDelivery, Message
from conversations.services import intake
from hotel_agent.common.claims import WorkState
from tenants.services import connect_whatsapp
from tests.conversations.guests import post
from tests.factories.reservations import Hotel

pytestmark = [pytest.mark.slow, pytest.mark.needs_corpus]


def test_every_recorded_delivery_is_acknowledged_and_taken_in(hotel: Hotel, corpus: Path) -> None:
    manifest = json.loads((corpus / "whatsapp" / "manifest.json").read_text(encoding="utf-8"))
    numbers = {entry["expected"]["phone_number_id"] for entry in manifest} - {None, ""}
    for number in numbers:
        connect_whatsapp(hotel.tenant, phone_number_id=number, access_token="t")
    codes = {entry["file"]: post((corpus / "whatsapp" / entry["file"]).read_bytes()).status_code for entry in manifest}
    assert len(codes) >= 291
    assert set(codes.values()) == {200}, {name: code for name, code in codes.items() if code != 200}
    for delivery_id in InboundDelivery.objects.values_list("pk", flat=True):
        intake.take_in(delivery_id)
    left = InboundDelivery.objects.exclude(state__in=[WorkState.DONE, WorkState.ORPHAN])
    assert not [(row.pk, row.state, row.last_error) for row in left]
    expected = {
        message_id
        for entry in manifest
        if entry["expected"]["is_message"] and entry["expected"]["phone_number_id"]
        for message_id in [entry["expected"]["message_id"]]
        if message_id and (entry["expected"]["from"] or entry["expected"]["from_user_id"])
    }
    kept = set(Message._base_manager.values_list("provider_id", flat=True))
    assert not expected - kept, "a message that names its sender is kept"
