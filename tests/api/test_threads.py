"""Threads through the API: read, taken over, answered by a person, with files; and nothing of another hotel."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Conversation, Guest, MediaFile, Message, OutboundMessage
from conversations.services import files
from hotel_agent.common import clock
from tenants.models import ChannelAccount, Role, Tenant
from tenants.scoping import tenant_scope
from tests.api.conftest import Program
from tests.factories.reservations import Hotel, HotelFactory


def open_thread(tenant: Tenant, channel: str = "whatsapp", **more: Any) -> Conversation:
    with tenant_scope(tenant):
        account = ChannelAccount.objects.create(tenant=tenant, channel=channel, external_id=uuid.uuid4().hex)
        guest = Guest.objects.create(tenant=tenant, name="Ana")
        thread = Conversation.objects.create(
            tenant=tenant, account=account, guest=guest, channel=channel, language="es",
            **{"last_inbound_at": clock.now(), **more},
        )  # fmt: skip
        for number in range(3):
            Message.objects.create(
                tenant=tenant, conversation=thread, account=account, provider_id=f"m{number}", kind="text",
                text=f"hola {number}", sent_at=clock.now(), received_at=clock.now() - dt.timedelta(minutes=9 - number),
            )  # fmt: skip
        return thread


@pytest.fixture
def thread(hotel: Hotel, settings: Settings, tmp_path: Any) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    return open_thread(hotel.tenant)


def say(program: Program, thread: Conversation, text: str = "Buenas noches", key: str = "k-1") -> Any:
    return program.post("/messages", {"conversation": str(thread.public_id), "text": text}, Idempotency_Key=key)


def send_file(program: Program, thread: Conversation, content: bytes, key: str = "f-1", **more: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    fields = {"conversation": str(thread.public_id), "file": SimpleUploadedFile("menu.pdf", content), **more}
    response = Client().post(
        "/api/v1/media", fields, headers={"Authorization": f"Bearer {program.token}", "Idempotency-Key": key}
    )
    return response.status_code, json.loads(response.content)


def test_a_person_answers_once_per_key_and_takes_over(manager: Program, thread: Conversation) -> None:
    sent = say(manager, thread)
    assert (sent.status, sent.body["state"], sent.body["purpose"]) == (202, "queued", "staff")
    assert say(manager, thread).body == sent.body
    assert say(manager, thread, key="k-2").body["id"] != sent.body["id"]
    assert OutboundMessage._base_manager.count() == 2
    assert manager.get(f"/conversations/{thread.public_id}").body["owner"] == "human"


def test_a_closed_window_is_a_409_and_changes_nothing(hotel: Hotel, manager: Program) -> None:
    thread = open_thread(hotel.tenant, last_inbound_at=clock.now() - dt.timedelta(hours=25))
    answer = say(manager, thread)
    assert (answer.status, answer.error["code"]) == (409, "window_closed")
    assert manager.get(f"/conversations/{thread.public_id}").body["owner"] == "agent"
    assert not OutboundMessage._base_manager.exists()


def test_both_sides_of_a_thread_in_pages(
    manager: Program, thread: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.views.threads.LINES", 2)
    say(manager, thread, "uno")
    with tenant_scope(thread.tenant):  # lines of one moment, on both sides of a page's edge
        Message.objects.update(received_at=OutboundMessage.objects.get().created_at)
    seen: list[str] = []
    before = ""
    while before is not None:
        page = manager.get(f"/messages?conversation={thread.public_id}&before={before.replace('+', '%2B')}").body
        seen += [f"{line['direction']}:{line['text']}" for line in page["results"]]
        before = page["next_before"]
    assert seen == ["out:uno", "in:hola 2", "in:hola 1", "in:hola 0"]
    for nonsense in ("x", "2031-01-01~0~1", "2031-99-01T00:00:00%2B00:00~0~1"):
        answer = manager.get(f"/messages?conversation={thread.public_id}&before={nonsense}")
        assert (answer.status, answer.error["code"]) == (400, "bad_input")


def test_threads_are_listed_filtered_and_handed_over_and_back(manager: Program, thread: Conversation) -> None:
    path = f"/conversations/{thread.public_id}"
    assert manager.get("/conversations?owner=agent&channel=whatsapp").body["results"][0]["guest"]["name"] == "Ana"
    assert manager.patch(path, {"owner": "human"}).body["owner"] == "human"
    assert manager.get("/conversations?owner=agent").body["results"] == []
    assert manager.patch(path, {"owner": "agent"}).body["owner"] == "agent"
    for body in ({"owner": "paused"}, {}, {"owner": "agent", "epoch": 1}):
        assert manager.patch(path, body).status == 400
    assert list(manager.get("/conversations?owner=me").error["fields"]) == ["owner"]


def test_a_file_is_sent_once_and_read_back_as_an_attachment(manager: Program, thread: Conversation) -> None:
    status, body = send_file(manager, thread, b"%PDF-1.7 menu", caption="El menú")
    assert (status, body["state"]) == (202, "queued")
    assert send_file(manager, thread, b"%PDF-1.7 menu", caption="El menú") == (status, body)
    file = MediaFile._base_manager.get()
    assert manager.get(f"/media/{file.public_id}").body["content_type"] == "application/pdf"
    content = Client().get(
        f"/api/v1/media/{file.public_id}/content", headers={"Authorization": f"Bearer {manager.token}"}
    )
    assert (content.status_code, content.content) == (200, b"%PDF-1.7 menu")
    assert content["Content-Disposition"].startswith("attachment")
    assert content["X-Content-Type-Options"] == "nosniff"
    files.erase(file)
    assert manager.get(f"/media/{file.public_id}/content").error["code"] == "file_refused"


def test_files_have_a_size_and_an_open_window(hotel: Hotel, manager: Program, thread: Conversation) -> None:
    status, body = send_file(manager, thread, b"x" * (10 * 1024 * 1024 + 1))
    assert (status, body["error"]["code"]) == (413, "body_too_large")
    assert send_file(manager, thread, b"x" * (9 * 1024 * 1024), key="big")[0] == 202
    for more in ({"caption": "x" * 1025}, {"kind": "image"}):
        assert send_file(manager, thread, b"x", **more)[0] == 400
    assert send_file(manager, thread, b"")[0] == 400
    assert send_file(manager, open_thread(hotel.tenant, "webchat"), b"x")[0] == 202
    late = open_thread(hotel.tenant, last_inbound_at=clock.now() - dt.timedelta(hours=25))
    status, body = send_file(manager, late, b"x")
    assert (status, body["error"]["code"]) == (409, "window_closed")
    answer = manager.post("/media", {"conversation": str(thread.public_id)}, Idempotency_Key="k")
    assert answer.error["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "body",
    [{"text": "hola"}, {"conversation": "7", "text": "hola"}, {"text": " "}, {"text": 7}, {"text": "x" * 4097},
     {"text": "a\x00b"}, {"text": "hola", "purpose": "answer"}],
)  # fmt: skip
def test_words_that_cannot_be_are_refused(manager: Program, thread: Conversation, body: dict[str, Any]) -> None:
    whole = body if "conversation" in body or body == {"text": "hola"} else {
        "conversation": str(thread.public_id), **body
    }  # fmt: skip
    answer = manager.post("/messages", whole, Idempotency_Key="k")
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert not OutboundMessage._base_manager.exists()


def test_a_message_needs_a_key(manager: Program, thread: Conversation) -> None:
    body = {"conversation": str(thread.public_id), "text": "hola"}
    assert manager.post("/messages", body).error["code"] == "idempotency_key_required"
    assert manager.post("/messages", body, Idempotency_Key="x" * 61).error["code"] == "idempotency_key_required"


def test_roles_decide_who_answers(thread: Conversation, as_role: Callable[[str], Program]) -> None:
    assert say(as_role(Role.RECEPTION), thread).status == 202
    assert say(as_role(Role.READ_ONLY), thread, key="k-2").status == 403
    assert as_role(Role.READ_ONLY).patch(f"/conversations/{thread.public_id}", {"owner": "agent"}).status == 403
    assert OutboundMessage._base_manager.count() == 1


def test_threads_and_files_of_another_hotel_are_not_there(manager: Program, thread: Conversation) -> None:
    theirs = open_thread(HotelFactory.create())
    with tenant_scope(theirs.tenant):
        file = files.attach(theirs, b"secret", filename="x.txt")
    for path in (
        f"/conversations/{theirs.public_id}",
        f"/messages?conversation={theirs.public_id}",
        f"/media/{file.public_id}",
        f"/media/{file.public_id}/content",
    ):
        assert manager.get(path).status == 404
    assert say(manager, theirs).error["code"] == "conversation_not_found"
    assert send_file(manager, theirs, b"x")[0] == 404
    assert manager.patch(f"/conversations/{theirs.public_id}", {"owner": "human"}).status == 404
    assert [one["id"] for one in manager.get("/conversations").body["results"]] == [str(thread.public_id)]
    theirs.refresh_from_db()
    assert theirs.owner == "agent"
    assert not OutboundMessage._base_manager.exists()
