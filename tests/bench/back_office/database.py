"""A database of its own beside the test runs' ones, kept between runs so that it is filled once."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg

NAME = "back_office_bench"


def connect() -> None:
    """Point this process at the bench's database, created when missing, with tables as the code has them now.

    Uses the server of `DATABASE_URL` when given, else the checkout's own. Call before anything imports models.
    """
    from hotel_agent.embedded import ensure_environment

    os.environ["ENVIRONMENT"] = "test"
    ensure_environment()
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{NAME}"')
    os.environ["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotel_agent.settings.test"

    import django
    from django.core.management import call_command

    django.setup()

    from django.db import connection as own

    with own.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # a new column of a million rows takes its time
        own.connection.patience_s = 3600.0
    call_command("migrate", verbosity=0, interactive=False)
    own.close()


def recreate() -> None:
    """Drop what an earlier run made. Call before `connect`."""
    from hotel_agent.embedded import ensure_environment

    os.environ["ENVIRONMENT"] = "test"
    ensure_environment()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
