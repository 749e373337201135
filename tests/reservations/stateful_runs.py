"""How many steps the property machines really took: runs end early, and what was not done proves nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

_LOG_EVERY = 500


class Counted:
    """Counts the rules a state machine carried out, over all its runs. Put before `RuleBasedStateMachine`."""

    steps: ClassVar[int] = 0
    runs: ClassVar[int] = 0
    begun: ClassVar[float] = 0.0
    _looked: bool = False

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """Hypothesis looks once before the first rule and once after each."""
        kind = type(self)
        if self._looked:
            kind.steps += 1
            if kind.steps % _LOG_EVERY == 0:
                _note(kind)
        else:
            self._looked = True
            kind.runs += 1
        super().check_invariants(*args, **kwargs)  # type: ignore[misc]


@contextmanager
def steps_taken(machine: type[Counted], capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Print how many steps in how many runs were taken, whatever the outcome."""
    machine.steps, machine.runs, machine.begun = 0, 0, time.monotonic()
    try:
        yield
    finally:
        with capsys.disabled():
            print(f"\n{_said(machine)}")  # noqa: T201 - the result of a long search
        _note(machine)


def _said(machine: type[Counted]) -> str:
    took = time.monotonic() - machine.begun
    return f"{machine.__name__}: {machine.steps} steps in {machine.runs} runs, {took:.0f} s"


def _note(machine: type[Counted]) -> None:
    """A long search tells how far it is, in the file of `STATEFUL_LOG`."""
    if path := os.environ.get("STATEFUL_LOG"):
        with open(path, "a", encoding="utf-8") as log:
            log.write(_said(machine) + "\n")
