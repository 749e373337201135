"""What a stay costs beside its nights (extras, taxes named on their own), what children pay, and longest stays."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import hotel_agent.common.tenant_keys
from hotel_agent.common.tenant_keys import composite_foreign_key


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0005_room_photo'),
        ('tenants', '0003_deposits'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChildBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('under', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(18)])),
                ('percent', models.PositiveSmallIntegerField(help_text="Of the night's price for an extra child.", validators=[django.core.validators.MaxValueValidator(100)])),
            ],
            options={
                'ordering': ['under'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Extra',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_es', models.CharField(max_length=80)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('name_pt', models.CharField(blank=True, max_length=80)),
                ('description_es', models.TextField(blank=True)),
                ('description_en', models.TextField(blank=True)),
                ('description_pt', models.TextField(blank=True)),
                ('code', models.CharField(help_text="The PMS's id of this extra.", max_length=64)),
                ('kind', models.CharField(choices=[('breakfast', 'breakfast'), ('transfer', 'transfer'), ('parking', 'parking'), ('cot', 'cot'), ('pet', 'pet'), ('other', 'other')], default='other', max_length=10)),
                ('unit', models.CharField(choices=[('stay', 'once'), ('night', 'per night'), ('person', 'per person'), ('person_night', 'per person and night')], default='stay', max_length=12)),
                ('price', models.DecimalField(decimal_places=2, help_text='Taxes included; 0 is free.', max_digits=12, validators=[django.core.validators.MinValueValidator(0)])),
                ('most', models.PositiveSmallIntegerField(default=1, help_text='At most so many in one room; for a price per person, its people are the limit.', validators=[django.core.validators.MinValueValidator(1)])),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['position', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StayTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_es', models.CharField(max_length=80)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('name_pt', models.CharField(blank=True, max_length=80)),
                ('description_es', models.TextField(blank=True)),
                ('description_en', models.TextField(blank=True)),
                ('description_pt', models.TextField(blank=True)),
                ('code', models.SlugField(help_text='A short name, e.g. city-tax.', max_length=30)),
                ('basis', models.CharField(choices=[('person_night', 'per person and night'), ('room_night', 'per room and night'), ('room', 'per room'), ('percent', 'percentage of the nights')], default='person_night', max_length=12)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Money, or the percentage.', max_digits=12, validators=[django.core.validators.MinValueValidator(0)])),
                ('from_age', models.PositiveSmallIntegerField(default=0, help_text='Younger guests do not pay it.', validators=[django.core.validators.MaxValueValidator(18)])),
                ('most_nights', models.PositiveSmallIntegerField(blank=True, help_text='Later nights are free of it.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('due_at_hotel', models.BooleanField(default=True, help_text='Paid at the desk and not part of the price; otherwise it is added to the price.')),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['code'],
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='builtinbooking',
            name='extras',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='builtinbooking',
            name='taxes',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='quoteoption',
            name='extras',
            field=models.JSONField(default=list, help_text='Extras in the total: what, how many and what they cost.'),
        ),
        migrations.AddField(
            model_name='quoteoption',
            name='taxes',
            field=models.JSONField(default=list, help_text='Taxes named on their own, in the total or due at the hotel.'),
        ),
        migrations.AddField(
            model_name='roomnight',
            name='max_stay',
            field=models.PositiveSmallIntegerField(blank=True, help_text='For stays that arrive on this night; empty: no limit of its own.', null=True),
        ),
        migrations.AddField(
            model_name='roomtype',
            name='cots',
            field=models.PositiveSmallIntegerField(default=0, help_text='Babies under 3 who may sleep in a cot, beyond the guests above.'),
        ),
        migrations.AddConstraint(
            model_name='roomnight',
            constraint=models.CheckConstraint(condition=models.Q(('min_stay__gte', 1), models.Q(('max_stay__isnull', True), ('max_stay__gte', models.F('min_stay')), _connector='OR')), name='reservations_room_night_stay'),
        ),
        migrations.AddField(
            model_name='childband',
            name='rate_plan',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='child_bands', to='reservations.rateplan'),
        ),
        migrations.AddField(
            model_name='childband',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='extra',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='staytax',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='childband',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_childband_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='childband',
            constraint=models.UniqueConstraint(fields=('rate_plan', 'under'), name='reservations_child_band_once'),
        ),
        migrations.AddConstraint(
            model_name='childband',
            constraint=models.CheckConstraint(condition=models.Q(('under__gte', 1), ('under__lte', 18), ('percent__lte', 100)), name='reservations_child_band'),
        ),
        migrations.AddConstraint(
            model_name='extra',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_extra_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='extra',
            constraint=models.UniqueConstraint(fields=('tenant', 'code'), name='reservations_extra_code'),
        ),
        migrations.AddConstraint(
            model_name='extra',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0), ('most__gte', 1)), name='reservations_extra_price'),
        ),
        migrations.AddConstraint(
            model_name='staytax',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_staytax_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='staytax',
            constraint=models.UniqueConstraint(fields=('tenant', 'code'), name='reservations_stay_tax_code'),
        ),
        migrations.AddConstraint(
            model_name='staytax',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), models.Q(models.Q(('basis', 'percent'), _negated=True), ('amount__lte', 100), _connector='OR')), name='reservations_stay_tax_amount'),
        ),
        composite_foreign_key("reservations_childband", "rate_plan_id", "reservations_rateplan"),
    ]
