"""However many beats run, each period runs once; a dead one's place is taken; what was missed is made up for once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from hotel_agent import beat
from hotel_agent.beat import OneBeat
from hotel_agent.celery import app
from hotel_agent.models import JobRun

pytestmark = pytest.mark.django_db(transaction=True)
PERIOD = 60.0


class Watched(OneBeat):
    """Notes what it hands to the workers instead of publishing it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.broken = False
        super().__init__(app)

    def setup_schedule(self) -> None:
        self.update_from_dict({"job": {"task": "hotel.job", "schedule": PERIOD}})

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> None:
        if self.broken:
            raise ConnectionError("no broker")
        self.sent.append(entry.name)

    def turn(self) -> None:
        """Ticks until there is nothing to do for now."""
        for _ in range(10):
            if self.tick() > 0:
                return
        raise AssertionError("it never rests")


@pytest.fixture
def beats() -> Iterator[list[Watched]]:
    made = [Watched(), Watched()]
    yield made
    for one in made:
        one.close()


def last_ran(seconds_ago: float) -> None:
    """The job's last run, whenever that was."""
    JobRun.objects.update_or_create(
        name="job", defaults={"at": dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_ago)}
    )


def test_the_product_uses_it() -> None:
    assert settings.CELERY_BEAT_SCHEDULER == "hotel_agent.beat:OneBeat"
    real = OneBeat(app)
    assert set(settings.CELERY_BEAT_SCHEDULE) <= set(real.schedule)
    real.close()
    app.loader.import_default_modules()
    assert {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert settings.CELERY_BEAT_SCHEDULE["purge-sessions"]["schedule"] == 600, "stale sessions, every ten minutes"


def test_of_two_beats_one_works(beats: list[Watched]) -> None:
    last_ran(PERIOD * 2)
    first, second = beats
    first.turn()
    second.turn()
    assert (first.sent, second.sent) == (["job"], [])
    assert first.tick() <= beat.STANDBY_S


def test_a_missed_period_is_made_up_for_once_however_many_passed(beats: list[Watched]) -> None:
    last_ran(PERIOD * 500)
    beats[0].turn()
    beats[0].turn()
    assert beats[0].sent == ["job"]


def test_a_job_that_just_ran_waits_its_time_also_after_a_restart(beats: list[Watched]) -> None:
    last_ran(1)
    beats[0].turn()
    assert beats[0].sent == []
    beats[0].close()
    beats[1].turn()
    assert beats[1].sent == []


def test_a_new_job_counts_from_now(beats: list[Watched]) -> None:
    beats[0].turn()
    assert beats[0].sent == []
    assert JobRun.objects.filter(name="job").exists()


def test_the_place_of_a_dead_beat_is_taken(beats: list[Watched]) -> None:
    first, second = beats
    first.turn()
    second.turn()
    assert second._session is None
    with connection.cursor() as cursor:  # what the server does when a process is gone
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND ((classid::bigint << 32) | objid::bigint) = %s",
            [beat.LOCK],
        )
    last_ran(PERIOD * 2)
    second.turn()
    assert second.sent == ["job"]
    first.turn()  # it finds its session gone, and stands by
    assert first._session is None
    assert first.sent == []


def test_two_that_both_believe_they_work_run_a_period_once(
    beats: list[Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    last_ran(PERIOD * 2)
    for one in beats:  # the worst case: a lock that was lost and not noticed
        monkeypatch.setattr(one, "_is_the_one", lambda: True)
        one._remember()
    for one in beats:
        one._session = object()  # type: ignore[assignment]
        one.turn()
        one._session = None
    assert sorted(beats[0].sent + beats[1].sent) == ["job"]


def test_a_broker_that_is_down_leaves_the_job_due(beats: list[Watched]) -> None:
    last_ran(PERIOD * 2)
    first = beats[0]
    first.broken = True
    before = JobRun.objects.get(name="job").at
    first.turn()
    assert JobRun.objects.get(name="job").at == before
    first.broken = False
    first._rest_until = 0.0
    first.turn()
    assert first.sent == ["job"]
