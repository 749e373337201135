"""Rooms taken by other sellers or the hotel itself, their calendars, and nights given back by who left or never came."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import hotel_agent.common.clock
import hotel_agent.common.tenant_keys
from django.db import migrations, models

from hotel_agent.common.tenant_keys import composite_foreign_key


class Migration(migrations.Migration):

    dependencies = [
        ('reservations', '0007_pms_drift_and_turns'),
        ('tenants', '0004_widget_settings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_in', models.DateField(help_text='First night.')),
                ('check_out', models.DateField(help_text='Free again from this day on.')),
                ('rooms', models.PositiveSmallIntegerField(default=1)),
                ('source', models.CharField(choices=[('hand', 'by hand'), ('calendar', 'calendar')], default='hand', max_length=8)),
                ('uid', models.CharField(blank=True, help_text='What the calendar calls it.', max_length=255)),
                ('reason', models.CharField(blank=True, max_length=120)),
                ('uncounted', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, help_text='Nights without a room left.', size=None)),
                ('room_taken', models.BooleanField(default=False, help_text="The room is somebody else's on these nights.")),
                ('is_active', models.BooleanField(default=True)),
                ('made_by', models.CharField(blank=True, max_length=150)),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['check_in', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Who sells there, e.g. Booking.com.', max_length=60)),
                ('url', models.URLField(help_text='The private iCal address the seller gives; https.', max_length=500)),
                ('is_active', models.BooleanField(default=True)),
                ('checked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('problem', models.CharField(blank=True, editable=False, max_length=200)),
                ('skipped', models.PositiveIntegerField(default=0, editable=False, help_text='Events that made no sense.')),
            ],
            options={
                'ordering': ['name', 'id'],
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='roomnight',
            name='reservations_room_night_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='roomnight',
            name='reservations_room_night_not_oversold',
        ),
        migrations.AddField(
            model_name='builtinbooking',
            name='released_from',
            field=models.DateField(blank=True, help_text='Nights from here on are sold again: it left early or never came.', null=True),
        ),
        migrations.AddField(
            model_name='roomnight',
            name='blocked',
            field=models.PositiveSmallIntegerField(default=0, help_text='Taken by other sellers or the hotel itself.'),
        ),
        migrations.AlterField(
            model_name='roomassignment',
            name='booking',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='reservations.builtinbooking'),
        ),
        migrations.AddConstraint(
            model_name='roomnight',
            constraint=models.CheckConstraint(condition=models.Q(('sold__gte', 0), ('held__gte', 0), ('blocked__gte', 0)), name='reservations_room_night_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='roomnight',
            constraint=models.CheckConstraint(condition=models.Q(('total__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('sold'), '+', models.F('held')), '+', models.F('blocked')), '-', models.F('overbooking')))), name='reservations_room_night_not_oversold'),
        ),
        migrations.AddField(
            model_name='block',
            name='room',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='reservations.room'),
        ),
        migrations.AddField(
            model_name='block',
            name='room_type',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='reservations.roomtype'),
        ),
        migrations.AddField(
            model_name='block',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='roomassignment',
            name='block',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='reservations.block'),
        ),
        migrations.AddConstraint(
            model_name='roomassignment',
            constraint=models.CheckConstraint(condition=models.Q(('booking__isnull', True), ('block__isnull', True), _connector='XOR'), name='reservations_assignment_subject'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='room',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, help_text="Where the calendar is one room's; empty: any room of the type.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to='reservations.room'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='room_type',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to='reservations.roomtype'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='block',
            name='feed',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='reservations.calendarfeed'),
        ),
        migrations.AddConstraint(
            model_name='calendarfeed',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_calendarfeed_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='calendarfeed',
            constraint=models.UniqueConstraint(fields=('room_type', 'room', 'url'), name='reservations_calendar_feed_once'),
        ),
        migrations.AddIndex(
            model_name='block',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['tenant', 'room_type', 'check_in'], name='rsv_block'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='reservations_block_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.UniqueConstraint(condition=models.Q(('feed__isnull', False), ('is_active', True)), fields=('feed', 'uid'), name='reservations_block_uid'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.CheckConstraint(condition=models.Q(('check_out__gt', models.F('check_in')), ('rooms__gte', 1)), name='reservations_block_nights'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.CheckConstraint(condition=models.Q(('room__isnull', True), ('rooms', 1), _connector='OR'), name='reservations_block_one_room'),
        ),
        composite_foreign_key("reservations_block", "room_type_id", "reservations_roomtype"),
        composite_foreign_key("reservations_block", "room_id", "reservations_room"),
        composite_foreign_key("reservations_block", "feed_id", "reservations_calendarfeed"),
        composite_foreign_key("reservations_calendarfeed", "room_type_id", "reservations_roomtype"),
        composite_foreign_key("reservations_calendarfeed", "room_id", "reservations_room"),
        composite_foreign_key("reservations_roomassignment", "block_id", "reservations_block"),
    ]
