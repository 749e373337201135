"""Fuzz the parsers for longer than CI does: `make fuzz ARGS="--seconds 600"`. Exit 1 and a file when one breaks."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.conftest import CORPUS
from tests.fuzz.parsers import PARSERS
from tests.fuzz.run import Finding, fuzz


def main() -> int:
    """Fuzz each parser for the time given; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each parser")
    parser.add_argument("--only", choices=sorted(PARSERS))
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed makes the same inputs")
    given = parser.parse_args()
    corpus = CORPUS if CORPUS.is_dir() else None
    for name, fuzzed in PARSERS.items():
        if given.only not in {None, name}:
            continue
        try:
            tally = fuzz(name, fuzzed, seed=given.seed, corpus=corpus, seconds=given.seconds)
        except Finding as finding:
            kept = Path(f"fuzz-{name}-finding.bin")
            kept.write_bytes(finding.body)
            sys.stdout.write(f"{finding}\nseed {given.seed}; the input is in {kept}\n")
            return 1
        sys.stdout.write(
            f"{name}: {tally.inputs} inputs in {given.seconds:.0f} s, {tally.accepted} read, the others refused; "
            f"slowest {tally.slowest_s * 1000:.0f} ms; seed {given.seed}\n"
        )
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
