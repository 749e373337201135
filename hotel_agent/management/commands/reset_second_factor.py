"""`manage.py reset_second_factor`: for somebody who lost their phone and their recovery codes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django.db import transaction

from hotel_agent import second_factor
from hotel_agent.common.commands import OperatorCommand, Report
from tenants import history
from tenants.models import HistoryEntry, Membership


class Command(OperatorCommand):
    help = (
        "Forget a person's authenticator app and recovery codes; their next sign-in sets up new ones. Make sure that "
        "it is they who ask. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def work(self, **options: Any) -> Report:
        user: Any = get_user_model().objects.get(username=options["username"])
        with transaction.atomic():
            count = second_factor.forget(user)
            for membership in Membership.objects.filter(user=user):  # their hotels' owners want to know
                history.note(
                    membership,
                    by="command reset_second_factor",
                    action=HistoryEntry.Action.DONE,
                    what=f"second factor of {user.get_username()}: {count} forgotten",
                )
        return Report(data={"forgotten": count}, lines=[f"{options['username']}: {count} devices forgotten"])
