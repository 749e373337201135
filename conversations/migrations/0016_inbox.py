"""What the desk keeps with a conversation: who cares for it, until when it sleeps, notes and prepared answers."""

import django.core.validators
import django.db.models.deletion
import hotel_agent.common.clock
import hotel_agent.common.tenant_keys
from hotel_agent.common.tenant_keys import composite_foreign_key
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0015_gmail_watches'),
        ('tenants', '0006_desk_policies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CannedAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shortcut', models.CharField(help_text='Typed after a slash, e.g. /wifi.', max_length=30, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9-]*$', 'Small letters, digits and hyphens only.')])),
                ('text_es', models.TextField(max_length=2000)),
                ('text_en', models.TextField(blank=True, max_length=2000)),
                ('text_pt', models.TextField(blank=True, max_length=2000)),
                ('is_active', models.BooleanField(default=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['shortcut'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StaffNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='The form it was written in; one note per form, ever.', max_length=100)),
                ('text', models.TextField(max_length=4000)),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RemoveIndex(
            model_name='conversation',
            name='conv_recent',
        ),
        migrations.AddField(
            model_name='conversation',
            name='reply_mode',
            field=models.CharField(blank=True, choices=[('auto', 'the agent answers by itself'), ('suggest', 'the agent suggests, a person sends')], help_text="Empty: by the hotel's own rules.", max_length=7),
        ),
        migrations.AddField(
            model_name='conversation',
            name='assignee',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='conversation',
            name='last_by',
            field=models.CharField(choices=[('guest', 'guest'), ('agent', 'agent'), ('staff', 'staff')], default='guest', help_text='Whose words `last_text` are.', max_length=5),
        ),
        migrations.AddField(
            model_name='conversation',
            name='resolved_at',
            field=models.DateTimeField(blank=True, help_text='Done, until the guest writes again.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='seen_at',
            field=models.DateTimeField(blank=True, help_text='When somebody at the desk last looked at it.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, help_text='Out of the way until then, or until the guest writes.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='waiting_since',
            field=models.DateTimeField(blank=True, help_text="Since when the guest waits for the hotel's next word.", null=True),
        ),
        migrations.AlterField(
            model_name='outboundmessage',
            name='state',
            field=models.CharField(choices=[('queued', 'queued'), ('sending', 'sending'), ('ambiguous', 'ambiguous'), ('sent', 'sent'), ('delivered', 'delivered'), ('read', 'read'), ('failed', 'failed'), ('withheld', 'withheld: a person answers'), ('superseded', 'superseded by a fresher answer'), ('dead', 'gave up; needs a person'), ('suggested', 'suggested: a person decides')], default='queued', max_length=10),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(fields=['tenant', '-updated_at', '-id'], include=('channel', 'language', 'owner', 'snoozed_until', 'resolved_at'), name='conv_recent'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['tenant', 'waiting_since'], name='conv_waiting'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('assignee__isnull', False)), fields=['assignee', '-updated_at'], name='conv_assigned'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['tenant', 'snoozed_until'], name='conv_snoozed'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['tenant', '-resolved_at', '-id'], name='conv_resolved'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['conversation'], name='conv_handoff_open'),
        ),
        migrations.AddIndex(
            model_name='outboundmessage',
            index=models.Index(condition=models.Q(('state', 'suggested')), fields=['tenant', 'conversation'], name='conv_outbound_suggested'),
        ),
        migrations.AddField(
            model_name='cannedanswer',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='staffnote',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='staffnote',
            name='conversation',
            field=hotel_agent.common.tenant_keys.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='conversations.conversation'),
        ),
        migrations.AddField(
            model_name='staffnote',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='cannedanswer',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='conversations_cannedanswer_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='cannedanswer',
            constraint=models.UniqueConstraint(fields=('tenant', 'shortcut'), name='conversations_canned_once'),
        ),
        migrations.AddIndex(
            model_name='staffnote',
            index=models.Index(fields=['conversation', 'id'], name='conversatio_convers_85365b_idx'),
        ),
        migrations.AddConstraint(
            model_name='staffnote',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='conversations_staffnote_tenant_key'),
        ),
        migrations.AddConstraint(
            model_name='staffnote',
            constraint=models.UniqueConstraint(fields=('conversation', 'key'), name='conversations_note_once'),
        ),
        composite_foreign_key("conversations_staffnote", "conversation_id", "conversations_conversation"),
    ]
