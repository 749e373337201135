"""The desk's view of a thread keeps up with what guests and the agent do; suggestions wait for a person."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from conversations.models import Conversation, Message, OutboundMessage, Turn
from conversations.services import desk, ownership, staff, suggesting
from hotel_agent.common import clock
from reservations.models import Quote
from tenants.models import Membership, Role
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel


@pytest.fixture
def marta(hotel: Hotel) -> User:
    user = get_user_model().objects.create_user("marta", first_name="Marta", is_staff=True)
    Membership.objects.create(user=user, tenant=hotel.tenant, role=Role.RECEPTION)
    return user


def thread() -> Conversation:
    return Conversation._base_manager.get()


def suggest(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        desk.set_reply_mode(thread().pk, mode="suggest")


def suggestions() -> list[OutboundMessage]:
    return list(OutboundMessage._base_manager.filter(state="suggested").order_by("id"))


def test_the_last_line_and_the_wait_follow_the_conversation(hotel: Hotel, guest: WhatsAppGuest) -> None:
    answer = guest.say("Is there parking?")
    row = thread()
    assert (row.last_by, row.waiting_since) == ("agent", None)
    assert row.last_text == answer[:200]
    with tenant_scope(hotel.tenant):
        ownership.take_over(row.pk)
    guest.say("Hello?")
    guest.say("Is anyone there?")
    row = thread()
    first = Message._base_manager.get(text="Hello?")
    assert (row.last_by, row.last_text) == ("guest", "Is anyone there?")
    assert row.waiting_since == first.sent_at, "the wait began with the first unanswered word"


def test_a_guest_who_writes_brings_the_thread_back(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Is there parking?")
    with tenant_scope(hotel.tenant):
        desk.snooze(thread().pk, until=clock.now() + dt.timedelta(hours=3))
        guest_before = thread().snoozed_until
        desk.resolve(thread().pk)
    assert guest_before is not None
    assert thread().resolved_at is not None
    assert "parking" in guest.say("And is parking free?").lower()
    assert (thread().resolved_at, thread().snoozed_until) == (None, None)


def test_a_person_who_answers_ends_the_wait(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Is there parking?")
    with tenant_scope(hotel.tenant):
        ownership.take_over(thread().pk, by=marta)
    guest.say("Hello?")
    assert thread().waiting_since is not None
    with tenant_scope(hotel.tenant):
        staff.reply(thread().pk, by=marta, text="Hello, this is Marta.", token="a")
    assert "Marta" in guest.hear()
    row = thread()
    assert (row.waiting_since, row.last_by, row.assignee) == (None, "staff", marta)


def test_a_suggestion_waits_and_is_sent_once_by_a_person(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    assert guest.say("Is there parking?") == ""
    (row,) = suggestions()
    assert thread().waiting_since is not None
    with tenant_scope(hotel.tenant):
        for _ in range(2):
            suggesting.approve(thread().pk, row.pk, by=marta)
    heard = guest.hear()
    assert heard.count("parking") + heard.count("Parking") >= 1
    assert guest.hear() == ""
    sent = OutboundMessage._base_manager.get(pk=row.pk)
    assert (sent.author, sent.purpose) == (marta, "answer")
    assert thread().owner == Conversation.Owner.AGENT
    assert thread().waiting_since is None


def test_a_changed_suggestion_says_whose_words_it_was(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    guest.say("Is there parking?")
    (row,) = suggestions()
    with tenant_scope(hotel.tenant):
        with pytest.raises(staff.Unfilled):
            suggesting.approve(thread().pk, row.pk, by=marta, text="Yes {guest}")
        with pytest.raises(staff.ReplyTooLong):
            suggesting.approve(thread().pk, row.pk, by=marta, text="x" * 4097)
        suggesting.approve(thread().pk, row.pk, by=marta, text="Yes, and it is covered, says Marta.")
    assert "says Marta" in guest.hear()
    sent = OutboundMessage._base_manager.get(pk=row.pk)
    assert sent.why["suggested"] == row.text


def test_what_the_guest_adds_is_answered_together(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    stay = hotel.stay(arrival=20, nights=2)
    guest.say(f"A double room from {stay.check_in:%Y-%m-%d} to {stay.check_out:%Y-%m-%d} for two?")
    (old,) = suggestions()
    unsaid = old.turn
    assert unsaid is not None
    assert unsaid.state_after != unsaid.state_before
    guest.say("Is parking included?")
    (new,) = suggestions()
    assert OutboundMessage._base_manager.get(pk=old.pk).state == "superseded"
    turn = new.turn
    assert turn is not None
    assert Message._base_manager.filter(turn=turn).count() == 2
    assert turn.state_before == unsaid.state_before, "the unsent answer is not remembered as said"
    with tenant_scope(hotel.tenant), pytest.raises(suggesting.Outdated):
        suggesting.approve(thread().pk, old.pk, by=marta)
    assert guest.hear() == ""


def test_a_takeover_makes_a_suggestion_history(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    guest.say("Is there parking?")
    (row,) = suggestions()
    with tenant_scope(hotel.tenant):
        ownership.take_over(thread().pk, by=marta)
        with pytest.raises(suggesting.Outdated):
            suggesting.approve(thread().pk, row.pk, by=marta)
        ownership.hand_back(thread().pk)
        with pytest.raises(suggesting.Outdated):
            suggesting.approve(thread().pk, row.pk, by=marta)
    assert guest.hear() == ""


def test_a_suggestion_is_not_sent_over_unread_words(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    guest.say("Is there parking?")
    (row,) = suggestions()
    seen = staff.Seen(message=Message._base_manager.latest("id").pk - 1, outbound=row.pk)
    with tenant_scope(hotel.tenant), pytest.raises(staff.SomebodyWrote):
        suggesting.approve(thread().pk, row.pk, by=marta, seen=seen)
    assert OutboundMessage._base_manager.get(pk=row.pk).state == "suggested"


def test_a_suggestion_with_an_old_price_is_composed_anew(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    stay = hotel.stay(arrival=20, nights=2)
    guest.say(f"A double room from {stay.check_in:%Y-%m-%d} to {stay.check_out:%Y-%m-%d} for two?")
    (row,) = suggestions()
    assert "ARS" in row.text
    Quote._base_manager.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    with tenant_scope(hotel.tenant):
        with pytest.raises(suggesting.Outdated):
            suggesting.approve(thread().pk, row.pk, by=marta)
        suggesting.compose_again(thread().pk)
    guest.hear()
    (fresh,) = suggestions()
    assert fresh.pk != row.pk
    assert fresh.why["quote_ids"] != row.why["quote_ids"]
    with tenant_scope(hotel.tenant):
        suggesting.approve(thread().pk, fresh.pk, by=marta)
    assert "ARS" in guest.hear()


def test_a_discarded_suggestion_leaves_the_guest_waiting(hotel: Hotel, guest: WhatsAppGuest, marta: User) -> None:
    guest.say("Hello")
    suggest(hotel)
    guest.say("Is there parking?")
    (row,) = suggestions()
    with tenant_scope(hotel.tenant):
        suggesting.discard(thread().pk, row.pk, by=marta)
        with pytest.raises(suggesting.Outdated):
            suggesting.approve(thread().pk, row.pk, by=marta)
    assert guest.hear() == ""
    assert thread().waiting_since is not None
    assert Turn._base_manager.filter(conversation=thread()).count() == 2
