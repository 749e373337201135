"""Whether one program works, for a container's health check: exit 0 or 1. Loads no Django, so it costs little.

    python -m hotel_agent.launch.alive web --port 8000
    python -m hotel_agent.launch.alive worker

Web answers /health/live; worker and sweeper have written their heartbeat into PostgreSQL within a minute.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys

import psycopg

from hotel_agent.postgresql import driver

SILENT_S = 60
HEARTBEATS = {"worker": "worker", "sweep": "sweeper"}


def main() -> int:
    """0 when it works."""
    parser = argparse.ArgumentParser(prog="python -m hotel_agent.launch.alive")
    parser.add_argument("name", choices=("web", *HEARTBEATS))
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    if given.name == "web":
        return 0 if web_answers(given.port) else 1
    return 0 if beats(HEARTBEATS[given.name], os.environ["DATABASE_URL"]) else 1


def web_answers(port: int) -> bool:
    """Whether the web server on this host says that it lives."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip()
        connection.request("GET", "/health/live", headers={"Host": host.lstrip(".")})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def beats(name: str, database_url: str) -> bool:
    """Whether a program's heartbeat is fresh. A database that does not answer says nothing against the program."""
    try:
        with driver.connect(database_url, connect_timeout=3) as connection:
            connection.patience_s = driver.GLANCE_S
            row = connection.execute(
                "SELECT at > clock_timestamp() - make_interval(secs => %s) FROM hotel_agent_heartbeat WHERE name = %s",
                [SILENT_S, name],
            ).fetchone()
    except psycopg.Error:
        return True
    return bool(row and row[0])


if __name__ == "__main__":
    sys.exit(main())
