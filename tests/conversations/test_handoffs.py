"""A guest who needs a person: staff are told by the ladder, the guest hears the truth, each thing once."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connections
from prometheus_client import REGISTRY

from conversations.models import (
    Conversation,
    Escalation,
    EscalationStep,
    Handoff,
    HandoffPolicy,
    OutboundMessage,
    Turn,
)
from conversations.services import handoffs, ladder, notifying, ownership, staff
from conversations.services.replaying import replay
from integrations.notices.webhook import signature
from tenants.models import Holiday, OpeningHours, Role
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tests.admin.conftest import person
from tests.conversations.conftest import TIME_SCALE
from tests.conversations.guests import WhatsAppGuest, drain, envelope, post, text_message
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import GraphStandIn

ASKS = {
    "es": "quiero hablar con una persona", "en": "I want to talk to a person please", "pt": "quero falar com uma pessoa"
}  # fmt: skip
STILL = {"es": "todavía no pudieron responderte", "en": "hasn't been able to answer", "pt": "ainda não conseguiu"}
COLLEAGUE = "5491144440000"
SECRET = "webhook-secret-4711"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A Saturday afternoon in Buenos Aires that goes on, and can be moved forward."""
    start = dt.datetime(2027, 3, 6, 17, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=True) as traveller:
        yield traveller


@pytest.fixture
def desk(clock: time_machine.Traveller, hotel: Hotel) -> Iterator[Hotel]:
    """The hotel, its tenant's scope open, on the moved clock."""
    forget_configuration()
    with tenant_scope(hotel.tenant):
        yield hotel


def later(clock: time_machine.Traveller, minutes: float) -> None:
    """So many minutes of the product's waiting times pass."""
    clock.shift(dt.timedelta(minutes=minutes / TIME_SCALE))


def rung(hotel: Hotel, way: str, after: int, **fields: Any) -> EscalationStep:
    step = EscalationStep.objects.create(tenant=hotel.tenant, way=way, after_min=after, **fields)
    forget_configuration()
    return step


def whatsapps(graph: GraphStandIn, number: str = COLLEAGUE) -> list[str]:
    sent = [one for one in graph.control.messages() if one["to"].lstrip("+") == number]
    return [one["body"]["text"]["body"] for one in sent]


def alarms(why: str) -> float:
    return REGISTRY.get_sample_value("handoff_alarms_total", {"why": why}) or 0.0


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_told_again_once_in_their_language_when_the_time_has_passed(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller, language: str
) -> None:
    type(desk.tenant).objects.update(phone="+54 11 5555 0100")
    forget_configuration()
    guest.say(ASKS[language])
    handoff = Handoff.objects.get()
    assert handoff.promised
    assert guest.hear() == ""
    later(clock, 29)
    assert guest.hear() == "", "the promise has not passed yet"
    later(clock, 2)
    said = guest.hear()
    assert said.count(STILL[language]) == 1
    assert "+54 11 5555 0100" in said
    later(clock, 120)
    assert guest.hear() == "", "exactly once"
    told = OutboundMessage.objects.get(dedupe_key=f"handoff:{handoff.pk}:late")
    assert told.why["rule"] == "team.still_waiting"
    turn = Turn.objects.get(kind="desk")
    assert replay(turn).is_same


