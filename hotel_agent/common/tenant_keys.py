"""Links between tenant-owned rows that the database itself keeps within one tenant.

Django has no composite foreign keys, so the field carries no constraint of its own and a migration adds
`FOREIGN KEY (tenant_id, x_id) REFERENCES target (tenant_id, id)`. A test compares every `TenantForeignKey` of the
models with the constraints in the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations, models

if TYPE_CHECKING:
    _ForeignKey = models.ForeignKey[Any, Any]
else:
    _ForeignKey = models.ForeignKey


class TenantForeignKey(_ForeignKey):
    """A foreign key to a row of the same tenant. Pair it with `composite_foreign_key` in a migration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)


def constraint_name(table: str, column: str) -> str:
    """The constraint's name for a column, within PostgreSQL's 63 bytes."""
    return f"{table}_{column}_tenant"[-63:]


def composite_foreign_key(table: str, column: str, target: str) -> migrations.RunSQL:
    """The migration operation for one link; checked at commit so that rows may be written in any order."""
    name = constraint_name(table, column)
    return migrations.RunSQL(
        sql=(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (tenant_id, "{column}") '
            f'REFERENCES "{target}" (tenant_id, id) DEFERRABLE INITIALLY DEFERRED'
        ),
        reverse_sql=f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )
