from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0015_reservations_made'),
        ('tenants', '0006_desk_policies'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['tenant', 'code'], name='rsv_code_prefix', opclasses=['int8_ops', 'varchar_pattern_ops']),
        ),
    ]
