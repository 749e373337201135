#!/usr/bin/env python
"""Hotel Agent's command line. Commands that need a database get one: a given URL or the checkout's own server."""

from __future__ import annotations

import os
import sys

# These never open a connection, so nothing is started for them.
WITHOUT_SERVICES = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "evaluate_nlu",
        "findstatic",
        "help",
        "makemessages",
        "train_nlu",
        "version",
    }
)


def main(arguments: list[str]) -> int:
    """Exit codes are the commands' own; 2 when the environment or the servers cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")
    from hotel_agent import embedded, env

    try:
        env.read()
        if needs_services(arguments[1:]):
            embedded.ensure_environment()
    except (env.BadEnvironment, embedded.ServicesError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0


def needs_services(arguments: list[str]) -> bool:
    """Whether the command line may reach PostgreSQL or Redis."""
    if not arguments or {"--help", "-h", "--version"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_SERVICES


if __name__ == "__main__":
    sys.exit(main(sys.argv))
