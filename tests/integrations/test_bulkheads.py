"""One outside system that hangs keeps a few workers and no more; nobody else waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from prometheus_client import REGISTRY
from pytest_django import Settings

from hotel_agent.common.exceptions import DependencyDown
from integrations import breakers, bulkheads
from integrations.breakers_shared import shared
from reservations.services import pms

WORKERS = 4


@pytest.fixture(autouse=True)
def nothing_taken() -> Iterator[None]:
    breakers.reset_process()
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()
    yield
    breakers.reset_process()


class Hotel:
    """As much of a PMS as `pms.call` looks at."""

    def __init__(self, key: str) -> None:
        self.breaker_key = key


def ask(hotel: Hotel, function: Any) -> Any:
    return pms.call(hotel, "search", function)  # type: ignore[arg-type]


def test_a_pms_that_hangs_leaves_the_other_hotels_their_workers() -> None:
    hanging, healthy = Hotel("1:hangs.example"), Hotel("2:well.example")
    released, asked = threading.Event(), []

    def hang() -> str:
        asked.append(1)
        assert released.wait(60)
        return "at last"

    before = REGISTRY.get_sample_value("pms_operations_total", {"operation": "search", "status": "busy"}) or 0
    workers = ThreadPoolExecutor(WORKERS)
    try:
        stuck: list[Future[Any]] = [workers.submit(ask, hanging, hang) for _ in range(8)]
        # As many guests of the other hotel come after them, and are answered while it still hangs.
        others = [workers.submit(ask, healthy, lambda: "free") for _ in range(8)]
        assert [one.result(60) for one in others] == ["free"] * 8
        refused = [one for one in stuck if one.done()]
        assert len(refused) == 8 - django_settings.PMS_CONCURRENT_CALLS
        assert 1 <= len(asked) <= django_settings.PMS_CONCURRENT_CALLS  # the others were never sent
        for one in refused:
            error = one.exception()
            assert isinstance(error, bulkheads.Busy)
            assert isinstance(error, DependencyDown)  # said to the guest as such, tried again, counted against nobody
            assert error.retry_after == bulkheads.BUSY_RETRY_S
        released.set()
        assert [one.result(60) for one in stuck if one not in refused] == ["at last"] * 2
    finally:
        released.set()
        workers.shutdown()
    after = REGISTRY.get_sample_value("pms_operations_total", {"operation": "search", "status": "busy"}) or 0
    assert after == before + 6
    assert ask(hanging, lambda: "well again") == "well again"


def test_a_refused_call_is_no_failure_of_the_pms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkheads, "WAIT_S", 0.0)
    hotel = Hotel("3:busy.example")
    with bulkheads.slot("pms:3:busy.example", most=2, seconds=30), bulkheads.slot(
        "pms:3:busy.example", most=2, seconds=30
    ):  # fmt: skip
        for _ in range(20):
            with pytest.raises(bulkheads.Busy):
                ask(hotel, lambda: "never")
    assert breakers.states() == []
    assert ask(hotel, lambda: "yes") == "yes"


def test_a_slot_is_given_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkheads, "WAIT_S", 0.0)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), bulkheads.slot("x", most=1, seconds=30):
            raise ZeroDivisionError
    with bulkheads.slot("x", most=1, seconds=30):
        pass


def test_a_dead_workers_slot_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkheads, "WAIT_S", 5.0)
    assert bulkheads._take("x", "dead", most=1, seconds=0.2)
    with bulkheads.slot("x", most=1, seconds=30):  # waits until the dead one's time is over
        pass


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", ""])
def test_without_redis_every_call_goes_through(settings: Settings, url: str) -> None:
    settings.REDIS_URL = url
    shared.forget()
    begun = time.monotonic()
    with bulkheads.slot("x", most=1, seconds=30), bulkheads.slot("x", most=1, seconds=30):
        assert ask(Hotel("4:any.example"), lambda: "yes") == "yes"
    assert time.monotonic() - begun < 5  # refused at once: nothing is waited for
