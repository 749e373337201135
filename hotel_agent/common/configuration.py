"""Configuration that processes cache is versioned by the database: whoever changes it, by whichever door.

A hotel's row carries `configuration_version`; statement triggers on the tables of its configuration count it up in the
changing transaction. Turns load the hotel's row anyway, so a cache keyed by that version is never behind it.
"""

from __future__ import annotations

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION tenants_configuration_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE tenants_tenant SET configuration_version = configuration_version + 1
        WHERE id IN (SELECT tenant_id FROM old_rows);
    ELSE
        UPDATE tenants_tenant SET configuration_version = configuration_version + 1
        WHERE id IN (SELECT tenant_id FROM new_rows);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION tenants_configuration_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.configuration_version := GREATEST(NEW.configuration_version, OLD.configuration_version);
    RETURN NEW;
END
$$;
CREATE TRIGGER tenants_configuration_only_grows BEFORE UPDATE ON tenants_tenant
FOR EACH ROW EXECUTE FUNCTION tenants_configuration_only_grows();
"""
DROP_FUNCTIONS = """
DROP TRIGGER tenants_configuration_only_grows ON tenants_tenant;
DROP FUNCTION tenants_configuration_only_grows();
DROP FUNCTION tenants_configuration_changed();
"""


def counted(table: str) -> migrations.RunSQL:
    """The migration operation that makes every write to a tenant-owned table count up its hotels' version."""
    create = "".join(
        f"CREATE TRIGGER {table}_counts_{event.lower()} AFTER {event} ON {table} "
        f"REFERENCING {which} TABLE AS {which.lower()}_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION tenants_configuration_changed();"
        for event, which in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    )
    drop = "".join(f"DROP TRIGGER {table}_counts_{event} ON {table};" for event in ("insert", "update", "delete"))
    return migrations.RunSQL(sql=create, reverse_sql=drop)
