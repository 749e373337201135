"""Promise 7 in the back office: every page, choice, filter, search and action, walked with another hotel's ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import models
from django.test import Client
from django.urls import reverse

from tenants.back_office import access
from tenants.models import Membership, Role, Tenant, TenantOwned
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
REFUSED = {403, 404, 405}
PAGES = sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)
ROUTE = re.compile(r"<(?:\w+:)?(\w+)>")


def own_pages() -> list[tuple[type[models.Model], ModelAdmin[Any]]]:
    """Pages of rows that belong to a hotel."""
    return [(model, page) for model, page in PAGES if issubclass(model, TenantOwned | Tenant | Membership)]


def row_urls(model: type[models.Model], page: ModelAdmin[Any], row: models.Model) -> Iterator[str]:
    """Every address of a page that names a row, whatever Django, the theme or we added to it."""
    base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for pattern in page.get_urls():
        route = str(pattern.pattern)
        names = ROUTE.findall(route)
        if not names:
            continue
        for name in names:
            route = re.sub(rf"<(?:\w+:)?{name}>", str(vars(row)["public_id"] if name == "key" else row.pk), route)
        yield base + route


def list_urls(model: type[models.Model], page: ModelAdmin[Any], theirs: Furnished) -> Iterator[str]:
    """Lists, narrowed and searched by what is the other hotel's."""
    base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield base
    yield f"{base}?q={theirs.mark}"
    yield f"{base}?_facets=True"
    for field in model._meta.get_fields():
        target = field.related_model if field.is_relation and field.concrete else None
        if target in theirs.rows:
            yield f"{base}?{field.name}__id__exact={theirs.rows[target].pk}"
    yield f"{base}add/"
    yield f"{base}range/"


def listed(response: Any) -> list[Any]:
    """The rows of a list: Django's, or the inbox's own."""
    if "inbox" in response.context:
        return [row.conversation for row in response.context["inbox"].rows]
    return list(response.context["cl"].result_list)


def hotel_of(row: Any) -> int:
    """The hotel a row belongs to."""
    return row.pk if isinstance(row, Tenant) else row.tenant_id


def leaks(client: Client, theirs: Furnished) -> Iterator[str]:
    """Every address at which something of the other hotel can be read or reached."""
    for model, page in own_pages():
        yield from leaks_of_row(client, theirs, model, page)
    for model, page in PAGES:
        for url in list_urls(model, page, theirs):
            yield from leaks_at(client, theirs, url)
    for url in ("", "search/?s=z", "search/?s=ZARZAMORA&extended=1", "conversations/", "reservations/", "tenants/"):
        yield from leaks_at(client, theirs, f"/admin/{url}")
    for model, _page in PAGES:
        for field in model._meta.local_fields:
            if field.is_relation:
                query = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}"
                yield from leaks_at(client, theirs, f"/admin/autocomplete/?{query}&term=")


def leaks_of_row(client: Client, theirs: Furnished, model: type[models.Model], page: ModelAdmin[Any]) -> Iterator[str]:
    """The same among the addresses of one row of theirs, asked for and posted to."""
    for url in row_urls(model, page, theirs.rows[model]):
        for method in ("get", "post"):
            yield from leaks_at(client, theirs, url, method=method, row=True)


def leaks_at(client: Client, theirs: Furnished, url: str, *, method: str = "get", row: bool = False) -> Iterator[str]:
    """What is wrong with the answer at one address."""
    response = getattr(client, method)(url)
    if "?q=" in url and response.status_code == 200:  # the page repeats what was searched for
        if any(hotel_of(one) == theirs.tenant.pk for one in listed(response)):
            yield f"{method} {url} finds it"
    elif theirs.mark in response.content.decode("utf-8", "replace"):
        yield f"{method} {url} shows it"
    if row and response.status_code == 302 and response["Location"] == f"{url}change/":
        return  # Django's short address of a row, sought or not; the long one is walked too
    if response.status_code >= 500 or (row and response.status_code not in REFUSED):
        yield f"{method} {url} answered {response.status_code}"


def test_every_tenant_owned_page_has_a_row_to_walk_with(theirs: Furnished) -> None:
    missing = [model._meta.label for model, _page in own_pages() if theirs.rows.get(model) is None]
    assert not missing


def test_a_manager_reaches_nothing_of_another_hotel(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    assert list(leaks(visit(Role.OWNER), theirs)) == []


def test_the_walk_notices_a_missing_filter(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit(Role.OWNER)
    everybody = list(Tenant.objects.values_list("pk", flat=True))
    monkeypatch.setattr(access, "_hotel_ids", lambda request, roles: everybody)
    missed = [model for model, page in own_pages() if not any(leaks_of_row(client, theirs, model, page))]
    assert not missed


def test_actions_do_not_touch_another_hotels_rows(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER)
    before = snapshot(theirs)
    for model, page in own_pages():
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for action in page.get_actions(client.get(base).wsgi_request):
            data = {"action": action, "_selected_action": [theirs.rows[model].pk], "post": "yes", "select_across": "1"}
            response = client.post(f"{base}?q={theirs.mark}", data)
            assert response.status_code in {200, 302}, (model, action)
            response = client.post(base, {**data, "select_across": "0"})
            assert response.status_code in {200, 302}, (model, action)
        assert snapshot(theirs) == before, model


def snapshot(furnished: Furnished) -> dict[str, Any]:
    """The other hotel's rows as they are in the database."""
    return {
        model._meta.label: model._base_manager.filter(pk=row.pk).values().get() for model, row in furnished.rows.items()
    }


def test_forms_refuse_a_row_of_another_hotel(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)
    response = client.post(
        "/admin/reservations/room/add/",
        {"room_type": theirs.hotel.double.pk, "number": "999", "floor": "9", "is_active": "on"},
    )
    assert response.status_code == 200
    assert "room_type" in response.context["adminform"].form.errors


def test_a_person_of_two_hotels_cannot_link_their_rows(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER, "both")
    Membership.objects.create(user_id=client.session["_auth_user_id"], tenant=theirs.tenant, role=Role.OWNER)
    response = client.post(
        "/admin/reservations/room/add/",
        {"tenant": ours.tenant.pk, "room_type": theirs.hotel.double.pk, "number": "999", "is_active": "on"},
    )
    assert response.status_code == 200
    assert "room_type" in response.context["adminform"].form.errors


def test_a_role_at_one_hotel_is_none_at_another(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER, "reader-there")
    Membership.objects.create(user_id=client.session["_auth_user_id"], tenant=theirs.tenant, role=Role.READ_ONLY)
    fact = theirs.rows[next(model for model in theirs.rows if model.__name__ == "Fact")]
    assert theirs.mark in client.get(f"/admin/tenants/fact/{fact.pk}/change/").content.decode()
    assert client.post(f"/admin/tenants/fact/{fact.pk}/change/", {"topic": "x"}).status_code == 403
    assert client.post(f"/admin/tenants/fact/{fact.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/conversations/conversation/{theirs.conversation.pk}/take-over/").status_code == 403
    before = snapshot(theirs)
    client.post(
        "/admin/conversations/conversation/",
        {"action": "take_over_selected", "_selected_action": [theirs.conversation.pk]},
    )
    client.post("/admin/tenants/fact/", {"action": "delete_selected", "_selected_action": [fact.pk], "post": "yes"})
    assert snapshot(theirs) == before
