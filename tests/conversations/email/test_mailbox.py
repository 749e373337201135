"""Reading a mailbox: nothing lost, nothing twice, nothing marked too early, and people first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from pytest_django import Settings

from conversations.models import (
    Conversation,
    Guest,
    GuestIdentity,
    Handoff,
    InboundDelivery,
    Mailbox,
    MediaFile,
    Message,
    OutboundMessage,
)
from conversations.services import files, ownership
from conversations.services.email import mailboxes, reading, restraint
from hotel_agent.common import clock
from hotel_agent.common.exceptions import LostClaim
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.email.correspondents import HOTEL, Correspondent, body_of, imap, look, parsed
from tests.conversations.guests import drain
from tests.factories.reservations import Hotel
from tests.integrations.email.mails import AUTO_REPLY, LIST, mail
from tests.stand_ins.mail import SENT, MailSystem

PARKING = "Hola, ¿tienen estacionamiento?"


def read_only() -> None:
    """Look at every mailbox, and do nothing of what comes of it."""
    mailboxes.ensure()
    for pk in Mailbox._base_manager.values_list("pk", flat=True):
        Mailbox._base_manager.update(due_at=clock.now(), lease_until=None)
        reading.read_mailbox(pk)


def commands(mails: MailSystem) -> list[str]:
    return list(mails.control.imap_commands)


# --- the cursor ------------------------------------------------------------------------------------------------------


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
        folder.add(mail(f"From: <p{number}@x.example>", f"Message-ID: <{number}@x>", *LIST_HEADERS))
    look()
    assert Mailbox._base_manager.get().inbox_uid == 25
    assert InboundDelivery.objects.count() == 25
    assert {row.state for row in InboundDelivery.objects.all()} == {"done"}


LIST_HEADERS = ("List-Id: <x>",)


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


# --- who is answered -------------------------------------------------------------------------------------------------


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


# --- people ----------------------------------------------------------------------------------------------------------


def sent_by_staff(mails: MailSystem, to: str, text: str, **headers: str) -> None:
    """Somebody at the desk answers from the mail program."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = HOTEL, to, "Re: Consulta"
    letter["Message-ID"] = f"<{str(uuid.uuid4()).upper()}@bahia.example>"  # as Apple Mail makes them
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    mails.folder(HOTEL, SENT).add(letter.as_bytes(), seen=True)


