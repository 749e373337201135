"""Availability, quotes and reservations: strict questions, one booking per key, and the PMS's word in every state."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from hotel_agent.common import clock
from integrations import breakers
from reservations.models import BuiltinBooking, Hold, Inquiry, PmsCall, Quote, Reservation, RoomNight
from reservations.services import calls, inquiries
from tenants.models import PmsConnection, Role
from tenants.scoping import every_tenant
from tenants.selectors import forget_configuration
from tests.api.conftest import Answer, Program, person, program_of
from tests.factories.reservations import Hotel, open_hotel
from tests.stand_ins.qloapps import KEY as QLO_KEY
from tests.stand_ins.qloapps import QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel

GUEST = {"name": "Ana María López", "email": "ana@example.com", "phone": "+5491155550101", "language": "es"}


def dates(hotel: Hotel, arrival: int = 9, nights: int = 4) -> dict[str, str]:
    first = hotel.first_night + dt.timedelta(days=arrival)
    return {"check_in": first.isoformat(), "check_out": (first + dt.timedelta(days=nights)).isoformat()}


def stay(hotel: Hotel, *, adults: int = 2, **more: Any) -> dict[str, Any]:
    return {**dates(hotel), "rooms": [{"adults": adults}], **more}


def order(hotel: Hotel, **more: Any) -> dict[str, Any]:
    return {**stay(hotel), "room_type": "double", "rate_plan": "flexible", "guest": GUEST, **more}


def book(program: Program, body: dict[str, Any], key: str = "") -> Answer:
    return program.post("/reservations", body, Idempotency_Key=key or uuid.uuid4().hex)


def query(given: dict[str, Any]) -> str:
    return "/availability?" + "&".join(f"{name}={value}" for name, value in given.items())


# --- availability ----------------------------------------------------------------------------------------------------


def test_what_is_free_and_what_it_costs(hotel: Hotel, manager: Program) -> None:
    answer = manager.get(query({**dates(hotel), "adults": 2}))
    assert answer.status == 200
    offers = {(one["room_type"], one["rate_plan"]): one for one in answer.body["offers"]}
    assert offers["double", "flexible"]["total"] == {"amount": "240000.00", "currency": "ARS"}
    assert offers["double", "flexible"]["nightly"] == ["60000.00"] * 4
    assert offers["double", "flexible"]["left"] == 2
    with_child = manager.get(query({**dates(hotel), "adults": 2, "children_ages": "5,11"})).body["offers"]
    assert {one["room_type"] for one in with_child} == {"family"}
    assert Quote._base_manager.count() == 0  # a look is no quote


def test_a_full_house_says_why(hotel: Hotel, manager: Program) -> None:
    RoomNight._base_manager.update(stop_sell=True)
    body = manager.get(query(dates(hotel))).body
    assert (body["offers"], body["why_nothing"]) == ([], "closed")


BAD_QUERIES: list[tuple[dict[str, Any], str]] = [
    ({"check_out": ""}, "check_out"),
    ({"check_in": "01/02/2031", "check_out": "2031-02-03"}, "check_in"),
    ({"check_in": "2031-02-30", "check_out": "2031-03-03"}, "check_in"),
    ({"check_in": "2031-02-03", "check_out": "2031-02-03"}, "check_out"),
    ({"check_in": "2031-02-03", "check_out": "2031-02-01"}, "check_out"),
    ({"check_in": "2031-02-01", "check_out": "2031-03-05"}, "check_out"),  # 32 nights
    ({"check_in": "2020-02-01", "check_out": "2020-02-05"}, "check_in"),
    ({"adults": 0}, "adults"),
    ({"adults": 11}, "rooms"),
    ({"adults": "two"}, "adults"),
    ({"adults": "2.5"}, "adults"),
    ({"adults": -1}, "adults"),
    ({"children_ages": "5;11"}, "children_ages"),
    ({"children_ages": "18"}, "children_ages"),
    ({"room": "double"}, "room"),
    ({"tenant": "1"}, "tenant"),
]


@pytest.mark.parametrize(("change", "field"), BAD_QUERIES)
def test_a_question_that_cannot_be_is_refused_by_field(
    hotel: Hotel, manager: Program, change: dict[str, Any], field: str
) -> None:
    answer = manager.get(query({**dates(hotel), **change}))
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert field in answer.error["fields"]


def test_thirty_nights_from_the_hotels_own_day_are_taken(hotel: Hotel, manager: Program) -> None:
    today = hotel.tenant.business_day()
    given = {"check_in": today.isoformat(), "check_out": (today + dt.timedelta(days=30)).isoformat()}
    assert manager.get(query(given)).status == 200


# --- quotes ----------------------------------------------------------------------------------------------------------


def test_a_quote_stands_for_half_an_hour_and_says_its_terms(hotel: Hotel, manager: Program) -> None:
    made = manager.post("/quotes", stay(hotel))
    assert (made.status, made.body["valid"]) == (201, True)
    assert manager.get(f"/quotes/{made.body['id']}").body == made.body
    option = next(one for one in made.body["options"] if one["rate_plan"] == "flexible")
    assert option["terms"]["fee_after"]["amount"] == "120000.00"
    left = dt.datetime.fromisoformat(made.body["expires_at"]) - clock.now()
    assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)
    with_parking = manager.post(
        "/quotes",
        stay(hotel, room_type="double", rate_plan="flexible", extras=[{"id": "parking", "quantity": 1}]),
    )
    assert with_parking.body["options"][0]["total"]["amount"] == "256000.00"


def test_a_quote_for_nothing_is_a_409_that_says_why(hotel: Hotel, manager: Program) -> None:
    answer = manager.post("/quotes", stay(hotel, adults=9))
    assert (answer.status, answer.error["code"]) == (409, "nothing_free")
    assert "occupancy" in answer.error["message"]


def test_quotes_of_another_hotel_are_not_there(hotel: Hotel, manager: Program) -> None:
    theirs = open_hotel()
    quote = program_of(person(theirs.tenant)).post("/quotes", stay(theirs)).body
    assert manager.get(f"/quotes/{quote['id']}").status == 404
    answer = book(manager, {"option": quote["options"][0]["id"], "guest": GUEST})
    assert (answer.status, answer.error["code"]) == (404, "option_not_found")


# --- reservations ----------------------------------------------------------------------------------------------------


def test_a_stay_is_quoted_held_and_booked_in_one_go(hotel: Hotel, manager: Program) -> None:
    made = book(manager, order(hotel, notes="Llegamos tarde", expected_total={"amount": "240000", "currency": "ARS"}))
    assert (made.status, made.body["state"]) == (201, "confirmed")
    assert made.body["total"] == {"amount": "240000.00", "currency": "ARS"}
    assert made.body["guest"] == {"name": GUEST["name"], "email": GUEST["email"], "phone": GUEST["phone"]}
    with every_tenant():
        booked = BuiltinBooking.objects.get()
        assert booked.guest_name == GUEST["name"]
        assert Hold.objects.get().state == Hold.State.USED
        assert Inquiry.objects.get().request == {}  # the guest's data is in one place
        assert RoomNight.objects.filter(sold=1).count() == 4
    assert manager.get(f"/reservations/{made.body['code'].lower().replace('-', ' ').replace(' ', '')}").status == 200
    assert manager.get("/reservations?state=confirmed").body["results"][0]["code"] == made.body["code"]
    assert manager.get("/reservations?state=cancelled").body["results"] == []
    assert manager.get(f"/reservations?arrives_from={made.body['check_out']}").body["results"] == []


def test_a_quoted_option_is_booked_at_its_price(hotel: Hotel, manager: Program) -> None:
    quote = manager.post("/quotes", stay(hotel)).body
    option = next(one for one in quote["options"] if one["rate_plan"] == "fixed")
    made = book(manager, {"option": option["id"], "guest": GUEST})
    assert (made.body["state"], made.body["total"]) == ("confirmed", option["total"])
    again = book(manager, {"option": option["id"], "guest": GUEST})
    assert (again.status, again.error["code"]) == (409, "already_booked")
    assert Reservation._base_manager.count() == 1


def test_the_same_key_is_the_same_booking_and_another_request_is_refused(hotel: Hotel, manager: Program) -> None:
    first = book(manager, order(hotel), "order-1")
    assert book(manager, order(hotel), "order-1").body == first.body
    other = book(manager, order(hotel, notes="x"), "order-1")
    assert (other.status, other.error["code"]) == (400, "idempotency_key_reused")
    assert Reservation._base_manager.count() == 1
    # Repeated after its arrival has passed it is still the same booking.
    asked = order(hotel)
    with every_tenant():
        Inquiry.objects.update(created_at=clock.now() - dt.timedelta(days=20))
    hotel.tenant.rollover_hour = 12
    assert book(manager, asked, "order-1").body["code"] == first.body["code"]


def test_a_booking_needs_a_key(hotel: Hotel, manager: Program) -> None:
    for key in ("", "x" * 81):
        answer = manager.post("/reservations", order(hotel), **({"Idempotency_Key": key} if key else {}))
        assert (answer.status, answer.error["code"]) == (400, "idempotency_key_required")
    assert Reservation._base_manager.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_a_key_pressed_eight_times_at_once_books_once(hotel: Hotel, manager: Program) -> None:
    answers: list[Answer] = []

    def press() -> None:
        answers.append(book(manager, order(hotel), "pressed"))
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {201, 202}
    final = book(manager, order(hotel), "pressed")
    assert (final.status, final.body["state"]) == (201, "confirmed")
    assert {answer.body["code"] for answer in answers if answer.status == 201} <= {final.body["code"]}
    assert (Reservation._base_manager.count(), BuiltinBooking._base_manager.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_after_a_crash_at_each_step_the_same_key_ends_in_one_booking(
    hotel: Hotel, manager: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """A worker's end."""

    for step in ("_store", "holding.place_hold", "booking.request_booking", "run_now"):
        module, _, name = step.rpartition(".")
        target = getattr(inquiries, module) if module else inquiries
        original = getattr(target, name)

        def killed(*args: Any, _original: Callable[..., Any] = original, **kwargs: Any) -> Any:
            _original(*args, **kwargs)
            raise Killed

        monkeypatch.setattr(target, name, killed)
        with pytest.raises(Killed):
            book(manager, order(hotel), step)
        monkeypatch.setattr(target, name, original)
        with every_tenant():
            Inquiry.objects.filter(key=step).update(lease_until=clock.now() - dt.timedelta(seconds=1))
        made = book(manager, order(hotel), step)
        assert (made.status, made.body["state"]) == (201, "confirmed"), step
        with every_tenant():
            assert Reservation.objects.count() == BuiltinBooking.objects.count() == 1, step
        assert manager.post(f"/reservations/{made.body['code']}/cancel").body["state"] == "cancelled"
        with every_tenant():
            BuiltinBooking.objects.all().delete()
            PmsCall.objects.all().delete()
            Inquiry.objects.all().delete()
            Reservation.objects.all().delete()


