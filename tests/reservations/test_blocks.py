"""Rooms other sellers took are not sold again; what is taken twice is seen, not hidden."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from hotel_agent.common.exceptions import BadInput
from integrations import breakers
from integrations.pms.base import Done, Reason, Refused
from reservations.models import Block, CalendarFeed, Room, RoomAssignment, RoomNight
from reservations.services import auditing, calendars, inventory
from reservations.services.builtin import BuiltinPms, blocks
from reservations.services.builtin.blocks import BlockClash, Taken
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel
from tests.integrations.test_http import Wire
from tests.reservations.pms_conformance import booked, left, request_for, stay_in
from tests.reservations.test_builtin_pms import BuiltinWorld

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def world(hotel: Hotel) -> BuiltinWorld:
    return BuiltinWorld(hotel)


@pytest.fixture
def feed(hotel: Hotel) -> CalendarFeed:
    return CalendarFeed.objects.create(
        tenant=hotel.tenant, name="Otro", room_type=hotel.double, url="https://calendar.example/a.ics"
    )


def night(hotel: Hotel, number: int) -> dt.date:
    return hotel.first_night + dt.timedelta(days=number)


def taken(hotel: Hotel, uid: str, first: int, last: int) -> Taken:
    return Taken(uid, night(hotel, first), night(hotel, last))


def blocked(hotel: Hotel) -> list[int]:
    rows = RoomNight.objects.filter(room_type=hotel.double).order_by("night")[:12]
    return [row.blocked for row in rows]


def clean(hotel: Hotel) -> bool:
    return auditing.violations(tenant=hotel.tenant) == []


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_a_blocked_room_is_not_sold_and_a_free_one_is(hotel: Hotel, world: BuiltinWorld) -> None:
    stay = stay_in(world)
    block = blocks.block(
        tenant=hotel.tenant, room_type=hotel.double, check_in=stay.check_in, check_out=stay.check_out, rooms=2
    )
    assert left(world, stay) == [0, 0, 0]
    refused = world.pms.book(request_for(world, stay))
    assert isinstance(refused, Refused)
    assert refused.reason == Reason.SOLD_OUT
    assert clean(hotel)

    assert blocks.free(tenant=hotel.tenant, row=block)
    assert not blocks.free(tenant=hotel.tenant, row=block)

    assert left(world, stay) == [2, 2, 2]
    assert clean(hotel)


def test_what_does_not_fit_is_refused_with_its_nights(hotel: Hotel, world: BuiltinWorld) -> None:
    for _ in range(2):
        booked(world, stay_in(world, 6, nights=1))

    with pytest.raises(BlockClash) as clash:
        blocks.block(tenant=hotel.tenant, room_type=hotel.double, check_in=night(hotel, 3), check_out=night(hotel, 8))

    assert clash.value.nights == [stay_in(world, 6).check_in]
    assert not Block.objects.exists()
    assert left(world, stay_in(world, 5)) == [2, 0, 2]
    assert clean(hotel)


@pytest.mark.parametrize(("nights", "rooms"), [(0, 1), (-1, 1), (2, 0), (2, -1)])
def test_nonsense_is_refused(hotel: Hotel, nights: int, rooms: int) -> None:
    with pytest.raises(BadInput):
        blocks.block(
            tenant=hotel.tenant, room_type=hotel.double, check_in=night(hotel, 3), check_out=night(hotel, 3 + nights),
            rooms=rooms,
        )  # fmt: skip


def test_a_named_room_is_kept_from_bookings(hotel: Hotel) -> None:
    room = Room.objects.filter(room_type=hotel.double).earliest("number")
    first = blocks.block(
        tenant=hotel.tenant, room_type=hotel.double, room=room, check_in=night(hotel, 3), check_out=night(hotel, 5)
    )
    with pytest.raises(BlockClash):
        blocks.block(
            tenant=hotel.tenant, room_type=hotel.double, room=room, check_in=night(hotel, 4), check_out=night(hotel, 6)
        )

    assert blocked(hotel)[3:6] == [1, 1, 0]
    assert RoomAssignment.objects.get().block == first
    assert clean(hotel)


def test_the_database_refuses_what_a_block_leaves_no_room_for(hotel: Hotel) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomNight.objects.filter(room_type=hotel.double).update(blocked=3)


def test_fewer_rooms_than_are_blocked_cannot_be_opened(hotel: Hotel) -> None:
    blocks.block(
        tenant=hotel.tenant, room_type=hotel.double, check_in=night(hotel, 3), check_out=night(hotel, 5), rooms=2
    )
    with pytest.raises(inventory.Oversold):
        inventory.open_nights(
            tenant=hotel.tenant, room_type=hotel.double, first=night(hotel, 0), last=night(hotel, 9), total=1
        )


# -- from a calendar --------------------------------------------------------------------------------------------------


def test_reading_a_calendar_adds_moves_and_ends(hotel: Hotel, feed: CalendarFeed) -> None:
    sync: dict[str, Any] = {"tenant": hotel.tenant, "feed": feed}

    first = blocks.sync(**sync, taken=[taken(hotel, "a", 2, 4), taken(hotel, "b", 3, 5)])
    assert (first.added, blocked(hotel)[2:6]) == (2, [1, 2, 1, 0])
    again = blocks.sync(**sync, taken=[taken(hotel, "b", 3, 5), taken(hotel, "a", 2, 4)])
    assert (again.added, again.moved, again.ended) == (0, 0, 0)
    moved = blocks.sync(**sync, taken=[taken(hotel, "a", 6, 8), taken(hotel, "b", 3, 5)])
    assert (moved.added, moved.moved, moved.ended) == (0, 1, 0)
    ended = blocks.sync(**sync, taken=[taken(hotel, "a", 6, 8)])
    assert (ended.ended, blocked(hotel)[2:9]) == (1, [0, 0, 0, 0, 1, 1, 0])
    assert blocks.sync(**sync, taken=[]).ended == 1
    assert set(blocked(hotel)) == {0}
    assert clean(hotel)


def test_what_has_passed_is_left_alone(hotel: Hotel, feed: CalendarFeed) -> None:
    result = blocks.sync(tenant=hotel.tenant, feed=feed, taken=[taken(hotel, "old", -40, -30)])
    assert (result.added, Block.objects.count()) == (0, 0)


def test_a_room_sold_twice_is_a_clash_until_one_is_given_back(
    hotel: Hotel, feed: CalendarFeed, world: BuiltinWorld
) -> None:
    stays = [booked(world, stay_in(world, 6, nights=1)) for _ in range(2)]
    events = [taken(hotel, "a", 4, 7)]  # the hotel's first night is tomorrow: night 5 is full

    result = blocks.sync(tenant=hotel.tenant, feed=feed, taken=events)

    block = Block.objects.get()
    assert (result.clashes, block.uncounted, block.clashes) == (1, [night(hotel, 5)], True)
    assert blocked(hotel)[4:7] == [1, 0, 1]
    assert clean(hotel)

    assert isinstance(world.pms.cancel(stays[0].booking_id, "T-c"), Done)

    block.refresh_from_db()
    assert not block.clashes
    assert blocked(hotel)[4:7] == [1, 1, 1]
    assert left(world, stay_in(world, 6, nights=1)) == [0]
    assert clean(hotel)


def test_nights_that_are_opened_later_are_blocked_at_once(hotel: Hotel, feed: CalendarFeed) -> None:
    blocks.sync(tenant=hotel.tenant, feed=feed, taken=[taken(hotel, "a", 58, 62)])  # 60 nights are open
    assert Block.objects.get().uncounted == [night(hotel, 60), night(hotel, 61)]

    inventory.open_nights(tenant=hotel.tenant, room_type=hotel.double, first=night(hotel, 60), last=night(hotel, 70))

    assert Block.objects.get().uncounted == []
    rows = RoomNight.objects.filter(room_type=hotel.double, night__gte=night(hotel, 58)).order_by("night")
    assert [row.blocked for row in rows[:5]] == [1, 1, 1, 1, 0]
    assert clean(hotel)


def test_a_room_assigned_to_a_guest_clashes_with_its_calendar(
    hotel: Hotel, feed: CalendarFeed, world: BuiltinWorld
) -> None:
    from reservations.services.builtin import desk

    room = Room.objects.filter(room_type=hotel.double).earliest("number")
    CalendarFeed.objects.update(room=room)
    feed.refresh_from_db()
    made = booked(world, stay_in(world, 6, nights=2))
    desk.assign(tenant=hotel.tenant, booking_id=made.booking_id, rooms=[room])

    result = blocks.sync(tenant=hotel.tenant, feed=feed, taken=[taken(hotel, "a", 6, 8)])
    assert (result.clashes, Block.objects.get().room_taken) == (1, True)

    desk.assign(tenant=hotel.tenant, booking_id=made.booking_id, rooms=[])
    result = blocks.sync(tenant=hotel.tenant, feed=feed, taken=[taken(hotel, "a", 6, 8)])
    assert (result.clashes, Block.objects.get().room_taken) == (0, False)
    assert clean(hotel)


def test_the_audit_finds_a_block_that_is_not_counted(hotel: Hotel, feed: CalendarFeed) -> None:
    blocks.sync(tenant=hotel.tenant, feed=feed, taken=[taken(hotel, "a", 2, 4)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reservations_roomnight SET blocked = 0")

    assert {one.rule for one in auditing.violations(tenant=hotel.tenant)} == {"blocked_is_blocks"}


def test_the_adapter_says_what_is_left(hotel: Hotel, world: BuiltinWorld) -> None:
    assert isinstance(world.pms, BuiltinPms)
    stay = stay_in(world)
    blocks.block(tenant=hotel.tenant, room_type=hotel.double, check_in=stay.check_in, check_out=stay.check_out)
    assert left(world, stay) == [1, 1, 1]
    offers = [one for one in world.pms.search(stay) if one.room_type_id == "double"]
    assert {one.left for one in offers} == {1}


# -- the whole way ----------------------------------------------------------------------------------------------------


def test_a_calendar_that_cannot_be_read_changes_nothing(hotel: Hotel, feed: CalendarFeed) -> None:
    first, last = night(hotel, 2), night(hotel, 4)
    body = (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:{first:%Y%m%d}\r\n"
        f"DTEND;VALUE=DATE:{last:%Y%m%d}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    answers = [(200, body), (503, b""), (200, b"<html>Log in</html>"), (200, body)]

    def answer(client: socket.socket) -> None:
        status, content = answers.pop(0)
        client.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)

    breakers.reset_process()
    wire = Wire(answer)
    CalendarFeed.objects.update(url=f"{wire.url}/a.ics")

    for problem in (False, True, True, False):
        result = calendars.read_by_id(feed.pk)
        feed.refresh_from_db()
        assert (result is None, bool(feed.problem)) == (problem, problem)
        assert blocked(hotel)[1:5] == [0, 1, 1, 0]

    calendars.forget(tenant=hotel.tenant, feed=feed)
    assert set(blocked(hotel)) == {0}
    assert calendars.read_by_id(feed.pk) is None
    assert calendars.due() == []
