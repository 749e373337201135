"""One thing down, two, all of them, and up again: every answer is honest, and nothing is lost or said twice."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from prometheus_client import REGISTRY
from pytest_django import Settings

from conversations.models import Conversation, Handoff, InboundDelivery, Message, OutboundMessage, Turn
from conversations.services import listening
from conversations.wording.texts import text_of
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import DependencyDown
from integrations import breakers
from integrations.breakers_shared import shared
from reservations.models import Reservation
from reservations.services import catalogue
from tenants.scoping import tenant_scope
from tenants.services import connect_pms
from tests.conversations.guests import CODE, WhatsAppGuest, drain, envelope, post, text_message
from tests.conversations.test_booking import _opening as opening
from tests.conversations.test_voice import drain_with_patience, note
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import Fault, GraphStandIn
from tests.stand_ins.qloapps import KEY, QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel
from tests.stand_ins.speech import SpeechStandIn

LANGUAGES = ("es", "en", "pt")
GOLDEN = tomllib.loads((Path(__file__).parent / "degraded.toml").read_text(encoding="utf-8"))
MONEY = re.compile(r"(?:EUR|ARS|\$|€)\s*\d")
PARKING = {"es": "¿Tienen cochera?", "en": "Do you have parking?", "pt": "Vocês têm estacionamento?"}


@pytest.fixture
def pms(hotel: Hotel) -> Iterator[QloAppsStandIn]:
    """The hotel's stays are in QloApps."""
    with QloAppsStandIn(small_hotel()) as server:
        connect_pms(hotel.tenant, kind="qloapps", base_url=server.url, hotel_id="1", api_key=KEY)
        catalogue.import_room_types(tenant=hotel.tenant)
        yield server


