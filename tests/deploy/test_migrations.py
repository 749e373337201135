"""A migration must run while the version before it serves guests. These rules say no where it could not."""

from __future__ import annotations

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.deploy.migration_rules import REASON, released, risks

OURS = ("conversations", "hotel_agent", "reservations", "tenants")


def migration(*operations: Operation, atomic: bool = True, reason: str = "") -> migrations.Migration:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic})
    if reason:
        setattr(made, REASON, reason)
    return made("0099_next", "conversations")


SAFE = {
    "a new table": migration(
        migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("a", models.TextField())]),
        migrations.AddIndex("thing", models.Index(fields=["a"], name="thing_a")),
    ),
    "a column that may be empty": migration(migrations.AddField("message", "note", models.TextField(null=True))),
    "a column the database fills": migration(migrations.AddField("message", "note", models.TextField(db_default=""))),
    "an index built beside": migration(
        AddIndexConcurrently("message", models.Index(fields=["kind"], name="message_kind")), atomic=False
    ),
    "a constraint checked later": migration(
        AddConstraintNotValid("message", models.CheckConstraint(condition=~models.Q(kind=""), name="has_kind"))
    ),
    "one that says why": migration(migrations.RemoveField("message", "note"), reason="no released version reads it"),
}
RISKY = {
    "a column the running version does not know": migration(
        migrations.AddField("message", "note", models.TextField(default=""))
    ),
    "a column removed": migration(migrations.RemoveField("message", "note")),
    "a table removed": migration(migrations.DeleteModel("Thing")),
    "a column renamed": migration(migrations.RenameField("message", "note", "remark")),
    "a type changed": migration(migrations.AlterField("message", "note", models.IntegerField())),
    "an index built under a lock": migration(
        migrations.AddIndex("message", models.Index(fields=["kind"], name="message_kind"))
    ),
    "an index beside, in a transaction": migration(
        AddIndexConcurrently("message", models.Index(fields=["kind"], name="message_kind"))
    ),
    "a unique column": migration(migrations.AddField("message", "number", models.IntegerField(null=True, unique=True))),
    "a constraint that reads every row": migration(
        migrations.AddConstraint("message", models.CheckConstraint(condition=~models.Q(kind=""), name="has_kind"))
    ),
    "rows and columns at once": migration(
        migrations.AddField("message", "note", models.TextField(null=True)),
        migrations.RunPython(migrations.RunPython.noop),
    ),
}


@pytest.mark.parametrize("what", SAFE)
def test_safe(what: str) -> None:
    assert list(risks(SAFE[what])) == []


@pytest.mark.parametrize("what", RISKY)
def test_refused(what: str) -> None:
    assert list(risks(RISKY[what]))


@pytest.mark.django_db
def test_no_migration_after_the_last_release_stops_the_running_version() -> None:
    loader = MigrationLoader(connection)
    ours = {key: found for key, found in loader.disk_migrations.items() if key[0] in OURS}
    known = released()
    assert known <= set(ours), f"released and gone: {known - set(ours)}"
    if not known:
        return  # nothing is released: everybody's first migration makes all tables
    found = {key: list(risks(one)) for key, one in ours.items() if key not in known}
    assert not {key: why for key, why in found.items() if why}
