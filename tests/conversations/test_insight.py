"""A hotel's day in figures: each column from rows that happened, the same however often it is counted."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import call_command

from conversations import insight as reading
from conversations.models import Conversation, DayFigures, Guest, Handoff, Message, OutboundMessage, Turn, VisitAudit
from conversations.services import insight
from hotel_agent.common.exceptions import BadInput
from reservations.models import Reservation
from reservations.services import calls
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, quote_option, requested

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 4, 15, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 4)
"""The hotel's day around `NOON`, which is noon in Buenos Aires."""
_numbers = itertools.count(1)


@dataclass
class House:
    """A hotel at noon, whose guests write."""

    hotel: Hotel
    traveller: time_machine.Traveller
    account: ChannelAccount
    threads: list[Conversation] = field(default_factory=list)

    def guest(self, *, channel: str = "whatsapp", language: str = "es") -> Conversation:
        """A new conversation."""
        guest = Guest.objects.create(tenant=self.hotel.tenant, name="Ana")
        return Conversation.objects.create(
            tenant=self.hotel.tenant, account=self.account, guest=guest, channel=channel, language=language
        )

    def write(
        self, conversation: Conversation, intent: str, *, at: dt.datetime = NOON, topic: str = "", seconds: float = 1.0
    ) -> None:
        """A message of the guest's, understood and answered after `seconds`."""
        number = next(_numbers)
        common: dict[str, Any] = {"tenant": self.hotel.tenant, "conversation": conversation}
        heard = [{"understanding": {"entities": {"topic": [topic] if topic else []}}}]
        turn = Turn.objects.create(**common, epoch=number, at=at, intent=intent, heard=heard)
        Message.objects.create(
            **common, account=self.account, turn=turn, provider_id=f"m{number}", kind="text", text="…",
            state="answered", sent_at=at, received_at=at,
        )  # fmt: skip
        OutboundMessage.objects.create(
            **common, turn=turn, dedupe_key=f"t{number}", body={}, text="…", language="es", state="sent",
            asked_at=at, created_at=at, sent_at=at + dt.timedelta(seconds=seconds),
        )  # fmt: skip

    def count(self, day: dt.date = DAY) -> reading.Figures:
        """Count the day and read it back."""
        insight.count_day(tenant=self.hotel.tenant, day=day)
        return reading.read(tenant=self.hotel.tenant, first=day, last=day).total


@pytest.fixture
def house(db: None) -> Iterator[House]:
    with time_machine.travel(NOON, tick=False) as traveller:
        hotel = open_hotel(doubles=5)
        with tenant_scope(hotel.tenant):
            account = ChannelAccount.objects.create(tenant=hotel.tenant, channel="whatsapp", external_id="1")
            yield House(hotel, traveller, account)


def test_a_visit_without_a_person_is_automated(house: House) -> None:
    house.write(house.guest(), "ask_amenities", topic="pool", seconds=4)
    found = house.count()
    assert (found.numbers["visits"], found.numbers["answered"], found.numbers["automated"]) == (1, 1, 1)
    assert found.topics == {"pool": 1}
    assert found.within(5) == 1.0
    assert found.within(2) == 0.0


@pytest.mark.parametrize("after_h", [-1, 2, 23, 25])
def test_a_person_within_a_day_makes_it_the_persons(house: House, after_h: int) -> None:
    conversation = house.guest()
    house.write(conversation, "ask_amenities")
    at = NOON + dt.timedelta(hours=after_h)
    Handoff.objects.create(
        tenant=house.hotel.tenant, conversation=conversation, reason="asked", opened_at=at,
        taken_at=at + dt.timedelta(minutes=4),
    )  # fmt: skip
    assert house.count().numbers["automated"] == (after_h in (-1, 25))


def test_a_message_of_staff_counts_as_a_person_too(house: House) -> None:
    conversation = house.guest()
    house.write(conversation, "ask_amenities")
    OutboundMessage.objects.create(
        tenant=house.hotel.tenant, conversation=conversation, dedupe_key="s", body={}, text="Hola", language="es",
        purpose="staff", created_at=NOON + dt.timedelta(hours=3),
    )  # fmt: skip
    assert house.count().numbers["automated"] == 0


@pytest.mark.parametrize(
    ("intent", "topic", "after_h", "automated"),
    [
        ("ask_amenities", "pool", 2, 0),  # the same again: it was not resolved
        ("ask_amenities", "pool", 26, 1),  # a day later it is another question
        ("ask_amenities", "gym", 2, 1),  # another topic is another question
        ("thanks", "", 2, 1),
    ],
)
def test_the_same_question_again_was_not_resolved(
    house: House, intent: str, topic: str, after_h: int, automated: int
) -> None:
    conversation = house.guest()
    house.write(conversation, "ask_amenities", topic="pool")
    house.write(conversation, intent, topic=topic, at=NOON + dt.timedelta(hours=after_h))
    assert house.count().numbers["automated"] == automated


def test_details_of_one_booking_are_not_the_same_question(house: House) -> None:
    conversation = house.guest()
    for minute in range(3):
        house.write(conversation, "check_availability", at=NOON + dt.timedelta(minutes=minute))
    assert house.count().numbers["automated"] == 1


def test_a_dead_message_or_silence_is_not_automated(house: House) -> None:
    dead, silent = house.guest(), house.guest()
    house.write(dead, "ask_amenities")
    Message.objects.filter(conversation=dead).update(state="dead")
    Message.objects.create(
        tenant=house.hotel.tenant, conversation=silent, account=house.account, provider_id="x", kind="text",
        state="for_staff", sent_at=NOON, received_at=NOON,
    )  # fmt: skip
    found = house.count()
    assert (found.numbers["visits"], found.numbers["answered"], found.numbers["automated"]) == (2, 1, 0)


