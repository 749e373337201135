"""Guests of a hotel whose stays are in QloApps: they book there, and hear the truth when it does not answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest

from conversations.models import Handoff
from hotel_agent.common.exceptions import DependencyDown
from integrations import breakers
from integrations.exceptions import BreakerOpen
from reservations.models import Reservation
from reservations.services import auditing, catalogue, quoting
from tenants.scoping import tenant_scope
from tenants.services import connect_pms
from tests.conversations.guests import CODE, WhatsAppGuest
from tests.factories.reservations import Hotel
from tests.reservations.qloapps_hotel import open_qloapps_hotel
from tests.stand_ins.qloapps import KEY, Fault, QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel

MONEY = re.compile(r"(?:EUR|ARS|\$|€)\s*\d")


@pytest.fixture
def qloapps(hotel: Hotel) -> Iterator[QloAppsStandIn]:
    with QloAppsStandIn(small_hotel()) as server:
        connect_pms(hotel.tenant, kind="qloapps", base_url=server.url, hotel_id="1", api_key=KEY)
        catalogue.import_room_types(tenant=hotel.tenant)
        yield server


def question(hotel: Hotel) -> str:
    first = hotel.first_night + dt.timedelta(days=20)
    last = first + dt.timedelta(days=3)
    return (
        f"Hola, ¿tienen una doble del {first.day}/{first.month}/{first.year} al "
        f"{last.day}/{last.month}/{last.year} para 2 personas?"
    )


def confirm(guest: WhatsAppGuest, hotel: Hotel) -> str:
    """Take the first offer up to the confirmation; returns what is said after it."""
    guest.say(question(hotel))
    guest.tap(guest.choices()[0][1])
    guest.say("Ana Pérez, ana.perez@example.com")
    return guest.tap("Confirm")


def test_a_guest_books_at_the_pms_own_price(hotel: Hotel, guest: WhatsAppGuest, qloapps: QloAppsStandIn) -> None:
    said = guest.say(question(hotel))
    assert "EUR 405.90" in said or "EUR 405,90" in said  # (100 + 10) a night and 23 %, three nights

    guest.tap(guest.choices()[0][1])
    guest.say("Ana Pérez, ana.perez@example.com")
    said = guest.tap("Confirm")

    assert CODE.search(said)
    assert "confirmada" in said
    (order,) = qloapps.world.orders.values()
    assert str(qloapps.world.total(order)[1]) == "405.90"
    with tenant_scope(hotel.tenant):
        assert Reservation.objects.get().reference == order.source
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_500_that_booked_is_one_booking_and_one_sentence(
    hotel: Hotel, guest: WhatsAppGuest, qloapps: QloAppsStandIn
) -> None:
    qloapps.announce(Fault("error_after", "POST", "bookings"))

    said = confirm(guest, hotel)

    assert "confirmada" in said
    assert len(qloapps.world.orders) == 1


def test_an_answer_that_never_came_is_told_as_it_is(
    hotel: Hotel, guest: WhatsAppGuest, qloapps: QloAppsStandIn
) -> None:
    qloapps.announce(Fault("reset_before", "POST", "bookings"))

    said = confirm(guest, hotel)

    assert not CODE.search(said)
    assert "confirmada" not in said.replace("sin confirmar", "")


def test_a_dead_pms_says_so_and_hints_without_a_price(
    hotel: Hotel, new_guest: Callable[[], WhatsAppGuest], qloapps: QloAppsStandIn
) -> None:
    earlier, later = new_guest(), new_guest()
    assert MONEY.search(earlier.say(question(hotel)))
    qloapps.broken = True

    said = later.say(question(hotel))

    assert "En la última consulta había lugar en" in said
    assert "sin confirmar" in said
    assert not MONEY.search(said)
    assert later.choices() == [] or not any("option" in ident for _, ident, _ in later.choices())

    unheard = new_guest().say(question(hotel).replace("2 personas", "1 persona"))
    assert "última consulta" not in unheard  # nobody asked that in the last minutes
    assert not MONEY.search(unheard)


def test_a_dead_pms_of_one_hotel_rests_and_the_other_hotels_goes_on(hotel: Hotel, qloapps: QloAppsStandIn) -> None:
    """The breaker is the hotel's own; its calls are refused without being made, the neighbour's are not touched."""
    stay = hotel.stay(20, 3)
    with open_qloapps_hotel() as neighbour:
        qloapps.broken = True
        for _ in range(5):
            with pytest.raises(DependencyDown):
                quoting.search(tenant=hotel.tenant, stay=stay)
        asked = len(qloapps.requests)

        for _ in range(3):
            with pytest.raises(BreakerOpen):
                quoting.search(tenant=hotel.tenant, stay=stay)
            assert len(quoting.search(tenant=neighbour.tenant, stay=neighbour.stay())) == 2

        assert len(qloapps.requests) == asked
        assert [one.key for one in breakers.states() if one.service == breakers.Service.PMS] == [
            f"{hotel.tenant.pk}:{qloapps.host}"
        ]


def test_a_pms_that_dies_before_the_booking_is_told_as_not_even_asked(
    hotel: Hotel, guest: WhatsAppGuest, qloapps: QloAppsStandIn
) -> None:
    guest.say(question(hotel))
    guest.tap(guest.choices()[0][1])
    guest.say("Ana Pérez, ana.perez@example.com")
    qloapps.broken = True

    said = guest.tap("Confirm")

    assert "El sistema del hotel no responde" in said
    assert "todavía no hay nada reservado ni cobrado" in said
    assert "15 minutos" not in said
    assert not CODE.search(said)


def test_rooms_of_several_types_are_put_together_by_a_person(
    hotel: Hotel, guest: WhatsAppGuest, qloapps: QloAppsStandIn
) -> None:
    first = hotel.first_night + dt.timedelta(days=20)
    said = guest.say(f"quiero una doble y una familiar del {first:%d/%m/%Y} por 2 noches, somos 4 adultos")

    assert "las arma una persona" in said, said
    assert not MONEY.search(said)
    with tenant_scope(hotel.tenant):
        assert Handoff.objects.get().reason == "group"
    assert not qloapps.world.orders
