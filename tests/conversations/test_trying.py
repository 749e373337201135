"""A connection is tried by a worker: real protocols against stand-ins, the outcome kept, no secret with it."""

from __future__ import annotations

import json

import pytest
from pytest_django import Settings

from conversations.models import ConnectionTest
from conversations.services import checkup, trying
from hotel_agent.common import dispatch
from tenants.models import ChannelAccount, PaymentAccount, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_mailbox, create_tenant
from tests.conversations.guests import drain
from tests.conversations.test_qloapps_guests import qloapps
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import GraphStandIn
from tests.stand_ins.mail import MailSystem
from tests.stand_ins.qloapps import KEY, QloAppsStandIn

__all__ = ["qloapps"]


def tried(tenant: Tenant, target: str, account: ChannelAccount | None = None) -> ConnectionTest:
    """Ask as the page does, and let the worker work."""
    with tenant_scope(tenant):
        asked = trying.ask(tenant, target, account=account)
        assert trying.ask(tenant, target, account=account).pk == asked.pk, "asked twice is tried once"
    drain()
    asked.refresh_from_db()
    return asked


def number(hotel: Hotel) -> ChannelAccount:
    with tenant_scope(hotel.tenant):
        return ChannelAccount.objects.get(channel="whatsapp")


def test_a_number_that_works_and_one_whose_token_does_not(hotel: Hotel, graph: GraphStandIn) -> None:
    done = tried(hotel.tenant, "channel", number(hotel))
    assert (done.worked, done.outcome) == (True, "+54 9 11 5000-0000 · Hotel")
    (exchange,) = done.exchanges
    assert (exchange["method"], exchange["status"]) == ("GET", 200)
    assert exchange["address"].endswith(number(hotel).external_id)

    graph.token = "another-token"
    refused = tried(hotel.tenant, "channel", number(hotel))
    assert refused.worked is False
    assert refused.exchanges[0]["status"] == 401
    assert "token-0001" not in json.dumps([refused.exchanges, refused.outcome])
    with tenant_scope(hotel.tenant):
        channels = next(check for check in checkup.checks(hotel.tenant) if check.code == "channels")
        assert [problem.code for problem in channels.problems] == ["test_failed"]


def test_nobody_answers(hotel: Hotel, settings: Settings) -> None:
    settings.WHATSAPP_API_URL = "http://127.0.0.1:9"
    refused = tried(hotel.tenant, "channel", number(hotel))
    assert refused.worked is False
    assert "not reached" in refused.outcome
    assert refused.exchanges[0]["status"] is None


def test_the_pms_and_its_key(hotel: Hotel, qloapps: QloAppsStandIn) -> None:
    done = tried(hotel.tenant, "pms")
    assert done.worked
    assert "room types" in done.outcome
    assert done.exchanges
    assert KEY not in json.dumps(done.exchanges)


def test_the_builtin_pms_and_the_demo_account_answer_too(hotel: Hotel) -> None:
    assert tried(hotel.tenant, "pms").outcome.startswith("2 room types: ")
    assert tried(hotel.tenant, "payments").worked is False
    PaymentAccount._base_manager.create(tenant=hotel.tenant, kind="demo")
    assert tried(hotel.tenant, "payments").worked is True


def test_a_mailbox_is_logged_into_and_left_as_it_was(hotel: Hotel) -> None:
    with MailSystem("recepcion@bahia.example", "ana@guests.example") as mails:
        urls = {"imap_url": mails.imap_url, "smtp_url": mails.smtp_url}
        account = connect_mailbox(
            hotel.tenant, address="recepcion@bahia.example", credentials={"password": "wrong-password", **urls}
        )
        refused = tried(hotel.tenant, "channel", account)
        assert refused.worked is False
        assert "wrong-password" not in refused.outcome


def test_secrets_are_hidden_wherever_they_come_back(hotel: Hotel) -> None:
    assert trying.hidden("the key k-12345 is not k-12345x", ["k-12345"]) == "the key ••• is not •••x"


def test_tests_are_done_without_a_broker_and_only_the_latest_kept(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))
    monkeypatch.setattr(trying, "KEPT", 3)
    for _ in range(5):
        assert tried(hotel.tenant, "pms").worked
    assert ConnectionTest._base_manager.count() == 3


# --- the checklist ---------------------------------------------------------------------------------------------------


def test_a_hotel_goes_live_when_it_has_what_it_needs(hotel: Hotel) -> None:
    bare = create_tenant(slug="bare", name="Bare", country="AR")
    with tenant_scope(bare):
        assert checkup.missing_to_go_live(checkup.checks(bare)) == ["channels", "rooms", "facts", "privacy"]
        with pytest.raises(checkup.NotReady):
            checkup.go_live(bare, by=None)
    bare.refresh_from_db()
    assert bare.live_since is None

    Tenant.objects.filter(pk=hotel.tenant.pk).update(live_since=None)
    hotel.tenant.refresh_from_db()
    with tenant_scope(hotel.tenant):
        assert checkup.missing_to_go_live(checkup.checks(hotel.tenant)) == []
        assert checkup.go_live(hotel.tenant, by=None, reason="ready")
        assert not checkup.go_live(hotel.tenant, by=None)


def test_every_problem_can_be_said() -> None:
    for code in checkup.PROBLEMS:
        assert str(checkup.Problem(code))
