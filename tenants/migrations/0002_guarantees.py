"""A hotel's configuration counts up by the database itself, whoever writes it."""

from django.db import migrations

from hotel_agent.common.configuration import DROP_FUNCTIONS, FUNCTIONS, counted


class Migration(migrations.Migration):
    replaces = [
        ("tenants", "0007_live_and_capabilities"),
        ("tenants", "0009_holidays"),
    ]
    dependencies = [("tenants", "0001_first_release")]

    operations = [
        migrations.RunSQL(sql=FUNCTIONS, reverse_sql=DROP_FUNCTIONS),
        counted("tenants_fact"),
        counted("tenants_openinghours"),
    ]
