"""A visitor talks to the hotel through the API, as the page does: same engine, same promises as any channel."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from conversations.models import Conversation, InboundDelivery, Message, OutboundMessage, Turn
from conversations.services import ownership, staff
from reservations.models import Reservation, RoomType
from tenants.scoping import tenant_scope
from tests.conversations.guests import CODE, drain, month_name
from tests.conversations.webchat.visitors import WebGuest, api
from tests.factories.reservations import Hotel


def wish(hotel: Hotel) -> str:
    stay = hotel.stay(arrival=20, nights=3)
    first, last = (f"{day.day} {month_name(day, 'en')} {day.year}" for day in (stay.check_in, stay.check_out))
    return f"A double room from {first} to {last} for two adults please"


def test_a_visitor_books_a_stay(hotel: Hotel, visitor: WebGuest) -> None:
    RoomType._base_manager.filter(code="double").update(photo="https://hotel.example/double.jpg")
    offer = visitor.say(wish(hotel), language="en")
    assert "Flexible" in str(visitor.said()[-1]["choices"])
    assert {choice["photo"] for choice in visitor.said()[-1]["choices"]} == {"https://hotel.example/double.jpg"}
    assert not re.search(r"^1\. ", offer, re.MULTILINE), "cards are not repeated as numbered lines"
    assert "name" in visitor.tap("Double").lower()
    assert "Emma Clark" in visitor.say("Emma Clark, emma@example.com")
    confirmation = visitor.tap("Confirm")
    reservation = Reservation._base_manager.get()
    assert reservation.state == "confirmed"
    assert CODE.search(confirmation).group(0) == reservation.code  # type: ignore[union-attr]
    assert reservation.channel == "webchat"


def test_fifty_times_the_same_message_is_one_turn_and_one_answer(visitor: WebGuest) -> None:
    message_id = str(uuid.uuid4())

    def send(number: int) -> int:
        try:
            text = "Is there parking?" if number else "Is there parking? (typed anew)"
            return int(visitor.post(message_id=message_id, text=text).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(send, range(25)))
    assert set(codes) == {202}
    drain()
    assert visitor.post(message_id=message_id, text="Is there parking?").status_code == 202
    drain()
    assert InboundDelivery.objects.count() == 1
    assert Message._base_manager.count() == 1
    assert Turn._base_manager.count() == 1
    assert OutboundMessage._base_manager.count() == 1


def test_a_page_reloaded_or_opened_elsewhere_shows_the_same_thread(visitor: WebGuest) -> None:
    visitor.say("Is there parking?")
    visitor.say("And what time is check-in?")
    again = WebGuest(token=visitor.token)
    again.fetch()
    assert [(entry["from"], entry["text"]) for entry in again.shown] == [
        (entry["from"], entry["text"]) for entry in visitor.shown
    ]
    assert [entry["from"] for entry in again.shown] == ["guest", "hotel", "guest", "hotel"]
    assert again.fetch()["messages"] == []


def test_marks_say_what_the_page_did(visitor: WebGuest) -> None:
    assert visitor.post(text="Is there parking?").status_code == 202
    drain()
    row = OutboundMessage._base_manager.get()
    assert row.state == "sent"
    visitor.fetch()
    row.refresh_from_db()
    assert (row.state, row.read_at) == ("delivered", None)
    answer = visitor_reads(visitor, str(row.public_id))
    assert answer == {"read": 1}
    row.refresh_from_db()
    assert row.state == "read"
    assert row.read_at is not None
    assert visitor_reads(visitor, str(row.public_id)) == {"read": 0}


def visitor_reads(visitor: WebGuest, message_id: str) -> dict[str, int]:
    answer = api("read", body={"id": message_id}, token=visitor.token)
    assert answer.status_code == 200
    read: dict[str, int] = answer.json()
    return read


def test_a_person_takes_over_and_the_page_says_so(hotel: Hotel, visitor: WebGuest) -> None:
    visitor.say("Is there parking?")
    assert visitor.fetch()["answers"] == "agent"
    marta = get_user_model().objects.create_user("marta", first_name="Marta")
    conversation = Conversation._base_manager.get()
    with tenant_scope(hotel.tenant):
        staff.reply(conversation.pk, by=marta, text="Hello, Marta here.", token="t1")
    drain()
    new = visitor.fetch()
    assert new["answers"] == "human"
    assert [(m["author"], m["name"], m["text"]) for m in new["messages"]] == [("staff", "Marta", "Hello, Marta here.")]
    assert visitor.say("Thanks Marta") == ""
    assert visitor.fetch()["typing"] is False
    with tenant_scope(hotel.tenant):
        ownership.hand_back(conversation.pk)
    assert "covered" in visitor.say("is there parking?")


def test_the_language_of_the_page_is_the_guests_until_they_write(visitor: WebGuest) -> None:
    assert "assistente" in visitor.say("12345", language="pt")
    assert Conversation._base_manager.get().language == "pt"
    assert "covered" in visitor.say("Is there any parking at the hotel?", language="pt")


def test_visitors_do_not_see_each_other(new_visitor: Callable[[], WebGuest]) -> None:
    ana, ben = new_visitor(), new_visitor()
    ana.say("Is there parking?")
    assert ben.fetch()["messages"] == []
    shared = str(uuid.uuid4())
    assert ana.post(message_id=shared, text="hello").status_code == 202
    assert ben.post(message_id=shared, text="hello").status_code == 202
    drain()
    assert Message._base_manager.filter(provider_id__endswith=shared).count() == 2


def test_only_what_was_offered_can_be_tapped(
    hotel: Hotel, visitor: WebGuest, new_visitor: Callable[[], WebGuest]
) -> None:
    visitor.say(wish(hotel))
    offered = visitor.said()[-1]["choices"][0]["id"]
    stranger = new_visitor()
    for who, choice in ((stranger, offered), (visitor, "option:" + str(uuid.uuid4())), (visitor, "confirm")):
        refused = who.post(choice=choice)
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "unknown_choice"
    assert Message._base_manager.count() == 1
    assert InboundDelivery.objects.count() == 1


@pytest.mark.parametrize("state", ["withheld", "queued", "failed", "superseded", "dead"])
def test_what_was_not_sent_is_not_shown(visitor: WebGuest, state: str) -> None:
    visitor.say("Is there parking?")
    OutboundMessage._base_manager.update(state=state)
    again = WebGuest(token=visitor.token)
    again.fetch()
    assert again.said() == []
