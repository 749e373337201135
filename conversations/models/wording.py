"""A hotel's own texts instead of ours."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from hotel_agent.common import clock
from tenants.models import TenantOwned


class WordingOverride(TenantOwned):
    """One message of the catalogue as the hotel wants it said, in one variant of a language."""

    key = models.CharField(max_length=80)
    variant = models.CharField(max_length=6, help_text="es, es-tu, es-AR, en, pt or pt-PT")
    text = models.TextField()
    updated_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key", "variant"], name="conversations_wording_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.variant})"

    def clean(self) -> None:
        """The key exists, its placeholders are all there, and no amount of money is written by hand."""
        from conversations.wording.texts import InvalidOverride, Overrides

        try:
            Overrides.parse({self.variant: {self.key: self.text}})
        except InvalidOverride as error:
            raise ValidationError({"text": str(error)}) from error
