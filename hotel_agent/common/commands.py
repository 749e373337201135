"""Operators' commands: one way to print, one meaning of exit codes.

0 all is fine · 1 it found something (or did only part) · 2 it could not run. `--json` prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import translation

from hotel_agent.common.exceptions import HotelAgentError

FINE, FOUND, COULD_NOT_RUN = 0, 1, 2


@dataclass
class Report:
    """What a command has to say: data for machines, lines for people, and whether anything was found."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    found: bool = False

    def say(self, line: str) -> None:
        """Add a line for people."""
        self.lines.append(line)


class OperatorCommand(BaseCommand):
    """Base of operators' commands: subclasses implement `work` and return a report."""

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(*args, **kwargs)
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object.")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options.pop("as_json")
        try:
            with translation.override("en"):  # operators read English, whatever language the process last spoke
                report = self.work(**options)
        except (CommandError, HotelAgentError, ObjectDoesNotExist, ValidationError, DatabaseError, OSError) as error:
            text = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            if as_json:
                self.stdout.write(json.dumps({"ok": False, "error": text}))
            else:
                self.stderr.write(f"{type(error).__name__}: {text}")
            sys.exit(COULD_NOT_RUN)
        if as_json:
            self.stdout.write(json.dumps({"ok": not report.found, **report.data}, default=str, ensure_ascii=False))
        else:
            for line in report.lines:
                self.stdout.write(line)
        if report.found:
            sys.exit(FOUND)

    @abstractmethod
    def work(self, **options: Any) -> Report:
        """Do it and report. Known errors end with exit code 2 and one sentence."""
