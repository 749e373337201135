"""Who changed what, when, from what to what and why: kept for every kind of row, shown to whoever may look at it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from conversations.models import Guest
from reservations.models import RatePlan
from tenants.models import ChannelAccount, Fact, HistoryEntry, Membership, Role, Tenant
from tests.admin.conftest import Furnished, person

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def written(model: type, action: str = "changed") -> HistoryEntry:
    """The newest entry about a kind of row that a person made."""
    return HistoryEntry._base_manager.filter(
        model=model._meta.label_lower, action=action, by__isnull=False  # type: ignore[attr-defined]
    ).latest("pk")  # fmt: skip


def test_a_fact_keeps_what_it_said_before_and_why_it_changed(ours: Furnished, visit: Callable[..., Client]) -> None:
    manager = visit(Role.MANAGER, "marta")
    fact = ours.rows[Fact]
    url = f"/admin/tenants/fact/{fact.pk}/"
    form = {"topic": "parking", "kind": "amenity", "is_active": "on", "text_es": "La cochera está en obra hasta mayo."}
    assert manager.post(f"{url}change/", {**form, "change_reason": "Obra en el subsuelo"}).status_code == 302
    entry = written(Fact)
    assert (entry.by_name, entry.reason, entry.tenant_id) == ("marta", "Obra en el subsuelo", ours.tenant.pk)
    said = {one["field"]: (one["before"], one["after"]) for one in entry.changes}
    assert said["text_es"][1] == "La cochera está en obra hasta mayo."
    assert "es gratis" in said["text_es"][0]
    assert "change_reason" not in said

    page = visit(Role.READ_ONLY).get(f"{url}history/", headers=ENGLISH).content.decode()
    for part in ("marta", "Obra en el subsuelo", "La cochera está en obra hasta mayo.", "es gratis"):
        assert part in page

    assert manager.post(f"{url}change/", form).status_code == 302
    assert HistoryEntry._base_manager.filter(row_id=str(fact.pk), model="tenants.fact").count() == 1, "nothing changed"
    assert manager.post(f"{url}delete/", {"post": "yes"}).status_code == 302
    gone = written(Fact, "deleted")
    assert {"field": "text_es", "before": "La cochera está en obra hasta mayo.", "after": None} in gone.changes


def test_a_new_secret_is_noted_and_never_kept(ours: Furnished, visit: Callable[..., Client]) -> None:
    owner = visit(Role.OWNER)
    account = ours.rows[ChannelAccount]
    url = f"/admin/tenants/channelaccount/{account.pk}/"
    form = {
        "channel": "whatsapp", "external_id": "number-ALMENDRO", "display_name": "Desk", "is_active": "on",
        "answers_per_day": "40", "access_token": "a-newer-token-0002", "change_reason": "Rotated",
    }  # fmt: skip
    assert owner.post(f"{url}change/", form).status_code == 302
    entry = written(ChannelAccount)
    assert {"field": "access_token", "secret": True} in entry.changes
    assert "newer-token" not in str(vars(entry))
    assert "secrets are not kept" in owner.get(f"{url}history/", headers=ENGLISH).content.decode()
    assert visit(Role.RECEPTION).get(f"{url}history/").status_code in {403, 404}


def test_who_was_given_a_role_by_whom(ours: Furnished, visit: Callable[..., Client]) -> None:
    owner = visit(Role.OWNER, "the-owner")
    ana = person("ana", tenant=ours.tenant, role=Role.RECEPTION)
    row = Membership.objects.get(user=ana)
    answer = owner.post(f"/admin/tenants/membership/{row.pk}/change/", {"role": "manager", "change_reason": "Promoted"})
    assert answer.status_code == 302, answer.context["errors"]
    entry = written(Membership)
    assert entry.changes == [{"field": "role", "before": "reception", "after": "manager"}]
    assert (entry.by_name, entry.reason) == ("the-owner", "Promoted")
    get_user_model().objects.get(username="the-owner").delete()
    entry.refresh_from_db()
    assert (entry.by, entry.by_name) == (None, "the-owner"), "the account is gone, the entry stays"


def test_lines_inside_a_page_are_compared_too(ours: Furnished, visit: Callable[..., Client]) -> None:
    manager = visit(Role.MANAGER)
    plan = ours.rows[RatePlan]
    url = f"/admin/reservations/rateplan/{plan.pk}/change/"
    page = manager.get(url)
    boxes = [box.formset for box in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form, *(form for box in boxes for form in (box.management_form, *box))]
    bound = [field for form in forms for field in form]
    data = {one.html_name: one.value() for one in bound if one.value() is not None and one.value() is not False}
    tiers = boxes[0]
    at = tiers.total_form_count()
    data |= {f"{tiers.prefix}-TOTAL_FORMS": at + 1, f"{tiers.prefix}-{at}-hours_before": "72",
             f"{tiers.prefix}-{at}-fee_percent": "10",
             "change_reason": "New terms"}  # fmt: skip
    answer = manager.post(url, data)
    assert answer.status_code == 302, answer.context["errors"]
    entry = written(RatePlan)
    assert ("hours_before", 72) in [(one["field"], one["after"]) for one in entry.changes if one.get("row")]


def test_the_list_is_for_managers_and_shows_one_hotel(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    page = visit(Role.MANAGER).get("/admin/tenants/historyentry/", headers=ENGLISH).content.decode()
    assert f"Obra {ours.mark}" in page
    assert theirs.mark not in page
    assert visit(Role.RECEPTION).get("/admin/tenants/historyentry/").status_code in {403, 404}
    entry = theirs.rows[HistoryEntry]
    assert visit(Role.OWNER).get(f"/admin/tenants/historyentry/{entry.pk}/change/").status_code == 404


def test_an_empty_list_says_why_it_is_empty(ours: Furnished, visit: Callable[..., Client]) -> None:
    manager = visit(Role.MANAGER)
    url = "/admin/tenants/historyentry/"
    sought = manager.get(url, {"q": "nobody-wrote-this"}, headers=ENGLISH).content.decode()
    assert "Nothing matches." in sought
    assert "Take filters and search away" in sought
    HistoryEntry._base_manager.all().delete()
    empty = manager.get(url, headers=ENGLISH).content.decode()
    assert "Nothing here yet." in empty
    assert "Create a new item" not in empty, "nobody creates history"


def test_a_hotels_own_settings_have_a_history(ours: Furnished, visit: Callable[..., Client]) -> None:
    owner = visit(Role.OWNER)
    guest = ours.rows[Guest]
    page = owner.get(f"/admin/conversations/guest/{guest.pk}/history/")
    assert page.status_code == 200
    assert owner.get(f"/admin/tenants/tenant/{ours.tenant.pk}/history/").status_code == 200
    assert Tenant.objects.filter(pk=ours.tenant.pk).exists()
