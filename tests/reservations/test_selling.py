"""Ranges of nights changed by hand: shown first, done as shown, never against what is sold."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, connections

from hotel_agent.common.exceptions import BadInput
from reservations.models import Block, Rate, RoomNight, SellingChange
from reservations.services import calls, quoting, selling
from reservations.services.builtin import blocks
from reservations.services.selling import Edit
from tenants.scoping import every_tenant, tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested


@pytest.fixture
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


pytestmark = pytest.mark.django_db


def edit(hotel: Hotel, **wanted: object) -> Edit:
    """Ten nights of doubles from the tenth open night on."""
    first = hotel.first_night + dt.timedelta(days=9)
    found = {"room_types": (hotel.double,), "first": first, "last": first + dt.timedelta(days=9), **wanted}
    return Edit(**found)  # type: ignore[arg-type]


def nights(hotel: Hotel) -> list[tuple[object, ...]]:
    rows = RoomNight.objects.order_by("room_type_id", "night")
    return list(rows.values_list("room_type_id", "night", "total", "stop_sell", "min_stay", "max_stay"))


def test_weekends_get_dearer_and_the_next_quote_says_so(hotel: Hotel, scope: None) -> None:
    wanted = edit(hotel, plans=(hotel.flexible,), weekdays=(4, 5), percent=Decimal(10))
    shown = selling.preview(tenant=hotel.tenant, edit=wanted)
    assert {(one.before, one.after) for one in shown.lines} == {(Decimal(60_000), Decimal(66_000))}
    assert {one.night.weekday() for one in shown.lines} == {4, 5}

    done = selling.apply(
        tenant=hotel.tenant, edit=wanted, reason="Fair in town", by="marta", shown=shown.fingerprint
    )  # fmt: skip

    stay = hotel.stay(arrival=9, nights=7)
    offers = quoting.search(tenant=hotel.tenant, stay=stay)
    dear = next(one for one in offers if (one.room_type_id, one.rate_plan_id) == ("double", "flexible"))
    plain = next(one for one in offers if (one.room_type_id, one.rate_plan_id) == ("double", "fixed"))
    assert dear.total.amount == 5 * 60_000 + 2 * 66_000
    assert plain.total.amount == 7 * 54_000
    assert (done.by, done.reason, done.nights) == ("marta", "Fair in town", len(shown.lines))
    assert done.lines[0]["before"] == "60000.00"
    assert done.lines[0]["after"] == "66000"


def test_fewer_rooms_than_are_taken_are_refused_and_it_says_which_night(hotel: Hotel, scope: None) -> None:
    reservation = requested(hotel, hotel.stay(arrival=10, nights=2))
    calls.run_call(reservation.pms_calls.get().pk)
    before = nights(hotel)
    wanted = edit(hotel, total=0, min_stay=3)

    shown = selling.preview(tenant=hotel.tenant, edit=wanted)
    assert [(one.night, one.why, one.sold) for one in shown.conflicts] == [
        (hotel.first_night + dt.timedelta(days=day), "taken", 1) for day in (10, 11)
    ]
    with pytest.raises(selling.EditRefused) as refused:
        selling.apply(tenant=hotel.tenant, edit=wanted, reason="Paint", by="marta")
    assert refused.value.conflicts == shown.conflicts
    assert nights(hotel) == before
    assert not SellingChange.objects.exists()

    selling.apply(tenant=hotel.tenant, edit=edit(hotel, total=1), reason="Paint", by="marta")
    row = RoomNight.objects.get(room_type=hotel.double, night=hotel.first_night + dt.timedelta(days=10))
    assert (row.total, row.sold, row.left) == (1, 1, 0)


def test_only_what_was_asked_for_changes(hotel: Hotel, scope: None) -> None:
    selling.apply(tenant=hotel.tenant, edit=edit(hotel, min_stay=2, max_stay=5), reason="Long", by="a")
    selling.apply(tenant=hotel.tenant, edit=edit(hotel, stop_sell=True, weekdays=(0,)), reason="Mondays", by="a")
    rows = RoomNight.objects.filter(room_type=hotel.double, night__gte=hotel.first_night + dt.timedelta(days=9))
    rows = rows.order_by("night")[:10]
    for row in rows:
        assert (row.total, row.min_stay, row.max_stay, row.stop_sell) == (2, 2, 5, row.night.weekday() == 0)
    assert not RoomNight.objects.filter(room_type=hotel.family).exclude(min_stay=1).exists()

    selling.apply(tenant=hotel.tenant, edit=edit(hotel, max_stay=selling.NO_LIMIT), reason="Any", by="a")
    assert not RoomNight.objects.filter(max_stay__isnull=False).exists()


def test_what_contradicts_itself_is_refused(hotel: Hotel, scope: None) -> None:
    selling.apply(tenant=hotel.tenant, edit=edit(hotel, max_stay=3), reason="Short", by="a")
    whys = {one.why for one in selling.preview(tenant=hotel.tenant, edit=edit(hotel, min_stay=4)).conflicts}
    assert whys == {"stay_limits"}

    far = hotel.first_night + dt.timedelta(days=300)
    beyond = edit(hotel, first=far, last=far)
    closed = selling.preview(tenant=hotel.tenant, edit=replace(beyond, stop_sell=True))
    assert [one.why for one in closed.conflicts] == ["not_open"]
    moved = selling.preview(
        tenant=hotel.tenant, edit=replace(beyond, plans=(hotel.flexible,), percent=Decimal(5))
    )  # fmt: skip
    assert [one.why for one in moved.conflicts] == ["no_price"]


def test_nights_are_opened_with_rooms_and_a_price(hotel: Hotel, scope: None) -> None:
    far = hotel.first_night + dt.timedelta(days=300)
    wanted = edit(hotel, first=far, last=far, total=2, plans=(hotel.flexible,), amount=Decimal(80_000))
    selling.apply(tenant=hotel.tenant, edit=wanted, reason="Open", by="a")
    stay = hotel.stay(arrival=300, nights=1)
    assert [one.total.amount for one in quoting.search(tenant=hotel.tenant, stay=stay)] == [Decimal(80_000)]


def test_rooms_that_come_back_are_owed_to_another_sellers_calendar_first(hotel: Hotel, scope: None) -> None:
    night = hotel.first_night + dt.timedelta(days=12)
    selling.apply(tenant=hotel.tenant, edit=edit(hotel, total=0), reason="Paint", by="a")
    waiting = Block.objects.create(
        tenant=hotel.tenant, room_type=hotel.double, check_in=night, check_out=night + dt.timedelta(days=1),
        source="calendar", uncounted=[night],
    )  # fmt: skip
    selling.apply(tenant=hotel.tenant, edit=edit(hotel, total=1), reason="Dry", by="a")
    waiting.refresh_from_db()
    row = RoomNight.objects.get(room_type=hotel.double, night=night)
    assert (waiting.uncounted, row.blocked, row.left) == ([], 1, 0)
    with pytest.raises(blocks.BlockClash):
        blocks.block(
            tenant=hotel.tenant, room_type=hotel.double, check_in=night, check_out=night + dt.timedelta(days=1)
        )


def test_an_edit_is_done_only_as_it_was_shown(hotel: Hotel, scope: None) -> None:
    wanted = edit(hotel, plans=(hotel.flexible,), percent=Decimal(10))
    shown = selling.preview(tenant=hotel.tenant, edit=wanted)
    selling.apply(tenant=hotel.tenant, edit=wanted, reason="First", by="a", shown=shown.fingerprint)
    with pytest.raises(selling.EditMoved):  # a second click would have made it dearer twice
        selling.apply(tenant=hotel.tenant, edit=wanted, reason="First", by="a", shown=shown.fingerprint)
    prices = Rate.objects.filter(rate_plan=hotel.flexible, room_type=hotel.double).values_list("amount", flat=True)
    assert set(prices) == {Decimal(60_000), Decimal(66_000)}
    assert SellingChange.objects.count() == 1


def test_nonsense_is_bad_input(hotel: Hotel, scope: None) -> None:
    with every_tenant():
        other = open_hotel()
    yesterday = hotel.tenant.business_day() - dt.timedelta(days=1)
    nonsense = [
        edit(hotel), edit(hotel, amount=Decimal(1)), edit(hotel, total=1, room_types=()),
        edit(hotel, total=1, weekdays=()), edit(hotel, total=1, first=yesterday),
        edit(hotel, total=1, room_types=(other.double,)),
        edit(hotel, amount=Decimal(1), plans=(other.flexible,)),
        edit(hotel, total=1, last=hotel.first_night + dt.timedelta(days=30_000)),
    ]  # fmt: skip
    for one in nonsense:
        with pytest.raises(BadInput):
            selling.preview(tenant=hotel.tenant, edit=one)
    with pytest.raises(BadInput):
        selling.apply(tenant=hotel.tenant, edit=edit(hotel, total=3), reason="  ", by="a")


def test_the_history_is_never_rewritten(hotel: Hotel, scope: None) -> None:
    made = selling.apply(tenant=hotel.tenant, edit=edit(hotel, total=3), reason="Extra room", by="a")
    made.reason = "Something nicer"
    with pytest.raises(Exception, match="append-only"):
        made.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_edits_and_sales_at_the_same_time_neither_oversell_nor_deadlock(hotel: Hotel) -> None:
    """Somebody takes rooms off sale while guests book them: whatever comes first, the counters stay true."""
    problems: list[BaseException] = []

    def edits(total: int) -> None:
        try:
            for _ in range(6):
                wanted = edit(hotel, room_types=(hotel.family, hotel.double), total=total, min_stay=1)
                with contextlib.suppress(selling.EditRefused):
                    selling.apply(tenant=hotel.tenant, edit=wanted, reason="Race", by="a")
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    def sales(number: int) -> None:
        try:
            for attempt in range(3):
                try:
                    requested(hotel, hotel.stay(arrival=9 + attempt, nights=3), guest_key=f"g{number}{attempt}")
                except (AssertionError, IndexError, LookupError):
                    pass
                except Exception as error:
                    if "DoesNotExist" not in type(error).__name__:
                        raise
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=edits, args=(total,)) for total in (0, 1, 2)]
    threads += [threading.Thread(target=sales, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not problems, problems
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reservations_roomnight WHERE sold + held + blocked > total + overbooking")
        assert cursor.fetchone() == (0,)
