"""A booking whose outcome only a person can find out: asked on the stay's page, answered once, the guest told."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from reservations.models import BuiltinBooking, Inquiry, PmsCall, Reservation, ReservationChange, StayEvent
from reservations.services import calls, inquiries
from tenants.models import PmsConnection, Role
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tests.admin.conftest import Furnished
from tests.admin.test_stay_actions import door, page
from tests.factories.reservations import requested
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied

pytestmark = pytest.mark.django_db


def stuck(ours: Furnished, fault: Fault) -> tuple[Reservation, FaultyPms]:
    """A stay whose booking was handed to a person, and the PMS that does or does not have it."""
    with tenant_scope(ours.tenant):
        booked = ours.hotel.stay(arrival=12, nights=2)
        stay = requested(ours.hotel, booked, key=ours.conversation.public_id, guest_key=uuid.uuid4().hex)
        pms = FaultyPms(ours.tenant)
        pms.announce("book", fault)
        call = stay.pms_calls.get()
        with pytest.raises(WorkerDied):
            calls.run_call(call.pk, connect=pms.connect)
        PmsCall.objects.filter(pk=call.pk).update(state="dead", lease_until=None)
        calls.tell_people_about_dead_calls()
    return stay, pms


def told(stay: Reservation) -> list[str]:
    return list(StayEvent._base_manager.filter(reservation=stay).order_by("pk").values_list("kind", flat=True))


def test_a_manager_finds_the_booking_and_the_guest_is_told(ours: Furnished, visit: Callable[..., Client]) -> None:
    stay, _ = stuck(ours, Fault.DIES_AFTER)
    number = BuiltinBooking._base_manager.get(reference=stay.reference).booking_id
    other = Reservation._base_manager.filter(tenant=ours.tenant).exclude(pk=stay.pk).exclude(pms_booking_id="").first()
    desk = visit(Role.RECEPTION, "rita")
    assert 'name="found"' not in desk.get(page(stay)).content.decode()
    assert desk.post(door(stay, "settle"), {"found": "no", "reason": "x"}).status_code == 403

    manager = visit(Role.MANAGER, "marta")
    assert stay.reference in manager.get(page(stay)).content.decode()
    wrong = {"": "Write the number", "999999": "has no booking 999999"}
    if other is not None:
        wrong[other.pms_booking_id] = "is another stay"
    for given, said in wrong.items():
        answer = manager.post(
            door(stay, "settle"), {"found": "yes", "booking": given, "reason": "Looked"},
            headers={"Accept-Language": "en"}, follow=True,
        )  # fmt: skip
        assert said in answer.content.decode()
    manager.post(door(stay, "settle"), {"found": "yes", "booking": number, "reason": " "})
    stay.refresh_from_db()
    assert stay.state == "unknown"

    for _ in range(2):  # the second one comes too late, and does no harm
        manager.post(door(stay, "settle"), {"found": "yes", "booking": number, "reason": "Looked"})
    stay.refresh_from_db()
    assert (stay.state, stay.pms_booking_id) == ("confirmed", number)
    assert told(stay).count("booked_late") == 1
    change = ReservationChange._base_manager.filter(reservation=stay, kind="settled_by_hand").last()
    assert change is not None
    assert (change.actor, change.detail) == ("marta", {"reason": "Looked", "booking": number})
    assert 'name="found"' not in manager.get(page(stay)).content.decode()


def test_a_manager_finds_nothing_and_the_room_is_free_again(ours: Furnished, visit: Callable[..., Client]) -> None:
    stay, _ = stuck(ours, Fault.DIES_BEFORE)
    visit(Role.MANAGER, "marta").post(door(stay, "settle"), {"found": "no", "reason": "Not in the list"})
    stay.refresh_from_db()
    assert stay.state == "refused"
    assert told(stay)[-1] == "booking_released"


def test_an_outside_pms_is_asked_by_a_worker(ours: Furnished, visit: Callable[..., Client]) -> None:
    stay, pms = stuck(ours, Fault.DIES_AFTER)
    number = BuiltinBooking._base_manager.get(reference=stay.reference).booking_id
    with tenant_scope(ours.tenant):
        PmsConnection.objects.update_or_create(
            tenant=ours.tenant, defaults={"kind": "qloapps", "base_url": "https://pms.example.com", "hotel_id": "1"}
        )
    forget_configuration()
    manager = visit(Role.MANAGER, "marta")
    manager.post(door(stay, "settle"), {"found": "yes", "booking": number, "reason": "Looked"})
    asked = Inquiry._base_manager.get(kind="outcome")
    assert asked.state == "waiting"
    shown = manager.get(page(stay), headers={"Accept-Language": "en"}).content.decode()
    assert f"Booking {number} is being looked up" in shown
    stay.refresh_from_db()
    assert stay.state == "unknown"

    assert inquiries.answer(asked.pk, connect=pms.connect)
    stay.refresh_from_db()
    assert (stay.state, stay.pms_booking_id) == ("confirmed", number)
