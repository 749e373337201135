"""`make bench ARGS=--back-office`: fill the database when it is empty, open every page, print what each cost.

Exit 1 when a page misses a target. `--generate` only fills, `--fresh` begins anew, `--page NAME` opens some pages,
`--sql` prints each page's slowest statement, `--keep` adds a line to docs/benchmarks-back-office.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.bench.back_office import database

if TYPE_CHECKING:  # models cannot be imported before the database is known
    from tests.bench.back_office.drive import Cost


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.back_office", description=__doc__)
    parser.add_argument("--generate", action="store_true", help="only fill the database")
    parser.add_argument("--fresh", action="store_true", help="drop what an earlier run made")
    parser.add_argument("--conversations", type=int, default=0, help="default 100000: a million messages")
    parser.add_argument("--page", action="append", default=[], help="only pages whose name has this in it")
    parser.add_argument("--times", type=int, default=30, help="openings of each page")
    parser.add_argument("--sql", action="store_true", help="print the slowest statement of each page")
    parser.add_argument("--keep", action="store_true", help="add a line to docs/benchmarks-back-office.md")
    asked = parser.parse_args()

    if asked.fresh:
        database.recreate()
    database.connect()

    from django.conf import settings

    from tenants.models import Tenant
    from tests.bench.back_office.drive import measure
    from tests.bench.back_office.generate import CONVERSATIONS, generate
    from tests.bench.back_office.pages import PAGES

    settings.ALLOWED_HOSTS = ["*"]
    logging.getLogger("hotel_agent.request").setLevel(logging.WARNING)  # a line a page would be read as the table
    if not Tenant.objects.exists():
        generate(asked.conversations or CONVERSATIONS)
    if asked.generate:
        return 0
    # As hotel_agent.wsgi does: without it a page now and then pays for looking through all the loaded code.
    gc.collect()
    gc.freeze()
    chosen = [page for page in PAGES if not asked.page or any(part in page.name for part in asked.page)]
    sys.stdout.write(f"{'page':<26}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms':>8}{'SQL':>5}{'slowest ms':>12}\n")
    costs: list[Cost] = []
    for page in chosen:
        cost = measure(page, times=asked.times)
        costs.append(cost)
        sys.stdout.write(
            f"{page.name:<26}{cost.quantile(0.5):>8.0f}{cost.quantile(0.95):>8.0f}{cost.processor:>8.0f}{cost.statements:>5}"
            f"{cost.slowest_ms:>12.1f}{'' if cost.keeps else '   missed'}\n"
        )
        if asked.sql or cost.slowest_ms > 100:
            sys.stdout.write(f"    {cost.slowest[:1500]}\n")
        sys.stdout.flush()
    if asked.keep:
        _keep(costs)
    return 0 if all(cost.keeps for cost in costs) else 1


def _keep(costs: list[Cost]) -> None:
    from hotel_agent.embedded.places import PROJECT

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True)  # noqa: PLW1510
    day = dt.datetime.now(dt.UTC).date().isoformat()
    with (PROJECT / "docs" / "benchmarks-back-office.md").open("a", encoding="utf-8") as file:
        for cost in costs:
            file.write(
                f"| {day} | {commit.stdout.strip()} | {os.cpu_count()} | {cost.page.name} | {cost.quantile(0.5):.0f} / "
                f"{cost.quantile(0.95):.0f} | {cost.processor:.0f} | {cost.statements} | {cost.slowest_ms:.0f} |\n"
            )


if __name__ == "__main__":
    sys.exit(main())
