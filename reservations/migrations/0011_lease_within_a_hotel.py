"""Whose turn it is to sell a room type stays within one hotel, by the database's own rule."""

from django.db import migrations

from hotel_agent.common.tenant_keys import composite_foreign_key


class Migration(migrations.Migration):
    dependencies = [("reservations", "0010_arrangements")]

    operations = [composite_foreign_key("reservations_roomtypelease", "room_type_id", "reservations_roomtype")]
