"""Corrections of what the agent understood, for a manager to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from conversations.admin import words
from conversations.models import TrainingExample
from conversations.services import learning
from tenants.back_office.access import has_role
from tenants.back_office.pages import LedgerAdmin
from tenants.permissions import MANAGERS
from tenants.scoping import tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@admin.register(TrainingExample)
class TrainingExampleAdmin(LedgerAdmin):
    """Examples as proposed from the threads; approving them trains nothing by itself."""

    list_display = ("proposed_at", "text", "meant", "taken_for", "condition", "proposed_by")
    list_filter = ("state", "language")
    search_fields = ("text",)
    list_select_related = ("proposed_by",)
    ordering = ("-state", "-proposed_at")
    fields = (
        "text", "language", "expected_slot", "meant", "taken_for", "state", "proposed_by", "proposed_at", "decided_by",
        "decided_at",
    )  # fmt: skip
    readonly_fields = ("meant", "taken_for")
    actions = ("approve", "reject")

    @admin.display(description=_("means"))
    def meant(self, row: TrainingExample) -> str:
        return ", ".join(words.label(name) for name in row.intents)

    @admin.display(description=_("taken for"))
    def taken_for(self, row: TrainingExample) -> str:
        return words.label(row.understood_as) if row.understood_as else "–"

    @display(
        description=_("state"),
        label={"pending": "warning", "approved": "success", "rejected": "danger"},
        ordering="state",
    )
    def condition(self, row: TrainingExample) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_decide_permission(self, request: HttpRequest, obj: TrainingExample | None = None) -> bool:
        """Who may let an example into the next training."""
        return has_role(request, MANAGERS, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("Approve for training"), permissions=["decide"])
    def approve(self, request: HttpRequest, rows: QuerySet[TrainingExample]) -> None:
        self._decide(request, rows, approve=True)

    @admin.action(description=_("Reject"), permissions=["decide"])
    def reject(self, request: HttpRequest, rows: QuerySet[TrainingExample]) -> None:
        self._decide(request, rows, approve=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[TrainingExample], *, approve: bool) -> None:
        count = 0
        for example in self.may(request, rows, MANAGERS).select_related("tenant"):
            with tenant_scope(example.tenant):
                try:
                    learning.decide(example, approve=approve, by=cast("User", request.user))
                except learning.AlreadyDecided:
                    continue
            count += 1
        text = ngettext("%(count)d example decided.", "%(count)d examples decided.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
