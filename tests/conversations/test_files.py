"""Guests' files through the doors: fetched once, kept privately, shown to the hotel's people, forgotten in time."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from conversations.models import Conversation, Handoff, MediaFile
from conversations.services import fetching, files, sweeping
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from integrations.exceptions import FileRefused
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import person
from tests.conversations.guests import WhatsAppGuest, drain, envelope, post
from tests.conversations.test_inbound_types import message, said
from tests.factories.reservations import Hotel, HotelFactory
from tests.stand_ins.graph import Fault, GraphStandIn

pytestmark = pytest.mark.slow
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
PAGE = b"<html><script>alert(document.cookie)</script></html>"


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Settings) -> Path:
    """Files of this test alone."""
    settings.MEDIA_ROOT = str(tmp_path / "files")
    return tmp_path / "files"


RANGES = [
    ("0-1", 206, PHOTO[:2]),
    ("5-", 206, PHOTO[5:]),
    ("-7", 206, PHOTO[-7:]),
    ("0-99999999", 206, PHOTO),
    ("-99999999", 206, PHOTO),
    ("99999999-", 416, b""),
    ("9-3", 416, b""),
    ("-", 200, PHOTO),
    ("1-2,4-5", 200, PHOTO),
    ("x", 200, PHOTO),
]


def sends(
    guest: WhatsAppGuest, graph: GraphStandIn, content: bytes = PHOTO, kind: str = "image", **more: Any
) -> MediaFile:
    """A guest sends a file and everything due is done."""
    declared = more.pop("declared", "image/jpeg")
    media_id = graph.files.add(content, declared, **more.pop("behaviour", {}))
    said(guest, message(guest.wa_id, kind, {"id": media_id, "mime_type": declared, **more}))
    return MediaFile._base_manager.select_related("tenant").get(external_id=media_id)


def kept(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()]


def look(client: Client, file: MediaFile) -> Any:
    return client.get(f"/admin/conversations/mediafile/{file.public_id}/content/")


@pytest.fixture
def visit(hotel: Hotel) -> Callable[..., Client]:
    """A browser of somebody of a hotel."""

    def open_as(role: str = Role.RECEPTION, tenant: Any = None) -> Client:
        client = Client()
        client.force_login(person(f"{role}-{time.monotonic_ns()}", tenant=tenant or hotel.tenant, role=role))
        return client

    return open_as


def test_a_photo_is_kept_once_privately_and_shown_to_staff(
    guest: WhatsAppGuest, graph: GraphStandIn, storage: Path, visit: Callable[..., Client]
) -> None:
    file = sends(guest, graph)
    fetching_again = fetching.due_files(10)
    assert (file.state, file.content_type, file.size, fetching_again) == (WorkState.DONE, "image/jpeg", len(PHOTO), [])
    (path,) = kept(storage)
    assert path.read_bytes() == PHOTO
    assert path.stat().st_mode & 0o077 == 0
    assert len(graph.files.tokens) == 1
    client = visit()
    thread = client.get(f"/admin/conversations/conversation/{file.conversation_id}/change/").content.decode()
    assert f"/admin/conversations/mediafile/{file.public_id}/content/" in thread
    shown = look(client, file)
    assert shown.content == PHOTO
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown["Cache-Control"]
    for asked, status, part in RANGES:
        answer = client.get(
            f"/admin/conversations/mediafile/{file.public_id}/content/", headers={"range": f"bytes={asked}"}
        )
        assert (answer.status_code, answer.content) == (status, part), asked


def test_nobody_else_sees_it(guest: WhatsAppGuest, graph: GraphStandIn, visit: Callable[..., Client]) -> None:
    file = sends(guest, graph)
    other = HotelFactory.create(name="Otro", slug="otro")
    assert look(visit(Role.OWNER, other), file).status_code == 404
    assert look(Client(), file).status_code == 302, "to the login"
    assert visit(Role.READ_ONLY).get(f"/media/{file.path}").status_code == 404
    assert visit().get(f"/static/{file.path}").status_code == 404


def test_a_page_that_calls_itself_a_picture_is_a_download(
    guest: WhatsAppGuest, graph: GraphStandIn, visit: Callable[..., Client]
) -> None:
    for declared in ("image/jpeg", "text/html", "image/svg+xml"):
        file = sends(guest, graph, PAGE, "document", declared=declared, filename="../../foto.html")
        shown = look(visit(), file)
        assert shown["Content-Type"] == "application/octet-stream"
        assert shown["Content-Disposition"] == "attachment; filename*=UTF-8''foto.html"
        assert "sandbox" in shown["Content-Security-Policy"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"damaged": True}, "hash"),
    ({"size": 11 * files.MEGABYTE}, "too_big"),
    ({"url": "https://evil.example/x"}, "host"),
    ({"redirect": "http://169.254.169.254/"}, "host"),
]


def test_what_may_not_be_had_is_told_to_staff(guest: WhatsAppGuest, graph: GraphStandIn, storage: Path) -> None:
    for behaviour, reason in REFUSED:
        Handoff._base_manager.all().delete()
        file = sends(guest, graph, behaviour=behaviour)
        assert (file.state, file.trouble, file.path) == (WorkState.DEAD, reason, "")
        assert Handoff._base_manager.filter(reason="file_missing").exists()
    assert not kept(storage)


def test_an_outage_and_a_dead_worker_only_delay_it(
    guest: WhatsAppGuest, graph: GraphStandIn, hotel: Hotel, storage: Path
) -> None:
    graph.control.fail(Fault("error", code=131016, to="media", times=2))
    file = sends(guest, graph)
    assert file.state == WorkState.WAITING
    MediaFile._base_manager.filter(pk=file.pk).update(
        state=WorkState.WORKING, lease_until=clock.now() - dt.timedelta(seconds=1), not_before=clock.now()
    )
    with tenant_scope(hotel.tenant):
        for _ in range(3):
            MediaFile.objects.filter(state=WorkState.WAITING).update(not_before=clock.now())
            fetching.fetch(file.pk)
        assert MediaFile.objects.get(pk=file.pk).state == WorkState.DONE
    assert len(kept(storage)) == 1


def test_a_refused_token_pauses_the_account_and_loses_nothing(
    guest: WhatsAppGuest, graph: GraphStandIn, hotel: Hotel
) -> None:
    graph.control.fail(Fault("error", code=190, to="media"))
    file = sends(guest, graph)
    assert file.state == WorkState.WAITING
    assert "token" in file.last_error or "refused" in file.last_error
    with tenant_scope(hotel.tenant):
        MediaFile.objects.update(not_before=clock.now())
        fetching.fetch(file.pk)
        assert MediaFile.objects.get(pk=file.pk).state == WorkState.DONE


def test_a_deleted_message_takes_its_file_along(guest: WhatsAppGuest, graph: GraphStandIn, storage: Path) -> None:
    file = sends(guest, graph)
    said(guest, message(guest.wa_id, "revoke", {"original_message_id": file.message.provider_id}))
    file.refresh_from_db()
    assert (file.path, file.trouble) == ("", "revoked")
    assert not kept(storage)


def test_files_are_forgotten_after_thirty_days_and_so_is_what_no_row_knows(
    guest: WhatsAppGuest, graph: GraphStandIn, storage: Path, hotel: Hotel
) -> None:
    old, fresh = sends(guest, graph), sends(guest, graph)
    MediaFile._base_manager.filter(pk=old.pk).update(kept_at=clock.now() - dt.timedelta(days=31))
    orphan = storage / "some-hotel" / "2026-01" / "nobody-knows-me"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    past = time.time() - 40 * 86400
    os.utime(orphan, (past, past))
    assert files.apply_retention() == 2
    assert [path.name for path in kept(storage)] == [str(fresh.public_id)]
    old.refresh_from_db()
    assert old.erased_at is not None
    with tenant_scope(hotel.tenant), pytest.raises(FileRefused):
        files.read(old)
    assert files.apply_retention() == 0


def test_the_sweeper_finds_a_file_nobody_was_told_of(guest: WhatsAppGuest, graph: GraphStandIn) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg")
    post(envelope([message(guest.wa_id, "image", {"id": media_id, "mime_type": "image/jpeg"})]))
    drain()
    assert not [work for work in sweeping.due_work() if work.name == "conversations.fetch_file"]
    MediaFile._base_manager.update(state=WorkState.WAITING, not_before=clock.now(), path="")
    (work,) = [work for work in sweeping.due_work() if work.name == "conversations.fetch_file"]
    work.task(work.row_id)
    assert MediaFile._base_manager.get().state == WorkState.DONE


def test_a_full_disk_is_our_trouble_and_not_the_files(
    guest: WhatsAppGuest, graph: GraphStandIn, storage: Path, settings: Settings, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file where a directory should be")
    settings.MEDIA_ROOT = str(blocked)
    file = sends(guest, graph)
    assert (file.state, file.failures) == (WorkState.WAITING, 0)


def test_private_storage_is_not_under_the_static_files() -> None:
    static, media = Path(django_settings.STATIC_ROOT).resolve(), Path(django_settings.MEDIA_ROOT).resolve()
    assert static not in media.parents
    assert media not in static.parents


def test_what_comes_whole_is_kept_too(guest: WhatsAppGuest, hotel: Hotel, storage: Path) -> None:
    guest.say("Hola")
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        file = files.attach(
            conversation, b"%PDF-1.7 ...", filename="C:\\x\\factura.pdf", declared_type="application/pdf"
        )
        assert (file.filename, file.content_type) == ("factura.pdf", "application/pdf")
        assert files.read(file) == b"%PDF-1.7 ..."
        with pytest.raises(FileRefused):
            files.attach(conversation, b"x" * (files.MEGABYTE + 1), filename="s.webp", kind="sticker")
    assert len(kept(storage)) == 1
