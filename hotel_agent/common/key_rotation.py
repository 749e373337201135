"""Putting every encrypted field under the newest key of FIELD_ENCRYPTION_KEYS.

In small transactions by primary key: what a killed run did stays done, and a repeated run changes only what is not yet
under the newest key. Rows are locked while they are rewritten, so that a credential somebody enters meanwhile is never
replaced by an older one. Nothing is decrypted into a log or a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog
from django.apps import apps
from django.db import connection, transaction

from hotel_agent.common import crypto

log = structlog.get_logger(__name__)

BATCH = 100


@dataclass
class Rotated:
    """What a run found: values rewritten, those under the newest key already, and those no key opens ("table pk")."""

    rewritten: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)


def encrypted_columns() -> list[tuple[str, str, str]]:
    """Table, primary key and column of every encrypted field of the product, in a fixed order."""
    return sorted(
        (model._meta.db_table, str(model._meta.pk.column), str(one.column))
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.managed
        for one in model._meta.local_fields
        if isinstance(one, crypto.EncryptedSecretsField)
    )


def rotate_all(*, batch: int = BATCH) -> Rotated:
    """Rewrite what is not under the newest key. Safe to repeat, to interrupt anywhere, and to run twice at once.

    Raises:
        Misconfigured: there is no key.
    """
    result = Rotated()
    for table, key, column in encrypted_columns():
        last: int | None = None
        while True:
            with transaction.atomic():
                rows = list(_next(table, key, column, last, batch))
                for row_id, stored in rows:
                    _rewrite(table, key, column, row_id, stored, result)
            if not rows:
                break
            last = rows[-1][0]
            log.info("keys_rotated", name=table, count=len(rows))
    return result


def _next(table: str, key: str, column: str, after: int | None, batch: int) -> Iterator[tuple[int, str]]:
    quoted = {name: connection.ops.quote_name(value) for name, value in
              (("table", table), ("key", key), ("column", column))}  # fmt: skip
    later = "AND {key} > %s".format(**quoted) if after is not None else ""
    # Names of our own tables; values are parameters.
    sql = "SELECT {key}, {column} FROM {table} WHERE {column} <> '' ".format(**quoted)  # noqa: S608
    sql += later + " ORDER BY {key} LIMIT %s FOR NO KEY UPDATE".format(**quoted)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*([after] if after is not None else []), batch])
        yield from cursor.fetchall()


def _rewrite(table: str, key: str, column: str, row_id: int, stored: str, result: Rotated) -> None:
    if crypto.is_current(stored):
        result.current += 1
        return
    try:
        renewed = crypto.rotate(stored)
    except crypto.Undecryptable:
        result.unreadable.append(f"{table} {row_id}")
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(table)} SET {quote(column)} = %s WHERE {quote(key)} = %s",  # noqa: S608 - our names
            [renewed, row_id],
        )
    result.rewritten += 1
