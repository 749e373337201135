"""Limits: counted over all processes, never an error, and still a limit when Redis is gone."""

from __future__ import annotations

import copy
import datetime as dt
import json
import socket
from collections.abc import Iterator

import pytest
import time_machine
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pytest_django import Settings
from rest_framework.response import Response
from rest_framework.views import APIView

from hotel_agent.common import limits
from hotel_agent.common.limits import Limit, check, client_address, too_many

pytestmark = pytest.mark.usefixtures("fresh_limits")

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def allowed(count: int, key: str = "a", rate: str = "3/m", scope: str = "test") -> list[bool]:
    return [check(scope, key, rate).allowed for _ in range(count)]


@pytest.fixture(params=["refused", "silent"])
def no_redis(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """A Redis that is not there, and one that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        configuration = copy.deepcopy(settings.CACHES)
        configuration["limits"]["LOCATION"] = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        settings.CACHES = configuration
        if request.param == "refused":
            listener.close()
        yield


def test_a_limit_is_counted_per_key_and_scope() -> None:
    with time_machine.travel(NOON, tick=False):
        assert allowed(4) == [True, True, True, False]
        assert allowed(1, key="b") == [True]
        assert allowed(1, scope="other") == [True]


def test_other_processes_count_too() -> None:
    with time_machine.travel(NOON, tick=False):
        allowed(3)
        limits.reset_process()
        assert allowed(1) == [False]


def test_the_wait_leads_into_the_next_window() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        allowed(3)
        limit = check("test", "a", "3/m")
        assert 1 <= limit.retry_after <= 60
        clock.shift(limit.retry_after - 1)
        assert not check("test", "a", "3/m").allowed
        clock.shift(2)
        assert check("test", "a", "3/m") == Limit(allowed=True)


def test_a_window_may_be_several_minutes() -> None:
    with time_machine.travel(NOON, tick=False):
        assert allowed(6, rate="5/15m") == [True] * 5 + [False]
        assert 1 <= check("test", "a", "5/15m").retry_after <= 900


def test_a_refusal_is_counted_by_scope() -> None:
    before = REGISTRY.get_sample_value("ratelimited_requests_total", {"scope": "counted"}) or 0
    allowed(5, scope="counted", rate="3/d")
    assert REGISTRY.get_sample_value("ratelimited_requests_total", {"scope": "counted"}) == before + 2


@pytest.mark.parametrize("key", ["", "\ud800", "\x00", "ñandú 👋", "x" * 100_000])
def test_any_key_can_be_limited(key: str) -> None:
    assert allowed(4, key=key, rate="3/d") == [True, True, True, False]


@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_limit_is_this_process_s_own() -> None:
    before = REGISTRY.get_sample_value("ratelimit_backend_errors_total") or 0
    assert allowed(4, rate="3/h") == [True, True, True, False]
    assert allowed(1, key="b", rate="3/h") == [True]
    assert REGISTRY.get_sample_value("ratelimit_backend_errors_total") == before + 1


@pytest.mark.usefixtures("no_redis")
def test_without_redis_each_process_has_its_share(settings: Settings) -> None:
    settings.WEB_PROCESSES = 4
    assert allowed(4, rate="12/h") == [True, True, True, False]
    assert allowed(2, key="b", rate="2/h") == [True, False]


@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_bucket_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(limits, "monotonic", lambda: now)
    assert allowed(4, rate="3/m") == [True, True, True, False]
    assert check("test", "a", "3/m").retry_after == 20
    now += 19
    assert allowed(1) == [False]
    now += 1
    assert allowed(2) == [True, False]


@pytest.mark.usefixtures("no_redis")
def test_without_redis_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 10)
    for number in range(50):
        check("test", str(number), "3/h")
    assert len(limits._buckets) == 10


def test_redis_is_asked_again_after_five_seconds(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    now = 1000.0
    monkeypatch.setattr(limits, "monotonic", lambda: now)
    working = settings.CACHES
    broken = copy.deepcopy(working)
    broken["limits"]["LOCATION"] = "redis://127.0.0.1:1/0"
    settings.CACHES = broken
    allowed(4, rate="3/d")
    settings.CACHES = working
    assert allowed(1, rate="3/d") == [False]
    now += 5
    assert allowed(4, rate="3/d") == [True, True, True, False]


@pytest.mark.parametrize("rate", ["", "3", "3/w", "m/3", "-1/m", "3/m; DROP"])
def test_what_is_no_rate_is_a_mistake_that_shows(rate: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        check("test", "a", rate)


# --- who asks --------------------------------------------------------------------------------------------------------


def request(**meta: str) -> HttpRequest:
    made = RequestFactory().get("/")
    made.META.update(meta)
    return made


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("", "invalid"),
        ("unknown", "invalid"),
        ("203.0.113.9, 10.0.0.1", "invalid"),
        ("203.0.113.9:443", "invalid"),
        ("203.0.113.256", "invalid"),
        ("0x7f.1", "invalid"),
        ("fe80::1%eth0", "fe80::/64"),
        ("\x00", "invalid"),
    ],
)
def test_the_trusted_header_is_one_address_or_invalid(settings: Settings, written: str, expected: str) -> None:
    settings.TRUSTED_IP_HEADER = "X-Real-IP"
    assert client_address(request(HTTP_X_REAL_IP=written, REMOTE_ADDR="10.0.0.1")) == expected


def test_only_the_trusted_header_is_believed(settings: Settings) -> None:
    settings.TRUSTED_IP_HEADER = "X-Real-IP"
    forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_FORWARDED": "for=203.0.113.9", "REMOTE_ADDR": "10.0.0.1"}
    assert client_address(request(**forged)) == "invalid"
    settings.TRUSTED_IP_HEADER = ""
    assert client_address(request(**forged, HTTP_X_REAL_IP="203.0.113.9")) == "10.0.0.1"


@pytest.mark.parametrize("remote", ["", "unix:"])
def test_a_connection_without_an_address_is_invalid(settings: Settings, remote: str) -> None:
    settings.TRUSTED_IP_HEADER = ""
    assert client_address(request(REMOTE_ADDR=remote)) == "invalid"


@given(st.text(max_size=60))
def test_no_header_makes_it_raise(written: str) -> None:
    made = RequestFactory().get("/")
    made.META["REMOTE_ADDR"] = written
    assert client_address(made)


# --- the answer ------------------------------------------------------------------------------------------------------


def test_the_answer_says_when_to_come_back_also_in_rest_views() -> None:
    class View(APIView):
        authentication_classes = ()
        permission_classes = ()

        def get(self, request: object) -> object:
            limit = check("test", "a", "1/d")
            return Response("fine") if limit.allowed else too_many(limit)

    view = View.as_view()
    assert view(RequestFactory().get("/")).status_code == 200
    answer = view(RequestFactory().get("/"))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == json.loads(answer.content)["error"]["retry_after"] >= 1
