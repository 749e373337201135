"""What a change turns a reservation into: a link, so that no option is sold twice."""

from django.db import migrations, models

from hotel_agent.common.tenant_keys import TenantForeignKey, composite_foreign_key


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0002_database_guarantees'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='pmscall',
            name='option',
            field=TenantForeignKey(blank=True, db_constraint=False, help_text='What a change turns the reservation into.', null=True, on_delete=models.PROTECT, related_name='pms_calls', to='reservations.quoteoption'),
        ),
        migrations.AddConstraint(
            model_name='pmscall',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'amend'), ('outcome__in', ['', 'unknown', 'done'])), fields=('option',), name='reservations_call_one_target'),
        ),
        composite_foreign_key("reservations_pmscall", "option_id", "reservations_quoteoption"),
    ]
