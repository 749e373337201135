"""`manage.py purge_sessions`: forget stale working memory now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser

from conversations.services import purging
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    """Deletes sessions by age and sets unreadable ones aside; conversations and messages stay."""

    help = "Delete sessions without activity for 24 hours (or --older-than HOURS); safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=float, metavar="HOURS", help="Idle hours; 24 when not given.")

    def work(self, **options: Any) -> Report:
        hours = options["older_than"]
        result = purging.purge_sessions(older_than=dt.timedelta(hours=hours) if hours is not None else None)
        report = Report(data=result, found=result["quarantined"] > 0)
        report.say(f"{result['deleted']} deleted, {result['quarantined']} quarantined, {result['active']} open")
        return report
