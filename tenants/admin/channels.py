"""Numbers, mailboxes and web chats of a hotel, and the Meta apps that sign for numbers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from tenants import services
from tenants.back_office.access import is_superuser
from tenants.back_office.forms import CredentialsForm, WritesSecrets
from tenants.back_office.pages import OperatorAdmin, TenantAdmin
from tenants.models import Channel, ChannelAccount, MetaApp
from tenants.models.accounts import validate_origins
from tenants.permissions import MANAGERS
from tenants.selectors import WIDGET_KEY


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
    open_labels = {
        "username": _("User name, if it is not the address"),
        "imap_url": _("IMAP server (empty: Gmail)"),
        "smtp_url": _("SMTP server (empty: Gmail)"),
    }

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
        mine = list(self.may(request, rows, MANAGERS).filter(paused_at__isnull=False))
        for account in mine:
            services.clear_account_pause(account)
        count = len(mine)
        text = ngettext("%(count)d account resumed.", "%(count)d accounts resumed.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)


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
