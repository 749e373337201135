"""Voice notes from the webhook to the answer: real sound through real ffmpeg, a recogniser that speaks the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from conversations.models import Conversation, InboundDelivery, MediaFile, Message
from conversations.services import fetching, intake, ownership
from hotel_agent.common.claims import WorkState
from reservations.models import Reservation
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest, drain, envelope, post, text_message
from tests.conversations.test_inbound_types import message
from tests.factories.reservations import Hotel
from tests.factories.sound import silence, spoken
from tests.stand_ins.graph import GraphStandIn
from tests.stand_ins.speech import SpeechStandIn

pytestmark = [pytest.mark.slow, pytest.mark.needs_program("ffmpeg", "espeak-ng")]
QUESTION = "¿Tienen cochera?"
SURE, UNSURE = -0.2, -1.1


@pytest.fixture(autouse=True)
def directories(tmp_path: Path, settings: Settings) -> Path:
    """Files and temporary sound of this test alone."""
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.VOICE_DIR = tmp_path / "voice"
    return tmp_path / "voice"


@pytest.fixture
def ears(settings: Settings) -> Iterator[SpeechStandIn]:
    """A recogniser."""
    with SpeechStandIn() as server:
        settings.STT_PROVIDER, settings.STT_URL, settings.STT_MODEL = "openai", server.url, "whisper-1"
        yield server


def note(guest: WhatsAppGuest, graph: GraphStandIn, content: bytes | None = None) -> dict[str, object]:
    """A voice note on its way."""
    media_id = graph.files.add(content or spoken(QUESTION), "audio/ogg; codecs=opus")
    return message(guest.wa_id, "audio", {"id": media_id, "mime_type": "audio/ogg; codecs=opus", "voice": True})


def speak(guest: WhatsAppGuest, graph: GraphStandIn, content: bytes | None = None) -> str:
    """Send a voice note; returns the answer."""
    assert post(envelope([note(guest, graph, content)])).status_code == 200
    return guest.hear()


def test_a_clear_note_is_answered_like_writing(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, directories: Path
) -> None:
    ears.answers = [(QUESTION, SURE)]
    assert "cochera es gratis" in speak(guest, graph)
    assert len(guest.received()) == 1
    assert ears.heard[0].seconds > 0.5
    row = Message._base_manager.get()
    assert (row.text, row.state) == (QUESTION, Message.State.ANSWERED)
    assert row.metadata["voice"]["confidence"] == pytest.approx(0.819, abs=0.001)
    file = MediaFile._base_manager.get()
    assert (file.transcript, file.transcriber, file.state) == (QUESTION, "openai:whisper-1", WorkState.DONE)
    assert not list(directories.glob("*"))


def test_an_unclear_note_is_asked_about_and_yes_makes_it_said(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn
) -> None:
    ears.answers = [(QUESTION, UNSURE)]
    asked = speak(guest, graph)
    assert f"Escuché: «{QUESTION}»" in asked
    assert "cochera es gratis" not in asked
    assert "cochera es gratis" in guest.tap("Sí, eso")
    speak(guest, graph)
    assert "cochera es gratis" in guest.say("sí")


def test_no_makes_it_unsaid_and_anything_else_stands_for_itself(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn
) -> None:
    ears.answers = [("Cancelar mi reserva", UNSURE)]
    speak(guest, graph)
    assert "¿Me lo escribís" in guest.tap("No, lo escribo")
    speak(guest, graph)
    assert "¿Me lo escribís" in guest.say("no")
    speak(guest, graph)
    assert "cochera es gratis" in guest.say(QUESTION)
    assert "cochera es gratis" not in guest.say("sí"), "the question about the note is closed"


def test_an_unclear_yes_books_nothing(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, hotel: Hotel
) -> None:
    guest.say("Hola, doble para 2 adultos del 10 al 12 de marzo")
    guest.tap("option:")
    guest.say("Ana Pereira, ana@example.com")
    ears.answers = [("sí, confirmo", UNSURE)]
    assert "Escuché" in speak(guest, graph)
    assert not Reservation._base_manager.exists()


def test_without_a_recogniser_the_truth_is_said(guest: WhatsAppGuest, graph: GraphStandIn) -> None:
    assert "todavía no puedo escuchar audios" in speak(guest, graph)
    assert Message._base_manager.get().text == ""
    assert MediaFile._base_manager.get().state == WorkState.DONE, "staff can play it"


@pytest.mark.parametrize(
    ("content", "answer"),
    [(b"OggS" + b"\0" * 300, "No pude escuchar el audio"), (b"%PDF-1.7", "No pude escuchar el audio")],
)
def test_what_is_no_sound_is_not_heard(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, content: bytes, answer: str
) -> None:
    ears.answers = [(QUESTION, SURE)]
    assert answer in speak(guest, graph, content)
    assert not ears.heard


def test_a_note_that_is_too_long_is_left_to_people(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_VOICE_S", 3.0)
    assert "muy largo" in speak(guest, graph, silence(6))
    assert not ears.heard
    file = MediaFile._base_manager.get()
    assert (file.trouble, bool(file.path)) == ("too_long", True)


def test_silence_is_not_filled_with_words(guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn) -> None:
    ears.answers = [{
        "text": "Subtítulos de la comunidad", "language": "es",
        "segments": [{"text": "Subtítulos de la comunidad", "avg_logprob": -0.2, "no_speech_prob": 0.95}],
    }]  # fmt: skip
    assert "No pude escuchar el audio" in speak(guest, graph, silence(2))
    assert Message._base_manager.get().text == ""


@pytest.mark.parametrize("answer", [500, 401])
def test_a_recogniser_that_is_down_keeps_nobody_waiting(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, settings: Settings, answer: int
) -> None:
    ears.answers = [answer]
    post(envelope([note(guest, graph)]))
    drain()
    drain_with_patience()
    assert "No pude escuchar el audio" in guest.hear()
    assert len(guest.received()) == 1
    ears.answers = [(QUESTION, SURE)]
    for _ in range(100):  # its breaker may have opened meanwhile
        MediaFile._base_manager.update(not_before="2020-01-01T00:00Z", state=WorkState.WAITING)
        drain()
        if Message._base_manager.get().text:
            break
        time.sleep(0.1)
    assert Message._base_manager.get().text == QUESTION, "heard later, for staff"
    assert len(guest.received()) == 1, "and not answered a second time"


def drain_with_patience() -> None:
    """Until no note is waited for any more, as the sweeper's pass would."""
    until = time.monotonic() + 10
    while Message._base_manager.filter(state=Message.State.HEARING).exists():
        fetching.stop_waiting()
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_worker_that_died_listening_keeps_nobody_waiting(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn
) -> None:
    post(envelope([note(guest, graph)]))
    intake.take_in(InboundDelivery.objects.get().pk)
    MediaFile._base_manager.update(state=WorkState.DEAD)
    drain_with_patience()
    assert "No pude escuchar el audio" in guest.hear()


