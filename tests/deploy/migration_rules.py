"""What a migration may do while the version before it still runs (docs/operations/upgrading.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.postgres import operations as postgresql
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models.fields import NOT_PROVIDED

from hotel_agent.embedded.places import PROJECT

RELEASED = PROJECT / "deploy" / "released_migrations.txt"
REASON = "safe_because"
"""A migration that breaks a rule on purpose says why in a class attribute of this name."""


def released(path: Path = RELEASED) -> set[tuple[str, str]]:
    """Migrations that an installation may already have run: `app name`, one a line."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {(app, name) for app, name in (line for line in lines if line)}


def risks(migration: migrations.Migration) -> Iterator[str]:
    """Sentences on what would stop or break the running version. Nothing for a migration that says why it may."""
    if str(getattr(migration, REASON, "")).strip():
        return
    made_here = {
        operation.name.lower() for operation in migration.operations if isinstance(operation, migrations.CreateModel)
    }
    schema = any(isinstance(operation, SCHEMA) for operation in migration.operations)
    data = any(isinstance(operation, migrations.RunPython) for operation in migration.operations)
    if schema and data:
        yield "changes tables and rows in one transaction: split it, tables stay locked while rows are written"
    for operation in migration.operations:
        if getattr(operation, "model_name", "").lower() not in made_here:
            yield from _of(operation, migration)


SCHEMA = (
    migrations.AddField,
    migrations.AlterField,
    migrations.RemoveField,
    migrations.AddConstraint,
    migrations.AddIndex,
)


def _of(operation: Operation, migration: migrations.Migration) -> Iterator[str]:
    match operation:
        case migrations.DeleteModel() | migrations.RemoveField():
            yield f"{operation.describe()}: the running version still reads it; first release code that does not"
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            yield f"{operation.describe()}: add the new one, fill it, read it, then remove the old one"
        case migrations.AddField():
            field: Any = operation.field
            if not field.null and not field.many_to_many and field.db_default is NOT_PROVIDED:
                yield f"{operation.describe()}: the running version inserts without it; give null=True or db_default"
            if field.unique or (field.db_index and not isinstance(field, models.ForeignKey)):
                yield f"{operation.describe()}: builds an index under a lock; add it concurrently, in its own migration"
        case migrations.AlterField():
            yield f"{operation.describe()}: may rewrite the table under a lock; say why it does not ({REASON})"
        case postgresql.AddIndexConcurrently():
            if migration.atomic:
                yield f"{operation.describe()}: needs atomic = False"
        case migrations.AddIndex():
            yield f"{operation.describe()}: blocks writes while it is built; use AddIndexConcurrently"
        case postgresql.AddConstraintNotValid():
            return
        case migrations.AddConstraint():
            yield f"{operation.describe()}: checks every row under a lock; use AddConstraintNotValid, then validate"