BAD_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"guest": {"name": "Ana"}}, "guest"),
    ({"guest": {**GUEST, "email": "ana@"}}, "guest"),
    ({"guest": {**GUEST, "phone": "11 5555 0101"}}, "guest"),
    ({"guest": {**GUEST, "phone": "+0000000000"}}, "guest"),
    ({"guest": {**GUEST, "phone": "+54911"}}, "guest"),
    ({"guest": {**GUEST, "language": "fr"}}, "guest"),
    ({"guest": {**GUEST, "vip": True}}, "guest"),
    ({"guest": "Ana"}, "guest"),
    ({"rooms": []}, "rooms"),
    ({"rooms": [{"adults": 0}]}, "rooms"),
    ({"rooms": [{"adults": 11}]}, "rooms"),
    ({"rooms": [{"adults": True}]}, "rooms"),
    ({"rooms": [{"adults": 2, "children_ages": [18]}]}, "rooms"),
    ({"rooms": [{"adults": 1}] * 6}, "rooms"),
    ({"check_out": "2020-01-01"}, "check_out"),
    ({"check_in": "2020-01-01", "check_out": "2020-01-05"}, "check_in"),
    ({"room_type": None}, "room_type"),
    ({"option": str(uuid.uuid4())}, "check_in"),
    ({"notes": "x" * 501}, "notes"),
    ({"expected_total": {"amount": "1"}}, "expected_total"),
    ({"total": "1"}, "total"),
    ({"state": "confirmed"}, "state"),
]


