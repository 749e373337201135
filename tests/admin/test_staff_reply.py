"""A person's message to a guest: takes over, goes once, is theirs, and keeps WhatsApp's window."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from conversations.models import Conversation, Handoff, MediaFile, Message, MessageTemplate, OutboundMessage
from conversations.services import files, staff
from hotel_agent.common import clock
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished, furnish, person

pytestmark = pytest.mark.django_db


def door(ours: Furnished, name: str) -> str:
    return f"/admin/conversations/conversation/{ours.conversation.pk}/{name}/"


def written(ours: Furnished) -> list[OutboundMessage]:
    return list(OutboundMessage._base_manager.filter(conversation=ours.conversation, purpose="staff").order_by("id"))


def test_a_reply_takes_over_and_names_its_author(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION, "marta")
    answer = OutboundMessage._base_manager.get(conversation=ours.conversation)
    OutboundMessage._base_manager.filter(pk=answer.pk).update(state="queued")
    assert client.post(door(ours, "reply"), {"text": " Hola, soy Marta. ", "token": "form-1"}).status_code == 302
    (row,) = written(ours)
    assert (row.text, row.state, row.author.username) == ("Hola, soy Marta.", "queued", "marta")  # type: ignore[union-attr]
    conversation = Conversation._base_manager.get(pk=ours.conversation.pk)
    assert conversation.owner == Conversation.Owner.HUMAN
    assert OutboundMessage._base_manager.get(pk=answer.pk).state == "withheld"
    assert Handoff._base_manager.get(conversation=conversation).state == Handoff.State.TAKEN


def test_the_same_form_twice_is_one_message(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    for text in ("Hola", "Hola", "Hola (edited and sent with the old form)"):
        client.post(door(ours, "reply"), {"text": text, "token": "form-1"})
    assert [row.text for row in written(ours)] == ["Hola"]
    client.post(door(ours, "reply"), {"text": "Hola", "token": "form-2"})
    assert len(written(ours)) == 2


def test_two_people_with_the_same_token_are_two_messages(ours: Furnished, visit: Callable[..., Client]) -> None:
    for _ in range(2):
        visit(Role.RECEPTION).post(door(ours, "reply"), {"text": "Hola", "token": "form-1"})
    assert len(written(ours)) == 2


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "x" * 4097])
def test_what_cannot_be_sent_changes_nothing(ours: Furnished, visit: Callable[..., Client], text: str) -> None:
    visit(Role.RECEPTION).post(door(ours, "reply"), {"text": text, "token": "form-1"})
    assert written(ours) == []
    assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == Conversation.Owner.AGENT


def test_a_closed_window_is_said_before_anything_is_queued(ours: Furnished, visit: Callable[..., Client]) -> None:
    MessageTemplate._base_manager.all().delete()
    Conversation._base_manager.update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    client = visit(Role.RECEPTION)
    response = client.post(door(ours, "reply"), {"text": "Hola", "token": "form-1"}, follow=True)
    assert "24 hours" in response.content.decode()
    assert written(ours) == []
    assert 'id="reply"' not in response.content.decode()


def test_reading_is_not_answering(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.READ_ONLY)
    for name in ("take-over", "hand-back", "pause", "reply"):
        assert client.post(door(ours, name), {"text": "Hola", "token": "t"}).status_code == 403
    assert written(ours) == []


def test_doors_open_by_post_with_a_token_only(ours: Furnished) -> None:
    user = person("marta", tenant=ours.tenant, role=Role.RECEPTION)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for name in ("take-over", "hand-back", "pause", "reply"):
        assert client.get(door(ours, name)).status_code == 405
        assert client.post(door(ours, name), {"text": "Hola"}).status_code == 403
    assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == Conversation.Owner.AGENT


def test_take_over_pause_and_hand_back(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    Message._base_manager.filter(conversation=ours.conversation).update(state="waiting")
    for name, owner in (("take-over", "human"), ("pause", "paused"), ("hand-back", "agent")):
        client.post(door(ours, name))
        assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == owner
    assert Message._base_manager.get(conversation=ours.conversation).state == Message.State.FOR_STAFF
    assert Handoff._base_manager.get(conversation=ours.conversation).state == Handoff.State.CLOSED


def test_new_messages_are_given_only_when_there_are_any(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.READ_ONLY)
    first = client.get(door(ours, "messages")).json()
    assert "Respuesta ALMENDRO" in first["bubbles"]
    assert "bubbles" not in client.get(door(ours, "messages"), {"seen": first["fingerprint"]}).json()
    OutboundMessage._base_manager.filter(conversation=ours.conversation).update(state="delivered")
    assert "bubbles" in client.get(door(ours, "messages"), {"seen": first["fingerprint"]}).json()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_message() -> None:
    ours = furnish("ALMENDRO")
    author = person("marta", tenant=ours.tenant, role=Role.RECEPTION)
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def click() -> None:
        try:
            start.wait(10)
            with tenant_scope(ours.tenant):
                staff.reply(ours.conversation.pk, by=author, text="Hola", token="form-1")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(30)
    assert failures == []
    assert len(written(ours)) == 1


def sent_bodies(ours: Furnished) -> list[dict[str, object]]:
    return [row.body for row in written(ours)]


def test_a_file_goes_with_its_words_once(
    ours: Furnished, visit: Callable[..., Client], settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    client = visit(Role.RECEPTION)
    for _ in range(2):
        upload = SimpleUploadedFile("../factura.pdf", b"%PDF-1.7 x", "application/pdf")
        client.post(door(ours, "reply"), {"text": "Su factura", "token": "form-1", "file": upload})
    (body,) = sent_bodies(ours)
    assert (body["kind"], body["body"], body["filename"]) == ("attachment", "Su factura", "factura.pdf")
    file = MediaFile._base_manager.get(public_id=str(body["file_id"]))
    assert file.content_type == "application/pdf"
    thread = client.get(f"/admin/conversations/conversation/{ours.conversation.pk}/change/").content.decode()
    assert "Su factura" in thread


def test_a_file_that_is_too_big_is_said_and_nothing_is_sent(
    ours: Furnished, visit: Callable[..., Client], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setitem(files.MOST_BYTES, "document", 100)
    upload = SimpleUploadedFile("a.pdf", b"x" * 101, "application/pdf")
    answer = visit(Role.RECEPTION).post(door(ours, "reply"), {"text": "", "token": "t", "file": upload}, follow=True)
    assert "too big" in answer.content.decode()
    assert written(ours) == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_hotels_place_goes_once_and_only_when_it_is_known(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    Tenant.objects.filter(pk=ours.tenant.pk).update(latitude=None, longitude=None)
    assert "cannot be sent" in client.post(door(ours, "place"), {"token": "p"}, follow=True).content.decode()
    Tenant.objects.filter(pk=ours.tenant.pk).update(latitude="-38.72", longitude="-62.27", address="Alsina 123")
    for _ in range(2):
        assert client.post(door(ours, "place"), {"token": "p"}).status_code == 302
    (body,) = sent_bodies(ours)
    assert (body["kind"], body["latitude"], body["address"]) == ("location", -38.72, "Alsina 123")
    assert visit(Role.READ_ONLY).post(door(ours, "place"), {"token": "q"}).status_code == 403


def test_after_the_window_a_reply_goes_in_the_approved_text(ours: Furnished, visit: Callable[..., Client]) -> None:
    Conversation._base_manager.update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    MessageTemplate._base_manager.filter(tenant=ours.tenant).update(language="es", category="utility")
    Conversation._base_manager.filter(pk=ours.conversation.pk).update(language="es")
    client = visit(Role.RECEPTION)
    page = client.get(f"/admin/conversations/conversation/{ours.conversation.pk}/change/").content.decode()
    assert "approved text" in page
    assert 'type="file"' not in page
    assert client.post(door(ours, "reply"), {"text": "Hola", "token": "form-1"}).status_code == 302
    assert [row.text for row in written(ours)] == ["Hola"]
