"""The page shows the picture of the fact it answers with, and of the rooms it offers."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.models import RoomType
from tenants import pictures
from tenants.models import Fact, Picture
from tenants.scoping import tenant_scope
from tests.conversations.webchat.visitors import WebGuest
from tests.factories.reservations import Hotel


def give(row: Fact | RoomType, alt: str) -> Picture:
    """A picture for a row."""
    prepared = pictures.Prepared(b"\xff\xd8 picture", 800, 600)
    with tenant_scope(row.tenant):
        pictures.keep(row, prepared, remove=False, alts={"es": alt})
    assert row.picture is not None
    return row.picture


def test_an_answer_shows_the_picture_of_its_fact(hotel: Hotel, visitor: WebGuest) -> None:
    fact = Fact._base_manager.get(tenant=hotel.tenant, topic="parking")
    visitor.say("Is there parking?", language="en")
    assert visitor.said()[-1]["pictures"] == []
    picture = give(fact, "La cochera")
    visitor.say("And parking, is it covered?", language="en")
    shown = {"url": picture.address, "alt": "La cochera", "width": 800, "height": 600}
    assert visitor.said()[-1]["pictures"] == [shown]
    with tenant_scope(hotel.tenant):
        pictures.keep(fact, None, remove=True, alts={})
    visitor.cursor = ""
    visitor.fetch()
    assert visitor.said()[-1]["pictures"] == [], "an address that is gone is not shown in an old thread"
    with CaptureQueriesContext(
        connection,
    ) as asked:
        visitor.fetch()
    assert not [one for one in asked if "tenants_picture" in one["sql"]], "nothing new, nothing asked"


def test_a_kept_picture_of_a_room_is_shown_before_an_address(hotel: Hotel, visitor: WebGuest) -> None:
    double = RoomType._base_manager.get(code="double")
    RoomType._base_manager.filter(pk=double.pk).update(photo="https://hotel.example/double.jpg")
    picture = give(double, "")
    stay = hotel.stay(arrival=20, nights=3)
    visitor.say(f"A double from {stay.check_in:%Y-%m-%d} to {stay.check_out:%Y-%m-%d} for two adults", language="en")
    assert {choice["photo"] for choice in visitor.said()[-1]["choices"]} == {picture.address}
