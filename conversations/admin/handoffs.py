"""Who waits for a person: everything one was asked to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin import words
from conversations.models import Handoff
from conversations.services import handoffs, ownership
from hotel_agent.common import clock
from tenants.back_office.access import has_role, own_rows
from tenants.back_office.pages import LedgerAdmin, TenantAdmin
from tenants.back_office.words import pretty
from tenants.permissions import DESK
from tenants.scoping import tenant_scope


@admin.register(Handoff)
class HandoffAdmin(LedgerAdmin):
    """Everything a person was asked to look at, open ones first."""

    list_display = ("why", "who", "summary_line", "condition", "age", "assignee")
    list_filter = ("state", "urgent", "reason")
    search_fields = ("conversation__guest__name", "conversation__guest__phone", "summary")
    list_select_related = ("conversation__guest", "assignee")
    ordering = ("-opened_at",)
    fields = (
        "thread_link", "why", "summary", "brief_shown", "urgent", "state", "assignee", "opened_at", "due_at",
        "acknowledged_at", "told_again_at", "taken_at", "closed_at",
    )  # fmt: skip
    readonly_fields = ("thread_link", "why", "brief_shown")
    actions = ("take_selected",)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, row: Handoff) -> str:
        return words.reason(row.reason)

    @admin.display(description=_("brief"))
    def brief_shown(self, row: Handoff) -> Any:
        """What a person needs to go on, as it was when they were asked."""
        return pretty(row.brief)

    @admin.display(description=_("guest"))
    def who(self, row: Handoff) -> str:
        return str(row.conversation.guest)

    @admin.display(description=_("summary"))
    def summary_line(self, row: Handoff) -> str:
        return row.summary if len(row.summary) <= 80 else row.summary[:79] + "…"

    @display(
        description=_("state"), label={"urgent": "danger", "open": "warning", "taken": "info", "closed": "success"}
    )
    def condition(self, row: Handoff) -> tuple[str, str]:
        if row.urgent and row.state == Handoff.State.OPEN:
            return "urgent", gettext("urgent")
        return row.state, row.get_state_display()

    @admin.display(description=_("age"), ordering="opened_at")
    def age(self, row: Handoff) -> str:
        return timesince(row.opened_at, clock.now(), depth=1)

    @admin.display(description=_("conversation"))
    def thread_link(self, row: Handoff) -> Any:
        return TenantAdmin.link(reverse("admin:conversations_conversation_change", args=[row.conversation_id]),
                                str(row.conversation.guest))  # fmt: skip

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may write to guests."""
        return has_role(request, DESK, obj.tenant_id if obj is not None else None)

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(self.acknowledge)
        name = "conversations_handoff_acknowledge"
        return [path("<int:object_id>/acknowledge/", door, name=name), *super().get_urls()]

    def acknowledge(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Somebody sees to it: no further notices go out. The guest is not answered by that."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        handoff = own_rows(request, Handoff, DESK).select_related("tenant").filter(pk=object_id).first()
        if handoff is None:
            raise Http404
        with tenant_scope(handoff.tenant):
            handoffs.acknowledge(handoff.pk, by=request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse("admin:index"))

    @admin.action(description=_("Take over these conversations"), permissions=["answer"])
    def take_selected(self, request: HttpRequest, rows: QuerySet[Handoff]) -> None:
        mine = list(self.may(request, rows, DESK).select_related("tenant"))
        for row in mine:
            with tenant_scope(row.tenant):
                ownership.take_over(row.conversation_id, by=request.user)  # type: ignore[arg-type]
        count = len(mine)
        text = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
