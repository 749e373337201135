"""Reading a mailbox: nothing lost, nothing twice, nothing marked too early."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from conversations.models import (
    InboundDelivery,
    Mailbox,
    Message,
)
from conversations.services.email import mailboxes, reading
from hotel_agent.common import clock
from hotel_agent.common.exceptions import LostClaim
from tenants.scoping import tenant_scope
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, body_of, imap, look
from tests.integrations.email.mails import mail
from tests.stand_ins.mail import MailSystem


def read_only() -> None:
    """Look at every mailbox, and do nothing of what comes of it."""
    mailboxes.ensure()
    for pk in Mailbox._base_manager.values_list("pk", flat=True):
        Mailbox._base_manager.update(due_at=clock.now(), lease_until=None)
        reading.read_mailbox(pk)


def commands(mails: MailSystem) -> list[str]:
    return list(mails.control.imap_commands)


def test_a_mail_is_kept_before_anything_and_marked_after(writer: Correspondent, mails: MailSystem) -> None:
    look()
    mails.control.imap_commands.clear()
    writer.write(PARKING)
    read_only()
    row = InboundDelivery.objects.get()
    assert bytes(row.body) == mails.folder(HOTEL).mails[0].raw, "the bytes, unchanged"
    assert row.state == "waiting"
    assert row.provider_time is not None
    assert not Message._base_manager.exists()
    seen = [line for line in commands(mails) if "FETCH" in line or "STORE" in line]
    assert "BODY.PEEK[]" in seen[0]
    assert seen[-1].startswith("UID STORE 1 +FLAGS")
    assert mails.folder(HOTEL).mails[0].flags == {"\\Seen"}


def test_nothing_is_marked_when_it_could_not_be_kept(
    writer: Correspondent, mails: MailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    look()
    writer.write(PARKING)
    Mailbox._base_manager.update(due_at=clock.now())
    stolen = mailboxes.claim(Mailbox._base_manager.get().pk)
    assert stolen is not None
    Mailbox._base_manager.update(claim=stolen.claim + 1)  # the lease lapsed: another worker has it
    with tenant_scope(stolen.account.tenant), pytest.raises(LostClaim):
        reading._look(stolen)
    assert not InboundDelivery.objects.exists()
    assert mails.folder(HOTEL).mails[0].flags == set()
    assert "gratis" in writer.hear(), "whoever claims it next answers"


def test_a_mail_read_twice_is_one_message(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    Mailbox._base_manager.update(inbox_uid=0)
    look()
    assert InboundDelivery.objects.count() == 1
    assert len(writer.received()) == 1


def test_a_renumbered_folder_repeats_nothing_and_loses_nothing(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    mails.renumber(HOTEL)
    writer.write("¿A qué hora es el check-in?")
    assert "15" in writer.hear()
    assert Message._base_manager.count() == 2
    assert len(writer.received()) == 2
    mailbox = Mailbox._base_manager.get()
    assert (mailbox.inbox_validity, mailbox.inbox_uid) == (mails.folder(HOTEL).validity, 1001)


def test_one_mail_by_two_ways_is_one_message_and_two_with_one_id_are_two(
    writer: Correspondent, mails: MailSystem
) -> None:
    look()
    raw = mail(f"From: Ana <{writer.address}>", body="\r\nHola, ¿tienen estacionamiento?\r\n")
    folder = mails.folder(HOTEL)
    folder.add(b"Received: by one.example\r\n" + raw)
    folder.add(b"Received: by two.example\r\n" + raw)
    folder.add(raw.replace(b"estacionamiento", b"check-in tarde"))
    look()
    assert InboundDelivery.objects.count() == 3
    assert Message._base_manager.count() == 2


def test_a_mailbox_connected_late_answers_who_waits_and_leaves_the_past(
    writer: Correspondent, mails: MailSystem
) -> None:
    folder = mails.folder(HOTEL)
    now = dt.datetime.now(dt.UTC)
    raw = mail(f"From: Ana <{writer.address}>", body="\r\nHola, ¿tienen estacionamiento?\r\n")
    folder.add(raw.replace(b"<1@", b"<old@"), at=now - dt.timedelta(days=40))
    folder.add(raw.replace(b"<1@", b"<read@").replace(b"Hola", b"Ya"), at=now - dt.timedelta(minutes=30), seen=True)
    folder.add(raw, at=now - dt.timedelta(minutes=20))
    assert "gratis" in writer.hear()
    assert Message._base_manager.count() == 1
    assert Mailbox._base_manager.get().inbox_uid == 3
    assert [sorted(one.flags) for one in folder.mails] == [[], ["\\Seen"], ["\\Seen"]]


def test_many_mails_come_in_order_and_a_long_look_goes_on(
    new_writer: Callable[[], Correspondent], mails: MailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 10)
    new_writer()
    look()
    folder = mails.folder(HOTEL)
    for number in range(25):
        folder.add(mail(f"From: <p{number}@x.example>", f"Message-ID: <{number}@x>", "List-Id: <x>"))
    look()
    assert Mailbox._base_manager.get().inbox_uid == 25
    assert InboundDelivery.objects.count() == 25
    assert {row.state for row in InboundDelivery.objects.all()} == {"done"}


def test_a_mail_deleted_under_the_reader_stops_nothing(writer: Correspondent, mails: MailSystem) -> None:
    look()
    folder = mails.folder(HOTEL)
    folder.add(b"", at=None)
    folder.mails.clear()
    writer.write(PARKING)
    assert "gratis" in writer.hear()


def test_what_is_no_mail_is_set_aside(writer: Correspondent, mails: MailSystem) -> None:
    look()
    mails.folder(HOTEL).add(b"no header here at all")
    mails.folder(HOTEL).add(b"\x00\x01\x02")
    look()
    assert {row.state for row in InboundDelivery.objects.all()} == {"quarantined"}
    assert "gratis" in writer.say(PARKING)


def test_a_long_mail_is_shown_whole_to_staff_and_answered(writer: Correspondent) -> None:
    look()
    assert writer.say("¿Tienen estacionamiento?\n\n" + "Somos una familia de Rosario. " * 500)
    assert len(Message._base_manager.get().text) > 10_000


def test_the_mail_program_still_finds_everything(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    with imap(mails, HOTEL) as client:
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1
    assert "cochera" in body_of(writer.received()[0]).lower()
