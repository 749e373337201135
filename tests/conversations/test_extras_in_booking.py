"""Extras asked for while booking: priced by the catalogue, in the summary, booked and charged with the stay."""

from __future__ import annotations

from decimal import Decimal

import pytest

from conversations.models import OutboundMessage
from integrations.pms.base import ExtraUnit
from reservations.models import BuiltinBooking, Hold, Reservation
from reservations.services import auditing, inventory
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import WORDS, _opening
from tests.conversations.test_qloapps_guests import qloapps, question  # noqa: F401 - a fixture
from tests.factories.reservations import Hotel
from tests.stand_ins.qloapps import QloAppsStandIn

ASKED = {
    "es": ("necesito cochera", "sí, por favor", "ARS 16.000"),
    "en": ("can you add parking?", "yes please", "ARS 16,000"),
    "pt": ("preciso de estacionamento", "sim, por favor", "ARS 16.000"),
}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_parking_is_priced_accepted_and_booked_with_the_stay(language: str, hotel: Hotel, guest: WhatsAppGuest) -> None:
    asked, accepted, price = ASKED[language]
    guest.say(_opening(language, hotel))
    guest.tap(guest.choices()[0][1])
    guest.say(WORDS[language][0])
    before = Hold._base_manager.select_related("option").latest("id").option

    assert price in guest.say(asked)  # 4 nights at 4,000
    assert price in guest.say(accepted)
    shown = OutboundMessage._base_manager.latest("id")
    assert "summary.extras" in shown.why["keys"]
    guest.tap("Confirm")

    with tenant_scope(hotel.tenant):
        stay, booked = Reservation.objects.get(), BuiltinBooking.objects.get()
        (line,) = stay.option.extra_lines
    assert (line.extra_id, line.amount.amount) == ("parking", Decimal(16_000))
    assert stay.total == booked.total == before.total + 16_000
    assert [one["extra_id"] for one in booked.extras] == ["parking"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_changed_stay_keeps_its_parking_at_the_price_of_the_new_nights(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(_opening("es", hotel))
    guest.tap(guest.choices()[0][1])
    guest.say(WORDS["es"][0])
    guest.say("necesito cochera")
    guest.tap("extra_yes")
    guest.tap("Confirm")
    before = Reservation._base_manager.get()

    guest.say("quiero cambiar mi reserva, una noche más")
    guest.tap("change_yes")

    after, booked = Reservation._base_manager.select_related("option").get(), BuiltinBooking._base_manager.get()
    assert after.nights == 5
    assert after.total - before.total == (before.total - 16_000) / 4 + 4_000
    assert [one["amount"]["amount"] for one in booked.extras] == ["20000.00"]


def test_an_extra_that_became_dearer_is_not_booked_at_the_old_price(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(_opening("en", hotel))
    guest.tap(guest.choices()[0][1])
    guest.say(WORDS["en"][0])
    guest.say("can you add parking?")
    guest.tap("extra_yes")
    inventory.set_extra(
        tenant=hotel.tenant, code="parking", kind="parking", names=inventory.Names("Cochera", "Parking", "Garagem"),
        price=Decimal(9_000), unit=ExtraUnit.NIGHT,
    )  # fmt: skip
    guest.tap("Confirm")

    assert not Reservation._base_manager.filter(state="confirmed").exists()
    assert BuiltinBooking._base_manager.count() == 0


def test_a_pms_without_extras_gets_the_wish_and_the_guest_the_truth(
    hotel: Hotel,
    guest: WhatsAppGuest,
    qloapps: QloAppsStandIn,  # noqa: F811
) -> None:
    guest.say(question(hotel))
    guest.tap(guest.choices()[0][1])
    total = guest.say("Ana Pérez, ana.perez@example.com")
    said = guest.say("una cuna por favor")

    assert "no puedo vender cuna" in said
    assert "405,90" in said or "405.90" in said or "405,9" in total
    guest.tap("Confirm")
    with tenant_scope(hotel.tenant):
        stay = Reservation.objects.get()
    assert stay.notes == "una cuna por favor"
    assert stay.option.extras == []
