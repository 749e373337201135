"""The buttons of a stay's page: shown when they make sense, each a POST of the right role, told in the history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from conversations.models import Conversation, Message
from hotel_agent.common import clock
from reservations.models import BuiltinBooking, PmsCall, Reservation, ReservationChange, StayEvent
from reservations.services import calls
from reservations.services.builtin.adapter import BuiltinPms
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished
from tests.factories.reservations import requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(ours: Furnished) -> Reservation:
    """A confirmed stay booked in our conversation."""
    with tenant_scope(ours.tenant):
        booked = ours.hotel.stay(arrival=12, nights=2)
        found = requested(ours.hotel, booked, key=ours.conversation.public_id, guest_key=uuid.uuid4().hex)
        calls.run_call(found.pms_calls.get().pk, connect=BuiltinPms)
    found.refresh_from_db()
    assert found.state == "confirmed"
    return found


def page(stay: Reservation) -> str:
    return f"/admin/reservations/reservation/{stay.pk}/change/"


def door(stay: Reservation, what: str) -> str:
    return f"/admin/reservations/reservation/{stay.pk}/do/{what}/"


def test_the_desk_cancels_at_the_fee_it_saw(stay: Reservation, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION, "marta")
    shown = client.get(page(stay))
    assert shown.context["actions"] == ["tell-again", "change", "cancel"]
    fee = shown.context["fee_amount"]
    client.post(door(stay, "cancel"), {"fee": "1", "reason": "Asked"})
    client.post(door(stay, "cancel"), {"fee": fee, "reason": " "})
    assert client.post(door(stay, "cancel"), {"fee": "x", "reason": "Asked"}).status_code == 404
    assert not PmsCall._base_manager.filter(kind="cancel", reservation=stay).exists()
    client.post(door(stay, "cancel"), {"fee": fee, "reason": "Asked"})
    assert PmsCall._base_manager.filter(kind="cancel", reservation=stay).count() == 1
    change = ReservationChange._base_manager.filter(reservation=stay).last()
    assert change is not None
    assert (change.actor, change.detail) == ("marta", {"reason": "Asked"})
    assert "marta · reason: Asked" in client.get(page(stay)).content.decode()


def test_the_desk_looks_what_is_free_and_changes(stay: Reservation, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    longer = {"check_in": stay.check_in, "check_out": stay.check_out + dt.timedelta(days=1), "adults": 2}
    looked = client.post(door(stay, "change"), {**longer, "children_ages": ""}, headers={"Accept-Language": "en"})
    options = looked.context["options"]
    same_plan = next(said for row, _price, said in options if row.rate_plan_id == stay.rate_plan_id)
    assert same_plan.endswith("more")
    client.post(door(stay, "change"), {"option": options[0][0].pk, "reason": "A night more"})
    assert PmsCall._base_manager.filter(kind="amend", reservation=stay).count() == 1
    for bad in ({**longer, "children_ages": "a, 44"}, {**longer, "check_out": stay.check_in}, {}):
        assert client.post(door(stay, "change"), bad).status_code in {200, 302}


def test_the_same_form_sends_the_confirmation_once(stay: Reservation, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    before = StayEvent._base_manager.filter(kind="booked", reservation=stay).count()
    token = client.get(page(stay)).context["token"]
    for _ in range(3):
        client.post(door(stay, "tell-again"), {"token": token})
    assert StayEvent._base_manager.filter(kind="booked", reservation=stay).count() == before + 1


def test_reading_is_all_a_reader_does(stay: Reservation, theirs: Furnished, visit: Callable[..., Client]) -> None:
    reader = visit(Role.READ_ONLY)
    assert "ha-do" not in reader.get(page(stay)).content.decode()
    for what in ("cancel", "change", "tell-again", "arrive"):
        assert reader.post(door(stay, what), {"fee": "0", "reason": "x"}).status_code == 403
    desk = visit(Role.RECEPTION)
    other = Reservation._base_manager.filter(tenant=theirs.tenant).latest("pk")
    for what in ("cancel", "tell-again", "nonsense"):
        assert desk.post(door(other, what), {"fee": "0", "reason": "x"}).status_code == 404
    assert desk.post(door(stay, "nonsense")).status_code == 404
    assert desk.get(door(stay, "cancel")).status_code == 405
    assert desk.post(door(stay, "arrive")).status_code == 302  # not the day: said, not done
    stay.refresh_from_db()
    assert stay.state == "confirmed"


def test_the_history_is_given_what_was_written(
    stay: Reservation, ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    message = Message._base_manager.filter(conversation=ours.conversation).latest("pk")
    client = visit(Role.RECEPTION)
    shown = client.get(f"/admin/stay-lines/{ours.conversation.public_id}/").content.decode()
    assert message.text in shown
    assert "<time datetime=" in shown
    assert client.get(f"/admin/stay-lines/{theirs.conversation.public_id}/").status_code == 404
    assert client.get(f"/admin/stay-lines/{uuid.uuid4()}/").status_code == 404
    assert client.get(f"/admin/stay-lines/{ours.conversation.public_id}/?since=x").status_code == 200
    assert f"stay-lines/{ours.conversation.public_id}" in client.get(page(stay)).content.decode()
    assert Conversation._base_manager.filter(pk=ours.conversation.pk).exists()


def soon(ours: Furnished) -> Reservation:
    """A confirmed stay that begins within hours: cancelling it costs something."""
    with tenant_scope(ours.tenant):
        booked = ours.hotel.stay(arrival=0, nights=2)
        found = requested(ours.hotel, booked, key=ours.conversation.public_id, guest_key=uuid.uuid4().hex)
        calls.run_call(found.pms_calls.get().pk, connect=BuiltinPms)
    found.refresh_from_db()
    assert found.cancellation_terms.fee_at(clock.now()).amount > 0
    return found


def test_a_manager_lets_the_fee_go(ours: Furnished, visit: Callable[..., Client]) -> None:
    stay = soon(ours)
    form = {"fee": str(stay.cancellation_terms.fee_at(clock.now()).amount), "reason": "A death in the family"}
    desk = visit(Role.RECEPTION, "rita")
    assert 'name="waive"' not in desk.get(page(stay)).content.decode()
    assert desk.post(door(stay, "cancel"), {**form, "waive": "1"}).status_code == 403
    assert not PmsCall._base_manager.filter(kind="cancel", reservation=stay).exists()

    manager = visit(Role.MANAGER, "marta")
    assert 'name="waive"' in manager.get(page(stay)).content.decode()
    manager.post(door(stay, "cancel"), {**form, "waive": "1", "reason": " "})
    assert not PmsCall._base_manager.filter(kind="cancel", reservation=stay).exists()
    manager.post(door(stay, "cancel"), {**form, "waive": "1"})
    manager.post(door(stay, "cancel"), form)  # the other button, too late: the fee stays waived
    call = PmsCall._base_manager.get(kind="cancel", reservation=stay)
    asked = ReservationChange._base_manager.get(reservation=stay, kind="cancellation_requested")
    assert (asked.actor, asked.detail["reason"]) == ("marta", "A death in the family")
    assert asked.detail["fee_waived"]["amount"] == form["fee"]

    with tenant_scope(ours.tenant):
        calls.run_call(call.pk, connect=BuiltinPms)
    stay.refresh_from_db()
    assert (stay.state, stay.cancellation_fee) == ("cancelled", 0)
    assert BuiltinBooking._base_manager.get(reference=stay.reference).cancellation_fee == 0
    told = StayEvent._base_manager.get(reservation=stay, kind="cancelled")
    assert told.payload["fee"]["amount"] in {"0", "0.00"}
    assert "fee not charged: ARS" in manager.get(page(stay)).content.decode()


def test_without_the_waiver_the_fee_is_charged(ours: Furnished, visit: Callable[..., Client]) -> None:
    stay = soon(ours)
    fee = stay.cancellation_terms.fee_at(clock.now()).amount
    visit(Role.MANAGER).post(door(stay, "cancel"), {"fee": str(fee), "reason": "Asked"})
    with tenant_scope(ours.tenant):
        calls.run_call(PmsCall._base_manager.get(kind="cancel", reservation=stay).pk, connect=BuiltinPms)
    stay.refresh_from_db()
    assert (stay.state, stay.cancellation_fee) == ("cancelled", fee)
