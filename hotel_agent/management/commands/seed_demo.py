"""`manage.py seed_demo`: the demo hotels, with dates relative to today."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from hotel_agent.common.commands import OperatorCommand, Report
from hotel_agent.demo.seeding import DEMO_PASSWORD, DEMO_USER, seed


class Command(OperatorCommand):
    """Creates or refreshes both demo hotels; refused in production, where demo logins would be a hole."""

    help = "Create or refresh the demo hotels (18 months of prices from today); safe to repeat."

    def work(self, **options: Any) -> Report:
        if settings.ENVIRONMENT == "production":
            raise CommandError("demo hotels and their logins are not for production; use create_tenant")
        hotels = seed()
        report = Report(data={"hotels": [hotel.slug for hotel in hotels], "login": DEMO_USER})
        report.say(f"{', '.join(hotel.name for hotel in hotels)} are ready; log in as {DEMO_USER} / {DEMO_PASSWORD}")
        return report
