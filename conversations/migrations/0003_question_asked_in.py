"""Whose words the example of an unanswered question is, so that they go with their guest."""

from django.db import migrations, models

import hotel_agent.common.tenant_keys
from hotel_agent.common.tenant_keys import composite_foreign_key


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_guarantees")]

    operations = [
        migrations.AddField(
            model_name="unansweredquestion",
            name="asked_in",
            field=hotel_agent.common.tenant_keys.TenantForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Whose words the example is: they go when that guest is forgotten.",
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        composite_foreign_key("conversations_unansweredquestion", "asked_in_id", "conversations_conversation"),
    ]
