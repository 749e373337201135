import datetime
import django.core.validators
import django.db.models.deletion
import hotel_agent.common.clock
import hotel_agent.common.crypto
import tenants.models.accounts
import tenants.models.hotels
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # What a checkout of before the first release has applied.
    replaces = [
        ('tenants', '0001_initial'),
        ('tenants', '0002_account_limits'),
        ('tenants', '0003_deposits'),
        ('tenants', '0004_widget_settings'),
        ('tenants', '0005_understanding_mode'),
        ('tenants', '0006_desk_policies'),
        ('tenants', '0008_retention'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MetaApp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(help_text='Path segment of /webhooks/whatsapp/<app key>.', max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('credentials', hotel_agent.common.crypto.EncryptedSecretsField(blank=True, default=hotel_agent.common.crypto.Secrets, help_text='app_secret, previous_app_secret, verify_token')),
            ],
        ),
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slug', models.SlugField(unique=True)),
                ('name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('is_demo', models.BooleanField(default=False, help_text='Environment account values are applied to the demo hotel.')),
                ('time_zone', models.CharField(default='America/Argentina/Buenos_Aires', max_length=64, validators=[tenants.models.hotels.validate_zone])),
                ('country', models.CharField(default='AR', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$')])),
                ('currency', models.CharField(default='ARS', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$')])),
                ('languages', models.JSONField(default=tenants.models.hotels.default_languages)),
                ('default_language', models.CharField(default='es', max_length=2)),
                ('tone', models.CharField(choices=[('formal', 'formal (usted)'), ('close', 'close (tú)'), ('voseo', 'voseo (vos)')], default='formal', help_text='How Spanish addresses the guest.', max_length=8)),
                ('portuguese_variant', models.CharField(choices=[('pt-BR', 'pt-BR'), ('pt-PT', 'pt-PT')], default='pt-BR', max_length=5)),
                ('rollover_hour', models.PositiveSmallIntegerField(default=4, help_text="Local hour at which the hotel's business day changes.", validators=[django.core.validators.MaxValueValidator(12)])),
                ('code_prefix', models.CharField(default='HT', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$')])),
                ('check_in_from', models.TimeField(default=datetime.time(15, 0))),
                ('check_out_until', models.TimeField(default=datetime.time(11, 0))),
                ('early_check_in_from', models.TimeField(default=datetime.time(12, 0), help_text='Earliest arrival the agent may agree to when the room is free the night before.')),
                ('late_check_out_until', models.TimeField(default=datetime.time(14, 0), help_text='Latest departure the agent may agree to when nobody needs the room that night.')),
                ('early_late_percent', models.PositiveSmallIntegerField(default=50, help_text='What early arrival or late departure costs, in percent of the night beside it.', validators=[django.core.validators.MaxValueValidator(100)])),
                ('on_call', models.BooleanField(default=False, help_text='While the desk is closed, somebody answers urgencies; guests are told so.')),
                ('max_nights', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)])),
                ('max_guests_per_room', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1)])),
                ('group_rooms_from', models.PositiveSmallIntegerField(default=5, help_text='This many rooms or more go to staff.')),
                ('prices_include_taxes', models.BooleanField(default=True)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('privacy_url', models.URLField(blank=True)),
                ('understanding_mode', models.CharField(choices=[('embedded', 'the built-in engine'), ('cascade', 'the built-in engine, and the remote one where it is unsure'), ('remote', 'the remote engine, and the built-in one where that fails')], default='embedded', help_text='Whether a remote engine reads messages too, where the installation has one.', max_length=8)),
                ('remote_personal_data', models.BooleanField(default=False, help_text='Send names, addresses and numbers to the remote engine; otherwise they are masked.')),
                ('remote_questions_per_day', models.PositiveIntegerField(default=2000, help_text='Each may cost money; 0: the remote engine is never asked.')),
                ('messages_kept_months', models.PositiveSmallIntegerField(default=12, help_text='After this many months a conversation is forgotten; bookings stay.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)])),
                ('created_at', models.DateTimeField(default=hotel_agent.common.clock.now, editable=False)),
                ('live_since', models.DateTimeField(blank=True, editable=False, help_text='Empty: the agent answers test guests only.', null=True)),
                ('test_guests', models.JSONField(blank=True, default=list, help_text='Numbers and addresses the agent answers before the hotel is live.', validators=[tenants.models.hotels.validate_test_guests])),
                ('capabilities', models.JSONField(blank=True, default=dict, editable=False, validators=[tenants.models.hotels.validate_capabilities])),
                ('configuration_version', models.PositiveIntegerField(default=0, editable=False, help_text='Grows, in the database, with every change of facts, wording and hours.')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SwitchChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('is_on', models.BooleanField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(default=hotel_agent.common.clock.now)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'abstract': False,
                'indexes': [models.Index(fields=['tenant', '-at'], name='tenants_switch_recent')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_switchchange_tenant_key')],
            },
        ),
        migrations.CreateModel(
            name='PmsConnection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('builtin', 'built-in'), ('qloapps', 'QloApps')], default='builtin', max_length=12)),
                ('base_url', models.URLField(blank=True)),
                ('hotel_id', models.CharField(blank=True, max_length=40)),
                ('credentials', hotel_agent.common.crypto.EncryptedSecretsField(blank=True, default=hotel_agent.common.crypto.Secrets, help_text='api_key')),
                ('settings', models.JSONField(blank=True, default=dict)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_pmsconnection_tenant_key'), models.UniqueConstraint(fields=('tenant',), name='tenants_pms_one_per_hotel')],
            },
        ),
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
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(help_text='0 is Monday.', validators=[django.core.validators.MaxValueValidator(6)])),
                ('opens', models.TimeField()),
                ('closes', models.TimeField(help_text='Earlier than opening means the next day.')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['weekday', 'opens'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_openinghours_tenant_key')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('manager', 'manager'), ('reception', 'reception'), ('read_only', 'read-only')], default='reception', max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'tenant'), name='tenants_membership_once')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(help_text="On the hotel's calendar.")),
                ('name', models.CharField(blank=True, max_length=80)),
                ('opens', models.TimeField(blank=True, help_text='Empty: nobody is at the desk that day.', null=True)),
                ('closes', models.TimeField(blank=True, help_text='Earlier than opening means the next day.', null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['date'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_holiday_tenant_key'), models.UniqueConstraint(fields=('tenant', 'date'), name='tenants_holiday_once')],
            },
        ),
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('amenity', 'amenity'), ('hours', 'hours'), ('price', 'price'), ('policy', 'policy'), ('place', 'place'), ('other', 'other')], default='other', max_length=8)),
                ('topic', models.SlugField(max_length=40)),
                ('text_es', models.TextField()),
                ('text_en', models.TextField(blank=True)),
                ('text_pt', models.TextField(blank=True)),
                ('keywords', models.CharField(blank=True, help_text='Further words, in any language, by which a question finds this fact.', max_length=300)),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('opens', models.TimeField(blank=True, help_text='Written in the text as {opens}.', null=True)),
                ('closes', models.TimeField(blank=True, help_text='Written in the text as {closes}; earlier than opening means the next day.', null=True)),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('photo', models.CharField(blank=True, help_text='Address of a picture, shown with the answer in the web chat.', max_length=300)),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_until', models.DateField(blank=True, help_text='Last day on which it is true.', null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['topic', 'id'],
                'abstract': False,
                'indexes': [models.Index(fields=['tenant', 'topic'], name='tenants_fac_tenant__4dc915_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_fact_tenant_key')],
            },
        ),
        migrations.CreateModel(
            name='ChannelAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('channel', models.CharField(choices=[('whatsapp', 'WhatsApp'), ('email', 'E-mail'), ('webchat', 'Web chat')], max_length=10)),
                ('external_id', models.CharField(help_text='WhatsApp phone number id, mailbox address or widget key.', max_length=190)),
                ('display_name', models.CharField(blank=True, max_length=120)),
                ('business_account_id', models.CharField(blank=True, max_length=40)),
                ('credentials', hotel_agent.common.crypto.EncryptedSecretsField(blank=True, default=hotel_agent.common.crypto.Secrets, help_text='access_token, or user and password')),
                ('allowed_origins', models.JSONField(blank=True, default=list, help_text='Web chat: the sites that may show the widget, e.g. https://www.hotel.example.', validators=[tenants.models.accounts.validate_origins])),
                ('accent', models.CharField(default='#156455', help_text="Web chat: the hotel's colour, as #rrggbb.", max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$')])),
                ('is_active', models.BooleanField(default=True)),
                ('answers_per_day', models.PositiveSmallIntegerField(default=60, help_text="The agent's messages to one guest per day, each of which costs money; 0: no limit.")),
                ('quality', models.CharField(blank=True, help_text='As WhatsApp rates the number.', max_length=20)),
                ('paused_reason', models.CharField(blank=True, help_text='Set when the provider refuses the account.', max_length=200)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('meta_app', models.ForeignKey(blank=True, help_text="Empty: the installation's own Meta app.", null=True, on_delete=django.db.models.deletion.PROTECT, to='tenants.metaapp')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='tenants_channelaccount_tenant_key'), models.UniqueConstraint(fields=('channel', 'external_id'), name='tenants_account_once')],
            },
        ),
    ]
