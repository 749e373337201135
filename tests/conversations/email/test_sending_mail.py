"""A letter on its way: sent once, refused, returned, unknown; and what is attached to letters."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from pytest_django import Settings

from conversations.models import (
    Conversation,
    Handoff,
    MediaFile,
    Message,
    OutboundMessage,
)
from conversations.services import files
from hotel_agent.common import clock
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, body_of, look, parsed
from tests.conversations.guests import drain
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import SENT, MailSystem


def test_after_the_final_dot_nobody_knows_and_one_second_try_is_the_same_mail(
    hotel: Hotel, writer: Correspondent, mails: MailSystem, settings: Settings
) -> None:
    look()
    mails.control.drop_after_dot = 1
    writer.write(PARKING)
    look()
    row = OutboundMessage._base_manager.get()
    assert row.state == "ambiguous"
    OutboundMessage._base_manager.update(not_before=clock.now())
    drain()
    row.refresh_from_db()
    assert (row.state, row.resent) == ("sent", True)
    ids = {
        str(parsed(raw)["Message-ID"])
        for _, recipients, raw in mails.control.accepted
        if recipients == [writer.address]
    }
    assert len(ids) == 1, "a mail program shows one"


def test_a_copy_in_the_sent_folder_settles_what_nobody_knew(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    mails.control.drop_after_dot = 1
    writer.write(PARKING)
    look()
    mails.folder(HOTEL, SENT).add(mails.control.accepted[-1][2], seen=True)
    look()
    row = OutboundMessage._base_manager.get()
    assert (row.state, row.resent) == ("sent", False)
    assert len(writer.received()) == 1


@pytest.mark.parametrize(
    ("command", "answer", "state"),
    [
        ("RCPT", "550 5.1.1 no such user", "failed"),
        ("DATA", "552 5.3.4 message too big", "failed"),
        ("RCPT", "451 4.3.0 try later", "sent"),
        ("MAIL", "421 4.7.0 too many messages", "queued"),
        ("DATA", "451 4.3.0 disk full", "sent"),
        ("MAIL", "550 5.7.1 sender not allowed", "queued"),
    ],
)
def test_a_refusal_has_its_own_consequence(
    hotel: Hotel, writer: Correspondent, mails: MailSystem, command: str, answer: str, state: str
) -> None:
    look()
    mails.control.answers.append((command, answer))
    writer.write(PARKING)
    look()
    row = OutboundMessage._base_manager.get()
    if state == "sent":
        assert row.state in {"queued", "sent"}, "a passing refusal is tried again"
        assert row.failures == 0
        OutboundMessage._base_manager.update(not_before=clock.now())
        drain()
        row.refresh_from_db()
    assert row.state == state
    account = ChannelAccount._base_manager.get(channel="email")
    assert (account.paused_at is not None) == ("sender" in answer)
    if state == "failed":
        assert Handoff._base_manager.get().reason == "send_failed"


def test_a_returned_mail_ends_the_message_and_calls_a_person(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    from tests.integrations.email.mails import REFERENCE, RETURNED

    look()
    writer.say(PARKING)
    row = OutboundMessage._base_manager.get()
    mails.folder(HOTEL).add(RETURNED.replace(REFERENCE.encode(), str(row.public_id).encode()))
    look()
    row.refresh_from_db()
    assert row.state == "failed"
    assert "5.1.1" in row.last_error
    assert Handoff._base_manager.get().reason == "send_failed"
    assert Message._base_manager.count() == 1
    assert len(mails.control.accepted) == 2, "a returned mail is not answered"


# --- attachments -----------------------------------------------------------------------------------------------------


def test_attachments_are_kept_privately_and_listed(hotel: Hotel, writer: Correspondent, mails: MailSystem) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = writer.address, HOTEL, "Comprobante"
    letter["Message-ID"] = "<a@x>"
    letter.set_content("Les envío el comprobante. ¿Tienen estacionamiento?")
    letter.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="../../comprobante ñ.pdf")
    letter.add_attachment(b"\x89PNG\r\n\x1a\nx", maintype="image", subtype="png", filename="foto.png")
    look()
    writer.post(letter)
    look()
    with tenant_scope(hotel.tenant):
        kept = list(MediaFile.objects.order_by("id"))
        assert [(one.filename, one.kind, one.content_type) for one in kept] == [
            ("comprobante ñ.pdf", "document", "application/pdf"),
            ("foto.png", "image", "image/png"),
        ]
        assert files.read(kept[0]) == b"%PDF-1.4 x"
        listed = Message.objects.get().metadata["attachments"]
        assert [one["filename"] for one in listed] == ["comprobante ñ.pdf", "foto.png"]


def test_a_file_of_staffs_goes_out_attached(
    hotel: Hotel, writer: Correspondent, mails: MailSystem, django_user_model: type
) -> None:
    from conversations.services import staff

    look()
    writer.say(PARKING)
    person = django_user_model.objects.create_user(username="laura")  # type: ignore[attr-defined]
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        staff.send_file(
            conversation.pk, by=person, content=b"%PDF-1.4 x", filename="menú.pdf", caption="El menú.", token="t2"
        )
    drain()
    writer.hear()
    assert writer.last is not None
    (attached,) = writer.last.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("menú.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-1.4 x"
    assert body_of(writer.last).strip() == "El menú."
