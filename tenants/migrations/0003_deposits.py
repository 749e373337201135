"""Where a hotel's deposits are paid."""

import django.db.models.deletion
import hotel_agent.common.crypto
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_account_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('stripe', 'Stripe'), ('demo', 'demo: no money moves')], default='stripe', max_length=12)),
                ('uses_installation', models.BooleanField(default=False, help_text="Events come signed with the installation's own secret, at /webhooks/stripe.")),
                ('credentials', hotel_agent.common.crypto.EncryptedSecretsField(blank=True, default=hotel_agent.common.crypto.Secrets, help_text='secret_key, webhook_secret')),
                ('is_active', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_paymentaccount_tenant_key'), models.UniqueConstraint(fields=('tenant',), name='tenants_payments_one_per_hotel')],
            },
        ),
    ]
