"""The records behind the inbox: what came in, what was decided, what went out, and what needs another try."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from conversations.models import InboundDelivery, Message, OutboundMessage, Session, Turn, WordingOverride
from conversations.services import redelivery
from conversations.wording.sample import sample
from conversations.wording.texts import VARIANTS, catalogue
from hotel_agent.common import clock
from tenants.back_office.access import has_role, hotels_of, own_rows
from tenants.back_office.forms import TenantForm
from tenants.back_office.pages import LedgerAdmin, OperatorAdmin, TenantAdmin
from tenants.back_office.words import pretty
from tenants.permissions import MANAGERS
from tenants.scoping import tenant_scope

STATE_COLOURS = {
    "done": "success", "sent": "success", "delivered": "success", "read": "success", "answered": "success",
    "open": "success",
    "hearing": "info",
    "waiting": "info", "working": "info", "queued": "info", "sending": "info", "recorded": "info", "for_staff": "info",
    "ambiguous": "warning", "withheld": "warning", "superseded": "warning", "stale": "warning", "orphan": "warning",
    "quarantined": "danger", "failed": "danger", "dead": "danger",
}  # fmt: skip
SHOWN_BYTES = 20_000


class _OfThread:
    """Rows of a conversation: a link to it, and their state as a coloured word."""

    @admin.display(description=_("conversation"))
    def thread_link(self, row: Any) -> Any:
        return TenantAdmin.link(
            reverse("admin:conversations_conversation_change", args=[row.conversation_id]),
            str(row.conversation.guest),
        )

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def condition(self, row: Any) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.display(description=_("text"))
    def line(self, row: Any) -> str:
        return row.text if len(row.text) <= 80 else row.text[:79] + "…"

    def has_redeliver_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may decide that a dead letter gets another chance."""
        return has_role(request, MANAGERS, obj.tenant_id if obj is not None else None)

    def _again(self, request: HttpRequest, rows: QuerySet[Any, Any], service: Any) -> None:
        """Give rows to a redelivery service, hotel by hotel inside its scope."""
        mine = list(self.may(request, rows, MANAGERS).select_related("tenant"))  # type: ignore[attr-defined]
        count = 0
        for tenant in {row.tenant for row in mine}:
            with tenant_scope(tenant):
                count += service([row.pk for row in mine if row.tenant_id == tenant.pk])
        text = ngettext("%(count)d row gets another try.", "%(count)d rows get another try.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)  # type: ignore[attr-defined]


@admin.register(Message)
class MessageAdmin(_OfThread, LedgerAdmin):
    """What guests wrote."""

    list_display = ("received_at", "thread_link", "kind", "line", "condition")
    list_filter = ("state", "kind")
    search_fields = ("text", "provider_id")
    list_select_related = ("conversation__guest",)
    ordering = ("-id",)
    list_display_links = ("received_at",)
    fields = (
        "thread_link", "kind", "text", "state", "received_at", "sent_at", "provider_id", "metadata_shown", "turn",
        "failures", "deaths", "last_error", "correlation_id",
    )  # fmt: skip
    readonly_fields = ("thread_link", "metadata_shown")
    actions = ("redeliver",)

    @admin.display(description=_("metadata"))
    def metadata_shown(self, row: Message) -> Any:
        return pretty(row.metadata)

    @admin.action(description=_("Answer dead messages again"), permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, rows: QuerySet[Message]) -> None:
        self._again(request, rows, redelivery.redeliver_messages)


@admin.register(OutboundMessage)
class OutboundAdmin(_OfThread, LedgerAdmin):
    """What went out to guests, or was to."""

    list_display = ("created_at", "thread_link", "purpose", "line", "condition", "error_code")
    list_filter = ("state", "purpose")
    search_fields = ("text", "provider_id")
    list_select_related = ("conversation__guest",)
    ordering = ("-id",)
    list_display_links = ("created_at",)
    fields = (
        "thread_link", "purpose", "author", "text", "state", "error_code", "last_error", "resent", "created_at",
        "sent_at", "delivered_at", "read_at", "provider_id", "public_id", "dedupe_key", "turn", "why_shown",
        "body_shown", "correlation_id",
    )  # fmt: skip
    readonly_fields = ("thread_link", "why_shown", "body_shown")
    actions = ("redeliver",)

    @admin.display(description=_("why"))
    def why_shown(self, row: OutboundMessage) -> Any:
        return pretty(row.why)

    @admin.display(description=_("as sent"))
    def body_shown(self, row: OutboundMessage) -> Any:
        return pretty(row.body)

    @admin.action(description=_("Send dead or failed messages again"), permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, rows: QuerySet[OutboundMessage]) -> None:
        self._again(request, rows, redelivery.redeliver_outbound)


@admin.register(Turn)
class TurnAdmin(_OfThread, LedgerAdmin):
    """What was heard, asked, decided and remembered in one go."""

    list_display = ("at", "thread_link", "kind", "rule", "intent", "score", "engine", "duration")
    list_filter = ("kind", "engine", "intent")
    list_select_related = ("conversation__guest",)
    ordering = ("-id",)
    list_display_links = ("at",)
    fields = (
        "thread_link", "kind", "at", "rule", "intent", "confidence", "engine", "engine_version", "duration", "heard_p",
        "observations_p", "decision_p", "before_p", "after_p",
    )  # fmt: skip
    readonly_fields = ("thread_link", "duration", "heard_p", "observations_p", "decision_p", "before_p", "after_p")

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(self.reviewed)
        return [path("<int:object_id>/reviewed/", door, name="conversations_turn_reviewed"), *super().get_urls()]

    def reviewed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person looked at an answer the agent was not sure of, and it was right."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not own_rows(request, Turn, MANAGERS).filter(pk=object_id).update(reviewed_at=clock.now()):
            raise Http404
        return HttpResponseRedirect(reverse("admin:index"))

    @admin.display(description=_("score"), ordering="confidence")
    def score(self, row: Turn) -> str:
        return f"{row.confidence:.0%}" if row.intent else ""

    @admin.display(description=_("took"), ordering="duration_ms")
    def duration(self, row: Turn) -> str:
        return f"{row.duration_ms:.0f} ms"

    @admin.display(description=_("heard"))
    def heard_p(self, row: Turn) -> Any:
        return pretty(row.heard)

    @admin.display(description=_("asked and answered"))
    def observations_p(self, row: Turn) -> Any:
        return pretty(row.observations)

    @admin.display(description=_("decided"))
    def decision_p(self, row: Turn) -> Any:
        return pretty(row.decision)

    @admin.display(description=_("memory before"))
    def before_p(self, row: Turn) -> Any:
        return pretty(row.state_before)

    @admin.display(description=_("memory after"))
    def after_p(self, row: Turn) -> Any:
        return pretty(row.state_after)


@admin.register(Session)
class SessionAdmin(LedgerAdmin):
    """The working memory of conversations."""

    list_display = ("last_activity_at", "thread_link", "status", "started_at", "error")
    list_filter = ("status",)
    list_select_related = ("conversation__guest",)
    ordering = ("-last_activity_at",)
    list_display_links = ("last_activity_at",)
    fields = ("thread_link", "status", "started_at", "last_activity_at", "error", "memory")
    readonly_fields = ("thread_link", "memory")
    thread_link = _OfThread.thread_link

    @admin.display(description=_("memory"))
    def memory(self, row: Session) -> Any:
        return pretty(row.state)


@admin.register(InboundDelivery)
class InboundDeliveryAdmin(OperatorAdmin):
    """Raw deliveries as they were received; operators only, they may hold several hotels' messages."""

    read_only = True
    list_display = ("received_at", "route", "app_key", "condition", "failures", "last_error")
    list_filter = ("state", "route", "app_key")
    search_fields = ("sha256", "correlation_id")
    ordering = ("-id",)
    fields = (
        "route", "app_key", "state", "received_at", "failures", "deaths", "last_error", "sha256", "correlation_id",
        "content",
    )  # fmt: skip
    readonly_fields = ("content",)
    actions = ("process_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("body")

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def condition(self, row: InboundDelivery) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.display(description=_("content"))
    def content(self, row: InboundDelivery) -> Any:
        text = bytes(row.body[:SHOWN_BYTES]).decode("utf-8", "replace")
        return pretty(text.replace("\x00", "\ufffd"))

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators only."""
        return self.has_view_permission(request, obj)

    @admin.action(description=_("Process again (dead, quarantined and orphaned)"), permissions=["operate"])
    def process_again(self, request: HttpRequest, rows: QuerySet[InboundDelivery]) -> None:
        count = redelivery.redeliver_deliveries(list(rows.values_list("pk", flat=True)))
        text = ngettext("%(count)d delivery is taken in again.", "%(count)d deliveries are taken in again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


class WordingForm(TenantForm):
    """One of our texts, said the hotel's way."""

    key = forms.ChoiceField(label=_("Text"), widget=UnfoldAdminSelectWidget)
    variant = forms.ChoiceField(
        label=_("Language"),
        choices=[
            ("es", "Español (usted)"), ("es-tu", "Español (tú)"), ("es-AR", "Español (vos)"), ("en", "English"),
            ("pt", "Português (Brasil)"), ("pt-PT", "Português (Portugal)"),
        ],
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            field: Any = self.fields["key"]
            field.choices = [(key, f"{key}: {texts.get('es', '')[:80]}") for key, texts in sorted(catalogue().items())]


@admin.register(WordingOverride)
class WordingAdmin(TenantAdmin):
    """The hotel's own texts instead of ours; checked for placeholders and amounts before they are saved."""

    form = WordingForm
    list_display = ("key", "variant", "text", "updated_at")
    list_filter = ("variant",)
    search_fields = ("key", "text")
    fields = ("key", "variant", "text")
    change_form_outer_after_template = "admin/knowledge/try_wording.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview)
        return [path("preview/", view, name="conversations_wordingoverride_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The text in the form as a guest would read it on a phone, with sample values: a piece of a page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        key, variant = request.POST.get("key", ""), request.POST.get("variant", "")
        if key not in catalogue() or variant not in VARIANTS:
            raise Http404
        hotel = hotels_of(request).order_by("name").first()
        shown = sample(key, variant, request.POST.get("text", ""), hotel=hotel.name if hotel else "Hotel")
        return render(request, "admin/knowledge/wording.html", {"sample": shown, "key": key, "variant": variant})
