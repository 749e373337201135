"""The metrics that dashboards and alerts are built on: each there from the start, and each moved by a test."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from conversations import figures
from conversations.models import Conversation, Session
from conversations.services import gauges, listening, purging
from conversations.understanding.types import Situation
from hotel_agent.common import clock
from hotel_agent.embedded.places import PROJECT
from integrations.pms.base import Reason
from reservations.models import Reservation
from tenants.scoping import tenant_scope
from tenants.services import connect_pms
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel

HERE = "tests/operations/test_metrics.py"
BUSINESS = "tests/reservations/test_business_metrics.py"
BREAKERS = "tests/integrations/test_breakers.py"

METRICS: dict[str, tuple[dict[str, tuple[str, ...]], str]] = {
    "nlp_circuit_breaker_state": ({}, BREAKERS),
    "nlp_circuit_breaker_calls_total": (
        {"state": ("closed", "open", "half_open"), "result": ("ok", "fail", "rejected", "excluded")}, BREAKERS,
    ),
    "nlp_operations_total": ({"operation": ("understand",), "status": ("ok", "fallback")}, HERE),
    "nlp_errors_total": ({"operation": ("understand", "remote"), "error_type": figures.NLP_ERRORS}, HERE),
    "pms_circuit_breaker_state": ({}, BREAKERS),
    "pms_operations_total": ({"operation": ("search", "book", "cancel"), "status": ("ok", "dependency_down")}, HERE),
    "pms_api_latency_seconds": ({"operation": ("search", "book", "cancel")}, HERE),
    "orchestrator_degraded_responses_total": ({"reason": figures.DEGRADED}, HERE),
    "orchestrator_latency_seconds": ({"intent": ("check_availability", "none"), "status": ("ok", "degraded")}, HERE),
    "orchestrator_escalations_total": (
        {"reason": figures.ESCALATIONS, "channel": ("whatsapp", "email", "webchat")}, HERE,
    ),
    "session_active_total": ({}, HERE),
    "session_cleanup_total": ({"result": ("ok", "error")}, HERE),
    "session_expirations_total": ({"reason": ("stale", "corrupt")}, HERE),
    "hotel_reservations_total": (
        {"status": tuple(Reservation.State.values), "channel": ("whatsapp", "email", "webchat"),
         "room_type": ("single", "double", "other")}, BUSINESS,
    ),
    "hotel_reservation_value": ({}, BUSINESS),
    "hotel_reservation_nights": ({}, BUSINESS),
    "hotel_reservation_lead_time_days": ({}, BUSINESS),
    "hotel_failed_reservations_total": ({"reason": tuple(map(str, Reason))}, BUSINESS),
    "hotel_cancellations_total": ({"channel": ("whatsapp", "email", "webchat")}, BUSINESS),
    "hotel_intents_detected_total": (
        {"intent": ("greeting", "check_availability"), "confidence_level": ("high", "medium", "low")}, HERE,
    ),
    "hotel_nlp_fallbacks_total": ({"engine": figures.ENGINES}, HERE),
    "hotel_messages_by_channel_total": (
        {"channel": ("whatsapp", "email", "webchat"), "direction": ("in", "out")}, HERE,
    ),
    "hotel_response_time_by_channel_seconds": ({"channel": ("whatsapp", "email", "webchat")}, HERE),
    "hotel_active_conversations": ({}, HERE),
    "hotel_occupancy_rate": ({}, BUSINESS),
    "hotel_available_rooms": ({"room_type": ("single", "double", "other")}, BUSINESS),
    "hotel_daily_revenue": ({"currency": ()}, BUSINESS),
    "hotel_adr": ({"currency": ()}, BUSINESS),
    "hotel_revpar": ({"currency": ()}, BUSINESS),
}  # fmt: skip
"""Design's list: name → values that have to be there from the start, by label, and the file that moves it.

