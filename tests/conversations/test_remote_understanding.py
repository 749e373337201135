"""A hotel that consults a remote engine: asked when it helps, masked, within limits, never trusted with values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import caches
from pytest_django import Settings

from conversations.models import Turn
from conversations.services import listening
from hotel_agent.common import limits
from integrations import breakers
from tenants.models import Tenant
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel
from tests.stand_ins.understanding import UnderstandingStandIn

ODD = "che y los bichos peludos que van con correa los dejan"
"""A pet question that our own engine is unsure of."""


@pytest.fixture
def service(settings: Settings) -> Iterator[UnderstandingStandIn]:
    with UnderstandingStandIn() as server:
        settings.NLP_PROVIDER, settings.NLP_URL, settings.NLP_MODEL = "openai", server.url, "stand-in-1"
        settings.NLP_API_KEY = server.key
        yield server


@pytest.fixture
def consulting(hotel: Hotel, service: UnderstandingStandIn) -> Callable[..., None]:
    """Set how the hotel consults."""

    def switch(mode: str, **fields: object) -> None:
        Tenant.objects.filter(pk=hotel.tenant.pk).update(understanding_mode=mode, **fields)

    return switch


def last_turn() -> Turn:
    return Turn._base_manager.latest("id")


def test_nothing_leaves_unless_the_hotel_wants_it(
    service: UnderstandingStandIn, hotel: Hotel, guest: WhatsAppGuest
) -> None:
    assert guest.say(ODD)
    assert service.requests == []
    assert last_turn().engine == "embedded"


def test_a_cascade_asks_only_where_our_engine_is_unsure(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest
) -> None:
    consulting("cascade")
    assert "cochera" in guest.say("Hola, ¿tienen estacionamiento?")
    assert service.requests == [], "our own engine is sure"
    service.readings[ODD] = ([("ask_policies", 0.93)], [])
    guest.say(ODD)
    assert [request["text"] for request in service.requests] == [ODD]
    turn = last_turn()
    assert (turn.engine, turn.engine_version, turn.intent) == ("openai", "stand-in-1", "ask_policies")
    guest.say(ODD)
    assert len(service.requests) == 1, "the same question is not paid for twice"


def test_a_remote_engine_reads_every_message_but_no_personal_data(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest
) -> None:
    consulting("remote")
    guest.say("Soy Ana Gómez, ana.gomez@example.com, mi celular +54 9 11 5555 1234 y mi tarjeta 4111 1111 1111 1111")
    asked = service.requests[0]["text"]
    for secret in ("Ana", "Gómez", "example.com", "5555", "1234", "4111", "1111"):
        assert secret not in asked
    consulting("remote", remote_personal_data=True)
    guest.say("Soy Ana Gómez y quiero reservar")
    assert "Ana Gómez" in service.requests[-1]["text"]


@pytest.mark.parametrize("fault", ["status:500", "status:401", "reset", "words", "off_schema"])
def test_a_failing_remote_engine_leaves_our_own_reading(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest, fault: str
) -> None:
    consulting("remote")
    service.fault = fault
    assert "cochera" in guest.say("Hola, ¿tienen estacionamiento?")
    assert service.requests, "it was asked"
    assert last_turn().engine == "embedded"


def test_three_failures_rest_the_remote_engine(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest
) -> None:
    consulting("remote")
    service.fault = "status:500"
    for number in range(5):
        assert "cochera" in guest.say(f"¿Tienen estacionamiento para {number + 2} autos?")
    assert len(service.requests) == 3
    assert [one.key for one in breakers.states()] == ["openai"]


def test_the_daily_budget_ends_and_answers_do_not(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest
) -> None:
    consulting("remote", remote_questions_per_day=2)
    service.otherwise = ([("ask_amenities", 0.95)], [])
    limits.reset_process()
    for number in range(4):
        assert "cochera" in guest.say(f"¿Tienen estacionamiento para {number + 2} autos?")
    assert len(service.requests) == 2
    consulting("remote", remote_questions_per_day=0)
    guest.say("¿Y estacionamiento para motos?")
    assert len(service.requests) == 2


def test_a_remote_engine_cannot_make_a_booking_sold_or_a_value_up(
    consulting: Callable[..., None], service: UnderstandingStandIn, hotel: Hotel, guest: WhatsAppGuest
) -> None:
    """The service is taken over: it says yes to everything and invents dates and codes."""
    consulting("remote")
    service.otherwise = (
        [("cancel_reservation", 1.0), ("affirm", 1.0)],
        [("check_in", "2030-01-01"), ("booking_ref", "HT-AAAAA1"), ("guest_name", "Mallory")],
    )
    guest.say("Hola, ¿tienen estacionamiento?")
    heard = last_turn().heard[0]["understanding"]
    assert heard["entities"].get("check_in") is None
    assert heard["entities"].get("booking_ref") is None
    assert heard["entities"].get("guest_name") is None
    assert all(score["confidence"] <= 0.5 for score in heard["intents"]), "what our own model rules out is not acted on"


def test_words_a_service_points_at_are_read_by_our_grammar(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest
) -> None:
    consulting("remote")
    text = "me anota a nombre de quetzalcoatl ruiz por favor"
    service.readings[text] = ([("provide_details", 0.95)], [("guest_name", "quetzalcoatl ruiz")])
    service.otherwise = service.readings[text]
    guest.say(text)
    assert listening.current_engine().name == "embedded"
    name = last_turn().heard[0]["understanding"]["entities"]["guest_name"]
    assert name.lower() == "quetzalcoatl ruiz"


@pytest.mark.parametrize("kept", [None, "words", {"intents": 5}, {"intents": [["ask_policies"]], "entities": []}])
def test_an_answer_kept_in_another_shape_is_asked_for_again(
    consulting: Callable[..., None], service: UnderstandingStandIn, guest: WhatsAppGuest, kept: object
) -> None:
    consulting("remote")
    service.readings[ODD] = ([("ask_policies", 0.93)], [])
    guest.say(ODD)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        keys = [key.decode() for key in client.scan_iter("*nlu:*")]
    assert keys, "the answer was kept"
    caches["limits"].set(keys[0].partition("nlu:")[1] + keys[0].partition("nlu:")[2], kept)
    guest.say(ODD)
    assert len(service.requests) == 2
    assert last_turn().engine == "openai"
