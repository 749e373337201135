"""What the agent does with its answers by the hotel's rules: sends, suggests, or leaves them to a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conversations.models import AnswerMode, Conversation, Handoff, Message, OutboundMessage
from conversations.services import suggesting
from reservations.models import Quote, Reservation
from tenants.models import Role
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tests.admin.conftest import person
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel


@pytest.fixture
def desk(hotel: Hotel) -> Iterator[Hotel]:
    with tenant_scope(hotel.tenant):
        yield hotel


def rule(hotel: Hotel, mode: str, *, intent: str = "", risk: str = "") -> None:
    AnswerMode.objects.update_or_create(tenant=hotel.tenant, intent=intent, risk=risk, defaults={"mode": mode})
    forget_configuration()


def waiting() -> list[OutboundMessage]:
    """What waits for a person's decision."""
    return list(OutboundMessage.objects.filter(state="suggested").order_by("id"))


def test_a_suggestion_reaches_the_guest_only_when_a_person_lets_it(desk: Hotel, guest: WhatsAppGuest) -> None:
    rule(desk, "suggest", intent="ask_amenities")
    assert guest.say("¿tienen cochera?") == ""
    conversation = Conversation.objects.get()
    suggested = waiting()
    assert ["cochera" in row.text for row in suggested] == [True]
    assert suggested[0].why["rule"] == "facts.answer"
    assert Handoff.objects.get().reason == "approval"
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    for _ in range(2):  # a second click sends nothing
        suggesting.approve(conversation.pk, suggested[0].pk, by=by)
    said = guest.hear()
    assert said.count("cochera") == 1
    assert "asistente automático" in said
    assert Handoff.objects.get().state == "closed"
    rule(desk, "auto", intent="ask_amenities")
    assert "asistente automático" not in guest.say("¿a qué hora es el check-in?"), "told once"


def test_what_is_set_aside_is_not_sent_and_a_new_question_replaces_it(desk: Hotel, guest: WhatsAppGuest) -> None:
    rule(desk, "suggest")
    guest.say("¿tienen cochera?")
    guest.say("¿a qué hora es el check-in?")
    conversation = Conversation.objects.get()
    assert [("15" in row.text) for row in waiting()] == [True]
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    (row,) = waiting()
    for _ in range(2):
        suggesting.discard(conversation.pk, row.pk, by=by)
    assert Handoff.objects.get().state == "closed"
    assert guest.hear() == ""
    assert sorted(OutboundMessage.objects.values_list("state", flat=True)) == ["superseded", "withheld"]


def test_an_expired_price_is_not_let_out(desk: Hotel, guest: WhatsAppGuest) -> None:
    rule(desk, "suggest", risk="price")
    stay = desk.stay(arrival=20, nights=2)
    guest.say(f"precio de una doble del {stay.check_in:%d/%m/%Y} al {stay.check_out:%d/%m/%Y} para 2")
    conversation = Conversation.objects.get()
    quote = Quote.objects.get()
    Quote.objects.update(expires_at=quote.created_at)
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    (row,) = waiting()
    with pytest.raises(suggesting.Outdated):
        suggesting.approve(conversation.pk, row.pk, by=by)
    assert guest.hear() == ""


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [("es", "¿tienen cochera?", "De esto se ocupa una persona"), ("en", "Is there parking?", "A person at reception"),
     ("pt", "Vocês têm garagem?", "Disto cuida uma pessoa")],
)  # fmt: skip
def test_what_is_a_persons_is_left_to_one_and_said_once(
    desk: Hotel, guest: WhatsAppGuest, language: str, question: str, said: str
) -> None:
    rule(desk, "human", intent="ask_amenities")
    heard = guest.say(question)
    assert said in heard, language
    assert guest.say(question) == "", "while that person is awaited"
    assert Handoff.objects.get().reason == "left_to_person"
    assert set(Message.objects.values_list("state", flat=True)) == {"for_staff"}


def test_nothing_is_booked_on_a_suggestion(desk: Hotel, guest: WhatsAppGuest) -> None:
    rule(desk, "suggest", risk="commitment")
    with pytest.raises(AssertionError):  # no confirmation comes
        book(guest, "es", desk)
    assert not Reservation.objects.exists()
    assert Handoff.objects.get().reason == "left_to_person"


def test_the_most_specific_rule_counts_and_help_is_never_held_back(desk: Hotel, guest: WhatsAppGuest) -> None:
    rule(desk, "human")
    rule(desk, "auto", intent="ask_amenities")
    assert "cochera" in guest.say("¿tienen cochera?")
    assert "recepción" in guest.say("quiero hablar con una persona")
    assert "asked" in Handoff.objects.values_list("reason", flat=True)