def test_words_written_after_a_note_wait_for_it(guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn) -> None:
    ears.answers = [(QUESTION, SURE)]
    both = [note(guest, graph), text_message(guest.wa_id, "¿Y a qué hora es el check-in?")]
    assert post(envelope(both)).status_code == 200
    answer = guest.hear()
    assert len(guest.received()) == 1, "one message answers both"
    assert "cochera es gratis" in answer
    assert "check-in" in answer


def test_an_unclear_note_beside_clear_words_is_admitted(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn
) -> None:
    ears.answers = [("bla bla", UNSURE)]
    post(envelope([note(guest, graph), text_message(guest.wa_id, QUESTION)]))
    answer = guest.hear()
    assert "cochera es gratis" in answer
    assert "no entendí bien" in answer
    assert "bla bla" not in answer


def test_while_a_person_answers_it_is_written_down_for_them(
    guest: WhatsAppGuest, graph: GraphStandIn, ears: SpeechStandIn, hotel: Hotel
) -> None:
    guest.say("Hola")
    with tenant_scope(hotel.tenant):
        ownership.take_over(Conversation.objects.get().pk)
    ears.answers = [(QUESTION, SURE)]
    assert speak(guest, graph) == ""
    row = Message._base_manager.get(kind="audio")
    assert (row.state, row.text) == (Message.State.FOR_STAFF, QUESTION)
