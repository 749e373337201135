"""`manage.py sweep`: the clock of the product, run beside the workers under the supervisor."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from conversations.services.sweeping import TICK_S, Sweeper
from hotel_agent.common import metric_files
from hotel_agent.common.commands import COULD_NOT_RUN

log = structlog.get_logger(__name__)

DATABASE_PAUSE_S = 1.0


class Command(BaseCommand):
    """Publishes what is due, finds what was lost, and works itself while the broker is gone. Runs until a signal."""

    help = "Run the sweeper until SIGTERM or Ctrl-C (--once: a single tick and pass)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="One tick with a full pass, then exit 0.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="With --once: print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        sweeper = Sweeper()
        if options["once"]:
            try:
                pieces = sweeper.tick()
            except DatabaseError as error:
                self.stdout.write(json.dumps({"ok": False, "error": str(error)}) if options["as_json"] else str(error))
                sys.exit(COULD_NOT_RUN)
            said = json.dumps({"ok": True, "pieces": pieces}) if options["as_json"] else f"{pieces} pieces of work"
            self.stdout.write(said)
            return
        self.running = True
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        metric_files.fold_dead()
        log.info("sweeper_started")
        while self.running:
            started = time.monotonic()
            try:
                sweeper.tick()
                sweeper.keep_time(max(0.01, TICK_S - (time.monotonic() - started)))
            except DatabaseError as error:
                log.warning("sweeper_without_database", error_type=type(error).__name__)
                close_old_connections()
                time.sleep(DATABASE_PAUSE_S)

    def _stop(self, *_: object) -> None:
        self.running = False
