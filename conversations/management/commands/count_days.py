"""`manage.py count_days`: count the figures of the insight page anew, for a range of days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.services import insight
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.models import Tenant

MOST_DAYS = 1_100


class Command(OperatorCommand):
    """Safe to repeat and while guests are served: a day always comes out the same."""

    help = "Count the figures of days again (today and the two days before when no range is given); safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="One hotel; all active ones when not given.")
        parser.add_argument("--first", type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--last", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="Today when not given.")

    def work(self, **options: Any) -> Report:
        hotels = Tenant.objects.filter(is_active=True).order_by("pk")
        if options["tenant"]:
            hotels = Tenant.objects.filter(slug=options["tenant"])
            if not hotels:
                raise CommandError(f"There is no hotel {options['tenant']}.")
        report = Report(data={"days": 0, "visits": 0})
        for hotel in hotels:
            last = options["last"] or hotel.business_day()
            first = options["first"] or last - dt.timedelta(days=2)
            if not 0 <= (last - first).days <= MOST_DAYS:
                raise CommandError(f"From a first to a later day, at most {MOST_DAYS} of them.")
            visits = 0
            for number in range((last - first).days + 1):
                visits += insight.count_day(tenant=hotel, day=first + dt.timedelta(days=number))
            report.data["days"] += (last - first).days + 1
            report.data["visits"] += visits
            report.say(f"{hotel.slug}: {first} to {last}, {visits} visits")
        return report
