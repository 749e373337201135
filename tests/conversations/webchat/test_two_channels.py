"""One guest on two channels: a stay booked on one is opened on another by a one-time code, and by nothing less."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from conversations.models import Conversation, Handoff, OutboundMessage, StayProof, Turn
from conversations.services import proofs
from hotel_agent.common import clock
from integrations.pms.base import Guest
from reservations.models import Reservation, ReservationChange, StayAccess
from reservations.services import calls
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.email.conftest import mailbox, mails  # noqa: F401 - fixtures
from tests.conversations.email.correspondents import Correspondent
from tests.conversations.guests import WhatsAppGuest, envelope, post, text_message
from tests.conversations.test_booking import book
from tests.conversations.webchat.visitors import WebGuest
from tests.factories.reservations import Hotel, requested
from tests.stand_ins.mail import MailSystem

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
NOBODYS = "HT-9ZZZZ9"


def _code_on_the_phone(guest: WhatsAppGuest) -> str:
    """The one-time code that reached the guest's phone."""
    found = CODE.findall(guest.hear())
    assert len(found) == 1
    return str(found[0])


def _booked(guest: WhatsAppGuest, hotel: Hotel, language: str = "en") -> str:
    """The code of a stay booked some time ago by somebody whom the hotel can reach at this phone."""
    post(envelope([text_message(guest.wa_id, "hello")]))
    guest.hear()
    with tenant_scope(hotel.tenant):
        stay = requested(
            hotel, hotel.stay(), guest_key="booked elsewhere", guest=Guest("Ana Perez", phone=f"+{guest.wa_id}")
        )
        calls.run_due_calls()
        Reservation.objects.filter(pk=stay.pk).update(language=language)
    return stay.code


def _wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06d}"


def test_a_stay_booked_by_whatsapp_is_cancelled_in_the_web_chat(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
) -> None:
    code = book(guest, "en", hotel)
    asked = visitor.say(f"I want to cancel my booking {code}")
    digits = _code_on_the_phone(guest)

    assert "6-digit code" in asked
    assert digits not in asked
    assert code in visitor.say(f"it says {digits}")
    assert "cancelled" in visitor.tap("Yes, cancel")

    stay = Reservation._base_manager.get(code=code)
    assert stay.state == "cancelled"
    assert ReservationChange._base_manager.filter(reservation=stay, kind="proven").count() == 1
    assert StayProof._base_manager.get().used_at is not None


