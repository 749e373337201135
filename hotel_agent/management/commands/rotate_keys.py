"""`manage.py rotate_keys`: put every stored credential under the newest field key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hotel_agent.common import key_rotation
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    """Exits 1 when a value is opened by none of the keys: do not take an old key out then."""

    help = "Re-encrypt every credential with the first key of FIELD_ENCRYPTION_KEYS; safe to repeat and to interrupt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=key_rotation.BATCH, help="Rows in one transaction.")

    def work(self, **options: Any) -> Report:
        done = key_rotation.rotate_all(batch=max(options["batch"], 1))
        report = Report(found=bool(done.unreadable))
        report.data = {"rewritten": done.rewritten, "current": done.current, "unreadable": done.unreadable}
        report.say(f"{done.rewritten} rewritten, {done.current} under the newest key already")
        for one in done.unreadable:
            report.say(f"no key opens {one}: enter that credential again")
        if not done.unreadable:
            report.say("older keys can be taken out of FIELD_ENCRYPTION_KEYS")
        return report
