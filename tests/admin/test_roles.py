"""The table of permissions, held against the site as it is: every page, door, action, row inside a page, by every role.

Nothing is listed by hand but the table: pages, their addresses and actions are read from the site and the URL resolver,
so that a new one is walked from the day it is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants import permissions
from tenants.back_office.pages import OperatorAdmin, TenantAdmin
from tenants.models import Membership, Role, Tenant, TenantOwned
from tests.admin.conftest import Furnished, person

pytestmark = pytest.mark.django_db
PAGES = sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)
OWN: list[tuple[type[models.Model], Any]] = [
    (model, page) for model, page in PAGES if issubclass(model, TenantOwned | Tenant | Membership)
]
SHUT = {403, 404}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
FIXED = {"kind": "rates", "form": "csv", "slug": "x", "language": "es"}


def admin_patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every pattern under /admin/ with its whole route."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)
            else:
                yield route, one

    for route, pattern in walk(get_resolver().url_patterns, ""):
        if route.startswith("admin/"):
            yield route, pattern


def address(route: str, row: models.Model | None) -> str | None:
    """A concrete address of a route, with the row's ids; None for Django's catch-alls."""
    if "^" in route or "(?P" in route:
        return None
    for name in PARAMETER.findall(route):
        if name in FIXED:
            value = FIXED[name]
        elif row is None:
            return None
        else:
            value = str(vars(row).get("public_id", row.pk) if name == "key" else row.pk)
        route = re.sub(rf"<(?:\w+:)?{name}>", value, route)
    return "/" + route


def own_doors() -> list[tuple[type[models.Model], str, str]]:
    """Pages that models' admins add to Django's: model, page name and route."""
    found = []
    for route, pattern in admin_patterns():
        for model, _page in OWN:
            prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
            name = pattern.name or ""
            if name.startswith(prefix) and name.removeprefix(prefix) not in permissions.STANDARD_PAGES:
                found.append((model, name.removeprefix(prefix), route))
    return found


@pytest.fixture
def people(ours: Furnished) -> dict[str, Client]:
    """A browser for each role at our hotel."""
    clients = {}
    for role in Role.values:
        clients[role] = Client()
        clients[role].force_login(person(f"as-{role}", tenant=ours.tenant, role=role))
    return clients


def listing(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_every_page_and_row_inside_one_has_its_line_in_the_table() -> None:
    shown = {model for model, _page in OWN} | {inline.model for _model, page in OWN for inline in page.inlines}
    missing = sorted(label for model in shown if (label := permissions.label_of(model)) not in permissions.ACCESS)
    assert not missing, "give them a line in tenants/permissions.py"
    assert all(one.change <= one.read and one.export <= one.read for one in permissions.ACCESS.values())


def test_no_page_keeps_roles_of_its_own() -> None:
    pages = [type(page) for _model, page in OWN] + [inline for _model, page in OWN for inline in page.inlines]
    own = [page for page in pages for kind in page.__mro__ if "read_roles" in vars(kind) or "change_roles" in vars(kind)
           if not kind.__module__.startswith("tenants.back_office.pages")]  # fmt: skip
    assert not own, "who may do what is said in tenants/permissions.py alone"


def test_every_page_is_of_a_kind_that_knows_hotels() -> None:
    strangers = [model._meta.label for model, page in PAGES if not isinstance(page, TenantAdmin | OperatorAdmin)]
    assert not strangers
    assert {model for model, page in PAGES if isinstance(page, TenantAdmin)} == {model for model, _page in OWN}


def test_the_table_names_nothing_that_is_not_there() -> None:
    from django.apps import apps

    unknown = [label for label in permissions.ACCESS if label.split(".")[1] not in apps.all_models[label.split(".")[0]]]
    doors = {(permissions.label_of(model), name) for model, name, _route in own_doors()}
    doors |= {(permissions.label_of(model), action) for model, page in OWN for action in names_of_actions(page)}
    assert not unknown
    assert not [one for one in permissions.EXCEPTIONS if one not in doors]


def weakest(roles: frozenset[str]) -> str:
    """The least role of those allowed: what it may open, those above may too."""
    return [role for role in Role.values if role in roles][-1]


def test_djangos_own_pages_obey_the_table(ours: Furnished, people: dict[str, Client]) -> None:
    wrong = []

    def look(role: str, method: str, url: str, allowed: bool) -> None:
        status = getattr(people[role], method)(url, {"post": "yes"} if method == "post" else None).status_code
        refused = status in SHUT | ({405} if method == "post" else set())
        if refused == allowed or status >= 500:
            wrong.append(f"{role}: {method} {url}: {status}, {'allowed' if allowed else 'not allowed'} by the table")

    for model, page in OWN:
        access, base, row = permissions.access_to(model), listing(model), ours.rows[model]
        for url in (base, f"{base}{row.pk}/change/", f"{base}{row.pk}/history/"):
            for role in set(Role.values) - access.read:
                look(role, "get", url, False)
            look(weakest(access.read), "get", url, True)
        for url in (f"{base}add/", f"{base}{row.pk}/delete/"):
            if access.change and not refuses_by_itself(page, url):
                look(weakest(access.change), "get", url, True)
        for url in (f"{base}add/", f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"):
            for role in set(Role.values) - access.change:
                if not url.endswith("/change/"):
                    look(role, "get", url, False)
                look(role, "post", url, False)
    assert not wrong


def refuses_by_itself(page: Any, url: str) -> bool:
    """Pages whose rows are written by the product, and those that only operators may add or delete."""
    kind: Any = type(page)
    rule = "has_add_permission" if url.endswith("/add/") else "has_delete_permission"
    narrowed = getattr(kind, rule) is not getattr(TenantAdmin, rule)
    return page.read_only or narrowed


def test_added_pages_obey_the_table(ours: Furnished, people: dict[str, Client]) -> None:
    wrong = []
    for model, name, route in own_doors():
        url = address(route, ours.rows[model])
        assert url is not None, f"{route}: give its parameters a value in FIXED"
        for method in ("GET", "POST"):
            allowed = permissions.roles_for_page(model, name, method)
            for role in [*(set(Role.values) - allowed), weakest(allowed)]:
                status = people[role].generic(method, url, "{}", content_type="application/json").status_code
                if role not in allowed and status not in SHUT:
                    wrong.append(f"{role}: {method} {url}: {status}")
                if role in allowed and (status >= 500 or (status == 403 and method == "GET")):
                    wrong.append(f"{role}: {method} {url}: {status} though the table allows it")
    assert not wrong


def test_pages_of_the_site_obey_the_table(ours: Furnished, people: dict[str, Client]) -> None:
    wrong = []
    of_models = tuple(f"{model._meta.app_label}_{model._meta.model_name}_" for model, _page in PAGES)
    for route, pattern in admin_patterns():
        name, url = pattern.name or "", address(route, None)
        if not name or url is None or name in {"login", "logout"} | permissions.ANYBODY_LOGGED_IN:
            continue
        if name.startswith(of_models):
            continue
        allowed = permissions.roles_for_site_page(name)
        for role in [*(set(Role.values) - allowed), *([weakest(allowed)] if allowed else [])]:
            status = people[role].get(url).status_code
            if (status in SHUT) == (role in allowed) and name != "autocomplete":  # which asks for a field's name
                wrong.append(f"{role}: {url}: {status}")
    assert not wrong


def test_icons_of_the_sidebar_are_not_read_aloud(people: dict[str, Client]) -> None:
    page = people["owner"].get("/admin/tenants/membership/").content.decode()
    menu = page.split('id="nav-sidebar-apps"', 1)[1].split("openUserLinks", 1)[0]
    icons = re.findall(r"<span[^>]*material-symbols-outlined[^>]*>", menu)
    assert len(icons) > 30
    assert [one for one in icons if 'aria-hidden="true"' not in one] == []
    assert menu.count('aria-current="page"') == 1


def test_the_sidebar_leads_everybody_somewhere(ours: Furnished, people: dict[str, Client]) -> None:
    shown: dict[str, set[str]] = {}
    for role, client in people.items():
        request = client.get("/admin/jsi18n/").wsgi_request
        site: Any = admin.site
        groups = site.get_sidebar_list(request)
        links = {str(item["link"]) for group in groups for item in group["items"] if item["has_permission"]}
        shown[role] = links
        if role in {Role.RECEPTION, Role.READ_ONLY}:
            assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert shown[Role.READ_ONLY] <= shown[Role.RECEPTION] < shown[Role.MANAGER] <= shown[Role.OWNER]


def names_of_actions(page: Any) -> set[str]:
    """Every action of a page, whoever may run it."""
    return {name for _function, name, _said in page._get_base_actions()}


def test_actions_obey_the_table(ours: Furnished, people: dict[str, Client]) -> None:
    wrong = []
    for role, client in people.items():
        request = client.get("/admin/jsi18n/").wsgi_request
        for model, page in OWN:
            if not names_of_actions(page) or role not in permissions.access_to(model).read:
                continue
            offered = set(page.get_actions(request))
            for name in names_of_actions(page) - {"delete_selected"}:
                if (role in permissions.roles_for_action(model, name)) != (name in offered):
                    wrong.append(f"{role}: {model._meta.label} {name}: {'' if name in offered else 'not '}offered")
            if role not in permissions.access_to(model).change and "delete_selected" in offered:
                wrong.append(f"{role}: {model._meta.label}: delete_selected")
            rows = model._base_manager.filter(pk=ours.rows[model].pk).values()
            before = rows.get()
            for name in names_of_actions(page) - offered - ({"delete_selected"} if page.read_only else set()):
                data = {"action": name, "_selected_action": [ours.rows[model].pk], "post": "yes", "confirm": "yes"}
                client.post(listing(model), data)
                if rows.first() != before:
                    wrong.append(f"{role}: {model._meta.label} {name}: ran")
    assert not wrong


def test_rows_inside_a_page_obey_the_table(ours: Furnished, people: dict[str, Client]) -> None:
    wrong = []
    for role, client in people.items():
        request = client.get("/admin/jsi18n/").wsgi_request
        for model, page in OWN:
            for inline in page.get_inline_instances(request, ours.rows[model]):
                access = permissions.access_to(inline.model)
                if role not in access.read:
                    wrong.append(f"{role}: {model._meta.label}: shows {inline.model._meta.label}")
                rights = ("add", "change", "delete")
                may = [one for one in rights if getattr(inline, f"has_{one}_permission")(request, ours.rows[model])]
                if may and role not in access.change:
                    wrong.append(f"{role}: {model._meta.label}: {may} {inline.model._meta.label}")
    assert not wrong


def test_autocomplete_offers_no_rows_a_role_may_not_read(ours: Furnished, people: dict[str, Client]) -> None:
    for model, page in OWN:
        for field in model._meta.local_fields:
            target: Any = field.related_model if field.is_relation else None
            if target not in admin.site._registry or field.name not in page.autocomplete_fields:
                continue
            query = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}"
            for role, client in people.items():
                status = client.get(f"/admin/autocomplete/?{query}&term=").status_code
                assert (status in SHUT) == (role not in permissions.access_to(target).read), (model, field.name)


def test_nobody_without_a_role_and_nobody_logged_out_gets_in(ours: Furnished) -> None:
    nobody, anonymous = Client(), Client()
    nobody.force_login(person("no-role-anywhere"))
    wrong = []
    rows = {f"admin/{model._meta.app_label}/{model._meta.model_name}/": row for model, row in ours.rows.items()}
    for route, pattern in admin_patterns():
        row = next((row for prefix, row in rows.items() if route.startswith(prefix)), None)
        url = address(route, row)
        if url is None or pattern.name in {"login", "logout", "jsi18n"} | permissions.ANYBODY_LOGGED_IN:
            continue
        answer = anonymous.get(url)
        if not (answer.status_code == 302 and "/admin/login/" in answer["Location"]) and pattern.name is not None:
            wrong.append(f"logged out: {url}: {answer.status_code}")
        if pattern.name and nobody.get(url).status_code not in SHUT:
            wrong.append(f"without a role: {url}")
    assert not wrong


def test_a_page_names_the_hotel_whose_role_counts(ours: Furnished, theirs: Furnished) -> None:
    """Somebody who is an owner here and a reader there posts nothing there, at any added page."""
    user = person("owner-and-reader", tenant=ours.tenant, role=Role.OWNER)
    Membership.objects.create(user=user, tenant=theirs.tenant, role=Role.READ_ONLY)
    client, wrong = Client(), []
    client.force_login(user)
    for model, name, route in own_doors():
        if "object_id" not in route and "key" not in route:
            continue
        url = address(route, theirs.rows[model])
        assert url is not None
        if Role.READ_ONLY not in permissions.roles_for_page(model, name, "POST"):
            status = client.post(url, {}).status_code
            if status not in SHUT:
                wrong.append(f"POST {url}: {status}")
    assert not wrong


def test_pages_of_the_installation_are_the_operators_alone(people: dict[str, Client]) -> None:
    installation = [model for model, page in PAGES if isinstance(page, OperatorAdmin)]
    assert installation
    for model in installation:
        assert {client.get(listing(model)).status_code for client in people.values()} == {403}, model


def test_addresses_by_which_others_reach_in_are_the_managers(ours: Furnished, people: dict[str, Client]) -> None:
    from reservations.models import CalendarFeed
    from tenants.models import ChannelAccount

    for model, secret in ((CalendarFeed, "almendro.example/a.ics"), (ChannelAccount, "number-ALMENDRO")):
        url = f"{listing(model)}{ours.rows[model].pk}/change/"
        assert secret in people[Role.MANAGER].get(url).content.decode()
        for role in (Role.RECEPTION, Role.READ_ONLY):
            assert people[role].get(url).status_code == 403
            assert people[role].get(listing(model)).status_code == 403


def test_the_walk_notices_a_hole(ours: Furnished, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above would fail if the guard were not there."""
    monkeypatch.setattr("tenants.back_office.access.refuse_page", lambda request, registry: None)
    for room in ("access", "pages"):
        monkeypatch.setattr(f"tenants.back_office.{room}.has_role", lambda request, roles, tenant_id=None: True)
    with pytest.raises(AssertionError):
        test_added_pages_obey_the_table(ours, people)
    with pytest.raises(AssertionError):
        test_actions_obey_the_table(ours, people)