@pytest.mark.parametrize(("change", "field"), BAD_ORDERS)
def test_an_order_that_cannot_be_is_refused_and_nothing_is_kept(
    hotel: Hotel, manager: Program, change: dict[str, Any], field: str
) -> None:
    answer = book(manager, order(hotel, **change))
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert field in answer.error["fields"]
    with every_tenant():
        assert {Inquiry.objects.count(), Quote.objects.count(), Reservation.objects.count()} == {0}


def test_another_price_than_expected_books_nothing(hotel: Hotel, manager: Program) -> None:
    answer = book(manager, order(hotel, expected_total={"amount": "200000", "currency": "ARS"}))
    assert (answer.status, answer.error["code"]) == (409, "price_changed")
    assert "240000.00" in answer.error["message"]
    with every_tenant():
        assert {Reservation.objects.count(), Hold.objects.count()} == {0}


def test_the_last_room_is_sold_once(hotel: Hotel, manager: Program) -> None:
    made = [book(manager, order(hotel)) for _ in range(3)]
    assert [answer.status for answer in made] == [201, 201, 409]
    assert made[2].error["code"] in {"sold_out", "nothing_free"}


def test_changing_and_cancelling(hotel: Hotel, manager: Program) -> None:
    made = book(manager, order(hotel)).body
    longer = {**dates(hotel, nights=5), "rooms": [{"adults": 2}], "reservation": made["code"]}
    quote = manager.post("/quotes", longer)
    assert quote.status == 201
    option = next(
        one for one in quote.body["options"] if (one["room_type"], one["rate_plan"]) == ("double", "flexible")
    )
    changed = manager.patch(f"/reservations/{made['code']}", {"option": option["id"]})
    assert (changed.status, changed.body["check_out"]) == (200, longer["check_out"])
    assert changed.body["total"]["amount"] == "300000.00"
    assert manager.patch(f"/reservations/{made['code']}", {"option": option["id"]}).status == 200
    assert manager.patch(f"/reservations/{made['code']}", {"option": str(uuid.uuid4())}).error["code"] == (
        "option_not_found"
    )

    cancelled = manager.post(f"/reservations/{made['code']}/cancel")
    assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")
    assert manager.post(f"/reservations/{made['code']}/cancel").body["state"] == "cancelled"
    late = manager.patch(f"/reservations/{made['code']}", {"option": quote.body["options"][0]["id"]})
    assert late.status == 200 or late.error["code"] == "already_cancelled"
    with every_tenant():
        assert PmsCall.objects.filter(kind="cancel").count() == 1
        assert RoomNight.objects.filter(sold__gt=0).count() == 0


