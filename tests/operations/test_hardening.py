"""The table of docs/hardening.md names tests that exist."""

from __future__ import annotations

import re

from hotel_agent.embedded.places import PROJECT

TEXT = (PROJECT / "docs" / "hardening.md").read_text().partition("## 7. ")[2]


def test_every_case_has_a_row() -> None:
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)]
    assert [number for number in range(1, 41) if number not in rows] == []


def test_every_test_of_the_table_is_there() -> None:
    last, missing, count = "", [], 0
    for path, name in re.findall(r"`([\w/]+\.py)?(?:::(test_\w+))?`", TEXT):
        last = path or last
        if not path and not name:
            continue
        count += 1
        file = PROJECT / "tests" / last if not last.startswith("tests/") else PROJECT / last
        if not file.exists() or (name and f"def {name}(" not in file.read_text()):
            missing.append(f"{last}::{name}")
    assert count > 60
    assert missing == []
