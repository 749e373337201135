"""Whether a guest wants reminders."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0006_apologies'),
    ]

    operations = [
        migrations.AddField(
            model_name='guest',
            name='opted_out_at',
            field=models.DateTimeField(blank=True, help_text='When the guest asked for no reminders.', null=True),
        ),
    ]
