"""Breakers: when they open, what never opens them, who probes, and that Redis is only a convenience."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from prometheus_client import REGISTRY
from pytest_django import Settings

from hotel_agent.common.exceptions import (
    BadInput,
    DependencyDown,
    HotelAgentError,
    LostClaim,
    Misconfigured,
    Permanent,
    UnknownOutcome,
)
from integrations import breakers
from integrations.breakers import Service, call
from integrations.breakers_shared import OPEN, PROBE, SharedState
from integrations.exceptions import BreakerOpen, RecipientThrottled, Throttled, WindowClosed
from tests.integrations.processes import Child

KEY = "104857600000001"
WHATSAPP, PMS, NLU = Service.WHATSAPP, Service.PMS, Service.NLU


def ok() -> str:
    return "answer"


def failing(error: BaseException | None = None) -> Callable[[], str]:
    def function() -> str:
        raise error or DependencyDown("no answer")

    return function


def fail(service: Service = WHATSAPP, key: str = KEY, *, times: int = 1, error: Exception | None = None) -> None:
    """Let calls fail that the breaker lets through."""
    error = error or DependencyDown("no answer")
    for _ in range(times):
        with pytest.raises(type(error)) as caught:
            call(service, key, failing(error))
        assert caught.value is error


def refused(service: Service = WHATSAPP, key: str = KEY) -> bool:
    """Whether a call is refused without being made."""
    made = []
    try:
        call(service, key, lambda: made.append(1))
    except BreakerOpen:
        assert made == []
        return True
    assert made == [1]
    return False


def call_in_child() -> str:
    """What a call of another process ends in."""
    try:
        return call(WHATSAPP, KEY, ok)
    except BreakerOpen:
        return "refused"


@pytest.fixture
def short_pauses(settings: Settings) -> None:
    """30 seconds are 0.3."""
    settings.TIME_SCALE = 100.0


@pytest.fixture(params=["refused", "silent"])
def no_redis(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """A Redis that is not there, and one that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.REDIS_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        if request.param == "refused":
            listener.close()
        yield


def wait_for_probe_time() -> None:
    """Until every pause of the breaker is over (pauses are at most 0.36 s here)."""
    while any(state.state == "open" for state in breakers.states()):
        time.sleep(0.02)


# --- opening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "most"), [(WHATSAPP, 5), (PMS, 5), (NLU, 3), (Service.PAYMENTS, 5)])
def test_so_many_failures_in_a_row_open_it(service: Service, most: int) -> None:
    fail(service, times=most - 1)
    assert not refused(service)
    fail(service, times=most)
    assert refused(service)


def test_a_success_in_between_starts_the_count_again() -> None:
    for _ in range(2):
        fail(times=4)
        call(WHATSAPP, KEY, ok)
    # 8 of 10 have failed now, and the rate alone is enough at the next failure.
    fail()
    assert refused()


def test_half_of_the_last_calls_failing_opens_it() -> None:
    for _ in range(4):
        call(WHATSAPP, KEY, ok)
        fail()
    call(WHATSAPP, KEY, ok)
    assert not breakers.states()
    fail()
    assert refused()


def test_a_third_failing_does_not_open_it() -> None:
    for _ in range(30):
        fail()
        call(WHATSAPP, KEY, ok)
        call(WHATSAPP, KEY, ok)
    assert not refused()


@pytest.mark.parametrize("error", [UnknownOutcome("?"), DependencyDown("x"), RuntimeError("bug")])
def test_unknown_outcomes_and_surprises_count(error: Exception) -> None:
    fail(times=5, error=error)
    assert refused()


@pytest.mark.parametrize(
    "error", [Permanent(), WindowClosed(), Misconfigured(), BadInput(), LostClaim(), RecipientThrottled()]
)
def test_answers_of_the_business_never_open_it_and_prove_that_it_works(error: HotelAgentError) -> None:
    fail(times=4)
    fail(times=40, error=error)
    fail(times=4)
    assert not refused()


def test_our_own_ending_is_no_failure_of_theirs() -> None:
    for _ in range(10):
        with pytest.raises(SystemExit):
            call(WHATSAPP, KEY, failing(SystemExit(1)))
    assert not refused()


