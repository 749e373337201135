"""Files of a conversation: what guests sent, what staff sends. The bytes lie in private storage, never under a URL."""

from __future__ import annotations

import uuid

from django.db import models

from conversations.models.inbound import Message
from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class MediaFile(TenantOwned, Claimable):
    """One file: waiting (to be fetched from the provider), done (kept), dead (cannot be had; `trouble` says why).

    The provider's word about type, name and hash is kept as declared; `content_type` is what the bytes are. A voice
    note carries what a recogniser heard and how sure it was. `path` is "" until the bytes are kept and after they were
    erased.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="files")
    message = TenantForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=12, help_text="image, audio, video, document or sticker.")
    external_id = models.CharField(max_length=190, blank=True, help_text="The provider's id of it.")
    declared_type = models.CharField(max_length=120, blank=True)
    declared_sha256 = models.CharField(max_length=120, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    path = models.CharField(max_length=200, blank=True, editable=False)
    content_type = models.CharField(max_length=80, blank=True, help_text="What the bytes are, whatever was declared.")
    size = models.PositiveIntegerField(null=True, blank=True, help_text="Bytes.")
    trouble = models.CharField(max_length=20, blank=True, help_text="Why it cannot be had.")
    transcript = models.TextField(blank=True)
    confidence = models.FloatField(null=True, blank=True, help_text="How sure the recogniser was, 0 to 1.")
    transcriber = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    kept_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(
                fields=["not_before"], name="conv_file_open", condition=models.Q(state__in=["waiting", "working"])
            ),
            models.Index(fields=["kept_at"], name="conv_file_kept", condition=~models.Q(path="")),
        ]

    def __str__(self) -> str:
        return self.filename or f"{self.kind} {str(self.public_id)[:8]}"

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it as a picture: by its bytes, never by its name."""
        return self.content_type in {"image/jpeg", "image/png", "image/gif", "image/webp"}

    @property
    def is_sound(self) -> bool:
        """Whether a browser may play it."""
        return self.content_type in {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac"}
