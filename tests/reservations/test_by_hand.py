"""What people at the desk do to a stay: through the services, once, with their name and their reason."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine

from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from integrations.pms.base import Party, Stay
from reservations.models import PmsCall, Quote, Reservation, ReservationChange, StayEvent
from reservations.services import by_hand, calls
from reservations.services.booking import ChangeProblem, ChangeRefused
from reservations.services.by_hand import Action
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, requested

pytestmark = pytest.mark.django_db
KEY = uuid.uuid4()


@pytest.fixture
def stay(hotel: Hotel) -> Iterator[Reservation]:
    """A confirmed stay of two nights, ten days from now, booked in a conversation."""
    with tenant_scope(hotel.tenant):
        reservation = requested(hotel, hotel.stay(arrival=9, nights=2), key=KEY)
        calls.run_call(reservation.pms_calls.get().pk)
        reservation.refresh_from_db()
        yield reservation


def last_change(stay: Reservation) -> ReservationChange:
    found = ReservationChange.objects.filter(reservation=stay).last()
    assert found is not None
    return found


def test_a_cancellation_costs_what_was_shown_and_keeps_its_reason(hotel: Hotel, stay: Reservation) -> None:
    fee = stay.cancellation_terms.fee_at(clock.now())
    call = by_hand.cancel(tenant=hotel.tenant, reservation=stay, fee=fee, reason="  Called \n us ", by="marta")
    assert isinstance(call, PmsCall)
    asked = last_change(stay)
    assert (asked.kind, asked.actor, asked.detail) == ("cancellation_requested", "marta", {"reason": "Called us"})
    again = by_hand.cancel(tenant=hotel.tenant, reservation=stay, fee=fee, reason="Called us", by="marta")
    assert isinstance(again, PmsCall)
    assert again.pk == call.pk
    calls.run_call(call.pk)
    stay.refresh_from_db()
    assert stay.state == "cancelled"
    assert StayEvent.objects.filter(kind="cancelled", conversation_key=KEY).count() == 1


def test_nothing_is_done_without_a_reason(hotel: Hotel, stay: Reservation) -> None:
    fee = stay.cancellation_terms.fee_at(clock.now())
    with pytest.raises(BadInput):
        by_hand.cancel(tenant=hotel.tenant, reservation=stay, fee=fee, reason=" ", by="marta")
    assert PmsCall.objects.filter(kind="cancel").count() == 0
    assert last_change(stay).kind == "confirmed"


def test_a_stay_is_changed_to_an_option_that_was_shown(hotel: Hotel, stay: Reservation) -> None:
    wanted = Stay(stay.check_in, stay.check_out + dt.timedelta(days=1), (Party(2, ()),))
    quote = by_hand.look_for_change(tenant=hotel.tenant, reservation=stay, stay=wanted)
    assert isinstance(quote, Quote)
    option = quote.options.get(room_type=stay.room_type, rate_plan=stay.rate_plan)
    call = by_hand.change(
        tenant=hotel.tenant, reservation=stay, option_id=str(option.pk), reason="One night more", by="marta"
    )
    assert isinstance(call, PmsCall)
    assert (last_change(stay).actor, last_change(stay).detail["reason"]) == ("marta", "One night more")
    calls.run_call(call.pk)
    stay.refresh_from_db()
    assert (stay.check_out, stay.total) == (wanted.check_out, option.total)
    assert StayEvent.objects.filter(kind="changed").count() == 1


def test_an_option_of_another_guest_is_none(hotel: Hotel, stay: Reservation) -> None:
    other = requested(hotel, hotel.stay(arrival=20, nights=2), guest_key="other")
    for option_id in (str(other.option_id), "0", "x", ""):
        with pytest.raises(BadInput):
            by_hand.change(tenant=hotel.tenant, reservation=stay, option_id=option_id, reason="?", by="marta")


def test_late_changes_do_not_go_round_the_terms(hotel: Hotel, stay: Reservation) -> None:
    arrival = dt.datetime.combine(stay.check_in, dt.time(12), tzinfo=hotel.tenant.zone)
    with time_machine.travel(arrival - dt.timedelta(hours=20)):
        shorter = Stay(stay.check_in, stay.check_in + dt.timedelta(days=1), (Party(2, ()),))
        found = by_hand.look_for_change(tenant=hotel.tenant, reservation=stay, stay=shorter)
    assert isinstance(found, ChangeRefused)
    assert found.problem is ChangeProblem.TERMS


def test_guests_arrive_and_leave_and_what_can_be_done_follows(hotel: Hotel, stay: Reservation) -> None:
    assert by_hand.possible(stay) == [Action.TELL_AGAIN, Action.CHANGE, Action.CANCEL]
    noon = dt.datetime.combine(stay.check_in, dt.time(15), tzinfo=hotel.tenant.zone)
    with time_machine.travel(noon):
        assert by_hand.possible(stay)[:2] == [Action.ARRIVE, Action.NEVER_CAME]
        by_hand.move(tenant=hotel.tenant, reservation=stay, action=Action.ARRIVE, reason="", by="marta")
        stay.refresh_from_db()
        assert (stay.state, last_change(stay).actor) == ("in_house", "marta")
        assert by_hand.possible(stay) == [Action.LEAVE, Action.TELL_AGAIN]
        by_hand.move(tenant=hotel.tenant, reservation=stay, action=Action.LEAVE, reason="Early flight", by="marta")
    stay.refresh_from_db()
    assert (stay.state, last_change(stay).detail) == ("departed", {"reason": "Early flight"})
    assert by_hand.possible(stay) == []


def test_a_guest_who_never_came_needs_a_reason(hotel: Hotel, stay: Reservation) -> None:
    with time_machine.travel(dt.datetime.combine(stay.check_in, dt.time(23), tzinfo=hotel.tenant.zone)):
        with pytest.raises(BadInput):
            by_hand.move(tenant=hotel.tenant, reservation=stay, action=Action.NEVER_CAME, reason="", by="marta")
        by_hand.move(tenant=hotel.tenant, reservation=stay, action=Action.NEVER_CAME, reason="No answer", by="marta")
    stay.refresh_from_db()
    assert (stay.state, last_change(stay).detail) == ("no_show", {"reason": "No answer"})


def test_the_confirmation_goes_again_once_per_form(hotel: Hotel, stay: Reservation) -> None:
    before = StayEvent.objects.filter(kind="booked").count()
    assert by_hand.tell_again(tenant=hotel.tenant, reservation=stay, shown="form-1", by="marta")
    assert not by_hand.tell_again(tenant=hotel.tenant, reservation=stay, shown="form-1", by="marta")
    assert by_hand.tell_again(tenant=hotel.tenant, reservation=stay, shown="form-2", by="marta")
    assert StayEvent.objects.filter(kind="booked").count() == before + 2
    assert last_change(stay).kind == "confirmation_sent_again"
    Reservation.objects.filter(pk=stay.pk).update(state="cancelled")
    stay.refresh_from_db()
    with pytest.raises(BadInput):
        by_hand.tell_again(tenant=hotel.tenant, reservation=stay, shown="form-3", by="marta")
