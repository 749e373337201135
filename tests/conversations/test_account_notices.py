"""What Meta says about an account is kept for its hotel and applied; nothing of it reaches another's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.models import AccountEvent, InboundDelivery, MessageTemplate
from hotel_agent.common import clock
from tenants.models import ChannelAccount
from tenants.services import connect_whatsapp
from tests.conversations.guests import NUMBER, drain, post
from tests.factories.reservations import Hotel, HotelFactory

pytestmark = pytest.mark.slow
WABA = "102290129340398"


@pytest.fixture
def account(hotel: Hotel) -> ChannelAccount:
    ChannelAccount._base_manager.update(business_account_id=WABA)
    return ChannelAccount._base_manager.get()


def notify(field: str, waba: str = WABA, **value: Any) -> AccountEvent | None:
    """Deliver one notice; returns what was kept of it."""
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": waba, "changes": [{"field": field, "value": value}]}],
    }
    assert post(json.dumps(body).encode()).status_code == 200
    drain()
    assert InboundDelivery.objects.latest("pk").state in {"done", "orphan"}
    return AccountEvent._base_manager.order_by("-id").first()


UPDATES: list[tuple[dict[str, Any], str, bool]] = [
    ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}, "alert", True),
    ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}, "info", False),
    ({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X"}]}, "alert", True),
    ({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}, "alert", False),
    ({"event": "PARTNER_APP_UNINSTALLED"}, "alert", True),
    ({"event": "VERIFIED_ACCOUNT"}, "info", False),
    ({"event": {"a": 1}, "ban_info": "?"}, "info", False),
    ({}, "info", False),
]


def test_bans_pause_the_account_where_everybody_sees_it(account: ChannelAccount) -> None:
    for value, severity, paused in UPDATES:
        ChannelAccount._base_manager.update(paused_at=None, paused_reason="")
        event = notify("account_update", **value)
        assert event is not None, value
        account.refresh_from_db()
        assert (event.severity, account.paused_at is not None) == (severity, paused), value


def test_a_reinstated_account_is_no_longer_paused(account: ChannelAccount) -> None:
    notify("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"})
    notify("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"})
    account.refresh_from_db()
    assert account.paused_at is None


STATUSES = {
    "APPROVED": "approved", "REJECTED": "rejected", "PAUSED": "paused", "DISABLED": "disabled", "NEW_ONE": "pending",
}  # fmt: skip


def test_a_templates_status_follows_meta(account: ChannelAccount) -> None:
    template = MessageTemplate._base_manager.create(
        tenant=account.tenant, account=account, name="novedades", language="es_AR", body="{{1}}", values=["message"]
    )
    about = {"message_template_name": "novedades", "message_template_language": "es_AR"}
    for event, status in STATUSES.items():
        MessageTemplate._base_manager.update(status="pending")
        notify("message_template_status_update", event=event, reason="ABUSIVE_CONTENT", **about)
        template.refresh_from_db()
        assert template.status == status
    notify("message_template_quality_update", new_quality_score="RED", **about)
    template.refresh_from_db()
    assert template.quality == "RED"


def test_the_numbers_quality_is_shown(account: ChannelAccount) -> None:
    event = notify("phone_number_quality_update", event="FLAGGED", current_limit="TIER_1K")
    assert event is not None
    account.refresh_from_db()
    assert (event.severity, account.quality) == ("warning", "flagged")
    notify("phone_number_quality_update", event="UNFLAGGED", current_limit="TIER_1K")
    account.refresh_from_db()
    assert account.quality == ""


def test_an_error_of_the_account_pauses_it_and_one_of_the_traffic_does_not(account: ChannelAccount) -> None:
    metadata = {"phone_number_id": NUMBER}
    notify("messages", metadata=metadata, errors=[{"code": 130429, "title": "Rate limit hit"}])
    account.refresh_from_db()
    assert account.paused_at is None
    event = notify("messages", metadata=metadata, errors=[{"code": 131031, "title": "Account locked"}])
    assert event is not None
    account.refresh_from_db()
    assert (event.severity, account.paused_at is not None) == ("alert", True)


def test_only_the_numbers_of_that_business_account_and_app_are_touched(account: ChannelAccount) -> None:
    other = HotelFactory.create(name="Otro", slug="otro")
    connect_whatsapp(other, phone_number_id="999", access_token="t", business_account_id="another")
    notify("account_update", waba="another", event="ACCOUNT_RESTRICTION")
    notify("account_update", waba="nobodys", event="ACCOUNT_RESTRICTION")
    account.refresh_from_db()
    assert account.paused_at is None
    assert ChannelAccount._base_manager.get(external_id="999").paused_at is not None
    assert list(AccountEvent._base_manager.values_list("tenant_id", flat=True)) == [other.pk]


def test_a_huge_notice_is_shortened(account: ChannelAccount) -> None:
    event = notify("account_alerts", title="x" * 50_000, at=clock.now().isoformat())
    assert event is not None
    assert len(json.dumps(event.detail)) < 5000
    assert len(event.summary) <= 300
