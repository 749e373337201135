"""Files of rates and nights that managers load."""

import django.db.models.deletion
import hotel_agent.common.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0008_blocks'),
        ('tenants', '0006_desk_policies'),
    ]

    operations = [
        migrations.CreateModel(
            name='SheetImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('rates', 'prices'), ('nights', 'nights on sale')], max_length=6)),
                ('state', models.CharField(choices=[('bad', 'not loadable'), ('ready', 'can be loaded'), ('loaded', 'loaded')], max_length=6)),
                ('file_name', models.CharField(max_length=120)),
                ('rows', models.JSONField(default=list, help_text='What was read, row by row.')),
                ('problems', models.JSONField(default=list, help_text='Row, column and what is wrong.')),
                ('nights', models.PositiveIntegerField(default=0, help_text='Nights it sets.')),
                ('made_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_sheetimport_tenant_key'), models.CheckConstraint(condition=models.Q(('state', 'bad'), ('problems', []), _connector='OR'), name='reservations_sheet_without_problems')],
            },
        ),
    ]
