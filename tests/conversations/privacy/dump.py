"""Everything the installation keeps, as text: what a search for a forgotten guest looks through."""

from __future__ import annotations

from pathlib import Path

import redis
from django.conf import settings
from django.db import connection


def database() -> str:
    """Every row of every table as JSON, binary columns as the text they hold."""
    lines = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND data_type = 'bytea'",
                [table],
            )
            binary = {name for (name,) in cursor.fetchall()}
            shown = ", ".join(
                f"encode(\"{name}\", 'escape')" if name in binary else f'"{name}"::text' for name in columns
            )
            cursor.execute(f'SELECT {shown} FROM "{table}"')  # noqa: S608 - names of our own tables
            lines += [f"{table}: " + " | ".join(str(value) for value in row) for row in cursor.fetchall()]
    return "\n".join(lines)


def caches() -> str:
    """Every key and value in Redis."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    lines = []
    for key in client.scan_iter():
        match client.type(key):
            case b"string":
                value: object = client.get(key)
            case b"hash":
                value = client.hgetall(key)
            case b"set":
                value = client.smembers(key)
            case b"list":
                value = client.lrange(key, 0, -1)
            case _:
                value = client.zrange(key, 0, -1)
        lines.append(f"redis {key!r}: {value!r}")
    return "\n".join(lines)


def files() -> str:
    """Names and bytes of every kept file."""
    found = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    return "\n".join(f"{path}: {path.read_bytes()!r}" for path in found)


def lines_with(word: str, text: str) -> list[str]:
    """Lines in which a word stands, for a message somebody can act on."""
    return [line[:300] for line in text.splitlines() if word.lower() in line.lower()]
