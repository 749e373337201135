"""`manage.py export_guest`: everything a hotel has about a guest, as a ZIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.services.privacy import erasing, exporting
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(OperatorCommand):
    help = "Write everything a hotel has about a guest, their files included, into one ZIP. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="The hotel's slug.")
        parser.add_argument("guest", help="Their e-mail address, telephone number, channel id, public id or number.")
        parser.add_argument("--to", type=Path, help="Where to write it; default: ./guest-<public id>.zip")

    def work(self, **options: Any) -> Report:
        tenant = Tenant.objects.get(slug=options["tenant"])
        guests = erasing.find(tenant, options["guest"])
        if not guests:
            raise CommandError("Nobody is known by that at this hotel.")
        if options["to"] and len(guests) > 1:
            raise CommandError("Several guests are known by that; leave --to out, or give a public id.")
        report = Report(data={"files": []})
        for guest in guests:
            path: Path = options["to"] or Path(f"guest-{guest.public_id}.zip")
            path.touch(mode=0o600)  # personal data: for whoever asked for it alone
            with tenant_scope(tenant):
                counts = exporting.write_zip(guest, path)
            report.data["files"].append({"path": str(path), "guest": str(guest.public_id), **counts})
            report.say(f"{path}: {counts['rows']} rows, {counts['files']} files, {counts['deliveries']} deliveries")
        return report