def test_a_fee_is_accepted_or_nothing_is_cancelled(hotel: Hotel, manager: Program) -> None:
    made = book(manager, order(hotel, rate_plan="fixed")).body
    path = f"/reservations/{made['code']}/cancel"
    assert made["fee_now"] == made["total"]
    refused = manager.post(path)
    assert (refused.status, refused.error["code"]) == (409, "fee_due")
    wrong = manager.post(path, {"accepted_fee": {"amount": "216000", "currency": "USD"}})
    assert (wrong.status, list(wrong.error["fields"])) == (400, ["accepted_fee"])
    assert manager.get(f"/reservations/{made['code']}").body["state"] == "confirmed"
    done = manager.post(path, {"accepted_fee": made["fee_now"]})
    assert (done.status, done.body["state"]) == (200, "cancelled")


def test_roles_decide_who_books(hotel: Hotel, as_role: Callable[[str], Program]) -> None:
    assert book(as_role(Role.RECEPTION), order(hotel)).status == 201
    reader = as_role(Role.READ_ONLY)
    denied = book(reader, order(hotel))
    assert (denied.status, denied.error["code"]) == (403, "permission_denied")
    code = reader.get("/reservations").body["results"][0]["code"]
    assert reader.post(f"/reservations/{code}/cancel").status == 403
    assert Reservation._base_manager.get().state == "confirmed"