def test_the_funnel_narrows_and_says_why_guests_were_lost(house: House) -> None:
    stay = house.hotel.stay(arrival=20, nights=2)
    asked, quoted, booked, talked = (house.guest() for _ in range(4))
    for conversation in (asked, quoted, booked, talked):
        house.write(conversation, "check_availability")
    house.write(house.guest(), "ask_amenities")  # asked for no stay
    quote_option(house.hotel, stay, conversation_key=quoted.public_id)
    reservation = requested(house.hotel, stay, key=booked.public_id)
    calls.run_call(reservation.pms_calls.get().pk)
    Handoff.objects.create(tenant=house.hotel.tenant, conversation=talked, reason="group", opened_at=NOON)

    found = house.count()
    assert [found.numbers[name] for name in reading.FUNNEL] == [4, 2, 1, 1, 0]
    assert found.lost == {"no_offer": 1, "no_reply": 1, "with_person": 1}
    assert [(money.amount, money.currency) for money in found.earned] == [(120_000, "ARS")]
    assert found.conversion == 0.25

    Reservation.objects.update(state="departed")
    assert house.count().numbers["stayed"] == 1
    Reservation.objects.update(state="cancelled")
    found = house.count()
    assert (found.numbers["cancelled"], found.earned) == (1, [])


def test_a_day_is_the_hotels_own(house: House) -> None:
    """At half past three in the morning the hotel's yesterday still lasts."""
    conversation = house.guest()
    late = dt.datetime(2026, 3, 5, 3, 30, tzinfo=house.hotel.tenant.zone)
    house.write(conversation, "ask_amenities", at=late)
    assert house.count(DAY).numbers["visits"] == 1
    assert house.count(DAY + dt.timedelta(days=1)).numbers["visits"] == 0


def test_counting_again_changes_nothing_and_forgets_what_is_gone(house: House) -> None:
    conversation = house.guest(channel="webchat", language="pt")
    house.write(conversation, "ask_amenities")
    house.write(house.guest(), "ask_amenities")
    first = house.count()
    before = list(DayFigures.objects.order_by("pk").values("pk", "channel", "visits", "topics"))
    assert house.count() == first
    assert list(DayFigures.objects.order_by("pk").values("pk", "channel", "visits", "topics")) == before
    conversation.delete()
    assert house.count().numbers["visits"] == 1
    assert [row.channel for row in DayFigures.objects.all()] == ["whatsapp"]


def test_another_hotels_guests_are_not_counted(house: House) -> None:
    from tenants.scoping import every_tenant

    house.write(house.guest(), "ask_amenities")
    with every_tenant():
        other = open_hotel()
    assert insight.count_day(tenant=other.tenant, day=DAY) == 0
    assert not DayFigures._base_manager.filter(tenant=other.tenant).exists()


def test_samples_are_drawn_once_the_day_is_settled_and_judged(house: House) -> None:
    for _ in range(9):
        house.write(house.guest(), "ask_amenities")
    house.count()
    assert not VisitAudit.objects.exists()  # a guest may still ask again, or a person answer
    house.traveller.move_to(NOON + dt.timedelta(days=2))
    house.count()
    drawn = list(VisitAudit.objects.order_by("pk").values_list("conversation_id", flat=True))
    assert len(drawn) == insight.SAMPLES_A_DAY
    house.count()
    assert list(VisitAudit.objects.order_by("pk").values_list("conversation_id", flat=True)) == drawn

    marta = get_user_model().objects.create_user("marta")
    waiting = reading.to_judge(tenant=house.hotel.tenant)
    for number, row in enumerate(waiting):
        verdict = "wrong" if number == 0 else "right"
        insight.judge(tenant=house.hotel.tenant, audit_id=row.pk, verdict=verdict, by=marta, note="ok")
    audited = reading.read(tenant=house.hotel.tenant, first=DAY, last=DAY).audited
    assert (audited.right, audited.wrong, audited.rate) == (4, 1, 0.8)
    low, high = audited.interval or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.376, 0.964)  # Wilson's interval of 4 in 5
    assert not reading.to_judge(tenant=house.hotel.tenant)
    with pytest.raises(BadInput):
        insight.judge(tenant=house.hotel.tenant, audit_id=waiting[0].pk, verdict="maybe", by=marta)
    with pytest.raises(BadInput):
        insight.judge(tenant=open_hotel().tenant, audit_id=waiting[0].pk, verdict="right", by=marta)


def test_an_older_day_is_counted_again_when_its_stay_moves_on(house: House) -> None:
    conversation = house.guest()
    house.write(conversation, "check_availability")
    reservation = requested(house.hotel, house.hotel.stay(arrival=20, nights=2), key=conversation.public_id)
    calls.run_call(reservation.pms_calls.get().pk)
    house.traveller.move_to(NOON + dt.timedelta(days=21))
    assert DAY not in insight.count_recent(tenant=house.hotel.tenant)
    reservation.refresh_from_db()
    from reservations.services.builtin import desk

    desk.check_in(tenant=house.hotel.tenant, booking_id=reservation.pms_booking_id, actor="marta")
    assert DAY in insight.count_recent(tenant=house.hotel.tenant)
    assert reading.read(tenant=house.hotel.tenant, first=DAY, last=DAY).total.numbers["stayed"] == 1


def test_the_command_counts_a_range(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.write(house.guest(), "ask_amenities")
    slug = house.hotel.tenant.slug
    call_command("count_days", "--tenant", slug, "--first", "2026-03-01", "--last", "2026-03-04", "--json")
    assert '"days": 4, "visits": 1' in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("count_days", "--tenant", "nobody")
    assert ended.value.code == 2
