"""The hotel's people: requests with one tap, who is told when somebody waits, what the agent answers itself."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from conversations.admin import words
from conversations.models import AnswerMode, Conversation, Escalation, EscalationStep, HandoffPolicy, StaffTask
from conversations.services import staff_tasks
from conversations.understanding.types import INTENTS
from hotel_agent.common import clock
from tenants.back_office.access import has_role, own_rows
from tenants.back_office.exports import Exports
from tenants.back_office.forms import CredentialsForm, TenantForm, WritesSecrets
from tenants.back_office.pages import LedgerAdmin, TenantAdmin
from tenants.permissions import DESK
from tenants.scoping import tenant_scope

TASK_COLOURS = {"open": "warning", "in_progress": "info", "done": "success", "cancelled": "info", "late": "danger"}
ENDINGS = ("done", "found", "not_found", "cancelled")


@admin.register(StaffTask)
class StaffTaskAdmin(Exports, LedgerAdmin):
    """What guests asked for; finished here, on the home page or in the thread, with one tap."""

    list_display = ("what_line", "kind_word", "room", "due", "condition", "who", "assignee", "ends")
    list_filter = ("state", "kind", "urgent")
    search_fields = ("what", "room", "conversation__guest__name")
    list_select_related = ("conversation__guest", "assignee", "tenant")
    ordering = ("closed_at", "due_at")
    list_display_links = ("what_line",)
    fields = (
        "what", "kind", "room", "urgent", "state", "outcome", "due_at", "thread_link", "reservation", "opened_by",
        "opened_at", "assignee", "started_at", "closed_by", "closed_at",
    )  # fmt: skip
    readonly_fields = ("thread_link",)
    actions = ("finish_selected",)
    export_columns = (
        "what", "kind", "room", "urgent", "state", "outcome", ("conversation__guest__name", _("guest")),
        ("opened_by__username", _("opened by")), "opened_at", "due_at", "started_at",
        ("closed_by__username", _("closed by")), "closed_at",
    )  # fmt: skip

    @admin.display(description=_("what"), ordering="what")
    def what_line(self, row: StaffTask) -> str:
        return row.what if len(row.what) <= 70 else row.what[:69] + "…"

    @admin.display(description=_("kind"), ordering="kind")
    def kind_word(self, row: StaffTask) -> str:
        return words.task(row.kind)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, row: StaffTask) -> Any:
        return row.tenant.local(row.due_at).strftime("%d/%m %H:%M")

    @display(description=_("state"), label=TASK_COLOURS, ordering="state")
    def condition(self, row: StaffTask) -> tuple[str, str]:
        if row.state in StaffTask.UNFINISHED and row.due_at < clock.now():
            return "late", gettext("late by %(age)s") % {"age": timesince(row.due_at, clock.now(), depth=1)}
        return row.state, row.get_state_display()

    @admin.display(description=_("guest"))
    def who(self, row: StaffTask) -> str:
        return str(row.conversation.guest) if row.conversation is not None else "–"

    @admin.display(description=_("one tap"))
    def ends(self, row: StaffTask) -> Any:
        """Buttons of the list's own form, each with its own address: no form inside a form."""
        if row.state not in StaffTask.UNFINISHED:
            return ""
        doors = [(f"conversations_stafftask_{door}", title) for door, title in words.endings(row.kind)]
        return format_html_join(
            " ",
            '<button class="ha-button ha-primary" type="submit" formmethod="post" formaction="{}">{}</button>',
            ((reverse(f"admin:{name}", args=[row.pk]), title) for name, title in doors),
        )

    @admin.display(description=_("conversation"))
    def thread_link(self, row: StaffTask) -> Any:
        if row.conversation is None:
            return "–"
        url = reverse("admin:conversations_conversation_change", args=[row.conversation_id])
        return self.link(url, str(row.conversation.guest))

    # -- one tap

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                f"<int:object_id>/{ending.replace('_', '-')}/",
                wrap(self._door(ending)),
                name=f"conversations_stafftask_{ending}",
            )
            for ending in ("started", *ENDINGS)
        ]
        opening = path("open/<int:conversation_id>/", wrap(self.open_one), name="conversations_stafftask_open")
        return [opening, *own, *super().get_urls()]

    def open_one(self, request: HttpRequest, conversation_id: int) -> HttpResponse:
        """A colleague puts something on the list from a thread; the same form sent twice is one request."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        threads = own_rows(request, Conversation, DESK).select_related("tenant", "guest")
        conversation = threads.filter(pk=conversation_id).first()
        if conversation is None:
            raise Http404
        given = request.POST
        with tenant_scope(conversation.tenant):
            try:
                staff_tasks.open_by_hand(
                    conversation.tenant,
                    by=request.user,  # type: ignore[arg-type]
                    kind=given.get("kind", "") if given.get("kind") in StaffTask.Kind.values else StaffTask.Kind.OTHER,
                    what=given.get("what", ""),
                    room=given.get("room", ""),
                    token=given.get("token", "") or secrets.token_urlsafe(12),
                    conversation=conversation,
                )
            except staff_tasks.NothingToDo:
                self.message_user(request, gettext("Write something first."), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:conversations_conversation_change", args=[conversation_id]))

    def _door(self, ending: str) -> Any:
        def door(request: HttpRequest, object_id: int) -> HttpResponse:
            return self._end(request, object_id, ending)

        door.__name__ = ending
        return door

    def _end(self, request: HttpRequest, object_id: int, ending: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        task = own_rows(request, StaffTask, DESK).select_related("tenant").filter(pk=object_id).first()
        if task is None:
            raise Http404
        by: Any = request.user
        with tenant_scope(task.tenant):
            match ending:
                case "started":
                    changed = staff_tasks.start(task.pk, by=by)
                case "cancelled":
                    changed = staff_tasks.cancel(task.pk, by=by)
                case _:
                    changed = staff_tasks.finish(task.pk, by=by, outcome="" if ending == "done" else ending)
        if changed and ending != "started":
            told = gettext("Done: the guest is told.") if task.conversation_id else gettext("Done.")
            self.message_user(request, told, messages.SUCCESS)
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
            back = reverse("admin:conversations_stafftask_changelist")
        return HttpResponseRedirect(back)

    def has_finish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who works at the desk."""
        return has_role(request, DESK, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("Done"), permissions=["finish"])
    def finish_selected(self, request: HttpRequest, rows: QuerySet[StaffTask]) -> None:
        count = 0
        for row in self.may(request, rows, DESK).select_related("tenant"):
            with tenant_scope(row.tenant):
                count += staff_tasks.finish(row.pk, by=request.user)  # type: ignore[arg-type]
        text = ngettext("%(count)d request done.", "%(count)d requests done.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


# -- who is told, and what the agent does by itself -------------------------------------------------------------------


class StepForm(CredentialsForm):
    secret_names = ("secret",)


@admin.register(EscalationStep)
class EscalationStepAdmin(WritesSecrets, TenantAdmin):
    """The hotel's ladder: who is told while a guest waits for a person, and when."""

    form = StepForm
    list_display = ("after_min", "way", "target", "hours", "only_urgent", "is_active")
    list_display_links = ("after_min", "way")
    list_filter = ("way", "is_active")
    ordering = ("after_min", "id")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [("way", "target"), ("after_min", "hours"), "only_urgent", "is_active"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        return [(None, {"fields": shown}), (_("Signature of the webhook"), {"fields": ["secret"]})]


@admin.register(HandoffPolicy)
class HandoffPolicyAdmin(TenantAdmin):
    """How soon the hotel's people answer, and when the agent goes on without them."""

    list_display = ("tenant", "answer_within_min", "urgent_within_min", "acknowledge_within_min", "return_after_hours")
    list_display_links = ("tenant",)
    list_select_related = ("tenant",)
    fields = (
        ("answer_within_min", "urgent_within_min"), "acknowledge_within_min", ("return_after_hours", "guest_may_return")
    )  # fmt: skip


class ModeForm(TenantForm):
    """Intents by their names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext("every intent")), *((name, words.label(name)) for name in sorted(INTENTS))]
        self.fields["intent"] = forms.ChoiceField(
            choices=choices, required=False, label=gettext("Intent"), widget=UnfoldAdminSelectWidget()
        )


@admin.register(AnswerMode)
class AnswerModeAdmin(TenantAdmin):
    """What the agent answers by itself, what it only suggests, and what is a person's."""

    form = ModeForm
    list_display = ("intent_word", "risk", "mode")
    list_filter = ("mode", "risk")
    fields = ("intent", "risk", "mode")

    @admin.display(description=_("intent"), ordering="intent")
    def intent_word(self, row: AnswerMode) -> str:
        return words.label(row.intent) or gettext("every intent")


@admin.register(Escalation)
class EscalationAdmin(LedgerAdmin):
    """Notices to staff about guests who wait: what became of each."""

    list_display = ("created_at", "who", "way", "target", "state", "sent_at", "acknowledged_at", "alarm")
    list_filter = ("way", "state", "alarm")
    list_select_related = ("handoff__conversation__guest",)
    ordering = ("-id",)
    fields = (
        "handoff", "way", "target", "state", "created_at", "sent_at", "acknowledged_at", "alarmed_at", "alarm",
        "failures", "last_error", "provider_id", "public_id",
    )  # fmt: skip

    @admin.display(description=_("guest"))
    def who(self, row: Escalation) -> str:
        return str(row.handoff.conversation.guest)
