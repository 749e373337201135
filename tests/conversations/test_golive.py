"""A hotel that is not live is answered for by people; what a hotel may do is switched on its own row, at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conversations import tasks
from conversations.models import Conversation, Handoff, InboundDelivery, Message, OutboundMessage
from conversations.services import intake, turns
from hotel_agent.common import clock, dispatch
from reservations.models import StayEvent
from reservations.services import reminders
from tenants import services
from tenants.models import SwitchChange, Tenant
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest, drain, envelope, post, text_message
from tests.conversations.test_booking import book
from tests.conversations.test_deposits import LINK, paid_hotel
from tests.conversations.test_reminders import arrives_in, noon
from tests.conversations.test_voice import QUESTION, SURE, directories, ears, speak
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import GraphStandIn
from tests.stand_ins.speech import SpeechStandIn

__all__ = ["directories", "ears", "paid_hotel"]


def switch(hotel: Hotel, name: str, *, on: bool) -> bool:
    """As the back office does, in a process that has nothing to do with the workers'."""
    return services.switch(Tenant.objects.get(pk=hotel.tenant.pk), name, on=on, reason="a test")


# --- the gate --------------------------------------------------------------------------------------------------------


def test_before_it_is_live_only_test_guests_are_answered(hotel: Hotel, new_guest: Callable[[], WhatsAppGuest]) -> None:
    tester, stranger = new_guest(), new_guest()
    switch(hotel, SwitchChange.LIVE, on=False)
    services.set_test_guests(hotel.tenant, [f"+{tester.wa_id[:3]} {tester.wa_id[3:]}"])
    assert stranger.say("¿Tienen cochera?", "¿Hola?") == ""
    assert "cochera es gratis" in tester.say("¿Tienen cochera?")
    with tenant_scope(hotel.tenant):
        asked = Handoff.objects.get()
        assert (asked.reason, asked.summary) == ("not_live", "¿Tienen cochera?")
        strangers = Message.objects.filter(conversation=asked.conversation)
        assert {one.state for one in strangers} == {Message.State.FOR_STAFF}
        assert not OutboundMessage.objects.filter(conversation=asked.conversation).exists()

    switch(hotel, SwitchChange.LIVE, on=True)
    assert "cochera es gratis" in stranger.say("¿Tienen cochera?")


def test_going_off_leaves_what_waits_to_people(
    hotel: Hotel, guest: WhatsAppGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(envelope([text_message(guest.wa_id, "¿Tienen cochera?")])).status_code == 200
    intake.take_in(InboundDelivery.objects.get().pk)
    switch(hotel, SwitchChange.LIVE, on=False)
    drain()
    assert guest.received() == []
    assert Message._base_manager.get().state == Message.State.FOR_STAFF
    assert Conversation._base_manager.get().due_at is None
    assert Handoff._base_manager.get().reason == "not_live"


def test_a_hotel_that_is_not_live_reminds_nobody(hotel: Hotel, guest: WhatsAppGuest) -> None:
    with tenant_scope(hotel.tenant):
        book(guest, "es", hotel)
        arrives_in(1)
        for name in (SwitchChange.LIVE, "reminders"):
            switch(hotel, name, on=False)
            assert reminders.plan_reminders(noon(hotel)) == 0
            switch(hotel, name, on=True)
        assert not StayEvent.objects.filter(kind="reminder").exists()
        assert reminders.plan_reminders(noon(hotel)) == 1


def test_the_gate_costs_no_statement(hotel: Hotel, guest: WhatsAppGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivery, its intake and the turn ask the same things of the database, live or by way of the test guests."""
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))

    def statements(text: str) -> list[int]:
        counts = []
        with CaptureQueriesContext(connection) as seen:
            assert post(envelope([text_message(guest.wa_id, text)])).status_code == 200
        counts.append(len(seen))
        with CaptureQueriesContext(connection) as seen:
            intake.take_in(InboundDelivery.objects.latest("id").pk)
        counts.append(len(seen))
        conversation = Conversation._base_manager.get()
        Conversation._base_manager.update(due_at=clock.now())
        with CaptureQueriesContext(connection) as seen:
            tasks.take_turn(conversation.pk)
        counts.append(len(seen))
        return counts

    guest.say("Hola")
    statements("¿Tienen cochera?")  # configuration is read once
    live = statements("¿Tienen cochera?")
    services.set_test_guests(hotel.tenant, [guest.wa_id])
    switch(hotel, SwitchChange.LIVE, on=False)
    statements("¿Tienen cochera?")  # and afresh after a change
    assert statements("¿Tienen cochera?") == live
    assert turns.falling_due(clock.now(), limit=9) == []


def test_test_guests_are_numbers_and_addresses(hotel: Hotel) -> None:
    services.set_test_guests(hotel.tenant, [" Ana@Example.com ", "+54 9 11 5555-0101", ""])
    hotel.tenant.refresh_from_db()
    assert hotel.tenant.test_guests == ["ana@example.com", "5491155550101"]
    hotel.tenant.live_since = None
    assert hotel.tenant.answers(["", "+5491155550101"])
    assert not hotel.tenant.answers(["", "+5491155550102", "bea@example.com"])
    with pytest.raises(ValidationError):
        services.set_test_guests(hotel.tenant, ["12"])


# --- switches --------------------------------------------------------------------------------------------------------


def test_every_switch_is_recorded_once(hotel: Hotel, django_user_model: type) -> None:
    user = django_user_model.objects.create_user("ana")  # type: ignore[attr-defined]
    assert services.switch(hotel.tenant, "deposits", on=False, by=user, reason="not yet")
    assert not services.switch(hotel.tenant, "deposits", on=False, by=user)
    with tenant_scope(hotel.tenant):
        kept = SwitchChange.objects.get()
    assert (kept.name, kept.is_on, kept.by, kept.reason) == ("deposits", False, user, "not yet")
    assert not Tenant.objects.get(pk=hotel.tenant.pk).can("deposits")
    with pytest.raises(ValidationError):
        services.switch(hotel.tenant, "teleport", on=True)


def test_deposits_can_be_off_at_one_hotel(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    switch(paid_hotel, "deposits", on=False)
    book(guest, "es", paid_hotel)
    said = " ".join(text for who, text in guest.transcript if who == "hotel")
    assert guest.code()
    assert "seña" not in said
    assert not LINK.search(said)


@pytest.mark.needs_program("ffmpeg", "espeak-ng")
def test_voice_notes_can_be_off_at_one_hotel(
    hotel: Hotel, guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn
) -> None:
    ears.answers = [(QUESTION, SURE)]
    switch(hotel, "voice_notes", on=False)
    assert "todavía no puedo escuchar audios" in speak(guest, graph)
    assert ears.heard == []
    switch(hotel, "voice_notes", on=True)
    assert "cochera es gratis" in speak(guest, graph)


def test_remote_understanding_can_be_off_at_one_hotel(hotel: Hotel, guest: WhatsAppGuest, settings: Settings) -> None:
    from conversations.services.consulting import consultant

    settings.NLP_PROVIDER, settings.NLP_URL, settings.NLP_MODEL = "openai", "http://127.0.0.1:9", "m"
    Tenant.objects.update(understanding_mode="cascade")
    guest.say("Hola")
    with tenant_scope(hotel.tenant):
        assert consultant(Conversation.objects.select_related("tenant").get()) is not None
        switch(hotel, "remote_understanding", on=False)
        assert consultant(Conversation.objects.select_related("tenant").get()) is None
