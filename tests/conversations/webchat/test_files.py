"""What staff send into a web chat: shown by an address that is signed, this thread's only, and over in time."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client

from conversations.models import Conversation, MediaFile
from conversations.services import files, sending, staff
from conversations.services.webchat import attachments
from tenants.scoping import tenant_scope
from tests.conversations.webchat.visitors import WebGuest
from tests.factories.reservations import Hotel

PNG = b"\x89PNG\r\n\x1a\n and then the picture"


def _send(hotel: Hotel, content: bytes, filename: str, caption: str = "") -> None:
    person = get_user_model().objects.create_user(f"desk-{filename}", first_name="Laura")
    conversation = Conversation._base_manager.get(channel="webchat")
    with tenant_scope(hotel.tenant):
        staff.send_file(conversation.pk, by=person, content=content, filename=filename, caption=caption, token=filename)
        sending.deliver(conversation.pk)


def test_a_picture_is_shown_and_a_document_is_a_download(hotel: Hotel, visitor: WebGuest) -> None:
    visitor.say("hello")
    _send(hotel, PNG, "room.png", "the view")
    _send(hotel, b"%PDF-1.4 menu", "menú.pdf")
    visitor.fetch()
    picture, document = visitor.said()[-2:]

    assert (picture["text"], picture["file"]["picture"], picture["file"]["name"]) == ("the view", True, "room.png")
    assert (document["text"], document["file"]["picture"]) == ("", False)
    shown = Client().get(picture["file"]["url"])
    assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, PNG, "image/png")
    assert shown["Content-Disposition"].startswith("inline")
    loaded = Client().get(document["file"]["url"])
    assert (loaded.status_code, loaded["Content-Type"]) == (200, files.OPAQUE)
    assert loaded["Content-Disposition"] == "attachment; filename*=UTF-8''men%C3%BA.pdf"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown["Cache-Control"]


def test_a_page_called_picture_is_never_shown_as_one(hotel: Hotel, visitor: WebGuest) -> None:
    visitor.say("hello")
    _send(hotel, b"<html><script>alert(1)</script>", "holiday.png")
    visitor.fetch()
    file = visitor.said()[-1]["file"]

    assert file["picture"] is False
    assert Client().get(file["url"])["Content-Type"] == files.OPAQUE


@pytest.mark.parametrize("change", ["older", "forged", "erased", "another widget"])
def test_an_address_is_over_in_time_and_nobody_elses(change: str, hotel: Hotel, visitor: WebGuest) -> None:
    visitor.say("hello")
    _send(hotel, PNG, "room.png")
    visitor.fetch()
    url = visitor.said()[-1]["file"]["url"]
    assert Client().get(url).status_code == 200

    if change == "older":
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=attachments.LIFE_S + 1)):
            assert Client().get(url).status_code == 404
        return
    if change == "forged":
        url = url[:-3] + ("aaa" if not url.endswith("aaa") else "bbb")
    elif change == "erased":
        with tenant_scope(hotel.tenant):
            files.erase(MediaFile.objects.get())
    else:
        url = url.replace(visitor.key, "another-widget")
    assert Client().get(url).status_code == 404
