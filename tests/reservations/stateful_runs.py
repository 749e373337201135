"""How many steps the property machines really took: runs end early, and what was not done proves nothing."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

_LOG_EVERY = 500
_RULE = "execute:rule:"


class Counted:
    """Counts the rules a state machine carried out, over all its runs. Put before `RuleBasedStateMachine`."""

    steps: ClassVar[int] = 0
    runs: ClassVar[int] = 0
    begun: ClassVar[float] = 0.0
    by_rule: ClassVar[Counter[str]] = Counter()
    _took: dict[str, float] | None = None

    def check_invariants(self, settings: Any, output: Any, runtimes: dict[str, float]) -> None:
        """Hypothesis looks once before the first rule and once after each; the rule whose time grew was carried out."""
        kind = type(self)
        took = {label: spent for label, spent in runtimes.items() if label.startswith(_RULE)}
        if self._took is None:
            kind.runs += 1
        else:
            kind.steps += 1
            kind.by_rule.update(label.removeprefix(_RULE) for label in took if took[label] != self._took.get(label))
            if kind.steps % _LOG_EVERY == 0:
                _note(kind)
        self._took = took
        super().check_invariants(settings, output, runtimes)  # type: ignore[misc]


@contextmanager
def steps_taken(machine: type[Counted], request: pytest.FixtureRequest) -> Iterator[None]:
    """Print how many steps in how many runs were taken, which rules, and from which seed, whatever the outcome."""
    machine.steps, machine.runs, machine.begun, machine.by_rule = 0, 0, time.monotonic(), Counter()
    seed = request.config.getoption("--hypothesis-seed") or "none fixed (--hypothesis-seed fixes one)"
    try:
        yield
    finally:
        rules = ", ".join(f"{name} {times}" for name, times in machine.by_rule.most_common())
        with request.getfixturevalue("capsys").disabled():
            print(f"\n{_said(machine)}; seed: {seed}\n  {rules}")  # noqa: T201 - the result of a long search
        _note(machine)


def _said(machine: type[Counted]) -> str:
    took = time.monotonic() - machine.begun
    return f"{machine.__name__}: {machine.steps} steps in {machine.runs} runs, {took:.0f} s"


def _note(machine: type[Counted]) -> None:
    """A long search tells how far it is, in the file of `STATEFUL_LOG`."""
    if path := os.environ.get("STATEFUL_LOG"):
        with open(path, "a", encoding="utf-8") as log:
            log.write(_said(machine) + "\n")
