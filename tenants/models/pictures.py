"""Pictures a hotel shows guests."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from hotel_agent.common import clock
from tenants.models.owned import TenantOwned


class Picture(TenantOwned):
    """A picture the hotel shows guests, as `tenants.pictures` wrote it: never the bytes that were uploaded.

    It is public: whoever has its address sees it. A new picture is a new row with a new address, so that caches may
    keep what they have. Kept in the database and not among guests' files: those are erased after 30 days, and a backup
    must hold a fact and its picture together.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.BinaryField(editable=False, help_text="JPEG.")
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the content.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    alt_es = models.CharField(max_length=200, blank=True)
    alt_en = models.CharField(max_length=200, blank=True)
    alt_pt = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.alt_es or f"{self.width} × {self.height}"

    @property
    def address(self) -> str:
        """Where anybody may see it, below `PUBLIC_BASE_URL`."""
        return reverse("picture", args=[self.public_id])

    def alt(self, language: str) -> str:
        """What is on it, in `language`, else in Spanish; may be empty."""
        return str(getattr(self, f"alt_{language}", "")) or self.alt_es
