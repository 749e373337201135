"""Arrivals, rooms off sale and files of prices through the pages staff use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from reservations.models import (
    Block,
    BuiltinBooking,
    CalendarFeed,
    Rate,
    Reservation,
    Room,
    RoomAssignment,
    SheetImport,
)
from reservations.services import calls
from tenants.models import Role
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/reservations/sheetimport/upload/rates/"


def sheet(ours: Furnished, *, price: str = "77000") -> SimpleUploadedFile:
    first = ours.hotel.first_night
    text = f"room type;rate plan;first night;last night;price\ndouble;flexible;{first};{first};{price}\n"
    return SimpleUploadedFile("precios.csv", text.encode())


def test_a_manager_loads_prices_after_having_seen_them(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    template = client.get("/admin/reservations/sheetimport/template/rates.xlsx")
    assert (template.status_code, template.content[:2]) == (200, b"PK")
    page = client.post(UPLOAD, {"file": sheet(ours)}, follow=True)
    made = SheetImport._base_manager.latest("pk")
    body = page.content.decode()
    for part in ("precios.csv", "77000", "Nothing is changed yet", "60000.00"):
        assert part in body, part
    rate = Rate._base_manager.filter(tenant=ours.tenant, rate_plan=ours.hotel.flexible, room_type=ours.hotel.double)
    assert rate.earliest("night").amount == 60_000

    done = client.post(f"/admin/reservations/sheetimport/{made.pk}/change/", follow=True)

    assert rate.earliest("night").amount == 77_000
    assert "1 night changed." in done.content.decode()
    again = client.post(f"/admin/reservations/sheetimport/{made.pk}/change/", follow=True)
    assert "Nothing was loaded" in again.content.decode()


def test_a_bad_file_says_what_to_correct_and_cannot_be_loaded(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    page = client.post(UPLOAD, {"file": sheet(ours, price="<b>x</b>")}, follow=True).content.decode()
    for part in ("What to correct", "is not a price", "&lt;b&gt;x&lt;/b&gt;"):
        assert part in page, part
    assert "Load it" not in page
    empty = client.post(UPLOAD, {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04")})
    assert "This is not an Excel" in empty.content.decode()


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.READ_ONLY])
def test_the_desk_loads_no_prices(ours: Furnished, visit: Callable[..., Client], role: str) -> None:
    client = visit(role)
    made = SheetImport._base_manager.filter(tenant=ours.tenant).update(state="ready", problems=[], rows=[])
    assert made
    row = ours.rows[SheetImport]
    assert client.post(UPLOAD, {"file": sheet(ours)}).status_code == 403
    assert client.get("/admin/reservations/sheetimport/template/rates.csv").status_code == 403
    assert client.post(f"/admin/reservations/sheetimport/{row.pk}/change/").status_code == 403
    assert SheetImport._base_manager.get(pk=row.pk).state == "ready"


def test_another_hotels_file_is_not_ours_to_take_or_load(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER)
    foreign = client.get(f"/admin/reservations/sheetimport/template/rates.csv?hotel={theirs.tenant.pk}")
    assert foreign.status_code == 403
    client.post(UPLOAD, {"file": sheet(ours), "hotel": theirs.tenant.pk})
    assert SheetImport._base_manager.filter(tenant=theirs.tenant).count() == 1


def test_the_desk_receives_a_guest_in_the_room_it_chose(ours: Furnished, visit: Callable[..., Client]) -> None:
    calls.run_due_calls()
    stay = Reservation._base_manager.get(tenant=ours.tenant)
    assert stay.state == "confirmed"
    today = ours.tenant.business_day()
    booking = BuiltinBooking._base_manager.get(booking_id=stay.pms_booking_id)
    BuiltinBooking._base_manager.filter(pk=booking.pk).update(check_in=today, check_out=today + dt.timedelta(days=5))
    room = Room._base_manager.filter(tenant=ours.tenant, room_type=ours.hotel.double).latest("number")
    client = visit(Role.RECEPTION)
    rooms = reverse("admin:reservations_builtinbooking_rooms", args=[booking.pk])
    assert room.number in client.get(rooms).content.decode()
    assert client.post(rooms, {"rooms": [room.pk]}).status_code == 302
    assert RoomAssignment._base_manager.get(booking=booking, is_active=True).room == room

    page = reverse("admin:reservations_builtinbooking_changelist")
    assert stay.guest_name in client.get(f"{page}?today=arriving").content.decode()
    client.post(page, {"action": "arrive", "_selected_action": [booking.pk]})

    booking.refresh_from_db()
    stay.refresh_from_db()
    assert (booking.status, stay.state) == ("in_house", "in_house")
    late = visit(Role.READ_ONLY)
    late.post(page, {"action": "leave", "_selected_action": [booking.pk]})
    booking.refresh_from_db()
    assert booking.status == "in_house"


def test_rooms_are_taken_off_sale_and_clashes_are_shown(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    first = ours.hotel.first_night + dt.timedelta(days=10)
    form = {"room_type": ours.hotel.double.pk, "first": first, "last": first, "rooms": 2, "reason": "pintura"}
    assert client.post("/admin/reservations/block/range/", form).status_code == 302
    made = Block._base_manager.get(reason="pintura")
    assert (made.rooms, made.check_out) == (2, first + dt.timedelta(days=1))
    again = client.post("/admin/reservations/block/range/", form)
    assert "No room is left on" in again.content.decode()

    assert "/admin/reservations/block/?clash=yes" in client.get("/admin/").content.decode()
    clashing = client.get("/admin/reservations/block/?clash=yes").content.decode()
    assert "Obra ALMENDRO" in clashing
    assert "pintura" not in clashing

    page = reverse("admin:reservations_block_changelist")
    both = [made.pk, ours.rows[Block].pk]
    client.post(page, {"action": "sell_again", "_selected_action": both})
    assert list(Block._base_manager.filter(pk__in=both, is_active=True)) == [ours.rows[Block]]
    client.post(
        reverse("admin:reservations_calendarfeed_changelist"),
        {"action": "forget", "_selected_action": [ours.rows[CalendarFeed].pk]},
    )
    assert not Block._base_manager.filter(tenant=ours.tenant, is_active=True).exists()
