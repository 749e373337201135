"""`manage.py breakers`: which outside services are given a rest."""

from __future__ import annotations

from typing import Any

from hotel_agent.common.commands import OperatorCommand, Report
from integrations import breakers


class Command(OperatorCommand):
    """Exits 1 when any breaker is open or half-open."""

    help = "Show circuit breakers that are not closed, over all processes."

    def work(self, **options: Any) -> Report:
        states = breakers.states()
        report = Report(found=bool(states))
        report.data["breakers"] = [
            {"service": one.service.value, "key": one.key, "state": one.state, "until": one.open_until.isoformat()}
            for one in states
        ]
        for one in states:
            report.say(f"{one.service.value} {one.key}: {one.state} until {one.open_until:%H:%M:%S} UTC")
        if not states:
            report.say("every breaker is closed")
        return report
