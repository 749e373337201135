"""What a mailbox's reader relies on, on the mail system of these tests and on Dovecot and Postfix alike."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from conversations.models import Conversation, InboundDelivery, Mailbox, Message, OutboundMessage
from hotel_agent.common import clock
from tests.conversations.email.conftest import BOTH, system
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, Mails, imap, look, parsed
from tests.integrations.email.mails import mail
from tests.stand_ins.mail import SENT


@pytest.fixture(params=BOTH)
def mails(request: pytest.FixtureRequest) -> Iterator[Mails]:
    """On each mail system."""
    yield from system(request)


def flags(mails: Mails) -> list[bool]:
    """Which mails of the hotel's inbox are marked as read."""
    with imap(mails, HOTEL) as client:
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search(["ALL"]), ["FLAGS"])
        return [b"\\Seen" in found[uid][b"FLAGS"] for uid in sorted(found)]


def test_guests_are_read_and_machines_left_unread(writer: Correspondent, mails: Mails) -> None:
    look()
    assert "gratis" in writer.say(PARKING)
    writer.post_raw(mail("From: Ofertas <hola@news.example>", "List-Id: <x>", "Message-ID: <n@x>"))
    look()
    assert flags(mails) == [True, False]
    assert InboundDelivery.objects.count() == 2
    assert Message._base_manager.count() == 1
    assert len(writer.received()) == 1


def test_looking_again_repeats_nothing(writer: Correspondent, mails: Mails) -> None:
    look()
    writer.say(PARKING)
    before = Mailbox._base_manager.get()
    for _ in range(3):
        look()
    after = Mailbox._base_manager.get()
    assert (after.inbox_validity, after.inbox_uid) == (before.inbox_validity, before.inbox_uid)
    assert after.checked_at is not None
    assert len(writer.received()) == 1


def test_a_renumbered_folder(writer: Correspondent, mails: Mails) -> None:
    look()
    writer.say(PARKING)
    before = Mailbox._base_manager.get().inbox_validity
    mails.renumber(HOTEL)
    assert "15" in writer.say("¿A qué hora es el check-in?")
    assert Mailbox._base_manager.get().inbox_validity != before
    assert Message._base_manager.count() == 2
    assert len(writer.received()) == 2


def test_staff_take_over_by_their_sent_folder(writer: Correspondent, mails: Mails) -> None:
    look()
    writer.say(PARKING)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = HOTEL, writer.address, "Re: Consulta"
    letter["Message-ID"] = "<06C90B12-13B9-4C5F-A9EF-4A809D94C078@bahia.example>"
    letter.set_content("Hola Ana, soy Laura: le guardo una cochera.")
    with imap(mails, HOTEL) as client:
        client.append(SENT, letter.as_bytes(), flags=[b"\\Seen"])
    look()
    assert Conversation._base_manager.get().owner == Conversation.Owner.HUMAN
    assert "Laura" in OutboundMessage._base_manager.get(purpose="staff").text


def test_letters_are_filed_in_the_sent_folder_once_and_are_no_takeover(writer: Correspondent, mails: Mails) -> None:
    look()
    Mailbox._base_manager.update(filed_until=clock.now() + clock.hours(1))
    writer.say(PARKING)
    writer.say("¿A qué hora es el check-in?")
    with imap(mails, HOTEL) as client:
        client.select_folder(SENT)
        client.append(SENT, writer.received()[0].as_bytes())  # as a server that files by itself
    OutboundMessage._base_manager.update(sent_at=clock.now() - clock.seconds(40))
    Mailbox._base_manager.update(filed_until=clock.now() - clock.hours(1))
    for _ in range(3):
        look()
    with imap(mails, HOTEL) as client:
        client.select_folder(SENT, readonly=True)
        found = client.fetch(client.search(["ALL"]), ["BODY.PEEK[]"])
        filed = {str(parsed(one[b"BODY[]"])["Message-ID"]) for one in found.values()}
    assert len(found) == 2
    assert filed == {str(one["Message-ID"]) for one in writer.received()}
    assert Conversation._base_manager.get().owner == Conversation.Owner.AGENT
    assert OutboundMessage._base_manager.count() == 2


def test_eight_bits_long_lines_and_large_attachments_survive(writer: Correspondent, mails: Mails) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Añá <{writer.address}>", HOTEL, "Consulta ñandú " + "x" * 200
    letter.set_content("¿Tienen estacionamiento? " + "ñ" * 900, cte="8bit")
    letter.add_attachment(bytes(range(256)) * 8000, maintype="application", subtype="octet-stream", filename="x.bin")
    look()
    writer.post(letter)
    look()
    message = Message._base_manager.get()
    assert message.text.endswith("ñ" * 900)
    assert message.metadata["attachments"][0]["size"] == 256 * 8000
    assert len(writer.received()) == 1