def test_keys_and_services_fail_alone() -> None:
    fail(times=5)
    assert refused()
    assert not refused(key="another number")
    assert not refused(PMS)


def test_a_refusal_says_when_to_come_back_within_the_jitter() -> None:
    waits = []
    for key in map(str, range(12)):
        fail(PMS, key, times=5)
        with pytest.raises(BreakerOpen) as caught:
            call(PMS, key, ok)
        assert isinstance(caught.value, DependencyDown)
        waits.append(caught.value.retry_after or 0)
    assert all(23 < wait <= 36 for wait in waits)
    assert max(waits) - min(waits) > 2


def test_the_wait_is_told_unscaled_because_it_is_scaled_where_it_is_used(settings: Settings) -> None:
    settings.TIME_SCALE = 10.0
    fail(PMS, times=5)
    with pytest.raises(BreakerOpen) as caught:
        call(PMS, KEY, ok)
    assert 23 < (caught.value.retry_after or 0) <= 36


@pytest.mark.parametrize(("asked", "waits"), [(7.0, 7.0), (100_000.0, 900.0), (None, 30.0)])
def test_being_asked_to_slow_down_closes_the_door_for_that_long(asked: float | None, waits: float) -> None:
    fail(error=Throttled("slow down", retry_after=asked))
    with pytest.raises(BreakerOpen) as caught:
        call(WHATSAPP, KEY, ok)
    assert (caught.value.retry_after or 0) == pytest.approx(waits, abs=2)


def test_a_generator_is_handed_back_unread() -> None:
    assert list(call(WHATSAPP, KEY, lambda: (number for number in range(3)))) == [0, 1, 2]


def test_a_thousand_breakers_are_remembered_and_no_more() -> None:
    fail(PMS, "first", times=4)
    for number in range(breakers.MAX_BREAKERS):
        call(PMS, str(number), ok)
    assert len(breakers._breakers) == breakers.MAX_BREAKERS
    fail(PMS, "first")
    assert not refused(PMS, "first")


# --- all processes ---------------------------------------------------------------------------------------------------


def test_what_one_process_opens_is_open_for_another() -> None:
    fail(times=5)
    assert Child(call_in_child).result() == "refused"


def test_a_process_that_looked_just_now_knows_a_second_later() -> None:
    assert not refused()
    Child(lambda: fail(times=5)).result()
    time.sleep(1.05)
    assert refused()


