"""Guests' requests: on the team's list at once, done with one tap, told to the guest exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections

from conversations.models import Conversation, Handoff, OutboundMessage, StaffTask, Turn
from conversations.services import ownership, staff_tasks
from conversations.services.replaying import replay
from reservations.models import Reservation
from tenants.models import OpeningHours, Role
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tests.admin.conftest import person
from tests.conversations.conftest import TIME_SCALE
from tests.conversations.guests import WhatsAppGuest, drain
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel

ASKS = {
    "es": ("¿pueden traer toallas a la 204?", "para la habitación 204 ya está"),
    "en": ("could you bring towels to room 204?", "request for room 204 is done"),
    "pt": ("podem trazer toalhas ao quarto 204?", "para o quarto 204 está pronto"),
}


@pytest.fixture
def desk(hotel: Hotel) -> Iterator[Hotel]:
    with tenant_scope(hotel.tenant):
        yield hotel


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    start = dt.datetime(2027, 3, 6, 17, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=True) as traveller:
        yield traveller


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_towels_are_a_task_and_done_is_one_message(desk: Hotel, guest: WhatsAppGuest, language: str) -> None:
    asks, done = ASKS[language]
    assert "204" in guest.say(asks)
    task = StaffTask.objects.get()
    assert (task.kind, task.room, task.what, task.state) == ("housekeeping", "204", asks, "open")
    assert not Handoff.objects.exists(), "nobody has to answer: somebody has to bring towels"
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    assert staff_tasks.start(task.pk, by=by)
    assert staff_tasks.finish(task.pk, by=by)
    assert not staff_tasks.finish(task.pk, by=by), "a second tap does nothing"
    assert guest.hear().count(done) == 1
    assert guest.hear() == ""
    turn = Turn.objects.get(kind="desk")
    assert replay(turn).is_same


def test_two_colleagues_and_many_taps_are_one_message(desk: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(ASKS["es"][0])
    task = StaffTask.objects.get()
    people = [person(f"c{number}", tenant=desk.tenant, role=Role.RECEPTION) for number in range(4)]

    def tap(number: int) -> bool:
        try:
            with tenant_scope(desk.tenant):
                return staff_tasks.finish(task.pk, by=people[number % 4])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as crowd:
        ended = list(crowd.map(tap, range(12)))
    assert ended.count(True) == 1
    assert guest.hear().count(ASKS["es"][1]) == 1


def test_the_room_that_is_named_later_completes_the_task(desk: Hotel, guest: WhatsAppGuest) -> None:
    said = guest.say("no funciona el aire acondicionado")
    assert "habitación" in said
    guest.say("la 12")
    task = StaffTask.objects.get()
    assert (task.kind, task.room) == ("broken", "12")
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    staff_tasks.finish(task.pk, by=by)
    assert "el problema de la habitación 12 ya está resuelto" in guest.hear()


def test_the_stay_of_the_guest_comes_with_the_task(desk: Hotel, guest: WhatsAppGuest) -> None:
    book(guest, "es", desk)
    guest.say("¿pueden traer toallas a la 204?")
    assert StaffTask.objects.get().reservation_id == Reservation.objects.get().pk


@pytest.mark.parametrize(
    ("words", "kind", "hour"),
    [("¿me despiertan mañana a las 6:30?", "wake_up", (6, 30)), ("wake me up at 7 tomorrow please", "wake_up", (7, 0)),
     ("reservame una mesa para 2 mañana a las 21", "table", (21, 0)), ("quiero un turno en el spa", "spa", None),
     ("perdí mi cargador en la habitación 12", "lost_found", None)],
)  # fmt: skip
def test_each_kind_with_its_hour_in_the_hotels_zone(
    desk: Hotel,
    guest: WhatsAppGuest,
    clock: time_machine.Traveller,
    words: str,
    kind: str,
    hour: tuple[int, int] | None,
) -> None:
    guest.say(words)
    task = StaffTask.objects.get()
    assert task.kind == kind
    due = desk.tenant.local(task.due_at)
    if hour is not None:
        assert (due.day, due.hour, due.minute) == (7, *hour)


@pytest.mark.parametrize(("outcome", "words"), [("found", "encontró lo que te dejaste"), ("not_found", "no apareció")])
def test_what_was_lost_ends_one_way_or_the_other(desk: Hotel, guest: WhatsAppGuest, outcome: str, words: str) -> None:
    guest.say("perdí mi cargador en la habitación 12")
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    staff_tasks.finish(StaffTask.objects.get().pk, by=by, outcome=outcome)
    assert words in guest.hear()


def test_a_late_task_asks_for_a_person_once(desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller) -> None:
    guest.say(ASKS["es"][0])
    clock.shift(dt.timedelta(minutes=29 / TIME_SCALE))
    drain()
    assert not Handoff.objects.exists()
    clock.shift(dt.timedelta(minutes=2 / TIME_SCALE))
    drain()
    drain()
    handoff = Handoff.objects.get()
    assert (handoff.reason, "204" in handoff.summary) == ("task_late", True)


def test_at_night_what_can_wait_is_due_after_opening(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    OpeningHours.objects.create(tenant=desk.tenant, weekday=6, opens=dt.time(8), closes=dt.time(20))
    forget_configuration()
    assert "mañana a las 8:00" in guest.say(ASKS["es"][0])
    due = desk.tenant.local(StaffTask.objects.get().due_at)
    assert (due.day, due.hour) == (7, 8)


def test_a_person_in_charge_does_not_keep_the_news_from_the_guest(desk: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(ASKS["es"][0])
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    ownership.take_over(Conversation.objects.get().pk, by=by)
    staff_tasks.finish(StaffTask.objects.get().pk, by=by)
    assert ASKS["es"][1] in guest.hear()
    assert OutboundMessage.objects.get(dedupe_key__startswith="task:").purpose == "transactional"


def test_a_colleague_opens_one_by_hand_once_per_form(desk: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("¿tienen cochera?")
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    conversation = Conversation.objects.get()
    for _ in range(2):
        task = staff_tasks.open_by_hand(
            desk.tenant, by=by, kind="other", what="Llevar una cuna", room="12", token="f1", conversation=conversation
        )
    assert StaffTask.objects.get() == task
    with pytest.raises(staff_tasks.NothingToDo):
        staff_tasks.open_by_hand(desk.tenant, by=by, kind="other", what="  ", token="f2")
    assert staff_tasks.cancel(task.pk, by=by)
    assert "quedó sin efecto" in guest.hear()
