"""`manage.py create_tenant`: a new hotel with its owner."""

from __future__ import annotations

import getpass
import os
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from conversations.services import checkup
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.scoping import tenant_scope
from tenants.services import create_tenant


class Command(OperatorCommand):
    """Everything else (rooms, prices, accounts) is entered in the back office."""

    help = "Create a hotel and its owner's login."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="Short name in addresses: letters, digits and dashes.")
        parser.add_argument("name", help='The hotel\'s name, any text ("São João & Spa").')
        parser.add_argument("--owner", required=True, help="Login name of the owner; created when unknown.")
        parser.add_argument("--country", default="AR", help="ISO code, e.g. AR.")
        parser.add_argument("--currency", default="ARS", help="ISO code, e.g. ARS.")
        parser.add_argument("--time-zone", default="America/Argentina/Buenos_Aires")
        parser.add_argument("--language", default="es", choices=["es", "en", "pt"])
        parser.add_argument("--code-prefix", default="HT", help="Two capital letters before booking codes.")

    def work(self, **options: Any) -> Report:
        users = get_user_model()
        with transaction.atomic():
            owner = users.objects.filter(username=options["owner"]).first()
            if owner is None:
                owner = users.objects.create_user(username=options["owner"], is_staff=True)
                password = _password()
                validate_password(password, owner)
                owner.set_password(password)
                owner.save(update_fields=["password"])
            tenant = create_tenant(
                slug=options["slug"],
                name=options["name"],
                owner=owner,
                by="command create_tenant",
                country=options["country"],
                currency=options["currency"],
                time_zone=options["time_zone"],
                default_language=options["language"],
                code_prefix=options["code_prefix"],
            )
        report = Report(data={"id": tenant.pk, "slug": tenant.slug, "public_id": str(tenant.public_id)})
        report.say(f"{tenant.name} ({tenant.slug}) was created; {owner} owns it")
        with tenant_scope(tenant):
            left = [check for check in checkup.checks(tenant) if not check.is_fine]
        report.data["left"] = {check.code: [str(problem) for problem in check.problems] for check in left}
        report.say("The agent answers its test guests only until the hotel is live. What is left:")
        for check in left:
            needed = " (needed to go live)" if check.required else ""
            report.say(f"- {'; '.join(map(str, check.problems))}{needed}")
        return report


def _password() -> str:
    """The new owner's password, from OWNER_PASSWORD or asked for; never from the command line."""
    given = os.environ.get("OWNER_PASSWORD", "")
    if given:
        return given
    try:
        return getpass.getpass("Password of the new owner: ")
    except (EOFError, OSError):
        raise CommandError("the owner is new: give a password in OWNER_PASSWORD") from None
