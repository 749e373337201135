"""`/api/v1/tenants`: the hotels of the person who calls."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from hotel_agent.common.api import checked
from tenants import selectors, services
from tenants.history import API
from tenants.models import Membership, Tenant
from tenants.permissions import MANAGERS
from tenants.serializers import Refreshed, TenantCreate, TenantOut
from tenants.views.base import ApiView, Newest, hotel_of


class TenantsView(ApiView, ListAPIView[Tenant]):
    """All of them, and new ones."""

    limit_scope = "api-tenants"
    serializer_class = TenantOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Tenant]:
        """An operator's are all hotels."""
        hotels = Tenant.objects.filter(is_active=True)
        if self.person.is_superuser and self.person.is_staff:
            return hotels
        return hotels.filter(selectors.tenants_of(self.person.pk))

    @extend_schema(tags=["tenants"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The hotels you work at, newest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(request=TenantCreate, responses={201: TenantOut}, tags=["tenants"])
    def post(self, request: Request) -> Response:
        """Make a hotel. For operators of the installation."""
        if not (self.person.is_superuser and self.person.is_staff):
            raise PermissionDenied("Operators of the installation make hotels.")
        asked = checked(TenantCreate(data=request.data))
        owner = None
        if username := asked.pop("owner", ""):
            owner = get_user_model()._default_manager.filter(username=username, is_active=True).first()
            if owner is None:
                raise ValidationError({"owner": ["There is no such account."]})
        made = services.create_tenant(owner=owner, by=self.person, reason=API, **asked)
        return Response(TenantOut(made).data, status=status.HTTP_201_CREATED)


class TenantView(ApiView):
    """One of them."""

    @extend_schema(responses=TenantOut, tags=["tenants"])
    def get(self, request: Request, slug: str) -> Response:
        """A hotel you work at; 404 for any other."""
        hotel, _ = hotel_of(self.person, slug)
        return Response(TenantOut(hotel).data)


class RefreshTenantsView(ApiView):
    """Configuration that was changed behind the product's back."""

    limit_scope = "api-refresh"

    @extend_schema(request=None, responses=Refreshed, tags=["tenants"])
    def post(self, request: Request) -> Response:
        """Have every process read hotels, accounts, facts and connections from the database again, at once.

        For owners and managers of any hotel.
        """
        may = Membership.objects.filter(user_id=self.person.pk, role__in=MANAGERS).exists()
        if not may and not (self.person.is_superuser and self.person.is_staff):
            raise PermissionDenied("Your role does not allow it.")
        return Response({"generation": selectors.forget_configuration_everywhere()})
