"""Fixtures of the integrations room: a Graph stand-in, and processes that know nothing of earlier tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis
from django.conf import settings

from hotel_agent.common import limits
from integrations import breakers, http
from tests.stand_ins.graph import GraphStandIn

# An example may take as long as it likes: the machine may be busy, and time proves nothing here.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Breakers, limits and connections start and end with nothing known."""
    _forget()
    yield
    _forget()
    http.close_all()


def _forget() -> None:
    breakers.reset_process()
    limits.reset_process()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphStandIn]:
    """Meta's Graph API in this process."""
    with GraphStandIn(tmp_path / "graph.jsonl") as server:
        yield server
