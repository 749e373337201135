"""INSERT … SELECT into a model's table: what is not named gets the model's own default, as the ORM would give it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED


def fill(model: type[models.Model], source: str, **columns: str) -> int:
    """Insert a row for each row of `source` (a FROM clause), `columns` being SQL expressions by attribute name.

    Returns the number of rows. Columns that are added to a model later need no change here unless they matter.
    """
    expressions = {field.column: _expression(field, columns) for field in model._meta.local_concrete_fields}
    unknown = set(columns) - {field.attname for field in model._meta.local_concrete_fields}
    assert not unknown, f"{model.__name__} has no {unknown}"
    wanted = {column: expression for column, expression in expressions.items() if expression is not None}
    names = ", ".join(f'"{column}"' for column in wanted)
    values = ", ".join(wanted.values())
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {source}")
        inserted = cursor.rowcount
        if "id" in columns:
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    return int(inserted)


def _expression(field: Any, columns: dict[str, str]) -> str | None:
    if field.attname in columns:
        return columns[field.attname]
    if field.primary_key or getattr(field, "generated", False) or field.db_default is not NOT_PROVIDED:
        return None
    if not field.has_default():
        if field.null:
            return None
        assert field.empty_strings_allowed, f"{field} needs an expression"
        return "''"
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    return _literal(field.get_default(), is_json=isinstance(field, models.JSONField))


def _literal(value: Any, *, is_json: bool) -> str:
    if is_json:
        return "'{}'::jsonb".format(json.dumps(value).replace("'", "''"))
    if isinstance(value, dt.datetime):
        return "now()"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "'{}'"
    if value is None:
        return "NULL"
    assert isinstance(value, str | uuid.UUID), value
    return "'{}'".format(str(value).replace("'", "''"))
