"""Guests are answered; machines, lists, forged senders and our own agents are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import Settings

from conversations.models import (
    Conversation,
    Guest,
    GuestIdentity,
    Handoff,
    InboundDelivery,
    Message,
)
from conversations.services.email import restraint
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, look
from tests.factories.reservations import Hotel
from tests.integrations.email.mails import AUTO_REPLY, LIST, mail
from tests.stand_ins.mail import MailSystem


def test_machines_are_not_answered_and_stay_unread(writer: Correspondent, mails: MailSystem) -> None:
    look()
    machines = [*AUTO_REPLY.values(), *LIST.values()]
    for raw in machines:
        mails.folder(HOTEL).add(raw.replace(b"ana@guest.example", writer.address.encode()))
    look()
    assert mails.control.accepted == []
    assert [row.state for row in InboundDelivery.objects.all()] == ["done"] * len(machines)
    assert all(one.flags == set() for one in mails.folder(HOTEL).mails)
    assert not Message._base_manager.exists()


def test_an_absence_note_of_a_guest_stands_in_the_thread_unanswered(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    writer.write("Estoy de viaje.", Auto_Submitted="auto-replied")
    assert writer.hear() == ""
    assert [row.state for row in Message._base_manager.order_by("id")] == ["answered", "recorded"]


def test_a_portals_relay_address_is_kept_to_the_letter(writer: Correspondent, mails: MailSystem) -> None:
    relay = "Ana.Perez-abc123+X@guest.portal.example"
    look()
    mails.folder(HOTEL).add(
        mail("From: Ana via Portal <reservas@portal.example>", f"Reply-To: {relay}", "Subject: Consulta de reserva")
    )
    look()
    assert [recipients for _, recipients, _ in mails.control.accepted] == [[relay]]
    guest = Guest._base_manager.get()
    assert guest.email == relay
    assert GuestIdentity._base_manager.get().value == relay.lower()
    mails.folder(HOTEL).add(
        mail(f"From: {relay.upper()}", "Message-ID: <2@x>", body="\r\n¿Y a qué hora es el check-in?\r\n")
    )
    look()
    assert Guest._base_manager.count() == 1


def test_whoever_reads_the_answers_is_the_guest(new_writer: Callable[[], Correspondent], mails: MailSystem) -> None:
    """A forged From with a Reply-To of one's own must not enter somebody else's thread."""
    victim, thief = new_writer(), new_writer()
    look()
    victim.say("Hola, soy Ana. ¿Tienen estacionamiento?")
    thief.post_raw(mail(f"From: Ana <{victim.address}>", f"Reply-To: {thief.address}", "Message-ID: <forged@x>"))
    look()
    assert Conversation._base_manager.count() == 2
    assert Message._base_manager.get(metadata__mail__message_id="<forged@x>").conversation.recipient == {
        "email": thief.address
    }


def test_a_forged_sender_is_left_to_people(writer: Correspondent, mails: MailSystem) -> None:
    look()
    raw = mail("Authentication-Results: mx.example; spf=fail; dmarc=fail (p=NONE) header.from=guest.example")
    mails.folder(HOTEL).add(raw)
    look()
    assert mails.control.accepted == []
    assert Handoff._base_manager.get().reason == "suspect_sender"


def test_mailboxes_of_the_installation_never_write_to_each_other(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    from tenants.services import connect_mailbox

    other = "otra@bahia.example"
    mails.add_account(other)
    credentials = {"password": "app-password-0001", "imap_url": mails.imap_url, "smtp_url": mails.smtp_url}
    connect_mailbox(hotel.tenant, address=other, credentials=credentials)
    look()
    mails.folder(HOTEL).add(mail(f"From: <{other}>"))
    look()
    assert mails.control.accepted == []


def test_an_old_mail_is_not_answered_as_if_it_were_new(
    writer: Correspondent, mails: MailSystem, settings: Settings
) -> None:
    look()
    mails.folder(HOTEL).add(mail(f"From: <{writer.address}>"), at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=30))
    look()
    assert writer.received() == []
    assert Message._base_manager.get().state == "stale"
    assert Handoff._base_manager.get().reason == "old_message"


# --- loops -----------------------------------------------------------------------------------------------------------


def test_two_of_our_own_agents_stop_within_three_messages(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    """The other agent is of another installation: what it receives is our letter under an address nobody here knows."""
    look()
    writer.write(PARKING)
    look()
    exchanged = 0
    for _ in range(10):
        letters = mails.control.accepted[1 + exchanged :]
        if not letters:
            break
        exchanged += 1
        raw = (
            letters[0][2]
            .replace(HOTEL.encode(), b"agente@otro.example")
            .replace(f"To: {writer.address}".encode(), f"To: {HOTEL}".encode())
        )
        mails.folder(HOTEL).add(raw)
        look()
    assert 1 <= exchanged <= 2, "the guest's mail, our letter, and the other agent's silence"


def test_two_machines_that_hide_what_they_are_stop_too(
    writer: Correspondent, mails: MailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restraint, "ANSWERS_PER_HOUR", 4)  # the same road, shorter
    look()
    for number in range(10):
        writer.write(f"Gracias por su mensaje número {number}. ¿Tienen estacionamiento?", subject="Hola")
        look()
        if Handoff._base_manager.filter(reason="mail_loop").exists():
            break
    assert len(writer.received()) == 4
    assert Handoff._base_manager.filter(reason="mail_loop").exists()


def test_the_same_words_again_and_again_are_a_machines(writer: Correspondent) -> None:
    look()
    for _ in range(4):
        writer.write("Recibimos su mensaje y le responderemos pronto.", subject="Hola")
        look()
    assert len(writer.received()) == 2
    assert Handoff._base_manager.filter(reason="mail_loop").count() == 1
