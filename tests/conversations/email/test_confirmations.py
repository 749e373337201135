"""A confirmation by e-mail: its words as HTML, the stay's calendar file, once, and also for who booked elsewhere."""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage

from conversations.models import OutboundMessage
from reservations.models import Reservation
from tenants.models import ChannelAccount
from tests.conversations.email.correspondents import Correspondent, body_of, look
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import _opening
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import MailSystem


def _calendar(letter: EmailMessage) -> tuple[str, dict[str, str]]:
    """The name of the calendar file and its lines by name."""
    (file,) = [part for part in letter.iter_attachments() if part.get_content_type() == "text/calendar"]
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    return str(file.get_filename()), dict(line.split(":", 1) for line in lines if ":" in line)


def _day(written: str, hotel: Hotel) -> dt.date:
    return dt.datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).astimezone(hotel.tenant.zone).date()


def test_who_books_by_whatsapp_gets_letters_with_the_calendar_file(
    hotel: Hotel, guest: WhatsAppGuest, mailbox: ChannelAccount, mails: MailSystem
) -> None:
    reader = Correspondent(mails, "guest1@guest.example")
    guest.say(_opening("en", hotel))
    guest.tap(guest.choices()[0][1])
    guest.say("Ann Perkins, guest1@guest.example")
    guest.tap("Confirm")
    text = reader.hear()
    stay = Reservation._base_manager.get()
    booked = reader.last
    assert booked is not None

    assert "Ann" in text.splitlines()[0]
    assert stay.code in text
    assert stay.code in body_of(booked, "html")
    name, event = _calendar(booked)
    assert name == f"{stay.code}.ics"
    assert (event["UID"], event["SEQUENCE"], event["METHOD"]) == (f"{stay.public_id}@hotel-agent", "0", "PUBLISH")
    assert _day(event["DTSTART"], hotel) == stay.check_in

    guest.say("I need to change my booking, one more night")
    guest.tap("change_yes")
    reader.hear()
    assert reader.last is not None
    event = _calendar(reader.last)[1]
    stay.refresh_from_db()
    assert event["SEQUENCE"] == "1"
    assert _day(event["DTEND"], hotel) == stay.check_out

    guest.say("cancel my booking please")
    guest.tap("cancel_yes")
    reader.hear()
    assert reader.last is not None
    assert (_calendar(reader.last)[1]["METHOD"], len(reader.received())) == ("CANCEL", 3)
    look()
    assert len(reader.received()) == 3
    assert guest.received()[-1]["type"] == "text"  # and the chat heard it too


def test_who_books_by_mail_gets_one_letter_with_the_file(
    hotel: Hotel, writer: Correspondent, mailbox: ChannelAccount
) -> None:
    writer.say(_opening("es", hotel))
    writer.say("1")
    writer.say(f"Ana Pérez, {writer.address}")
    before = len(writer.received())
    writer.say("1")

    assert len(writer.received()) == before + 1
    assert writer.last is not None
    assert _calendar(writer.last)[0] == f"{writer.code()}.ics"
    letters = OutboundMessage._base_manager.filter(dedupe_key__startswith="event:")
    assert letters.count() == 1


def test_without_a_mailbox_or_an_address_nothing_is_written(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(_opening("en", hotel))
    guest.tap(guest.choices()[0][1])
    guest.say("Ann Perkins, guest1@guest.example")
    guest.tap("Confirm")
    assert OutboundMessage._base_manager.filter(dedupe_key__startswith="event:").count() == 1