Currencies are those of the hotels; they appear with the first look at tonight's figures.
"""


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def moved(action: Callable[[], object], *samples: tuple[str, dict[str, str]]) -> list[float]:
    before = [value(name, **labels) for name, labels in samples]
    action()
    return [value(name, **labels) - old for (name, labels), old in zip(samples, before, strict=True)]


@pytest.mark.parametrize("name", METRICS)
def test_it_is_there_from_the_start_with_its_labels(name: str) -> None:
    labels, _ = METRICS[name]
    family = next(one for one in REGISTRY.collect() if name in {one.name, f"{one.name}_total", f"{one.name}_seconds"})
    assert family.samples or "currency" in labels, "a series from the start"
    for sample in family.samples:
        assert set(sample.labels) - {"le"} == set(labels)
    for label, values in labels.items():
        assert set(values) <= {sample.labels[label] for sample in family.samples}, label


@pytest.mark.parametrize("name", METRICS)
def test_a_test_moves_it(name: str) -> None:
    tree = ast.parse((PROJECT / METRICS[name][1]).read_text())
    words = {
        node.value
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("test_it_is_there")
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {
        node.value
        for statement in tree.body
        if isinstance(statement, ast.AnnAssign) and METRICS[name][1] != HERE
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert any(re.fullmatch(rf"{name}(_sum|_count)?", word) for word in words)


def test_no_label_is_outside_its_set() -> None:
    scopes = set()
    for path in PROJECT.glob("*/**/*.py"):
        if path.relative_to(PROJECT).parts[0] in {"conversations", "reservations", "hotel_agent", "integrations"}:
            scopes |= set(re.findall(r'limits\.check\(\s*"([a-z-]+)"', path.read_text()))
    assert scopes, "the pattern still finds them"
    assert scopes <= set(figures.SCOPES)
    assert figures.closed("made up by a provider", figures.ESCALATIONS) == "other"


def test_no_label_names_a_hotel_or_a_guest() -> None:
    used = {label for metric in REGISTRY.collect() for sample in metric.samples for label in sample.labels}
    assert not used & {"tenant", "tenant_id", "phone", "guest", "room", "room_id", "url", "path", "wa_id", "email"}


@pytest.mark.django_db(transaction=True)
def test_a_conversation_moves_what_is_about_conversations(guest: WhatsAppGuest, hotel: Hotel) -> None:
    first = hotel.first_night + dt.timedelta(days=20)
    asks = f"Hola, ¿tienen una doble del {first:%d/%m/%Y} por 2 noches para 2 personas?"
    results = moved(
        lambda: guest.say(asks),
        ("hotel_messages_by_channel_total", {"channel": "whatsapp", "direction": "in"}),
        ("hotel_messages_by_channel_total", {"channel": "whatsapp", "direction": "out"}),
        ("hotel_response_time_by_channel_seconds_count", {"channel": "whatsapp"}),
        ("orchestrator_latency_seconds_count", {"intent": "check_availability", "status": "ok"}),
        ("hotel_intents_detected_total", {"intent": "check_availability", "confidence_level": "high"}),
        ("nlp_operations_total", {"operation": "understand", "status": "ok"}),
        ("pms_operations_total", {"operation": "search", "status": "ok"}),
        ("pms_api_latency_seconds_count", {"operation": "search"}),
    )
    assert results[:6] == [1, 1, 1, 1, 1, 1]
    assert results[6] == results[7] >= 1

    assert moved(
        lambda: guest.say("Quiero hablar con una persona"),
        ("orchestrator_escalations_total", {"reason": "asked", "channel": "whatsapp"}),
    ) == [1]

    gauges.refresh()
    assert value("hotel_active_conversations") == 1
    assert value("session_active_total") == 1


@pytest.mark.django_db(transaction=True)
def test_a_pms_that_is_down_is_counted_as_a_degraded_answer(guest: WhatsAppGuest, hotel: Hotel) -> None:
    connect_pms(hotel.tenant, kind="qloapps", base_url="http://127.0.0.1:9", hotel_id="1", api_key="key-0001")
    first = hotel.first_night + dt.timedelta(days=20)
    asks = f"Hola, ¿tienen una doble del {first:%d/%m/%Y} por 2 noches para 2 personas?"
    degraded, status, late = moved(
        lambda: guest.say(asks),
        ("orchestrator_degraded_responses_total", {"reason": "pms"}),
        ("pms_operations_total", {"operation": "search", "status": "dependency_down"}),
        ("orchestrator_latency_seconds_count", {"intent": "check_availability", "status": "degraded"}),
    )
    assert degraded == late == 1
    assert status >= 1


@pytest.mark.django_db(transaction=True)
def test_sessions_that_end_are_counted_by_why(guest: WhatsAppGuest, hotel: Hotel) -> None:
    guest.say("Hola")
    with tenant_scope(hotel.tenant):
        Session.objects.update(last_activity_at=clock.now() - dt.timedelta(days=2))

    assert moved(
        purging.purge_sessions,
        ("session_cleanup_total", {"result": "ok"}),
        ("session_expirations_total", {"reason": "stale"}),
    ) == [1, 1]
    assert value("session_active_total") == 0

    guest.say("Hola otra vez")
    with tenant_scope(hotel.tenant):
        Session.objects.update(state={"no": "state of ours"})
    assert moved(purging.purge_sessions, ("session_expirations_total", {"reason": "corrupt"})) == [1]
    assert Conversation._base_manager.count() == 1


def test_an_engine_that_breaks_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        """An engine with a bug."""

        name, version = "embedded", "broken"
        thresholds: dict[str, float] = {}

        def understand(self, text: str, situation: Situation) -> None:
            raise ZeroDivisionError

    monkeypatch.setattr(listening._Loaded, "engine", Broken())
    monkeypatch.setattr(listening._Loaded, "at", float("inf"))

    assert moved(
        lambda: listening.understand("hola", Situation(today=dt.date(2027, 1, 4))),
        ("nlp_errors_total", {"operation": "understand", "error_type": "bug"}),
        ("nlp_operations_total", {"operation": "understand", "status": "fallback"}),
        ("hotel_nlp_fallbacks_total", {"engine": "rules"}),
    ) == [1, 1, 1]
