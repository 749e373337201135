"""`/api/v1/facts`: what the hotel says about itself."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from hotel_agent.common.api import checked
from tenants import services
from tenants.history import API
from tenants.models import Fact
from tenants.serializers import FactIn, FactOut
from tenants.views.base import Newest, TenantView


class FactsView(TenantView, ListAPIView[Fact]):
    """All of them, and new ones."""

    about = Fact
    serializer_class = FactOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Fact]:
        """By topic when one is asked for."""
        if getattr(self, "swagger_fake_view", False):
            return Fact._base_manager.none()
        rows = Fact.objects.filter(tenant=self.tenant)
        topic = self.request.query_params.get("topic", "")
        return rows.filter(topic=topic) if topic else rows

    @extend_schema(
        parameters=[OpenApiParameter("topic", OpenApiTypes.STR, description="Only of this topic.")], tags=["facts"]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The hotel's facts, newest first, also those that no longer hold."""
        return self.list(request, *args, **kwargs)

    @extend_schema(request=FactIn, responses={201: FactOut}, tags=["facts"])
    def post(self, request: Request) -> Response:
        """Write a fact down; the agent answers with it from now on."""
        asked = checked(FactIn(data=request.data))
        made = services.save_fact(self.tenant, Fact(tenant=self.tenant), by=self.person, reason=API, **asked)
        return Response(FactOut(made).data, status=status.HTTP_201_CREATED)


class FactView(TenantView):
    """One of them."""

    about = Fact

    def _fact(self, fact_id: int) -> Fact:
        return get_object_or_404(Fact.objects.filter(tenant=self.tenant), pk=fact_id)

    @extend_schema(responses=FactOut, tags=["facts"])
    def get(self, request: Request, fact_id: int) -> Response:
        """A fact of the hotel."""
        return Response(FactOut(self._fact(fact_id)).data)

    @extend_schema(request=FactIn, responses=FactOut, tags=["facts"])
    def patch(self, request: Request, fact_id: int) -> Response:
        """Change what is given; the rest stays."""
        asked = checked(FactIn(data=request.data, partial=True))
        saved = services.save_fact(self.tenant, self._fact(fact_id), by=self.person, reason=API, **asked)
        return Response(FactOut(saved).data)

    @extend_schema(responses={204: None}, tags=["facts"])
    def delete(self, request: Request, fact_id: int) -> Response:
        """Stop saying it. The row stays: sentences already sent name it as their reason."""
        services.save_fact(self.tenant, self._fact(fact_id), by=self.person, reason=API, is_active=False)
        return Response(status=status.HTTP_204_NO_CONTENT)
