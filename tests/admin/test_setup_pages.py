"""The checklist: what is left, going live, capabilities, test guests and connections, by role and by hotel."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from conversations.models import ConnectionTest
from conversations.services import checkup
from tenants.capabilities import CAPABILITIES
from tenants.models import ChannelAccount, Membership, OpeningHours, Role, SwitchChange, Tenant
from tenants.scoping import every_tenant
from tests.admin.conftest import Furnished
from tests.admin.test_languages import known

pytestmark = pytest.mark.django_db
SETUP = "/admin/conversations/connectiontest/setup/"
DOOR = "/admin/conversations/connectiontest/{}/"


def fresh(furnished: Furnished) -> Tenant:
    return Tenant.objects.get(pk=furnished.tenant.pk)


def test_going_live_is_refused_until_the_hotel_is_ready(ours: Furnished, visit: Callable[..., Client]) -> None:
    owner = visit(Role.OWNER)
    Tenant.objects.update(live_since=None, privacy_url="")
    with every_tenant():
        ConnectionTest.objects.all().delete()
    page = owner.get(SETUP)
    assert "Privacy and contact" in page.context["missing"]
    owner.post(DOOR.format("live"), {"on": "1", "reason": "now"})
    assert fresh(ours).live_since is None

    Tenant.objects.update(privacy_url="https://hotel.example/privacy")
    assert owner.get(SETUP).context["missing"] == []
    owner.post(DOOR.format("live"), {"on": "1", "reason": "ready"})
    assert fresh(ours).live_since is not None
    shown = owner.get(SETUP).content.decode()
    assert "ready" in shown
    owner.post(DOOR.format("live"), {"on": "0", "reason": "storm"})
    assert fresh(ours).live_since is None
    with every_tenant():
        latest = SwitchChange.objects.filter(tenant=ours.tenant).first()
    assert latest is not None
    assert (latest.name, latest.is_on, latest.reason) == ("live", False, "storm")
    assert latest.by is not None


def test_capabilities_are_the_owners_and_test_guests_the_managers(
    ours: Furnished, visit: Callable[..., Client]
) -> None:
    owner, manager = visit(Role.OWNER), visit(Role.MANAGER)
    assert manager.post(DOOR.format("switch"), {"name": "deposits", "on": "0"}).status_code == 403
    assert fresh(ours).can("deposits")
    owner.post(DOOR.format("switch"), {"name": "deposits", "on": "0"})
    assert not fresh(ours).can("deposits")
    assert owner.post(DOOR.format("switch"), {"name": "flying", "on": "1"}).status_code == 404
    manager.post(DOOR.format("testers"), {"testers": "+54 9 11 5555-0101\nana@example.com"})
    assert fresh(ours).test_guests == ["5491155550101", "ana@example.com"]
    manager.post(DOOR.format("testers"), {"testers": "nobody"})
    assert fresh(ours).test_guests == ["5491155550101", "ana@example.com"]
    for role in (Role.RECEPTION, Role.READ_ONLY):
        assert visit(role).get(SETUP).status_code == 403


def test_a_connection_is_asked_for_and_its_secrets_are_not_shown(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    account = ours.rows[ChannelAccount]
    assert client.post(DOOR.format("try"), {"target": "channel", "account": account.pk}).status_code == 302
    page = client.get(SETUP).content.decode()
    assert "secret-token" not in page
    assert "…last" in page, "the last four characters are"
    assert "data-waiting" in client.get(DOOR.format("tests")).content.decode()
    assert client.post(DOOR.format("try"), {"target": "moon"}).status_code == 404
    assert client.post(DOOR.format("try"), {"target": "channel", "account": "x"}).status_code == 404


def test_another_hotel_is_out_of_reach(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    both = visit(Role.OWNER)
    for hotel in ({"hotel": theirs.tenant.pk}, {}):
        account = theirs.rows[ChannelAccount].pk
        assert both.post(DOOR.format("try"), {"target": "channel", "account": account, **hotel}).status_code == 404
    Membership.objects.create(user_id=both.session["_auth_user_id"], tenant=theirs.tenant, role=Role.READ_ONLY)
    before = fresh(theirs)
    assert both.get(f"{SETUP}?hotel={theirs.tenant.pk}").status_code in {403, 404}
    for door, data in (
        ("live", {"on": "0"}),
        ("switch", {"name": "deposits", "on": "0"}),
        ("testers", {"testers": "a@b.example"}),
        ("try", {"target": "pms"}),
    ):
        assert both.post(DOOR.format(door), {"hotel": theirs.tenant.pk, **data}).status_code in {403, 404}
    after = fresh(theirs)
    assert (after.live_since, after.capabilities, after.test_guests) == (before.live_since, {}, [])


def test_the_checklist_names_what_is_left(ours: Furnished, visit: Callable[..., Client]) -> None:
    with every_tenant():
        OpeningHours.objects.all().delete()
    page = visit(Role.OWNER).get(SETUP, headers={"accept-language": "es"}).content.decode()
    assert "sin horario" in page
    assert "refused ALMENDRO" in page, "the last failed test"


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_problem_and_capability_is_translated(language: str) -> None:
    assert settings.LOCALE_PATHS
    with translation.override(language):
        texts = {*checkup.PROBLEMS.values(), *checkup.TITLES.values()}
        texts |= {text for one in CAPABILITIES.values() for text in (one.title, one.about)}
        assert {text for text in texts if text not in known(language) and translation.gettext(text) == text} == set()