def test_asking_redis_happens_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    send = redis.Redis.execute_command

    def counted(client: redis.Redis, *args: Any, **options: Any) -> Any:
        asked.append(args[0])
        return send(client, *args, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", counted)
    started = time.monotonic()
    for _ in range(500):
        call(WHATSAPP, KEY, ok)
    seconds = time.monotonic() - started
    assert len(asked) <= 1 + int(seconds), asked


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.concurrency
def test_after_the_pause_one_process_probes_and_the_others_wait() -> None:
    fail(times=5)
    wait_for_probe_time()

    def slow() -> str:
        time.sleep(1.0)
        return "probed"

    def probe() -> str:
        try:
            return call(WHATSAPP, KEY, slow)
        except BreakerOpen:
            return "refused"

    results = [child.result() for child in [Child(probe) for _ in range(4)]]
    assert sorted(results) == ["probed", "refused", "refused", "refused"]
    assert not refused()
    assert breakers.states() == []


@pytest.mark.usefixtures("short_pauses")
def test_a_probe_that_fails_opens_it_again_for_all() -> None:
    fail(times=5)
    wait_for_probe_time()
    fail()
    assert refused()
    assert Child(call_in_child).result() == "refused"


@pytest.mark.usefixtures("short_pauses")
def test_a_probe_elsewhere_that_fails_once_is_enough() -> None:
    fail(times=5)
    wait_for_probe_time()

    def probe_and_see() -> list[str]:
        fail()
        return [call_in_child()]

    assert Child(probe_and_see).result() == ["refused"]


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("error", [None, Permanent("room is gone"), Misconfigured("token")])
def test_a_probe_that_is_answered_closes_it(error: HotelAgentError | None) -> None:
    fail(times=5)
    wait_for_probe_time()
    if error is None:
        call(WHATSAPP, KEY, ok)
    else:
        fail(error=error)
    assert breakers.states() == []
    fail(times=4)
    assert not refused()


def test_a_call_under_way_since_before_the_pause_does_not_end_it() -> None:
    def slow() -> str:
        Child(lambda: fail(times=5)).result()
        return "late answer"

    assert call(WHATSAPP, KEY, slow) == "late answer"
    assert [state.state for state in breakers.states()] == ["open"]


def test_the_right_to_probe_ends_with_its_holder() -> None:
    door = SharedState()
    assert door.begin_probe("x", "dies", seconds=0.05)
    assert not door.begin_probe("x", "other", seconds=5)
    time.sleep(0.1)
    assert door.begin_probe("x", "other", seconds=5)
    door.end_probe("x", "dies")
    assert not door.begin_probe("x", "third", seconds=5)
    door.end_probe("x", "other")
    assert door.begin_probe("x", "third", seconds=5)


# --- without Redis ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_redis", "short_pauses")
def test_without_redis_a_process_breaks_and_probes_for_itself() -> None:
    fail(times=5)
    assert refused()
    assert [(state.service, state.key, state.state) for state in breakers.states()] == [(WHATSAPP, KEY, "open")]
    assert Child(call_in_child).result() == "answer"
    wait_for_probe_time()
    assert call(WHATSAPP, KEY, ok) == "answer"
    assert breakers.states() == []


def test_without_a_redis_address_it_works_alone(settings: Settings) -> None:
    settings.REDIS_URL = ""
    fail(times=5)
    assert refused()


def test_a_flushed_redis_does_not_close_what_this_process_opened() -> None:
    fail(times=5)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()
    time.sleep(1.05)
    assert refused()


# --- seeing it -------------------------------------------------------------------------------------------------------


def test_states_and_gauges_tell_open_half_open_and_closed() -> None:
    now = time.time()
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.zadd(OPEN, {
            "nlu:embedded": now - 5, "pms:https://a.example:443": now + 20, "pms:https://b.example": now - 5,
            "whatsapp:old": now - 7200, "fax:1": now + 20,
        })  # fmt: skip
    found = {(state.service.value, state.key): state.state for state in breakers.states()}
    assert found == {
        ("nlu", "embedded"): "half_open",
        ("pms", "https://a.example:443"): "open",
        ("pms", "https://b.example"): "half_open",
    }
    breakers.publish_gauges()
    gauges = {
        "nlp_circuit_breaker_state": _sample("nlp_circuit_breaker_state"),
        "pms_circuit_breaker_state": _sample("pms_circuit_breaker_state"),
        "whatsapp": _sample("service_circuit_breaker_state", service="whatsapp"),
    }
    assert gauges == {"nlp_circuit_breaker_state": 2, "pms_circuit_breaker_state": 1, "whatsapp": 0}


def test_calls_are_counted_by_how_they_ended() -> None:
    before = _counted()
    call(NLU, "engine", ok)
    fail(NLU, "engine", error=Permanent())
    fail(NLU, "engine", times=3)
    assert refused(NLU, "engine")
    difference = {name: after - before[name] for name, after in _counted().items()}
    assert difference == {
        "ok": 1,
        "excluded": 1,
        "fail": 3,
        "rejected": 1,
        "nlp_open_rejected": 1,
        "nlp_closed_fail": 3,
    }


def _counted() -> dict[str, float]:
    found = {
        result: _sample("service_circuit_breaker_calls_total", service="nlu", result=result)
        for result in ("ok", "fail", "rejected", "excluded")
    }
    found["nlp_open_rejected"] = _sample("nlp_circuit_breaker_calls_total", state="open", result="rejected")
    found["nlp_closed_fail"] = _sample("nlp_circuit_breaker_calls_total", state="closed", result="fail")
    return found


def _sample(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None, f"{name}{labels} is not initialised"
    return value


def test_keys_in_redis_are_the_two_that_are_documented() -> None:
    fail(times=5)
    SharedState().begin_probe("whatsapp:1", "t", seconds=5)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        assert {key.decode() for key in client.keys("*")} == {OPEN, PROBE + "whatsapp:1"}
