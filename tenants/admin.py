"""Back office of hotels, people, accounts, facts and opening hours."""

from __future__ import annotations

import calendar
import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from tenants import services
from tenants.admin_base import (
    MAY_CHANGE,
    LedgerAdmin,
    LedgerInline,
    OperatorAdmin,
    TenantAdmin,
    TenantForm,
    TenantInline,
    is_superuser,
    roles_of,
)
from tenants.admin_history import model_name, reason_fieldset, shown
from tenants.models import (
    Channel,
    ChannelAccount,
    HistoryEntry,
    Holiday,
    Membership,
    MetaApp,
    OpeningHours,
    PaymentAccount,
    PmsConnection,
    Role,
    Tenant,
)
from tenants.models.accounts import validate_origins
from tenants.selectors import WIDGET_KEY

LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português")]


class PeopleInline(LedgerInline):
    """Who works here; changed on the people's own pages."""

    model = Membership
    exclude = ()
    fields = ("user", "role")
    verbose_name_plural = _("people")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).select_related("user", "tenant")


class OpeningHoursInline(TenantInline):
    """When people are at the desk."""

    model = OpeningHours
    exclude = ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "weekday":
            days = [(number, _(name)) for number, name in enumerate(calendar.day_name)]
            return forms.TypedChoiceField(
                choices=days, coerce=int, widget=UnfoldAdminSelectWidget(), label=_("Weekday")
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class HolidayInline(TenantInline):
    """Dates with hours of their own."""

    model = Holiday
    exclude = ()


class HotelForm(TenantForm):
    """A hotel with its languages as boxes to tick."""

    languages = forms.MultipleChoiceField(
        choices=LANGUAGES, widget=UnfoldAdminCheckboxSelectMultipleWidget, label=_("Languages")
    )


@admin.register(Tenant)
class HotelAdmin(TenantAdmin):
    """A hotel: its day, money, languages, limits and people."""

    form = HotelForm
    list_display = ("name", "country", "currency", "time_zone", "is_active")
    list_filter = ("is_active", "country")
    search_fields = ("name", "slug")
    inlines = (OpeningHoursInline, HolidayInline, PeopleInline)
    readonly_fields = ("public_id", "created_at", "is_demo")
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active")}),
        (
            _("Day and money"),
            {
                "fields": (
                    ("time_zone", "rollover_hour"),
                    ("country", "currency"),
                    ("check_in_from", "check_out_until"),
                    ("early_check_in_from", "late_check_out_until", "early_late_percent"),
                    "prices_include_taxes",
                )
            },
        ),
        (
            _("How the agent speaks"),
            {"fields": ("languages", "default_language", "tone", "portuguese_variant", "on_call")},
        ),
        (_("Limits"), {"fields": (("max_nights", "max_guests_per_room"), ("group_rooms_from", "code_prefix"))}),
        (
            _("Address and contact"),
            {"fields": ("address", ("latitude", "longitude"), ("phone", "email"), "privacy_url")},
        ),
        (
            _("Understanding"),
            {"fields": ("understanding_mode", "remote_questions_per_day", "remote_personal_data")},
        ),
        (_("Privacy"), {"fields": ("messages_kept_months",)}),
        (_("System"), {"classes": ["collapse"], "fields": ("public_id", "created_at", "is_demo")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Addresses and switches of the installation are the operators'."""
        fields = list(super().get_readonly_fields(request, obj))
        return fields if is_superuser(request) else [*fields, "slug", "is_active", "code_prefix"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


# --- people ----------------------------------------------------------------------------------------------------------


class PersonForm(TenantForm):
    """A person's role at a hotel; adding one makes their account."""

    username = forms.CharField(max_length=150, label=_("User name"), widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(required=False, label=_("E-mail"), widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(
        label=_("First password"),
        help_text=_("At least 12 characters; the person changes it after the first login."),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    manageable: ClassVar[dict[int, frozenset[str]] | None] = None
    """Roles this visitor may give, by hotel; None for all."""

    class Meta:
        model = Membership
        fields = ("tenant", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("username", "email", "password"):
                self.fields.pop(name, None)
        if self.manageable is not None and "role" in self.fields:
            given = frozenset().union(*self.manageable.values())
            role: Any = self.fields["role"]
            role.choices = [(value, label) for value, label in role.choices if value in given]

    def clean_username(self) -> str:
        """A name nobody has. Linking an existing account to another hotel is the operators' decision."""
        username: str = self.cleaned_data["username"].strip()
        if get_user_model().objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(gettext("This user name is taken."))
        return username

    def clean_password(self) -> str:
        """The installation's rules for passwords hold here too."""
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        """Nobody gives a role above what they may manage at that very hotel."""
        cleaned = super().clean()
        hotel_id = cleaned["tenant"].pk if cleaned.get("tenant") else self.instance.tenant_id
        allowed = self.manageable.get(hotel_id, frozenset()) if self.manageable is not None else None
        if allowed is not None and cleaned.get("role") not in allowed:
            self.add_error("role", gettext("You cannot give this role."))
        return cleaned


@admin.register(Membership)
class PersonAdmin(TenantAdmin):
    """Who works at a hotel. Owners manage everybody, managers the desk; nobody their own role."""

    form = PersonForm
    list_display = ("person", "role", "tenant", "last_login")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    readonly_fields = ("person",)
    DESK = frozenset({Role.RECEPTION.value, Role.READ_ONLY.value})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["person", "role"] if obj else ["username", "email", "password", "role"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        return [(None, {"fields": shown})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = [name for name in ("tenant", "role") if obj is None or name == "role"]
        if obj is None and not self._asks_for_hotel(request):
            kwargs["fields"].remove("tenant")
        manageable = None if is_superuser(request) else self._manageable(request)
        kwargs["form"] = type("PersonForm", (PersonForm,), {"manageable": manageable})
        return super().get_form(request, obj, change, **kwargs)

    def _manageable(self, request: HttpRequest) -> dict[int, frozenset[str]]:
        every = frozenset(Role.values)
        return {
            hotel: every if role == Role.OWNER else self.DESK
            for hotel, role in roles_of(request).items()
            if role in MAY_CHANGE
        }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_manage(request, obj)

    def _may_manage(self, request: HttpRequest, obj: Any) -> bool:
        """Nobody manages themselves or somebody above the roles they may give."""
        if obj is None or is_superuser(request):
            return True
        return obj.user_id != request.user.pk and obj.role in self._manageable(request).get(obj.tenant_id, ())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = services.add_person(
            obj.tenant,
            username=form.cleaned_data["username"],
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            role=form.cleaned_data["role"],
        )
        obj.pk, obj.user_id = made.pk, made.user_id
        obj._state.adding = False

    @admin.display(description=_("person"), ordering="user__username")
    def person(self, row: Membership) -> str:
        return row.user.get_full_name() or row.user.get_username()

    @admin.display(description=_("last login"), ordering="user__last_login")
    def last_login(self, row: Membership) -> Any:
        return row.user.last_login


User = get_user_model()
admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(OutstandingToken)  # marks of spent tokens: nothing a person reads or mends
admin.site.unregister(BlacklistedToken)


@admin.register(User)
class AccountAdmin(UserAdmin, OperatorAdmin):
    """Accounts of people, for operators; a hotel's owners work with its people."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        (None, {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )


# --- connections -----------------------------------------------------------------------------------------------------


OPEN_LABELS = {
    "username": _("User name, if it is not the address"),
    "imap_url": _("IMAP server (empty: Gmail)"),
    "smtp_url": _("SMTP server (empty: Gmail)"),
}


class CredentialsForm(TenantForm):
    """Credentials are written, never shown: an empty field keeps what is stored.

    What is stored with them but is no secret (`open_names`: a user name, a server's address) is shown, may be emptied.
    """

    secret_names: tuple[str, ...] = ()
    open_names: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.credentials if self.instance.pk else {}
        for name in self.secret_names:
            known = stored.get(name, "")
            if known:
                tail = known[-4:] if len(known) > 8 else ""
                hint = gettext("Stored, ends in …%(tail)s. Leave empty to keep it.") % {"tail": tail}
            else:
                hint = gettext("Not stored yet.")
            self.fields[name] = forms.CharField(
                required=False,
                label=gettext(name.replace("_", " ").capitalize()),
                help_text=hint,
                widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            )
        for name in self.open_names:
            self.fields[name] = forms.CharField(
                required=False,
                label=OPEN_LABELS[name],
                initial=stored.get(name, ""),
                widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            )

    def save(self, commit: bool = True) -> Any:
        stored = dict(self.instance.credentials or {})
        stored |= {name: self.cleaned_data[name] for name in self.secret_names if self.cleaned_data.get(name)}
        given = {name: self.cleaned_data.get(name, "").strip() for name in self.open_names if name in self.data}
        stored = {name: value for name, value in {**stored, **given}.items() if value}
        self.instance.credentials = stored
        return super().save(commit)


class WritesSecrets:
    """Pages whose form has fields that are no columns: the rest of the form is exactly what the page shows."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))  # type: ignore[attr-defined]
        hidden = {*self.form.secret_names, *self.form.open_names, *self.get_readonly_fields(request, obj)}  # type: ignore[attr-defined]
        kwargs["fields"] = [name for name in shown if name not in hidden]
        return super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]


class SitesField(forms.CharField):
    """Origins, one a line; a host alone means HTTPS, and a pasted address its site."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        sites = []
        for line in str(value or "").replace(",", "\n").split():
            parts = urlsplit(line if "://" in line else f"https://{line}")
            sites.append(f"{parts.scheme}://{parts.netloc}".lower())
        return list(dict.fromkeys(sites))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class AccountForm(CredentialsForm):
    secret_names = ("access_token", "password", "refresh_token", "client_id", "client_secret", "identity_secret")
    open_names = ("username", "imap_url", "smtp_url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "allowed_origins" in self.fields:
            self.fields["allowed_origins"] = SitesField(
                required=False,
                label=_("Sites that may show the chat"),
                help_text=_("One a line, e.g. https://www.hotel.example."),
                validators=[validate_origins],
            )

        if "accent" in self.fields:
            self.fields["accent"].required = False

    def clean_accent(self) -> str:
        """Left empty, the colour stays what it is."""
        return str(self.cleaned_data["accent"] or self.instance.accent)

    def clean(self) -> dict[str, Any]:
        """Servers are named by addresses of their kind, without the login in them: that would be shown."""
        given = super().clean() or self.cleaned_data
        key = given.get("external_id", "")
        if given.get("channel") == Channel.WEBCHAT and not WIDGET_KEY.fullmatch(key):
            self.add_error("external_id", _("A widget's key has 4 to 64 letters, digits, - or _."))
        for kind in ("imap", "smtp"):
            address = given.get(f"{kind}_url", "").strip()
            if address and not re.fullmatch(rf"{kind}s?://[A-Za-z0-9.:\[\]-]+/?", address):
                text = _("An address like %(kind)ss://host:port, without a user name.")
                self.add_error(f"{kind}_url", text % {"kind": kind})
        return given


@admin.register(ChannelAccount)
class ChannelAccountAdmin(WritesSecrets, TenantAdmin):
    """Numbers, mailboxes and widgets; what receives decides the hotel."""

    form = AccountForm
    list_display = ("title", "channel", "external_id", "condition")
    list_filter = ("channel", "is_active")
    search_fields = ("display_name", "external_id")
    readonly_fields = ("quality", "paused_reason", "paused_at", "snippet")
    actions = ("resume",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["channel", "external_id", "display_name", "business_account_id", "is_active"]
        if is_superuser(request):
            shown.append("meta_app")
        if self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        widget = [] if obj is not None and obj.channel != Channel.WEBCHAT else ["allowed_origins", "accent"]
        widget += ["snippet"] if widget and obj is not None else []
        return [
            (None, {"fields": shown}),
            *([(_("Web chat"), {"fields": widget})] if widget else []),
            (_("Credentials"), {"fields": self._credentials(obj)}),
            (_("State"), {"fields": ["answers_per_day", "quality", "paused_reason", "paused_at"]}),
        ]

    @staticmethod
    def _credentials(obj: ChannelAccount | None) -> list[str]:
        """What an account of its channel is reached with; everything while the channel is not chosen yet."""
        mailbox = ["username", "password", "imap_url", "smtp_url", "refresh_token", "client_id", "client_secret"]
        if obj is None:
            return ["access_token", *mailbox, "identity_secret"]
        if obj.channel == Channel.WEBCHAT:
            return ["identity_secret"]
        return mailbox if obj.channel == Channel.EMAIL else ["access_token"]

    @admin.display(description=_("On the hotel's site"))
    def snippet(self, row: ChannelAccount) -> Any:
        """What the hotel pastes into its pages, and the chat's own address."""
        base = settings.PUBLIC_BASE_URL
        line = f'<script src="{base}/webchat/embed.js" data-widget="{row.external_id}" async></script>'
        page = f"{base}/webchat/{row.external_id}/"
        return format_html('<code>{}</code><br><a href="{}" target="_blank" rel="noopener">{}</a>', line, page, page)

    @admin.display(description=_("account"), ordering="display_name")
    def title(self, row: ChannelAccount) -> str:
        return row.display_name or row.external_id

    @display(description=_("state"), label={"ok": "success", "paused": "danger", "off": "info"})
    def condition(self, row: ChannelAccount) -> tuple[str, str]:
        if row.paused_at:
            return "paused", gettext("paused by the provider")
        return ("ok", gettext("connected")) if row.is_active else ("off", gettext("switched off"))

    @admin.action(description=_("Try to send again (after the reason was removed)"), permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[ChannelAccount]) -> None:
        mine = list(self.may(request, rows, MAY_CHANGE).filter(paused_at__isnull=False))
        for account in mine:
            services.clear_account_pause(account)
        count = len(mine)
        text = ngettext("%(count)d account resumed.", "%(count)d accounts resumed.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)


class PmsForm(CredentialsForm):
    secret_names = ("api_key",)


@admin.register(PmsConnection)
class PmsConnectionAdmin(WritesSecrets, TenantAdmin):
    """Which PMS keeps the hotel's stays."""

    form = PmsForm
    list_display = ("kind", "tenant", "base_url", "hotel_id")
    list_select_related = ("tenant",)
    list_filter = ("kind",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["kind", "base_url", "hotel_id", "settings"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        return [(None, {"fields": shown}), (_("Credentials"), {"fields": ["api_key"]})]


class PaymentForm(CredentialsForm):
    secret_names = ("secret_key", "webhook_secret")


@admin.register(PaymentAccount)
class PaymentAccountAdmin(WritesSecrets, TenantAdmin):
    """Where the hotel's deposits are paid."""

    form = PaymentForm
    list_display = ("kind", "tenant", "is_active")
    list_select_related = ("tenant",)
    list_filter = ("kind", "is_active")
    readonly_fields = ("webhook_address",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["kind", "is_active", "webhook_address"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        why = [reason_fieldset()] if self.asks_reason(request, obj) else []
        return [(None, {"fields": shown}), (_("Credentials"), {"fields": ["secret_key", "webhook_secret"]}), *why]

    @admin.display(description=_("address for its events"))
    def webhook_address(self, row: PaymentAccount) -> str:
        key = row.webhook_key if row.pk else ""
        return f"{settings.PUBLIC_BASE_URL}/webhooks/stripe" + (f"/{key}" if key else "")


class KindFilter(admin.SimpleListFilter):
    """Kinds of rows that were changed at the person's hotels."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = model_admin.get_queryset(request).order_by("model").values_list("model", flat=True).distinct()
        return [(kind, model_name(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(HistoryEntry)
class HistoryEntryAdmin(LedgerAdmin):
    """Everything people changed in the back office, newest first."""

    list_display = ("at", "who", "kind", "row_text", "did", "reason")
    list_filter = ("action", KindFilter)
    list_select_related = ("by",)
    search_fields = ("row_text", "reason", "by_name")
    date_hierarchy = "at"
    fields = ("at", "who", "kind", "row_text", "did", "reason", "values")
    readonly_fields = ("who", "kind", "did", "values")

    @admin.display(description=_("who"), ordering="by_name")
    def who(self, row: HistoryEntry) -> str:
        return shown(row).who

    @admin.display(description=_("what"), ordering="model")
    def kind(self, row: HistoryEntry) -> str:
        return model_name(row.model)

    @admin.display(description=_("what was done"), ordering="action")
    def did(self, row: HistoryEntry) -> str:
        return row.what or gettext(row.get_action_display())

    @admin.display(description=_("values"))
    def values(self, row: HistoryEntry) -> str:
        return render_to_string("admin/history_values.html", {"changes": shown(row).changes}) or "–"


class MetaAppForm(CredentialsForm):
    secret_names = ("app_secret", "previous_app_secret", "verify_token")


@admin.register(MetaApp)
class MetaAppAdmin(WritesSecrets, OperatorAdmin):
    """Meta apps of hotels that bring their own."""

    form = MetaAppForm
    list_display = ("name", "key")
    fieldsets = (
        (None, {"fields": ("name", "key")}),
        (_("Credentials"), {"fields": ("app_secret", "previous_app_secret", "verify_token")}),
    )
