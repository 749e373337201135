"""What people at the desk keep for themselves: prepared answers, and notes no guest reads."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class CannedAnswer(TenantOwned):
    """An answer the desk gives often, in the hotel's languages. `{guest}` and other places are filled when it is used
    (`services.canned`)."""

    shortcut = models.CharField(
        max_length=30,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Small letters, digits and hyphens only.")],
        help_text="Typed after a slash, e.g. /wifi.",
    )
    text_es = models.TextField(max_length=2000)
    text_en = models.TextField(max_length=2000, blank=True)
    text_pt = models.TextField(max_length=2000, blank=True)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantOwned.Meta):
        ordering = ["shortcut"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "shortcut"], name="conversations_canned_once"),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"

    def text(self, language: str) -> str:
        """The wording in `language`, else in Spanish."""
        return str(getattr(self, f"text_{language}", "")) or self.text_es

    def clean(self) -> None:
        """Places that nothing fills are refused before a guest reads them."""
        from conversations.services import canned

        for name in ("text_es", "text_en", "text_pt"):
            unknown = canned.unknown_places(getattr(self, name))
            if unknown:
                raise ValidationError({name: f"Nothing fills {', '.join(unknown)}."})


class StaffNote(TenantOwned):
    """A remark in a thread that only people of the hotel read."""

    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    key = models.CharField(max_length=100, help_text="The form it was written in; one note per form, ever.")
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["conversation", "key"], name="conversations_note_once"),
        ]
        indexes = [models.Index(fields=["conversation", "id"])]

    def __str__(self) -> str:
        return self.text[:60]
