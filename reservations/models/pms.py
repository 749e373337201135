"""What we remember about an outside PMS: whose turn it is to write to it, and where it was found to differ from us."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.inventory import RoomType
from tenants.models import TenantOwned


class RoomTypeLease(TenantOwned):
    """Whose turn it is to sell a room type in a PMS that does not guard its last room. A row, never a lock held over
    HTTP: it ends by itself."""

    room_type = TenantForeignKey(RoomType, on_delete=models.CASCADE, related_name="+")
    holder = models.UUIDField(null=True, blank=True)
    until = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["room_type"], name="reservations_lease_once"),
        ]

    def __str__(self) -> str:
        return f"{self.room_type_id} until {self.until:%H:%M:%S}"


class DriftReport(TenantOwned):
    """One comparison of our reservations with the PMS. Made every night; kept as it was found."""

    made_at = models.DateTimeField(default=clock.now, editable=False)
    checked = models.PositiveIntegerField(default=0, help_text=_("Reservations compared."))
    findings = models.JSONField(default=list, help_text=_("Rule, reservation and difference of each finding."))
    error = models.CharField(max_length=300, blank=True, help_text=_("Why the PMS could not be asked."))

    class Meta(TenantOwned.Meta):
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["tenant", "-made_at"], name="rsv_drift_recent")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"

    @property
    def is_clean(self) -> bool:
        """Compared, and nothing found."""
        return not self.findings and not self.error
