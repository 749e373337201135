"""`manage.py chat`: be a guest at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.services.terminal import TerminalGuest
from hotel_agent.common.commands import OperatorCommand, Report
from integrations.channels import outgoing
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(OperatorCommand):
    """Goes through intake, turns, the PMS and the outbox like a guest of any channel; answers appear here."""

    help = "Chat with a hotel's agent as a guest; a number chooses what could be tapped. End with an empty line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="Slug of the hotel; the demo hotel when not given.")
        parser.add_argument("--lang", choices=["es", "en", "pt"], default="", help="The guest's language, if known.")
        parser.add_argument("--script", type=Path, metavar="FILE", help="Lines to say, one a line, instead of typing.")

    def work(self, **options: Any) -> Report:
        slug = options["tenant"]
        tenant = Tenant.objects.filter(**({"slug": slug} if slug else {"is_demo": True})).first()
        if tenant is None:
            raise CommandError(f"there is no hotel {slug!r}" if slug else "there is no demo hotel: run seed_demo")
        quiet = "--json" in sys.argv
        report = Report(data={"tenant": tenant.slug, "transcript": []})
        with tenant_scope(tenant):
            guest = TerminalGuest(tenant, options["lang"])
            for line in _lines(options["script"], prompt=not quiet):
                if not quiet:
                    self.stdout.write(f"> {line}" if options["script"] else "")
                report.data["transcript"].append({"guest": line})
                for answer in guest.say(line):
                    message = outgoing.from_dict(answer.body)
                    choices = [{"id": one.id, "title": one.title} for one in outgoing.choices_of(message)]
                    report.data["transcript"].append({"hotel": answer.text, "choices": choices})
                    if not quiet:
                        self.stdout.write(outgoing.readable(message) + "\n")
        return report


def _lines(script: Path | None, *, prompt: bool) -> Iterator[str]:
    if script is not None:
        for raw in script.read_text(encoding="utf-8").splitlines():
            if raw.strip():
                yield raw.strip()
        return
    while True:
        try:
            line = input("> " if prompt and sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if not line:
            return
        yield line
