"""Bases of the API's views: a bearer token, limits per person, the hotel of the call and the person's role there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db import models
from django.http import HttpResponseBase
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from hotel_agent.common import limits
from hotel_agent.common.api import BoundedJSONParser, Refusal, within
from tenants.models import Membership, Tenant
from tenants.permissions import access_to
from tenants.scoping import tenant_scope
from tenants.views.bearer import BearerAuthentication

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TENANT_HEADER = "X-Tenant"


class ApiView(APIView):
    """A view for somebody with a token, within the limits of that person."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes: Any = (BoundedJSONParser,)
    limit_scope: ClassVar[str] = "api"
    """Where its calls are counted, apart for reading and writing."""
    read_rate: ClassVar[str] = "60/m"
    write_rate: ClassVar[str] = "30/m"

    @property
    def person(self) -> User:
        """Who calls."""
        return cast("User", self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """401 before 429 before anything else."""
        super().initial(request, *args, **kwargs)
        kind, rate = ("read", self.read_rate) if request.method in SAFE_METHODS else ("write", self.write_rate)
        within(limits.check(f"{self.limit_scope}-{kind}", str(request.user.pk), rate))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is about guests and hotels is kept by no cache."""
        made = super().finalize_response(request, response, *args, **kwargs)
        made.headers.setdefault("Cache-Control", "no-store")
        return made


class TenantView(ApiView):
    """A view of one hotel: `self.tenant`, in whose scope the handlers run.

    `about` is the kind of row it shows and works with: who may is in `tenants.permissions`, as for the back office.
    """

    about: ClassVar[type[models.Model]]
    tenant: Tenant

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The scope opened in `initial` ends with the handler."""
        with ExitStack() as self._scope:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """400 when several hotels could be meant, 404 for one that is not yours, 403 for a role that may not."""
        super().initial(request, *args, **kwargs)
        self.tenant, role = hotel_of(self.person, request.headers.get(TENANT_HEADER, ""))
        access = access_to(self.about)
        allowed = access.read if request.method in SAFE_METHODS else access.change
        if role is not None and role not in allowed:
            raise PermissionDenied("Your role at this hotel does not allow it.")
        self._scope.enter_context(tenant_scope(self.tenant))


def hotel_of(person: User, slug: str) -> tuple[Tenant, str | None]:
    """The hotel a call is about and the person's role there; None for an operator, who may everything.

    Raises:
        Refusal: `tenant_ambiguous`, no hotel was named and there are several.
        NotFound: there is no such hotel, or it is not theirs: the same answer.
    """
    operator = person.is_superuser and person.is_staff
    if operator:
        hotels = Tenant.objects.filter(is_active=True)
        found = [(hotel, None) for hotel in (hotels.filter(slug=slug) if slug else hotels.order_by("pk"))[:2]]
    else:
        memberships = Membership.objects.filter(user_id=person.pk, tenant__is_active=True).select_related("tenant")
        rows = (memberships.filter(tenant__slug=slug) if slug else memberships.order_by("pk"))[:2]
        found = [(row.tenant, str(row.role)) for row in rows]  # type: ignore[misc]
    if len(found) > 1:
        raise Refusal(400, "tenant_ambiguous", f"Name the hotel: {TENANT_HEADER}: <slug>.")
    if not found:
        raise NotFound("There is no such hotel.", "tenant_not_found")
    return found[0]


class Newest(CursorPagination):
    """Pages of rows, newest first, that stay true while rows are added: `?limit=` (at most 100) and `next`."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 100
