"""`manage.py erase_guest`: a guest who wants to be forgotten."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.models import Erasure
from conversations.services.privacy import erasing
from hotel_agent.common.claims import WorkState
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(OperatorCommand):
    help = (
        "Forget a guest: their messages, files, raw deliveries and names, in every table. Bookings and amounts stay "
        "without a name. Safe to repeat; goes on where an earlier run stopped. There is no way back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", nargs="?", help="The hotel's slug.")
        parser.add_argument(
            "guest", nargs="?", help="E-mail address, telephone number, channel id, public id or number."
        )
        parser.add_argument("--reason", default="", help="Kept with the proof; no personal data.")
        parser.add_argument("--by", default="operator", help="Who asked for it.")
        parser.add_argument("--despite-stays", action="store_true", help="Even with a stay that is not over.")
        parser.add_argument(
            "--resume", action="store_true", help="Only go on with erasures that did not come to an end."
        )
        parser.add_argument("--yes", action="store_true", help="Really do it; without it, say whom it would be.")

    def work(self, **options: Any) -> Report:
        if options["resume"]:
            count = erasing.run_due()
            return Report(data={"resumed": count}, lines=[f"{count} erasures gone on with"])
        if not options["tenant"] or not options["guest"]:
            raise CommandError("Give the hotel and the guest, or --resume.")
        tenant = Tenant.objects.get(slug=options["tenant"])
        guests = erasing.find(tenant, options["guest"])
        if not guests:
            raise CommandError("Nobody is known by that at this hotel (any more).")
        if not options["yes"]:
            found = [str(guest.public_id) for guest in guests]
            return Report(data={"would_erase": found}, lines=[f"would erase {one}; add --yes" for one in found])
        report = Report(data={"erased": []})
        for guest in guests:
            with tenant_scope(tenant):
                asked = erasing.ask(
                    guest, by=options["by"], reason=options["reason"], despite_stays=options["despite_stays"]
                )
            erasing.run(asked.pk)
            row = Erasure._base_manager.get(pk=asked.pk)
            report.found |= row.state != WorkState.DONE
            report.data["erased"].append(
                {"erasure": row.pk, "state": row.state, "counts": row.counts, "elsewhere": row.elsewhere}
            )
            report.say(f"erasure {row.pk}: {row.state}, {sum(row.counts.values())} rows")
            report.lines += [f"  ask there too: {one}" for one in row.elsewhere]
        return report
