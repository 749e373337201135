"""`manage.py reset_second_factor`: for somebody who lost their phone and their recovery codes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from hotel_agent import second_factor
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    help = (
        "Forget a person's authenticator app and recovery codes; their next sign-in sets up new ones. Make sure that "
        "it is they who ask. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def work(self, **options: Any) -> Report:
        user: Any = get_user_model().objects.get(username=options["username"])
        count = second_factor.forget(user)
        return Report(data={"forgotten": count}, lines=[f"{options['username']}: {count} devices forgotten"])
