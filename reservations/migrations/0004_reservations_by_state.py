"""Lists of stays by their state."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built without stopping writes
    dependencies = [("reservations", "0003_several_room_types")]

    operations = [
        AddIndexConcurrently(
            model_name="reservation",
            index=models.Index(fields=["tenant", "state", "-created_at"], name="rsv_of_state"),
        ),
    ]
