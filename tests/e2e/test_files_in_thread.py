"""Files in the thread, in a real browser: a photo is seen, a note can be played, the desk sends a file back."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from conversations.models import Conversation, Message, OutboundMessage
from conversations.services import files
from hotel_agent.common import clock
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.e2e.conftest import PATIENCE_MS, Visitor
from tests.e2e.test_front_desk import log_in, open_phone, open_thread, say
from tests.factories.reservations import Hotel
from tests.factories.sound import spoken

pytestmark = [pytest.mark.needs_program("ffmpeg", "espeak-ng"), pytest.mark.slow]


def picture(width: int = 320, height: int = 200) -> bytes:
    """A PNG of a colour run, made here."""
    rows = b"".join(b"\0" + bytes((x * 255 // width, y * 255 // height, 160)[i] for x in range(width) for i in range(3))
                    for y in range(height))  # fmt: skip

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def arrived(hotel: Hotel, kind: str, content: bytes, **fields: object) -> None:
    """A message with a file that was already fetched."""
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        message = Message.objects.create(
            tenant=hotel.tenant, conversation=conversation, account=ChannelAccount.objects.get(), kind=kind,
            provider_id=f"wamid.{kind}", state=Message.State.ANSWERED, sent_at=clock.now(), **fields,
        )  # fmt: skip
        files.attach(conversation, content, filename="", message=message, kind=kind)


def test_files_are_seen_played_and_sent(
    hotel: Hotel, visitors: dict[str, Visitor], settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    phone = open_phone(visitors["guest"])
    say(phone, "Hi")
    arrived(hotel, "image", picture(), text="Is this the room?", metadata={"forwarded": True})
    voice = {"confidence": 0.82, "language": "en", "engine": "openai:whisper-1", "unsure": False}
    arrived(hotel, "audio", spoken("Do you have parking?", voice="en"), text="Do you have parking?",
            metadata={"voice": voice})  # fmt: skip
    desk = log_in(visitors["staff"], "desk")
    open_thread(desk, "Ana Pérez")
    photo = desk.locator(".ha-file img")
    expect(photo).to_be_visible()
    assert photo.evaluate("one => one.complete ? one.naturalWidth : 0") == 320
    expect(desk.locator(".ha-file audio")).to_be_visible()
    expect(desk.get_by_text("82 % sure")).to_be_visible()
    expect(desk.get_by_text("forwarded")).to_be_visible()
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(b"%PDF-1.7 invoice")
    desk.set_input_files("input[name=file]", str(invoice))
    desk.fill("#reply", "Your invoice")
    desk.locator("#composer").get_by_role("button", name="Send").first.click()
    expect(desk.locator(".ha-staff .ha-file a")).to_contain_text("invoice.pdf", timeout=PATIENCE_MS)
    expect(desk.locator(".ha-staff .ha-ticks")).to_be_visible(timeout=PATIENCE_MS)
    assert OutboundMessage._base_manager.get(purpose="staff").body["kind"] == "attachment"
    assert visitors["staff"].complaints == []
    desk.screenshot(path=str(tmp_path / "thread.png"))