def test_stays_of_another_hotel_are_not_there(hotel: Hotel, manager: Program) -> None:
    theirs = open_hotel()
    made = book(program_of(person(theirs.tenant)), order(theirs)).body
    for method, path in (("GET", ""), ("POST", "/cancel"), ("PATCH", "")):
        body = {"option": str(uuid.uuid4())} if method == "PATCH" else {}
        answer = manager.call(method, f"/reservations/{made['code']}{path}", None if method == "GET" else body)
        assert answer.status == 404
    assert manager.get("/reservations").body["results"] == []
    quoted = manager.post("/quotes", stay(hotel, reservation=made["code"]))
    assert quoted.error["code"] == "reservation_not_found"


# --- a PMS outside this product --------------------------------------------------------------------------------------


@pytest.fixture
def outside(hotel: Hotel, settings: Any) -> Any:
    """The hotel's stays are kept by QloApps, which only workers ask."""
    from reservations.services import catalogue

    breakers.reset_process()
    with QloAppsStandIn(small_hotel()) as server:
        with every_tenant():
            PmsConnection.objects.create(
                tenant=hotel.tenant, kind="qloapps", base_url=server.url, hotel_id="1",
                credentials={"api_key": QLO_KEY},
            )  # fmt: skip
        forget_configuration()
        catalogue.import_room_types(tenant=hotel.tenant)
        yield server
    breakers.reset_process()
    forget_configuration()


def work() -> None:
    """What a worker does."""
    for inquiry_id in inquiries.due_inquiries(10):
        inquiries.answer(inquiry_id)
    calls.run_due_calls()


def test_no_web_thread_waits_for_an_outside_pms(
    hotel: Hotel, manager: Program, outside: QloAppsStandIn, silent_broker: list[Any]
) -> None:
    before = len(outside.requests)
    asked = query(dates(hotel))
    first = manager.get(asked)
    assert (first.status, first.body["state"], first.headers["Retry-After"]) == (202, "asking", "1")
    body = {**stay(hotel), "room_type": "1", "rate_plan": "flexible", "guest": GUEST}
    booking = book(manager, body, "q-1")
    assert booking.status == 202
    assert len(outside.requests) == before
    assert [name for name, *_ in silent_broker].count(inquiries.TASK) == 2

    work()
    assert manager.get(asked).body["offers"]
    made = book(manager, body, "q-1")
    assert made.status == 201
    assert manager.get(f"/reservations/{made.body['code']}").body["state"] == "confirmed"


def test_an_outside_pms_that_is_down_is_a_503_and_nothing_is_booked(
    hotel: Hotel, manager: Program, outside: QloAppsStandIn, silent_broker: list[Any]
) -> None:
    outside.broken = True
    body = {**stay(hotel), "room_type": "1", "rate_plan": "flexible", "guest": GUEST}
    assert book(manager, body, "q-2").status == 202
    with every_tenant():
        Inquiry.objects.update(created_at=clock.now() - dt.timedelta(seconds=inquiries.GIVE_UP_S + 1))
    work()
    down = book(manager, body, "q-2")
    assert (down.status, "Retry-After" in down.headers) == (503, True)
    assert Reservation._base_manager.count() == 0


def test_old_inquiries_are_forgotten_and_bookings_stay(hotel: Hotel, manager: Program) -> None:
    book(manager, order(hotel))
    assert inquiries.forget_old() == 0
    with every_tenant():
        Inquiry.objects.update(created_at=clock.now() - dt.timedelta(days=inquiries.KEEP_DAYS, seconds=1))
    assert inquiries.forget_old() == 1
    assert Reservation._base_manager.count() == 1
