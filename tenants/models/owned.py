"""What every row of a hotel is: reached within its hotel's scope only, linked within its hotel only."""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django_scopes import ScopedManager

from tenants.models.hotels import Tenant


class TenantOwned(models.Model):
    """Base of every row that belongs to one hotel: fail-closed manager, key for composite foreign keys."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager(tenant="tenant")

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="%(app_label)s_%(class)s_tenant_key"),
        ]


def tenant_models() -> list[type[models.Model]]:
    """Every concrete model that belongs to a hotel, for scoping and isolation checks."""
    return [model for model in apps.get_models() if issubclass(model, TenantOwned)]
