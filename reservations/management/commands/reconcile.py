"""`manage.py reconcile`: which PMS writes have no known outcome, what has drifted, and settling one by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from hotel_agent.common.commands import OperatorCommand, Report
from reservations.services import catalogue, drift, reconciliation
from tenants.models import Tenant


class Command(OperatorCommand):
    """Exit 0: ours and the PMS agree and every outcome is known; 1: they differ or something is open; 2: could not
    ask."""

    help = "Look up PMS writes of unknown outcome now and compare stays with the PMS; or settle one call by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="Only this hotel (default: every active one).")
        parser.add_argument("--settle", metavar="CALL", type=int, help="Settle this call as a person found out.")
        parser.add_argument("--catalogue", action="store_true", help="First bring the room types up to date.")
        answer = parser.add_mutually_exclusive_group()
        answer.add_argument("--booking-id", metavar="ID", help="With --settle: the PMS did it, this is the booking.")
        answer.add_argument("--not-done", action="store_true", help="With --settle: the PMS certainly did not do it.")

    def work(self, **options: Any) -> Report:
        """Reconcile, or settle one call."""
        slug, call_id, booking_id = options["tenant"], options["settle"], options["booking_id"]
        if call_id is not None:
            if not slug or not (booking_id or options["not_done"]):
                raise CommandError("--settle needs --tenant and either --booking-id or --not-done")
            tenant = Tenant.objects.get(slug=slug)
            reconciliation.settle(tenant=tenant, call_id=call_id, booking_id=booking_id)
            return Report(data={"settled": call_id}, lines=[f"call {call_id} settled"])
        report = Report(data={"open": [], "drift": []})
        hotels = [Tenant.objects.get(slug=slug)] if slug else list(Tenant.objects.filter(is_active=True))
        for hotel in hotels:
            if options["catalogue"]:
                done = catalogue.import_room_types(tenant=hotel)
                report.data.setdefault("catalogue", []).append({"tenant": hotel.slug, **done.as_dict()})
                report.say(f"{hotel.slug}: {len(done.added)} room types added, {len(done.changed)} changed")
            reconciliation.look_now(tenant=hotel)
            for call in reconciliation.open_calls(tenant=hotel):
                report.data["open"].append({"tenant": hotel.slug, **call.as_dict()})
                who = "a person has to find out" if call.needs_person else "being looked up"
                report.say(f"{hotel.slug}: call {call.call_id} {call.kind} {call.code}: {who} ({call.error})")
            for violation in drift.compare(tenant=hotel).found:
                report.data["drift"].append({"tenant": hotel.slug, **violation.as_dict()})
                report.say(f"{hotel.slug}: {violation.rule}: {violation.subject} ({violation.detail})")
        report.found = bool(report.data["open"] or report.data["drift"])
        report.say(f"{len(report.data['open'])} open calls, {len(report.data['drift'])} differences")
        return report
