"""`manage.py audit`: are the promises kept? Reads the database and the PMS, changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from conversations.services import auditing as conversations_auditing
from hotel_agent.common.commands import OperatorCommand, Report
from reservations.services import auditing
from reservations.services.drift import Violation
from tenants.models import Tenant


class Command(OperatorCommand):
    """Exit 0: every promise holds; 1: violations, one a line; 2: something could not be asked."""

    help = "Check messages, rooms, prices and bookings against the promises, in the database and in each hotel's PMS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="Only this hotel (default: every active one).")

    def work(self, **options: Any) -> Report:
        """Audit the hotels one by one."""
        report = Report(data={"violations": []})
        slug = options["tenant"]
        active = Tenant.objects.filter(is_active=True).order_by("slug")
        hotels = [Tenant.objects.get(slug=slug)] if slug else list(active)
        if not slug:
            _tell(report, "", conversations_auditing.lost_deliveries())
        for hotel in hotels:
            _tell(report, hotel.slug, conversations_auditing.violations(tenant=hotel))
            _tell(report, hotel.slug, auditing.violations(tenant=hotel))
        report.data["tenants"] = len(hotels)
        report.say(f"{len(report.data['violations'])} violations at {len(hotels)} hotels")
        return report


def _tell(report: Report, slug: str, found: list[Violation]) -> None:
    for violation in found:
        report.found = True
        report.data["violations"].append({"tenant": slug, **violation.as_dict()})
        report.say(
            f"{slug or 'installation'}: promise {violation.promise}, {violation.rule}: {violation.subject}"
            + (f" ({violation.detail})" if violation.detail else "")
        )
