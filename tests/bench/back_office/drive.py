"""Open pages as a browser does, through Django's whole request, and count what each cost."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from tests.bench.back_office.generate import MANAGER
from tests.bench.back_office.pages import Page

LIMIT_P95_MS = 300.0
LIMIT_STATEMENTS = 20
LIMIT_STATEMENT_MS = 100.0


@dataclass
class Cost:
    """What opening a page cost, time by time."""

    page: Page
    milliseconds: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)
    """Of the web process alone: says the same on a busy machine."""
    statements: int = 0
    """Most of one opening, transaction control not counted."""
    slowest_ms: float = 0.0
    slowest: str = ""

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share of openings was done."""
        return _quantile(self.milliseconds, share)

    @property
    def processor(self) -> float:
        """Milliseconds of processor time of the web process, the median."""
        return _quantile(self.processor_ms, 0.5)

    @property
    def keeps(self) -> bool:
        """Whether every target is met."""
        return (
            self.quantile(0.95) < LIMIT_P95_MS
            and self.statements <= LIMIT_STATEMENTS
            and self.slowest_ms <= LIMIT_STATEMENT_MS
        )


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def measure(page: Page, *, times: int) -> Cost:
    """Open a page `times` times after once for warming up, each time another one of its kind."""
    client = Client(raise_request_exception=True)
    client.force_login(get_user_model().objects.get(username=MANAGER))
    dice = random.Random(page.name)
    cost = Cost(page)
    for number in range(times + 1):
        address = page.address(dice)
        with _counting() as seen:
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(address, headers={"Accept-Language": "es"})
            took, processor = (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000
        assert answer.status_code == 200, f"{address} answered {answer.status_code}"
        if number == 0:
            continue
        cost.milliseconds.append(took)
        cost.processor_ms.append(processor)
        cost.statements = max(cost.statements, len(seen))
        for milliseconds, sql in seen:
            if milliseconds > cost.slowest_ms:
                cost.slowest_ms, cost.slowest = milliseconds, sql
    return cost


@contextmanager
def _counting() -> Iterator[list[tuple[float, str]]]:
    seen: list[tuple[float, str]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.append(((time.perf_counter() - began) * 1000, sql))

    with connection.execute_wrapper(note):
        yield seen
