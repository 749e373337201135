"""A running installation per test."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.understanding import artefact
from tests.chaos.system import System
from tests.stand_ins.graph import GraphStandIn

FULL = bool(os.environ.get("CHAOS_FULL"))


@pytest.fixture(scope="session", autouse=True)
def trained_model() -> None:
    """The understanding engine's model, trained once when it is missing or its data changed."""
    artefact.ensure(artefact.model_directory())


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Web, worker, sweeper, PostgreSQL, Redis and Graph, all our own."""
    with GraphStandIn(tmp_path / "graph.jsonl") as graph, System(tmp_path, graph) as running:
        yield running


@pytest.fixture
def rng() -> random.Random:
    """Randomness whose seed is printed, and given by CHAOS_SEED to repeat a run."""
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
    sys.stdout.write(f"CHAOS_SEED={seed}\n")
    return random.Random(seed)
