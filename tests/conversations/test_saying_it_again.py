"""Guests who write their name and address once more, because an answer came late: they are not handed to a person."""

from __future__ import annotations

import pytest

from conversations.models import Handoff
from reservations.models import Reservation
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import WORDS, _opening
from tests.factories.reservations import Hotel


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_details_said_again_change_nothing(hotel: Hotel, guest: WhatsAppGuest, language: str) -> None:
    name, confirm, done = WORDS[language]
    guest.say(_opening(language, hotel))
    guest.tap(guest.choices()[0][1])
    for _ in range(3):
        guest.say(name)
    assert done in guest.tap(confirm)
    code = guest.code()
    for _ in range(3):
        assert code in guest.say(name), "the stay they mean is shown"
    with tenant_scope(hotel.tenant):
        assert Reservation.objects.get().state == "confirmed"
        assert not Handoff.objects.exists()