def test_staff_who_answer_from_the_mail_program_take_the_thread_over(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    sent_by_staff(mails, f"Ana <{writer.address.upper()}>", "Hola Ana, soy Laura de recepción. Le guardo una cochera.")
    look()
    conversation = Conversation._base_manager.get()
    assert conversation.owner == Conversation.Owner.HUMAN
    assert OutboundMessage._base_manager.get(purpose="staff").text.startswith("Hola Ana, soy Laura")
    writer.write("Gracias, Laura. ¿Hay pileta?")
    assert writer.hear() == ""
    assert Message._base_manager.order_by("-id")[0].state == "for_staff"
    assert mails.folder(HOTEL).mails[-1].flags == set(), "left to people, left unread"


def test_staff_take_over_behind_many_letters_of_a_renumbered_sent_folder(
    writer: Correspondent, mails: MailSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    look()
    writer.say(PARKING)
    look()
    monkeypatch.setattr(reading, "BATCH", 1)
    sent_by_staff(mails, "somebody.else@example.com", "Estimado: adjunto la factura.")
    sent_by_staff(mails, writer.address, "Hola Ana, soy Laura de recepción.")
    mails.folder(HOTEL, SENT).renumber()
    look()
    look()
    thread = Conversation._base_manager.get(guest__identities__value=writer.address)
    assert thread.owner == Conversation.Owner.HUMAN


def test_who_answers_staff_is_not_answered_by_the_agent(writer: Correspondent, mails: MailSystem) -> None:
    look()
    sent_by_staff(mails, writer.address, "Estimada Ana: ¿nos enviaría el presupuesto de las sábanas?")
    look()
    writer.write("Claro, aquí va: ¿de qué medida las quieren?")
    assert writer.hear() == ""
    assert Conversation._base_manager.get().owner == Conversation.Owner.HUMAN


def test_our_own_copies_in_the_sent_folder_are_no_takeover(writer: Correspondent, mails: MailSystem) -> None:
    look()
    writer.say(PARKING)
    mails.folder(HOTEL, SENT).add(mails.control.accepted[-1][2], seen=True)
    sent_by_staff(mails, writer.address, "Estoy fuera de la oficina", Auto_Submitted="auto-replied")
    look()
    assert Conversation._base_manager.get().owner == Conversation.Owner.AGENT
    assert OutboundMessage._base_manager.count() == 1


def test_what_staff_write_in_the_back_office_goes_out_as_their_own(
    hotel: Hotel, writer: Correspondent, mails: MailSystem, django_user_model: type
) -> None:
    from conversations.services import staff

    look()
    writer.say(PARKING)
    person = django_user_model.objects.create_user(username="laura")  # type: ignore[attr-defined]
    with tenant_scope(hotel.tenant):
        staff.reply(Conversation.objects.get().pk, by=person, text="Hola Ana, le guardo una cochera.", token="t1")
    drain()
    assert "le guardo una cochera" in writer.hear()
    assert writer.last is not None
    assert writer.last["Auto-Submitted"] is None
    assert writer.last["In-Reply-To"] == writer.sent[0]["Message-ID"]
    mails.folder(HOTEL, SENT).add(mails.control.accepted[-1][2], seen=True)
    look()
    assert OutboundMessage._base_manager.filter(purpose="staff").count() == 1, "its copy is a receipt, not another"


def test_an_answer_that_waits_is_withheld_when_a_person_was_faster(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    mails.control.answers += [("RCPT", "451 4.3.0 try later")] * 50
    writer.write(PARKING)
    look()
    row = OutboundMessage._base_manager.get()
    assert row.state == "queued"
    with tenant_scope(hotel.tenant):
        ownership.take_over(row.conversation_id)
    mails.control.answers.clear()
    OutboundMessage._base_manager.update(not_before=clock.now())
    look()
    row.refresh_from_db()
    assert row.state == "withheld"
    assert writer.received() == []


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


# --- sending ---------------------------------------------------------------------------------------------------------


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


def test_a_refused_login_pauses_the_account_and_loses_nothing(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    writer.write(PARKING)
    mails.control.logins_refused = True
    look()
    account = ChannelAccount._base_manager.get(channel="email")
    assert account.paused_at is not None
    assert "login" in account.paused_reason
    assert Mailbox._base_manager.get().failures == 1
    mails.control.logins_refused = False
    assert "gratis" in writer.hear()
    account.refresh_from_db()
    assert account.paused_at is None


def test_a_server_that_is_away_opens_the_breaker_and_comes_back(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    account = ChannelAccount._base_manager.get(channel="email")
    good = dict(account.credentials)
    ChannelAccount._base_manager.filter(pk=account.pk).update(credentials={**good, "imap_url": "imap://127.0.0.1:9"})
    writer.write(PARKING)
    for _ in range(6):
        look()
    mailbox = Mailbox._base_manager.get()
    assert mailbox.failures == 6
    assert "not being called" in mailbox.last_error
    ChannelAccount._base_manager.filter(pk=account.pk).update(credentials=good)
    from integrations import breakers

    breakers.reset_process()
    from integrations.breakers_shared import shared

    shared.close(f"imap:{HOTEL}")
    assert "gratis" in writer.hear()


def test_doctor_speaks_of_the_mailbox(hotel: Hotel, writer: Correspondent, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("doctor", "--tenant", hotel.tenant.slug)
    assert "was never read" in capsys.readouterr().out
    look()
    with pytest.raises(SystemExit):
        call_command("doctor", "--tenant", hotel.tenant.slug)
    assert "never read" not in capsys.readouterr().out


def test_tokens_instead_of_passwords(hotel: Hotel, mails: MailSystem, writer: Correspondent) -> None:
    """XOAUTH2 in both directions, with an access token from a token service."""
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"access_token": "short-lived", "expires_in": 3599}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        mails.control.tokens.add("short-lived")
        account = ChannelAccount._base_manager.get(channel="email")
        urls = {name: account.credentials[name] for name in ("imap_url", "smtp_url")}
        tokens = {"refresh_token": f"r-{uuid.uuid4()}", "client_id": "c", "client_secret": "s"}
        where = {"token_url": f"http://127.0.0.1:{server.server_address[1]}/token"}
        ChannelAccount._base_manager.filter(pk=account.pk).update(credentials={**urls, **tokens, **where})
        look()
        assert "gratis" in writer.say(PARKING)
    finally:
        server.shutdown()
        server.server_close()


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
