"""`manage.py replay`: recompute the turns of a conversation and say what would be different now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.models import Conversation, Turn
from conversations.services.replaying import replay
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.scoping import every_tenant, tenant_scope


class Command(OperatorCommand):
    """Explains each turn; with --diff exits 1 when the current policy would decide differently."""

    help = "Show why each message of a conversation was said; --diff compares with what would be said now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conversation", help="The conversation's id (number or UUID).")
        parser.add_argument("--diff", action="store_true", help="Only turns that would be decided differently.")

    def work(self, **options: Any) -> Report:
        key = options["conversation"]
        with every_tenant():  # an operator names the conversation; its tenant follows
            lookup = {"pk": int(key)} if key.isdecimal() else {"public_id": key}
            conversation = Conversation.objects.select_related("tenant", "guest").filter(**lookup).first()
        if conversation is None:
            raise CommandError(f"there is no conversation {key}")
        report = Report(data={"turns": []})
        with tenant_scope(conversation.tenant):
            for turn in Turn.objects.filter(conversation=conversation).order_by("id"):
                turn.conversation = conversation
                result = replay(turn)
                if options["diff"] and result.is_same:
                    continue
                report.found = report.found or (options["diff"] and not result.is_same)
                report.data["turns"].append(
                    {"turn": turn.pk, "same": result.is_same, "problem": result.problem, "then": result.then}
                    | ({} if result.is_same else {"now": result.now})
                )
                mark = "=" if result.is_same else "≠"
                report.say(
                    f"{mark} turn {turn.pk} {turn.at:%Y-%m-%d %H:%M:%S} {turn.rule} {turn.intent} {result.problem}"
                )
                if not result.is_same and not result.problem:
                    report.say("  then " + json.dumps(result.then, ensure_ascii=False, default=str))
                    report.say("  now  " + json.dumps(result.now, ensure_ascii=False, default=str))
        if options["diff"] and not report.found:
            report.say("every turn would be decided the same way")
        return report
