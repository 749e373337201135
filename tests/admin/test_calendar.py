"""The calendar page: what it shows, who may change it, two hotels, and a hotel whose PMS is elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reservations.models import Block, Rate, RatePlan, Reservation, RoomNight, RoomType, SellingChange
from tenants.models import PmsConnection, Role
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
PAGE = "/admin/calendar/"
CHANGE = "/admin/calendar/change/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def home_pms(ours: Furnished) -> Furnished:
    """Our hotel with the built-in PMS."""
    PmsConnection._base_manager.filter(tenant=ours.tenant).update(kind="builtin")
    return ours


def edit(furnished: Furnished, **more: Any) -> dict[str, Any]:
    first = furnished.hotel.first_night
    return {
        "hotel": furnished.tenant.pk, "room_types": [furnished.hotel.double.pk], "first": first, "last": first + DAY,
        "weekdays": list(range(7)), "reason": "Fair", **more,
    }  # fmt: skip


def test_it_shows_nights_prices_and_what_others_took(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    hotel, first = home_pms.hotel, home_pms.hotel.first_night
    RoomNight._base_manager.filter(room_type=hotel.double, night=first).update(stop_sell=True, min_stay=3)
    Block._base_manager.create(
        tenant=home_pms.tenant, room_type=hotel.double, check_in=first, check_out=first + 2 * DAY, reason="Booking.com",
        uncounted=[first],
    )  # fmt: skip
    response = visit(Role.RECEPTION).get(f"{PAGE}?start={first}&days=31", headers={"Accept-Language": "en"})
    calendar = response.context["calendar"]
    double = next(row for row in calendar.rows if row.room_type == hotel.double)
    assert len(calendar.days) == 31
    assert (double.cells[0].mood, double.cells[0].left, double.cells[0].clashes) == ("stopped", 0, True)
    assert len(double.prices) == 2
    assert {row.plan.code: row.cells[0].amount for row in double.prices} == {"flexible": 60_000, "fixed": 54_000}
    body = response.content.decode()
    for text in ("Booking.com", "at least 3 nights", "selling stopped", "60,000"):
        assert text in body
    assert "Change nights" not in body  # reception looks


def test_what_people_typed_is_shown_as_text(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    hotel, first = home_pms.hotel, home_pms.hotel.first_night
    hostile = "\"><script>alert('x')</script>"
    RoomType._base_manager.filter(pk=hotel.double.pk).update(name_es=hostile, name_en=hostile)
    Block._base_manager.create(
        tenant=home_pms.tenant, room_type=hotel.double, check_in=first, check_out=first + DAY, reason=hostile
    )
    body = visit(Role.RECEPTION).get(f"{PAGE}?start={first}&days=7").content.decode()
    assert "<script>alert" not in body
    assert body.count("&quot;&gt;&lt;script&gt;alert") >= 8  # in the title of each night, and who took one


def test_a_plan_that_follows_another_shows_what_it_sells_for(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    hotel = home_pms.hotel
    RatePlan._base_manager.filter(pk=hotel.fixed.pk).update(derived_from=hotel.flexible, derived_percent=-10)
    Rate._base_manager.filter(rate_plan=hotel.fixed).exclude(night=hotel.first_night).delete()
    calendar = visit(Role.RECEPTION).get(f"{PAGE}?start={hotel.first_night}").context["calendar"]
    double = next(row for row in calendar.rows if row.room_type == hotel.double)
    fixed = next(row for row in double.prices if row.plan == hotel.fixed)
    assert [cell.amount for cell in fixed.cells[:2]] == [54_000, 54_000]
    Rate._base_manager.filter(rate_plan=hotel.flexible).update(amount=70_000)
    calendar = visit(Role.RECEPTION).get(f"{PAGE}?start={hotel.first_night}").context["calendar"]
    double = next(row for row in calendar.rows if row.room_type == hotel.double)
    fixed = next(row for row in double.prices if row.plan == hotel.fixed)
    assert [cell.amount for cell in fixed.cells[:2]] == [54_000, 63_000]


def test_a_manager_looks_and_then_changes(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER, "marta")
    asked = edit(home_pms, plans=[home_pms.hotel.flexible.pk], amount="77000")
    shown = client.post(CHANGE, asked)
    assert [(one.before, one.after) for one in shown.context["changes"]] == [("ARS 60,000", "ARS 77,000")]
    assert not Rate._base_manager.filter(amount=77_000).exists()

    done = client.post(CHANGE, {**asked, "shown": shown.context["preview"].fingerprint, "apply": "1"})
    assert done.status_code == 302
    assert Rate._base_manager.filter(amount=77_000).count() == 2
    made = SellingChange._base_manager.filter(reason="Fair").first()
    assert made is not None
    assert (made.by, made.reason) == ("marta", "Fair")
    again = client.post(CHANGE, {**asked, "shown": shown.context["preview"].fingerprint, "apply": "1"})
    assert again.status_code == 200  # the second click says that something changed, and changes nothing
    page = client.get(f"/admin/reservations/sellingchange/{made.pk}/change/").content.decode()
    assert "77000" in page


def test_without_having_looked_nothing_is_done(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    asked = edit(home_pms, total="5", apply="1")
    assert visit(Role.OWNER).post(CHANGE, asked).status_code == 200
    assert not RoomNight._base_manager.filter(total=5).exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first": "2020-01-01"}, "first"), ({"last": "2020-01-01"}, "last"), ({"amount": "1"}, "plans"),
        ({"amount": "1", "percent": "3"}, "percent"), ({"reason": " ", "total": "1"}, "reason"),
        ({"room_types": [], "total": "1"}, "room_types"), ({}, "__all__"), ({"total": "-1"}, "total"),
        ({"stop_sell": "maybe"}, "stop_sell"), ({"amount": "NaN"}, "amount"), ({"min_stay": "1e3"}, "min_stay"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_beside_the_field(
    home_pms: Furnished, visit: Callable[..., Client], more: dict[str, Any], field: str
) -> None:
    response = visit(Role.MANAGER).post(CHANGE, {**edit(home_pms), **more, "apply": "1"})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert not SellingChange._base_manager.filter(reason="Fair").exists()


def test_who_may_not_change_it_cannot(home_pms: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    for role in (Role.RECEPTION, Role.READ_ONLY):
        assert visit(role).post(CHANGE, edit(home_pms, total="5")).status_code == 403
    owner = visit(Role.OWNER)
    assert owner.get(f"{PAGE}?hotel={theirs.tenant.pk}").status_code == 404
    assert owner.post(CHANGE, edit(theirs, total="5")).status_code == 404
    mixed = {**edit(home_pms, total="5"), "room_types": [theirs.hotel.double.pk]}
    assert "room_types" in owner.post(CHANGE, mixed).context["form"].errors
    assert owner.get(CHANGE).status_code == 405
    assert Client().get(PAGE).status_code == 302
    assert not RoomNight._base_manager.filter(total=5).exists()


@pytest.mark.parametrize(
    "query", ["start=x", "days=999", "start=0001-01-01", "start=9999-12-31", "hotel=x", "hotel=-1"]
)
def test_an_odd_address_is_no_error(home_pms: Furnished, visit: Callable[..., Client], query: str) -> None:
    assert visit(Role.MANAGER).get(f"{PAGE}?{query}").status_code in {200, 404}


def test_another_pms_owns_its_prices_and_the_page_says_so(ours: Furnished, visit: Callable[..., Client]) -> None:
    PmsConnection._base_manager.filter(tenant=ours.tenant).update(kind="qloapps")
    client = visit(Role.OWNER)
    stay = Reservation._base_manager.get(pk=ours.rows[Reservation].pk)
    response = client.get(f"{PAGE}?start={stay.check_in}&days=7", headers={"Accept-Language": "en"})
    calendar = response.context["calendar"]
    assert calendar.owner == "QloApps"
    row = next(row for row in calendar.rows if row.room_type.pk == stay.room_type_id)
    expected = 1 if stay.state in {"confirmed", "in_house"} else 0
    assert row.cells[0].sold == expected
    assert row.cells[0].left is None
    assert "QloApps keeps this hotel" in response.content.decode()
    assert "Change nights" not in response.content.decode()
    assert client.post(CHANGE, edit(ours, total="5")).status_code == 403


def test_a_month_costs_as_many_statements_as_a_week(home_pms: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)

    def cost(days: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGE}?days={days}").status_code == 200
        return len(queries)

    cost(7)
    assert cost(7) == cost(31) <= 20
