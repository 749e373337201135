"""Meta's pair rate: 45 at once, then one every six seconds, never more over any stretch of time."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from integrations.channels.whatsapp.pacing import BURST, INTERVAL_S, Bucket, full, pair_backoff, take

START = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def seconds(value: float) -> dt.timedelta:
    return dt.timedelta(seconds=value)


def test_forty_five_go_at_once_and_the_next_waits_six_seconds() -> None:
    bucket = full(START)
    for _ in range(BURST):
        bucket, wait = take(bucket, START)
        assert wait == seconds(0)
    bucket, wait = take(bucket, START)
    assert wait == seconds(INTERVAL_S)
    bucket, wait = take(bucket, START + wait)
    assert wait == seconds(0)
    assert take(bucket, START + seconds(INTERVAL_S))[1] == seconds(INTERVAL_S)


def test_waiting_spends_nothing() -> None:
    empty = Bucket(0.0, START)
    once, _ = take(empty, START + seconds(3))
    again, wait = take(once, START + seconds(3))
    assert (again, wait) == (once, seconds(3))


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket, wait = take(Bucket(0.0, START), START - seconds(3600))
    assert bucket == Bucket(0.0, START)
    assert wait == seconds(INTERVAL_S)


def test_the_time_scale_shortens_the_wait(settings: Settings) -> None:
    settings.TIME_SCALE = 60.0
    assert take(Bucket(0.0, START), START)[1] == seconds(0.1)


@given(st.lists(st.floats(0, 100), max_size=300))
def test_no_stretch_of_time_has_more_than_the_burst_and_its_refill(pauses: list[float]) -> None:
    now, bucket, sent = START, full(START), []
    for pause in pauses:
        now += seconds(pause)
        bucket, wait = take(bucket, now)
        if not wait:
            sent.append(now)
    for first in range(0, len(sent), 7):
        for last in range(first, len(sent)):
            assert last - first + 1 <= BURST + (sent[last] - sent[first]) / seconds(INTERVAL_S) + 1e-6


@pytest.mark.parametrize(
    ("refusals", "wait"), [(-1, 1), (0, 1), (1, 4), (2, 16), (3, 64), (4, 256), (5, 900), (9, 900)]
)
def test_refusals_wait_longer_each_time(refusals: int, wait: float) -> None:
    assert pair_backoff(refusals) == wait
