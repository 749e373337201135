"""One input after the other, until something other than `BadInput` comes out."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from hotel_agent.common.exceptions import BadInput
from tests.fuzz.mutate import damage
from tests.fuzz.parsers import Fuzzed

SLOW_S = 5.0
"""A single input of at most 100 kB that takes longer than this is a finding too."""


@dataclass
class Tally:
    """What a run saw."""

    inputs: int = 0
    accepted: int = 0
    slowest_s: float = 0.0


class Finding(AssertionError):  # noqa: N818 - it is what a fuzzer looks for
    """An input that broke the parser's promise, with the seed that makes it again."""

    def __init__(self, name: str, number: int, body: bytes, error: BaseException) -> None:
        super().__init__(f"{name}: input {number} ({len(body)} bytes): {type(error).__name__}: {error}")
        self.body = body


def fuzz(
    name: str, fuzzed: Fuzzed, *, seed: int, corpus: Path | None = None, inputs: int | None = None, seconds: float = 0.0
) -> Tally:
    """Try `inputs` inputs, or for so many seconds; the same seed makes the same inputs.

    Raises:
        Finding: the parser raised something else than `BadInput`, was not repeatable, or returned what cannot be kept.
    """
    seeds = fuzzed.seeds(corpus)
    tally = Tally()
    until = time.monotonic() + seconds
    while tally.inputs < inputs if inputs is not None else time.monotonic() < until:
        body = damage(seeds, random.Random(f"{seed}:{tally.inputs}"))
        tally.inputs += 1
        began = time.process_time()  # the machine may be busy with other things
        try:
            tally.accepted += _try(fuzzed, body)
            took = time.process_time() - began
        except Exception as error:
            raise Finding(name, tally.inputs - 1, body, error) from error
        if took > SLOW_S:
            raise Finding(name, tally.inputs - 1, body, TimeoutError(f"took {took:.1f} s"))
        tally.slowest_s = max(tally.slowest_s, took)
    return tally


def _try(fuzzed: Fuzzed, body: bytes) -> bool:
    try:
        first = fuzzed.parse(body)
    except BadInput:
        return False
    if fuzzed.parse(body) != first:
        raise ValueError("parsing twice gave two results")
    fuzzed.check(first)
    return True
