"""What a guest asked for that somebody of the house has to do."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models import Reservation
from tenants.models import TenantOwned


class StaffTask(TenantOwned):
    """One request: which room, what, by when, and whether it is done. The guest hears of its end exactly once."""

    class Kind(models.TextChoices):
        HOUSEKEEPING = "housekeeping", "housekeeping"
        ROOM_SERVICE = "room_service", "room service"
        BROKEN = "broken", "something broken"
        LOST_FOUND = "lost_found", "lost and found"
        WAKE_UP = "wake_up", "wake-up call"
        TRANSFER = "transfer", "transfer"
        TABLE = "table", "table"
        SPA = "spa", "spa"
        OTHER = "other", "other"

    class State(models.TextChoices):
        OPEN = "open", "open"
        IN_PROGRESS = "in_progress", "in progress"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"

    UNFINISHED = (State.OPEN, State.IN_PROGRESS)

    conversation = TenantForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="staff_tasks"
    )
    reservation = TenantForeignKey(Reservation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    room = models.CharField(max_length=10, blank=True)
    what = models.CharField(max_length=600, help_text="In the guest's words, or a colleague's.")
    urgent = models.BooleanField(default=False)
    due_at = models.DateTimeField(help_text="By when it should be done.")
    state = models.CharField(max_length=11, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=9, blank=True, help_text="found or not_found, for what was lost.")
    key = models.CharField(max_length=60, help_text="What opened it; one task per key, ever.")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Empty: the agent.",
    )  # fmt: skip
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is late and a person is asked to see to it."
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key"], name="conversations_task_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"], name="conv_task_due",
                condition=models.Q(state__in=["open", "in_progress"]),
            ),
            models.Index(fields=["check_at"], name="conv_task_check", condition=models.Q(check_at__isnull=False)),
            models.Index(fields=["conversation", "id"], name="conv_task_thread"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.room}".strip()
