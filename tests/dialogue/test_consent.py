"""Nothing is booked or cancelled without a clear yes to the question that was asked last, and nothing twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conversations.dialogue import effects as fx
from conversations.dialogue.state import Stage
from integrations.pms.base import Party, Stay
from tests.dialogue.conversation import Conversation
from tests.dialogue.house import hotel
from tests.dialogue.script import START
from tests.dialogue.world import World

STAY: dict[str, Any] = {"check_in": dt.date(2027, 1, 3), "check_out": dt.date(2027, 1, 7), "adults": 2}


@pytest.fixture
def guest() -> Conversation:
    """A guest who has just read the summary of the standard double."""
    return at_summary(World(at=START))


def at_summary(world: World) -> Conversation:
    guest = Conversation(hotel(), world)
    guest.says("una doble", "check_availability", **{**STAY, "room_type": "double"})
    guest.taps_id("option:q1-std")
    guest.says("Ana", "provide_details", guest_name="Ana Pérez", email="ana@example.com")
    assert guest.state.stage is Stage.SUMMARY
    guest.waits(0.2)
    return guest


def booked(guest: Conversation) -> int:
    return sum(isinstance(command, fx.RequestBooking) for command in guest.world.commands)


def cancelled(guest: Conversation) -> int:
    return sum(isinstance(command, fx.RequestCancellation) for command in guest.world.commands)


def test_a_clear_yes_books_once(guest: Conversation) -> None:
    guest.says("sí, confirmo", "affirm")
    assert booked(guest) == 1
    guest.says("sí, confirmo", "affirm")
    guest.taps_id("confirm:q1-std")
    assert booked(guest) == 1


@pytest.mark.parametrize(
    "intents",
    [
        ("affirm", "deny"), ("affirm", "ask_dining"), ("affirm", "talk_to_human"), ("affirm", "modify_reservation"),
        ("affirm", "cancel_reservation"), ("affirm", "complaint"), ("affirm", "special_request"), ("make_reservation",),
        ("check_reservation",), ("thanks",), ("affirm", "dont_know"), ("affirm", "ask_price"), (),
    ],
)  # fmt: skip
def test_an_unclear_yes_does_not_book(guest: Conversation, intents: tuple[str, ...]) -> None:
    said = guest.says("sí…", *intents)
    assert booked(guest) == 0
    assert said.text


def test_an_unsure_yes_does_not_book(guest: Conversation) -> None:
    assert guest.says("bueno", "affirm", confidence=0.55).decision.rule == "booking.ask_again"
    assert booked(guest) == 0


@pytest.mark.parametrize(
    "told", [{"guests": 3}, {"check_in": dt.date(2027, 1, 4)}, {"room_type": "triple"}, {"guest_name": "Otra Persona"}]
)
def test_a_yes_with_a_change_does_not_book(guest: Conversation, told: dict[str, Any]) -> None:
    guest.says("sí, pero…", "affirm", "provide_details", **told)
    assert booked(guest) == 0


def test_a_yes_written_before_the_summary_does_not_book(guest: Conversation) -> None:
    guest.says("sí", "affirm", ago=60)
    assert booked(guest) == 0
    guest.says("sí", "affirm")
    assert booked(guest) == 1


def test_the_button_of_an_earlier_summary_does_not_book(guest: Conversation) -> None:
    guest.says("mejor la superior", "modify_reservation", room_type="superior")
    assert guest.state.chosen == "q1-sup"
    said = guest.taps_id("confirm:q1-std")
    assert booked(guest) == 0
    assert said.decision.rule == "booking.outdated_tap"


@pytest.mark.parametrize("refusal", ["drop", "change", "change:dates"])
def test_confirm_and_another_button_in_one_burst_do_not_book(guest: Conversation, refusal: str) -> None:
    guest.hears(guest.heard_tap(refusal), guest.heard_tap("confirm:q1-std"))
    assert booked(guest) == 0
    guest.hears(guest.heard_tap("confirm:q1-std"), guest.heard_tap(refusal))
    assert booked(guest) == 0


@pytest.mark.parametrize("words", [("deny",), ("modify_reservation",), ("talk_to_human",), ("ask_dining",)])
def test_confirm_and_a_doubt_in_one_burst_do_not_book(guest: Conversation, words: tuple[str, ...]) -> None:
    guest.hears(guest.heard_tap("confirm:q1-std"), guest.heard_text("pero…", *words))
    assert booked(guest) == 0


def test_confirm_and_thanks_in_one_burst_book(guest: Conversation) -> None:
    guest.hears(guest.heard_tap("confirm:q1-std"), guest.heard_text("gracias", "thanks"))
    assert booked(guest) == 1


@pytest.mark.parametrize("way", ["tap", "words"])
def test_an_expired_price_is_not_booked_even_without_a_hold(way: str) -> None:
    guest = at_summary(World(at=START, holds_supported=False))
    assert guest.state.hold is None
    guest.waits(30)
    said = guest.taps_id("confirm:q1-std") if way == "tap" else guest.says("sí", "affirm")
    assert booked(guest) == 0
    assert said.decision.rule == "booking.requote_same"
    guest.says("sí", "affirm")
    assert booked(guest) == 1


def test_a_lapsed_hold_is_taken_again_before_booking() -> None:
    guest = at_summary(World(at=START))
    guest.waits(22)
    guest.says("sí", "affirm")
    assert booked(guest) == 1
    guest = at_summary(World(at=START))
    guest.waits(22)
    guest.world.sold["std"] = 9
    assert guest.says("sí", "affirm").decision.rule == "booking.just_taken"
    assert booked(guest) == 0


def test_a_guest_who_is_still_writing_keeps_the_room(guest: Conversation) -> None:
    hold = guest.state.hold
    assert hold is not None
    guest.waits(17)
    assert guest.says("¿pileta?", "ask_amenities", topic=("pool",)).text
    kept = guest.state.hold
    assert kept is not None
    assert kept.expires_at > hold.expires_at
    guest.waits(9)
    guest.says("sí", "affirm")
    assert booked(guest) == 1


def test_a_yes_to_an_extra_is_no_yes_to_the_booking(guest: Conversation) -> None:
    guest.says("¿cochera?", "ask_amenities", topic=("parking",))
    assert "36.000" in guest.says("sí", "affirm").text
    assert booked(guest) == 0
    guest.says("sí", "affirm")
    assert booked(guest) == 1


def test_a_hotel_whose_quotes_always_expire_gets_a_summary_without_a_hold() -> None:
    world = World(at=START)
    world._hold = lambda query: fx.HoldFailed(fx.HoldProblem.QUOTE_EXPIRED)  # type: ignore[method-assign]
    guest = at_summary(world)
    assert guest.state.hold is None


def with_stays(*codes: str) -> Conversation:
    world = World(at=START, cancel_fee_nights=1)
    stay = Stay(dt.date(2027, 1, 3), dt.date(2027, 1, 7), (Party(2),))
    option = world._quote(stay).options[0]
    for code in codes:
        world.add_booking(code, stay, option)
    return Conversation(hotel(), world)


def test_a_stay_is_cancelled_once_after_its_fee_was_said() -> None:
    guest = with_stays("HT-7KQ2MX")
    assert "ARS 120.000" in guest.says("cancelar", "cancel_reservation").text
    guest.says("sí, cancelar", "affirm", "cancel_reservation")
    assert cancelled(guest) == 1
    said = guest.taps_id("cancel_yes:HT-7KQ2MX")
    assert said.decision.rule == "stay.cancel_in_progress"
    assert cancelled(guest) == 1


def test_the_button_of_another_stay_asks_first() -> None:
    guest = with_stays("HT-7KQ2MX", "HT-8KQ2MX")
    listed = guest.says("cancelar", "cancel_reservation")
    assert [choice.id for choice in listed.choices] == ["stay_cancel:HT-7KQ2MX", "stay_cancel:HT-8KQ2MX"]
    guest.taps_id("stay_cancel:HT-7KQ2MX")
    said = guest.taps_id("cancel_yes:HT-8KQ2MX")
    assert cancelled(guest) == 0
    assert "HT-8KQ2MX" in said.text


@pytest.mark.parametrize(
    "intents",
    [("deny",), ("affirm", "deny"), ("deny", "cancel_reservation"), ("affirm", "ask_payment"), ("cancel_reservation",)],
)
def test_an_unclear_yes_does_not_cancel(intents: tuple[str, ...]) -> None:
    guest = with_stays("HT-7KQ2MX")
    guest.says("cancelar", "cancel_reservation")
    guest.says("…", *intents)
    assert cancelled(guest) == 0


def test_someone_elses_stay_is_not_priced_shown_or_cancelled() -> None:
    guest = with_stays("HT-7KQ2MX")
    guest.world.bookings["HT-7KQ2MX"].own = False
    for said in (
        guest.says("x", "check_reservation", booking_ref="HT-7KQ2MX"),
        guest.taps_id("cancel_yes:HT-7KQ2MX"),
        guest.taps_id("stay:HT-7KQ2MX"),
        guest.says("x", "provide_details", booking_ref="HT-7KQ2MX", email="otro@example.com"),
    ):
        assert "ARS" not in said.text
        assert "Ana" not in said.text
    assert cancelled(guest) == 0