def test_the_stay_can_be_seen_again_without_another_code(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    visitor.say(f"can I see my booking {code}?")
    visitor.say(_code_on_the_phone(guest))

    assert code in visitor.say("show me my booking please")
    assert "6-digit code" in new_visitor().say(f"can I see my booking {code}?")  # theirs is not everybody's


def test_the_code_goes_to_the_e_mail_of_the_booking_and_is_stored_nowhere(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
    mailbox: ChannelAccount,  # noqa: F811
    mails: MailSystem,  # noqa: F811
) -> None:
    code = _booked(guest, hotel)
    Reservation._base_manager.filter(code=code).update(guest_email="guest1@guest.example")
    reader = Correspondent(mails, "guest1@guest.example")

    visitor.say(f"can I see my booking {code}?")
    letter = reader.hear()
    (digits,) = CODE.findall(letter)

    assert guest.hear() == ""  # one contact, one message
    assert digits == proofs.digits_of(StayProof._base_manager.get().public_id)
    row = OutboundMessage._base_manager.get(dedupe_key__startswith="proof:")
    kept = json.dumps([row.body, row.text, row.why], ensure_ascii=False)
    assert digits not in kept
    assert proofs.HIDDEN in kept
    assert code in visitor.say(digits)
    assert OutboundMessage._base_manager.filter(text__contains=digits).count() == 0


def test_a_code_that_does_not_exist_is_answered_like_one_that_does(
    hotel: Hotel,
    guest: WhatsAppGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    stranger, guesser = new_visitor(), new_visitor()

    def everything(visitor: WebGuest, asked: str) -> list[str]:
        said = [visitor.say(f"can I see my booking {asked}?")]
        for _ in range(proofs.PER_THREAD_HOUR - 1):
            said += [visitor.say("000000"), visitor.tap("another code")]
        said += [visitor.say("000000") for _ in range(StayProof.MAX_TRIES)]
        return [text.replace(asked, "CODE") for text in said]

    assert everything(stranger, code) == everything(guesser, NOBODYS)
    tried = StayProof._base_manager.values_list("code", "tries").order_by("id")
    assert [tries for of, tries in tried if of == code] == [tries for of, tries in tried if of == NOBODYS]
    assert StayAccess._base_manager.count() == 0


def test_after_five_wrong_tries_the_right_code_opens_nothing(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
) -> None:
    code = _booked(guest, hotel)
    visitor.say(f"can I see my booking {code}?")
    digits = _code_on_the_phone(guest)
    for _ in range(StayProof.MAX_TRIES):
        visitor.say(_wrong(digits))

    assert "doesn't match" in visitor.say(digits)
    assert StayAccess._base_manager.count() == 0
    assert StayProof._base_manager.get().tries == StayProof.MAX_TRIES


def test_a_code_is_too_late_after_its_life_and_worthless_elsewhere(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    visitor.say(f"can I see my booking {code}?")
    digits = _code_on_the_phone(guest)
    other = new_visitor()
    other.say(f"can I see my booking {NOBODYS}?")

    assert "doesn't match" in other.say(digits)  # another chat's code
    StayProof._base_manager.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    assert "doesn't match" in visitor.say(digits)
    assert StayAccess._base_manager.count() == 0


def test_only_the_newest_code_of_a_chat_works(
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
) -> None:
    code = _booked(guest, hotel)
    visitor.say(f"can I see my booking {code}?")
    first = _code_on_the_phone(guest)
    visitor.tap("another code")
    second = _code_on_the_phone(guest)

    assert "doesn't match" in visitor.say(first)
    assert code in visitor.say(second)


def test_strangers_in_many_chats_cannot_fill_the_guests_phone(
    hotel: Hotel,
    guest: WhatsAppGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    said = [new_visitor().say(f"can I see my booking {code}?") for _ in range(proofs.PER_CODE_HOUR + 2)]

    assert len(CODE.findall(guest.hear())) == proofs.PER_CODE_HOUR
    assert ["6-digit code" in text for text in said] == [True] * proofs.PER_CODE_HOUR + [False] * 2
    assert Handoff._base_manager.filter(reason="identity").count() == 2


def test_twenty_tries_at_once_count_twenty(hotel: Hotel, guest: WhatsAppGuest, visitor: WebGuest) -> None:
    code = _booked(guest, hotel)
    visitor.say(f"can I see my booking {code}?")
    digits = _code_on_the_phone(guest)
    conversation = Conversation._base_manager.select_related("tenant", "guest").get(channel="webchat")

    def guess(number: int) -> bool:
        try:
            with tenant_scope(hotel.tenant):
                return proofs.prove(conversation, code, f"{number:06d}") is not None
        finally:
            connections.close_all()

    wrong = [number for number in range(20) if f"{number:06d}" != digits]
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, wrong))
    assert StayProof._base_manager.get().tries == StayProof.MAX_TRIES
    assert not guess(int(digits))


def test_a_contact_out_of_reach_is_a_task_for_reception_and_told_to_nobody(
    hotel: Hotel,
    guest: WhatsAppGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    Conversation._base_manager.filter(channel="whatsapp").update(last_inbound_at=clock.now() - dt.timedelta(days=3))
    said = new_visitor().say(f"can I see my booking {code}?")
    alike = new_visitor().say(f"can I see my booking {NOBODYS}?")

    assert said.replace(code, "CODE") == alike.replace(NOBODYS, "CODE")
    assert guest.hear() == ""
    task = Handoff._base_manager.get(reason="identity")
    assert code in task.summary


def test_what_is_recorded_does_not_tell_whether_the_booking_exists_either(
    hotel: Hotel,
    guest: WhatsAppGuest,
    new_visitor: Callable[[], WebGuest],
) -> None:
    code = _booked(guest, hotel)
    turns = []
    for asked in (code, NOBODYS):
        visitor = new_visitor()
        visitor.say(f"can I see my booking {asked}?")
        turn = Turn._base_manager.filter(conversation__channel="webchat").latest("id")
        turns.append(json.dumps([turn.decision, turn.observations]).replace(asked, "CODE"))
    assert turns[0] == turns[1]


@pytest.mark.parametrize("language", ["es", "pt"])
def test_other_languages_link_too(
    language: str,
    hotel: Hotel,
    guest: WhatsAppGuest,
    visitor: WebGuest,
) -> None:
    code = _booked(guest, hotel, language)
    words = {"es": "quiero ver mi reserva", "pt": "quero ver a minha reserva"}[language]
    asked = visitor.say(f"{words} {code}")
    assert {"es": "6 cifras", "pt": "6 dígitos"}[language] in asked
    told = guest.hear()
    assert {"es": "Código para ver", "pt": "Código para abrir"}[language] in told
    assert code in visitor.say(CODE.findall(told)[0])
