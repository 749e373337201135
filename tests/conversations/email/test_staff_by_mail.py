"""Staff who answer from the mail program or the back office come before the agent."""

from __future__ import annotations

import uuid
from email.message import EmailMessage

import pytest

from conversations.models import (
    Conversation,
    Message,
    OutboundMessage,
)
from conversations.services import ownership
from conversations.services.email import reading
from hotel_agent.common import clock
from tenants.scoping import tenant_scope
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, look
from tests.conversations.guests import drain
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import SENT, MailSystem


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
