"""Who works at a hotel, and as what."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tenants.models.hotels import Tenant


class Role(models.TextChoices):
    """What a person may do at one hotel, most to least."""

    OWNER = "owner", "owner"
    MANAGER = "manager", "manager"
    RECEPTION = "reception", "reception"
    READ_ONLY = "read_only", "read-only"


class Membership(models.Model):
    """A person's role at one hotel. Not tenant-scoped: it decides the scope."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.RECEPTION)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="tenants_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.tenant} · {self.role}"