def test_whoever_answers_in_time_keeps_the_word(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    guest.say(ASKS["es"])
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    staff.reply(Conversation.objects.get().pk, by=by, text="Hola, soy Marta.", token="t")
    assert "Marta" in guest.hear()
    later(clock, 90)
    assert guest.hear() == ""
    assert Handoff.objects.get().told_again_at is None


def test_somebody_who_took_it_and_forgot_is_not_hidden_from_the_guest(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    guest.say(ASKS["es"])
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    ownership.take_over(Conversation.objects.get().pk, by=by)
    later(clock, 31)
    assert "tiene tu mensaje y todavía no pudo responderte" in guest.hear()
    later(clock, 60)
    assert guest.hear() == ""


def test_the_ladder_climbs_rung_by_rung_and_stops_when_somebody_comes(
    desk: Hotel, guest: WhatsAppGuest, graph: GraphStandIn, clock: time_machine.Traveller
) -> None:
    rung(desk, "whatsapp", 0, target=COLLEAGUE)
    rung(desk, "whatsapp", 10, target="5491144441111")
    rung(desk, "whatsapp", 20, target="5491144442222")
    rung(desk, "whatsapp", 0, target="5491144443333", only_urgent=True)
    guest.say("quiero hablar con una persona, no me funciona la tarjeta")
    first = whatsapps(graph)
    assert len(first) == 1
    assert "pidió una persona" in first[0]
    assert f"/admin/conversations/conversation/{Conversation.objects.get().pk}/change/" in first[0]
    assert whatsapps(graph, "5491144441111") == []
    later(clock, 11)
    drain()
    assert len(whatsapps(graph, "5491144441111")) == 1
    assert handoffs.acknowledge(Handoff.objects.get().pk, by=person("marta", tenant=desk.tenant))
    later(clock, 15)
    drain()
    assert whatsapps(graph, "5491144442222") == []
    assert len(whatsapps(graph)) == 1
    assert whatsapps(graph, "5491144443333") == [], "it is not urgent"
    assert not Escalation.objects.filter(acknowledged_at__isnull=True).exists()


def test_a_notice_nobody_reacts_to_becomes_an_alarm_once(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    rung(desk, "whatsapp", 0, target=COLLEAGUE)
    before = alarms("unanswered")
    guest.say(ASKS["es"])
    assert Escalation.objects.get().alarmed_at is None
    later(clock, 16)
    drain()
    notice = Escalation.objects.get(key__startswith="step:")
    assert (notice.alarm, alarms("unanswered")) == ("unanswered", before + 1)
    later(clock, 5)
    drain()
    assert alarms("unanswered") == before + 1


def test_a_notice_that_cannot_be_delivered_is_an_alarm_at_once(desk: Hotel, guest: WhatsAppGuest) -> None:
    rung(desk, "email", 0, target="recepcion@hotel.example")  # the hotel has no mailbox
    rung(desk, "assignee", 0)
    guest.say(ASKS["es"])
    drain()
    found = {(one.way, one.state, one.alarm) for one in Escalation.objects.all()}
    assert found == {("email", "dead", "not_delivered"), ("assignee", "orphan", "not_delivered")}


def test_two_sweepers_and_a_death_in_between_make_one_notice(
    desk: Hotel, guest: WhatsAppGuest, graph: GraphStandIn, clock: time_machine.Traveller
) -> None:
    rung(desk, "whatsapp", 5, target=COLLEAGUE)
    guest.say(ASKS["es"])
    handoff = Handoff.objects.get()
    later(clock, 31)

    def sweep(_: int) -> None:
        try:
            with tenant_scope(desk.tenant):
                ladder.climb(handoff.pk)
                for pk in notifying.due_notices(10):
                    notifying.notify(pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(sweep, range(12)))
    assert len(whatsapps(graph)) == 1
    assert guest.hear().count(STILL["es"]) == 1
    assert Escalation.objects.filter(key__startswith="step:").count() == 1

    # A worker that died before it had noted what it did: everything is due again, nothing is said again.
    Handoff.objects.filter(pk=handoff.pk).update(check_at=handoff.opened_at, told_again_at=None)
    drain()
    assert guest.hear() == ""
    assert len(whatsapps(graph)) == 1


class Receiver:
    """A hotel's own system behind a socket."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, str]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status, said = owner.answers.pop(0) if owner.answers else (200, "{}")
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/needs-person"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_webhook_is_signed_retried_under_one_id_and_may_acknowledge(
    desk: Hotel, guest: WhatsAppGuest, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    rung(desk, "webhook", 0, target=receiver.url, credentials={"secret": SECRET})
    receiver.answers = [(503, ""), (200, '{"acknowledged": true}')]
    guest.say(ASKS["en"])
    clock.shift(dt.timedelta(seconds=5))
    drain()
    assert len(receiver.seen) == 2
    (first, body), (second, _) = receiver.seen
    assert first["x-hotelagent-delivery"] == second["x-hotelagent-delivery"] == str(Escalation.objects.get().public_id)
    stamp, digest = (part.split("=", 1)[1] for part in first["x-hotelagent-signature"].split(","))
    assert digest == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature(body, "another", int(stamp)) != first["x-hotelagent-signature"]
    told = json.loads(body)
    assert (told["event"], told["reason"], told["urgent"]) == ("handoff.waiting", "asked", False)
    assert Handoff.objects.get().acknowledged_at is not None


def test_a_webhook_into_the_house_is_never_called(
    desk: Hotel, guest: WhatsAppGuest, receiver: Receiver, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS = []
    rung(desk, "webhook", 0, target=receiver.url, credentials={"secret": SECRET})
    guest.say(ASKS["en"])
    drain()
    assert receiver.seen == []
    assert Escalation.objects.get().alarm == "not_delivered"


def test_on_a_holiday_the_guest_hears_when_somebody_is_back(desk: Hotel, guest: WhatsAppGuest) -> None:
    OpeningHours.objects.bulk_create(
        OpeningHours(tenant=desk.tenant, weekday=day, opens=dt.time(8), closes=dt.time(20)) for day in range(7)
    )
    Holiday.objects.create(tenant=desk.tenant, date=dt.date(2027, 3, 6), name="Fiesta")
    Holiday.objects.create(tenant=desk.tenant, date=dt.date(2027, 3, 7), opens=dt.time(10), closes=dt.time(12))
    forget_configuration()
    rung(desk, "whatsapp", 0, target=COLLEAGUE)
    said = guest.say(ASKS["es"])
    assert "mañana a las 10:00" in said
    handoff = Handoff.objects.get()
    assert handoff.due_at is not None
    due = desk.tenant.local(handoff.due_at)
    assert (due.day, due.hour) == (7, 10), "counted from opening"
    assert not Escalation.objects.exists(), "nobody is called on a holiday for what can wait"
    assert handoff.check_at is not None
    assert desk.tenant.local(handoff.check_at).hour == 10


def test_an_emergency_calls_at_any_hour_and_gives_the_number_at_once(
    desk: Hotel, guest: WhatsAppGuest, graph: GraphStandIn
) -> None:
    type(desk.tenant).objects.update(phone="+54 11 5555 0100")
    OpeningHours.objects.create(tenant=desk.tenant, weekday=0, opens=dt.time(8), closes=dt.time(9))
    forget_configuration()
    rung(desk, "whatsapp", 0, target=COLLEAGUE, only_urgent=True, hours="closed")
    said = guest.say("hay olor a gas en la habitación 204, es una emergencia!!")
    assert "+54 11 5555 0100" in said
    assert "número de emergencias" in said
    drain()
    assert "Urgente" in whatsapps(graph)[0]
    assert "204" in whatsapps(graph)[0]


def test_the_brief_says_what_a_person_needs(desk: Hotel, guest: WhatsAppGuest) -> None:
    stay = desk.stay(arrival=20, nights=3)
    guest.say(f"una doble del {stay.check_in:%d/%m/%Y} al {stay.check_out:%d/%m/%Y} para 2, precio?")
    guest.say("esto es una vergüenza, quiero quejarme")
    handoff = Handoff.objects.get(reason="complaint")
    brief = handoff.brief
    assert brief["slots"]["check_in"].startswith(str(stay.check_in))
    assert brief["quote"]
    assert "negative" in brief["mood"]
    assert [line["who"] for line in brief["lines"]][:2] == ["guest", "agent"]


def test_a_third_misunderstanding_in_a_row_goes_to_a_person(desk: Hotel, guest: WhatsAppGuest) -> None:
    said = ""
    for words in ("lo de antes", "la cosa esa", "jfdkslj"):
        said = guest.say(words)
    assert "recepción" in said
    assert Handoff.objects.get().reason == "not_understood"


@pytest.mark.parametrize(
    "words",
    ["¿no me pueden perdonar la penalidad?", "can I get a refund even though it's non-refundable?",
     "could you waive the cancellation fee?"],
)  # fmt: skip
def test_an_exception_to_the_rules_is_a_persons_decision(desk: Hotel, guest: WhatsAppGuest, words: str) -> None:
    guest.say(words)
    assert Handoff.objects.get().reason == "policy_exception"


def test_the_agent_comes_back_after_hours_without_staff_and_says_so(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    HandoffPolicy.objects.create(tenant=desk.tenant, return_after_hours=2)
    forget_configuration()
    guest.say(ASKS["es"])
    by = person("marta", tenant=desk.tenant, role=Role.RECEPTION)
    staff.reply(Conversation.objects.get().pk, by=by, text="Ya lo miro.", token="t")
    guest.hear()
    assert guest.say("¿y entonces?") == ""
    later(clock, 119)
    drain()
    assert Conversation.objects.get().owner == "human"
    later(clock, 2)
    assert "sigo yo, el asistente automático" in guest.hear()
    assert Conversation.objects.get().owner == "agent"
    assert set(Handoff.objects.values_list("state", "closed_why")) == {("closed", "staff_silent")}
    assert "cochera" in guest.say("¿tienen cochera?")


@pytest.mark.parametrize("word", ["Asistente", "assistant!", "assistente"])
def test_the_guest_may_have_the_agent_back_where_the_hotel_allows_it(
    desk: Hotel, guest: WhatsAppGuest, word: str
) -> None:
    guest.say("¿tienen cochera?")
    conversation = Conversation.objects.get()
    ownership.take_over(conversation.pk)
    assert guest.say("hola?") == ""
    HandoffPolicy.objects.create(tenant=desk.tenant, guest_may_return=False)
    forget_configuration()
    assert guest.say(word) == ""
    HandoffPolicy.objects.update(guest_may_return=True)
    forget_configuration()
    assert guest.say(word) != ""
    assert Conversation.objects.get().owner == "agent"

    ownership.take_over(conversation.pk, owner=Conversation.Owner.PAUSED)
    assert guest.say(word) == "", "whoever paused it decides"


def test_a_person_who_comes_unasked_is_minded_too(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    guest.say("¿tienen cochera?")
    ownership.take_over(Conversation.objects.get().pk)
    assert Handoff.objects.get().reason == "taken_over"
    later(clock, 12 * 60 + 1)
    drain()
    assert Conversation.objects.get().owner == "agent"
    assert guest.hear() == "", "the guest was not waiting for anything"


def test_nothing_is_said_where_whatsapp_would_not_take_it(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    guest.say(ASKS["es"])
    Conversation.objects.update(last_inbound_at=dt.datetime(2027, 3, 4, tzinfo=dt.UTC))
    later(clock, 31)
    drain()
    assert guest.hear() == ""
    assert Handoff.objects.get().reason == "asked", "and no second handoff follows from it"
    assert Escalation.objects.get(key="again").alarm == "not_delivered", "nobody has an address; that is an alarm"


def test_the_team_is_told_by_mail_at_every_address(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    for name, role in (("ana", Role.RECEPTION), ("bea", Role.MANAGER), ("leo", Role.READ_ONLY)):
        get_user_model().objects.filter(pk=person(name, tenant=desk.tenant, role=role).pk).update(
            email=f"{name}@hotel.example"
        )
    rung(desk, "team", 0)
    guest.say(ASKS["es"])
    assert set(Escalation.objects.values_list("target", flat=True)) == {"ana@hotel.example", "bea@hotel.example"}


def test_a_delivery_in_the_middle_of_a_turn_waits_for_it(
    desk: Hotel, guest: WhatsAppGuest, clock: time_machine.Traveller
) -> None:
    guest.say(ASKS["es"])
    later(clock, 31)
    assert post(envelope([text_message(guest.wa_id, "¿hola?")])).status_code == 200
    Conversation.objects.update(lease_until=dt.datetime(2027, 3, 7, tzinfo=dt.UTC))
    handoff = Handoff.objects.get()
    assert ladder.climb(handoff.pk) is None
    assert not OutboundMessage.objects.filter(dedupe_key__startswith="handoff:").exists()
    Conversation.objects.update(lease_until=None)
    assert STILL["es"] in guest.hear()
