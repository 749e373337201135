"""`manage.py redeliver`: list dead letters, or give them another chance."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from conversations.models import InboundDelivery, Message, OutboundMessage
from conversations.services import redelivery
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.scoping import every_tenant

QUEUES = ("deliveries", "messages", "outbound")


class Command(OperatorCommand):
    """Without --apply it only lists, and exits 1 when something is dead."""

    help = "List dead letters (exit 1 when there are any); --apply processes them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", choices=QUEUES, help="Only this queue.")
        parser.add_argument("--id", type=int, action="append", dest="ids", help="Only this row; may be repeated.")
        parser.add_argument("--apply", action="store_true", help="Process them again.")

    def work(self, **options: Any) -> Report:
        report = Report()
        with every_tenant():  # an operator's command over the installation
            for queue in [options["queue"]] if options["queue"] else QUEUES:
                rows = _dead(queue, options["ids"])
                report.data[queue] = [{"id": row.pk, "error": row.last_error} for row in rows]
                for row in rows:
                    report.say(f"{queue} {row.pk}: {row.last_error}")
                if options["apply"] and rows:
                    report.data[f"{queue}_redelivered"] = count = _apply(queue, [row.pk for row in rows])
                    report.say(f"{queue}: {count} processed again")
                elif rows:
                    report.found = True
        if not report.lines:
            report.say("nothing is dead")
        return report


def _dead(queue: str, ids: list[int] | None) -> list[Any]:
    rows: Any = {
        "deliveries": InboundDelivery.objects.filter(state__in=redelivery.REVIVABLE_DELIVERIES),
        "messages": Message.objects.filter(state=Message.State.DEAD),
        "outbound": OutboundMessage.objects.filter(state=OutboundMessage.State.DEAD),
    }[queue]
    return list((rows.filter(pk__in=ids) if ids else rows).order_by("id")[:500])


def _apply(queue: str, ids: list[int]) -> int:
    work = {
        "deliveries": redelivery.redeliver_deliveries,
        "messages": redelivery.redeliver_messages,
        "outbound": redelivery.redeliver_outbound,
    }
    return work[queue](ids)