class Deaf:
    """An understanding engine whose server does not answer."""

    name = "deaf"
    version = "0"

    def __init__(self) -> None:
        self.asked = 0

    def understand(self, text: str, context: object) -> object:
        self.asked += 1
        raise DependencyDown("refused")


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Deaf:
    engine = Deaf()
    monkeypatch.setattr(listening, "current_engine", lambda: engine)
    return engine


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Nobody listens where Redis was: cache, limits, breakers, broker."""
    gone = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = gone
    settings.CACHES = {name: {**config, "LOCATION": gone} for name, config in settings.CACHES.items()}
    shared.forget()
    dispatch._skip_until = float("inf")  # the broker is down too; the sweeper does the work
    yield
    dispatch._skip_until = 0.0
    shared.forget()


def golden(service: str, language: str, said: str) -> None:
    """What was said has the sentences of the golden texts, and neither money nor a code."""
    for sentence in GOLDEN[service][language]:
        assert sentence in said, said
    assert not MONEY.search(said)
    assert not CODE.search(said)


def degraded(reason: str) -> float:
    return REGISTRY.get_sample_value("orchestrator_degraded_responses_total", {"reason": reason}) or 0.0


def nothing_is_wrong() -> None:
    """Every delivery is done, every message answered once, nothing promised."""
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}
    assert not Message._base_manager.exclude(state__in=["answered", "recorded", "for_staff"]).exists()
    assert not Reservation._base_manager.filter(state="confirmed").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pms_is_down(hotel: Hotel, guest: WhatsAppGuest, pms: QloAppsStandIn, language: str) -> None:
    pms.broken = True
    before = degraded("pms")
    golden("pms", language, guest.say(opening(language, hotel)))
    assert degraded("pms") == before + 1
    with tenant_scope(hotel.tenant):
        assert Handoff.objects.count() == 1
        assert Turn.objects.get().decision["degraded"] == "pms"
    nothing_is_wrong()


@pytest.mark.parametrize("language", LANGUAGES)
def test_understanding_is_down(hotel: Hotel, guest: WhatsAppGuest, deaf: Deaf, language: str) -> None:
    before = REGISTRY.get_sample_value("hotel_nlp_fallbacks_total", {"engine": "rules"}) or 0
    golden("nlu", language, guest.say(PARKING[language]))
    assert (REGISTRY.get_sample_value("hotel_nlp_fallbacks_total", {"engine": "rules"}) or 0) > before
    assert deaf.asked >= 1
    nothing_is_wrong()


def test_understanding_rests_after_three_failures_and_answers_go_on(
    hotel: Hotel, guest: WhatsAppGuest, deaf: Deaf
) -> None:
    for _ in range(5):
        golden("nlu", "es", guest.say(PARKING["es"]))
    assert deaf.asked == 3
    assert [one.service for one in breakers.states()] == [breakers.Service.NLU]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_could_not_be_sent_in_time_says_so(
    hotel: Hotel, guest: WhatsAppGuest, graph: GraphStandIn, language: str
) -> None:
    assert post(envelope([text_message(guest.wa_id, PARKING[language])])).status_code == 200
    graph.control.fail(Fault("error", status=503, times=50))
    drain()
    assert guest.received() == []
    eleven = dt.timedelta(minutes=11)
    OutboundMessage._base_manager.update(created_at=clock.now() - eleven, not_before=clock.now())
    Message._base_manager.update(received_at=clock.now() - eleven, sent_at=clock.now() - eleven)
    graph.control.heal()
    breakers.reset_process()
    golden("whatsapp", language, guest.hear())
    assert len(guest.received()) == 1


@pytest.mark.needs_program("ffmpeg", "espeak-ng")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_recogniser_is_down(
    hotel: Hotel, guest: WhatsAppGuest, graph: GraphStandIn, settings: Settings, tmp_path: Path, language: str
) -> None:
    settings.MEDIA_ROOT, settings.VOICE_DIR = str(tmp_path / "files"), tmp_path / "voice"
    guest.say(PARKING[language])
    with SpeechStandIn() as ears:
        settings.STT_PROVIDER, settings.STT_URL, settings.STT_MODEL = "openai", ears.url, "whisper-1"
        ears.answers = [500]
        assert post(envelope([note(guest, graph)])).status_code == 200
        drain()
        drain_with_patience()
        golden("speech", language, guest.hear())
    assert not list((tmp_path / "voice").glob("*"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("service", "keys"), [("mail", ["late.sent"]), ("payments", ["deposit.delayed", "deposit.failed"])]
)
def test_the_sentences_of_mail_and_payments(service: str, keys: list[str], language: str) -> None:
    """When they are said: tests/conversations/email, tests/reservations/test_deposits.py."""
    variant = {"es": "es-AR"}.get(language, language)
    assert [text_of(key, variant) for key in keys] == GOLDEN[service][language]


def test_redis_is_down_and_guests_are_answered_as_always(hotel: Hotel, guest: WhatsAppGuest, no_redis: None) -> None:
    with pytest.raises(Exception, match=r"(?i)connect|refused|error"):
        caches["default"].get("anything")
    said = guest.say(opening("es", hotel))
    assert MONEY.search(said)  # the prices are PostgreSQL's
    assert "no responde" not in said
    assert "cochera es gratis" in guest.say(PARKING["es"])
    nothing_is_wrong()


def test_pms_and_understanding_are_down(hotel: Hotel, guest: WhatsAppGuest, pms: QloAppsStandIn, deaf: Deaf) -> None:
    pms.broken = True
    golden("pms", "es", guest.say(opening("es", hotel)))
    nothing_is_wrong()


def test_all_are_down_and_then_up_again(
    hotel: Hotel,
    guest: WhatsAppGuest,
    new_guest: object,
    pms: QloAppsStandIn,
    graph: GraphStandIn,
    no_redis: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = listening.current_engine
    monkeypatch.setattr(listening, "current_engine", Deaf)
    pms.broken = True
    graph.control.fail(Fault("error", status=503, times=50))
    assert post(envelope([text_message(guest.wa_id, opening("es", hotel))])).status_code == 200
    drain()
    assert guest.received() == []  # nothing can be said; nothing is lost
    with tenant_scope(hotel.tenant):
        (waiting,) = OutboundMessage.objects.filter(state="queued")
        golden("pms", "es", waiting.text)

    pms.broken = False
    graph.control.heal()
    monkeypatch.setattr(listening, "current_engine", whole)
    breakers.reset_process()
    OutboundMessage._base_manager.update(not_before=clock.now())
    golden("pms", "es", guest.hear())
    assert len(guest.received()) == 1  # once, and not again when everything works

    Conversation._base_manager.update(owner="agent")
    assert MONEY.search(guest.say(opening("es", hotel)))
    assert breakers.states() == []
