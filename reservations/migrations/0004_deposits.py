"""Deposits: what a plan asks for, payments, refunds, the demo provider; a page of its own for every stay."""

import secrets

import django.core.validators
import django.db.models.deletion
import hotel_agent.common.clock
import hotel_agent.common.tenant_keys
import reservations.models.stays
from django.db import migrations, models

from hotel_agent.common.tenant_keys import composite_foreign_key


def give_pages(apps, schema_editor):
    for stay in apps.get_model("reservations", "Reservation")._base_manager.only("pk").iterator():
        type(stay)._base_manager.filter(pk=stay.pk).update(page_token=secrets.token_urlsafe(24))


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0003_change_target'),
        ('tenants', '0003_deposits'),
    ]

    operations = [
        migrations.CreateModel(
            name='DemoCheckout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checkout_id', models.CharField(max_length=64, unique=True)),
                ('reference', models.CharField(max_length=64)),
                ('status', models.CharField(choices=[('open', 'open'), ('paid', 'paid'), ('expired', 'expired')], default='open', max_length=7)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('currency', models.CharField(max_length=3)),
                ('expires_at', models.DateTimeField()),
                ('payment_id', models.CharField(blank=True, max_length=64)),
                ('refund_reference', models.CharField(blank=True, max_length=64)),
                ('refunded', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('working', 'working'), ('done', 'done'), ('quarantined', 'quarantined'), ('orphan', 'orphan'), ('dead', 'dead')], default='waiting', max_length=12)),
                ('claim', models.PositiveIntegerField(default=0, help_text='Fencing number; grows with every claim.')),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Attempts that failed because of the item.')),
                ('deaths', models.PositiveSmallIntegerField(default=0, help_text='Attempts whose worker died.')),
                ('not_before', models.DateTimeField(default=hotel_agent.common.clock.now)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=500)),
                ('token', models.CharField(default=reservations.models.stays.new_page_token, help_text='Of its page /pay/….', max_length=64, unique=True)),
                ('reference', models.CharField(help_text='Our name for it at the provider.', max_length=64, unique=True)),
                ('status', models.CharField(choices=[('requested', 'requested'), ('open', 'open'), ('paid', 'paid'), ('late', 'paid too late'), ('expired', 'expired'), ('failed', 'failed')], default='requested', max_length=9)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('currency', models.CharField(max_length=3)),
                ('link_expires_at', models.DateTimeField(help_text='Until when the guest can pay.')),
                ('checkout_id', models.CharField(blank=True, max_length=120)),
                ('checkout_url', models.URLField(blank=True, max_length=2000)),
                ('payment_id', models.CharField(blank=True, help_text="The provider's name for the money.", max_length=120)),
                ('asked_at', models.DateTimeField(blank=True, help_text='When a request for the link last left.', null=True)),
                ('given_up_at', models.DateTimeField(blank=True, help_text='When the guest said that they will not pay.', null=True)),
                ('told_delay', models.BooleanField(default=False)),
                ('handed_over', models.BooleanField(default=False, help_text='A person was asked to look.')),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, help_text='When it ended unpaid.', null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PaymentDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('working', 'working'), ('done', 'done'), ('quarantined', 'quarantined'), ('orphan', 'orphan'), ('dead', 'dead')], default='waiting', max_length=12)),
                ('claim', models.PositiveIntegerField(default=0, help_text='Fencing number; grows with every claim.')),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Attempts that failed because of the item.')),
                ('deaths', models.PositiveSmallIntegerField(default=0, help_text='Attempts whose worker died.')),
                ('not_before', models.DateTimeField(default=hotel_agent.common.clock.now)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=500)),
                ('account_key', models.CharField(blank=True, help_text='Whose secret signed it; empty: ours.', max_length=40)),
                ('body', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('received_at', models.DateTimeField(db_index=True, default=hotel_agent.common.clock.now)),
                ('correlation_id', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'verbose_name_plural': 'payment deliveries',
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('working', 'working'), ('done', 'done'), ('quarantined', 'quarantined'), ('orphan', 'orphan'), ('dead', 'dead')], default='waiting', max_length=12)),
                ('claim', models.PositiveIntegerField(default=0, help_text='Fencing number; grows with every claim.')),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Attempts that failed because of the item.')),
                ('deaths', models.PositiveSmallIntegerField(default=0, help_text='Attempts whose worker died.')),
                ('not_before', models.DateTimeField(default=hotel_agent.common.clock.now)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=500)),
                ('reference', models.CharField(help_text='Our name for it at the provider.', max_length=64, unique=True)),
                ('status', models.CharField(choices=[('requested', 'requested'), ('done', 'accepted by the provider'), ('refused', 'refused by the provider')], default='requested', max_length=9)),
                ('why', models.CharField(choices=[('late', 'paid too late, the room was gone'), ('not_booked', 'the booking was not made'), ('cancelled', 'the stay was cancelled')], max_length=10)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('currency', models.CharField(max_length=3)),
                ('refund_id', models.CharField(blank=True, max_length=120)),
                ('asked_at', models.DateTimeField(blank=True, help_text='When the request last left.', null=True)),
                ('handed_over', models.BooleanField(default=False, help_text='A person was asked to look.')),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='quoteoption',
            name='deposit',
            field=models.DecimalField(decimal_places=2, default=0, help_text='To be paid before it is confirmed; 0: nothing.', max_digits=14),
        ),
        migrations.AddField(
            model_name='rateplan',
            name='deposit',
            field=models.CharField(choices=[('none', 'none'), ('percent', 'a percentage of the stay'), ('first_night', 'the first night')], default='none', help_text='What is paid before it is confirmed.', max_length=11),
        ),
        migrations.AddField(
            model_name='rateplan',
            name='deposit_percent',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)]),
        ),
        migrations.AddField(
            model_name='reservation',
            name='deposit',
            field=models.DecimalField(decimal_places=2, default=0, help_text='What must be paid before it is confirmed; 0: nothing.', max_digits=14),
        ),
        migrations.AddField(
            model_name='reservation',
            name='page_token',
            field=models.CharField(default='', help_text='Of its page /stay/….', max_length=64),
        ),
        migrations.RunPython(give_pages, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='reservation',
            name='page_token',
            field=models.CharField(default=reservations.models.stays.new_page_token, help_text='Of its page /stay/….', max_length=64, unique=True),
        ),
        migrations.AlterField(
            model_name='reservation',
            name='state',
            field=models.CharField(choices=[('awaiting', 'awaiting payment'), ('pending', 'pending'), ('unknown', 'unknown outcome'), ('confirmed', 'confirmed'), ('refused', 'refused'), ('cancelled', 'cancelled'), ('in_house', 'in house'), ('departed', 'departed'), ('no_show', 'no show')], default='pending', max_length=9),
        ),
        migrations.AlterField(
            model_name='stayevent',
            name='kind',
            field=models.CharField(choices=[('booked', 'booked'), ('booking_refused', 'booking refused'), ('booking_unknown', 'booking uncertain'), ('booked_late', 'booked after having been uncertain'), ('booking_released', 'certainly not booked after having been uncertain'), ('cancelled', 'cancelled'), ('cancellation_refused', 'cancellation refused'), ('cancellation_unknown', 'cancellation uncertain'), ('changed', 'changed'), ('change_refused', 'change refused'), ('change_unknown', 'change uncertain'), ('hold_lapsed', 'hold lapsed'), ('payment_requested', 'payment link ready'), ('payment_delayed', 'payment link delayed'), ('payment_failed', 'no payment link'), ('payment_expired', 'not paid in time'), ('payment_refunded', 'paid too late, money goes back'), ('reminder', 'reminder before arrival'), ('needs_person', 'a person has to decide')], max_length=24),
        ),
        migrations.AddConstraint(
            model_name='quoteoption',
            constraint=models.CheckConstraint(condition=models.Q(('deposit__gte', 0), ('deposit__lte', models.F('total'))), name='reservations_option_deposit'),
        ),
        migrations.AddConstraint(
            model_name='rateplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit', 'percent'), ('deposit_percent__gte', 1), ('deposit_percent__lte', 100)), models.Q(models.Q(('deposit', 'percent'), _negated=True), ('deposit_percent__isnull', True)), _connector='OR'), name='reservations_rate_plan_deposit'),
        ),
        migrations.AddField(
            model_name='democheckout',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='payment',
            name='account',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.paymentaccount'),
        ),
        migrations.AddField(
            model_name='payment',
            name='reservation',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='payments', to='reservations.reservation'),
        ),
        migrations.AddField(
            model_name='payment',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='paymentdelivery',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'working'])), fields=['not_before'], name='rsv_delivery_open'),
        ),
        migrations.AddConstraint(
            model_name='paymentdelivery',
            constraint=models.UniqueConstraint(fields=('account_key', 'sha256'), name='reservations_payment_delivery_once'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payment',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='reservations.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='democheckout',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_democheckout_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='democheckout',
            constraint=models.UniqueConstraint(fields=('tenant', 'reference'), name='reservations_demo_checkout_reference'),
        ),
        migrations.AddConstraint(
            model_name='democheckout',
            constraint=models.CheckConstraint(condition=models.Q(('refunded__lte', models.F('amount'))), name='reservations_demo_refund'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'working'])), fields=['not_before'], name='rsv_payment_due'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('checkout_id', ''), _negated=True), fields=['checkout_id'], name='rsv_payment_checkout'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['tenant', '-created_at'], name='rsv_payment_recent'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_payment_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['requested', 'open', 'paid', 'late'])), fields=('reservation',), name='reservations_payment_one_per_stay'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='reservations_payment_amount'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['paid', 'late']), _negated=True), models.Q(models.Q(('payment_id', ''), _negated=True), ('paid_at__isnull', False)), _connector='OR'), name='reservations_payment_has_money'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'working'])), fields=['not_before'], name='rsv_refund_due'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_refund_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('payment',), name='reservations_refund_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='reservations_refund_amount'),
        ),
        composite_foreign_key("reservations_payment", "reservation_id", "reservations_reservation"),
        composite_foreign_key("reservations_payment", "account_id", "tenants_paymentaccount"),
        composite_foreign_key("reservations_refund", "payment_id", "reservations_payment"),
    ]
