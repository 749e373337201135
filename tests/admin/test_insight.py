"""The insight page: its figures and charts, its file, verdicts, and who may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Conversation, DayFigures, VisitAudit
from conversations.services.insight import COUNT_TASK
from hotel_agent.common import clock, dispatch
from tenants.models import Role
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
PAGE = "/admin/insight/"
ENGLISH: Any = {"headers": {"Accept-Language": "en"}}


def test_it_says_what_the_agent_earned_and_how(ours: Furnished, visit: Callable[..., Client]) -> None:
    response = visit(Role.OWNER).get(f"{PAGE}?first=2000-01-01", **ENGLISH)
    tiles = {tile.name: tile.value for tile in response.context["tiles"]}
    assert tiles["earned"] == "ARS 120,000"
    assert (tiles["without a person"], tiles["asked and booked"], tiles["answered within 5 seconds"]) == (
        "75%", "50%", "100%",
    )  # fmt: skip
    assert [bar.text for bar in response.context["funnel"]] == ["2", "2", "1", "1", "0"]
    assert [round(bar.share) for bar in response.context["funnel"]] == [100, 100, 50, 50, 0]
    body = response.content.decode()
    assert "did not ask the same question again within 24 hours" in body.replace("&#x27;", "'")
    assert "Did not answer the quote" in body


def test_days_before_are_compared_and_other_channels_left_out(ours: Furnished, visit: Callable[..., Client]) -> None:
    today = ours.tenant.business_day()
    DayFigures._base_manager.create(
        tenant=ours.tenant, day=today - dt.timedelta(days=7), channel="webchat", language="pt", visits=9, automated=9
    )
    client = visit(Role.MANAGER)
    week = client.get(f"{PAGE}?first={today - dt.timedelta(days=6)}", **ENGLISH).context
    assert (week["found"].total.numbers["visits"], week["found"].before.numbers["visits"]) == (4, 9)
    both = client.get(f"{PAGE}?first={today - dt.timedelta(days=20)}", **ENGLISH).context
    assert both["found"].total.numbers["visits"] == 13
    assert [row[0] for row in both["channel_rows"]] == ["Web chat", "WhatsApp"]
    one = client.get(f"{PAGE}?first={today - dt.timedelta(days=20)}&channel=webchat&language=pt", **ENGLISH).context
    assert one["found"].total.numbers["visits"] == 9


def test_the_file_has_every_counted_row(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    response = visit(Role.OWNER).get("/admin/insight/figures.csv")
    assert response.streaming
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("day;channel;language;visits;answered;automated;asked")
    assert len(lines) == 2
    assert f"{ours.tenant.business_day()};whatsapp;es;4;4;3;2;2;1;1;0;1;0;ARS 120000.00;3;1;" in lines[1]
    assert theirs.mark not in "".join(lines)


def test_a_verdict_is_counted(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER, "marta")
    sample = VisitAudit._base_manager.get(tenant=ours.tenant)
    done = client.post("/admin/insight/judge/", {"audit": sample.pk, "verdict": "right", "note": "bien"}, follow=True)
    assert done.status_code == 200
    sample.refresh_from_db()
    assert (sample.verdict, sample.note, str(sample.by)) == ("right", "bien", "marta")
    assert "1 of 1 right: 100%" in client.get(PAGE, **ENGLISH).content.decode()

    other = VisitAudit._base_manager.get(tenant=theirs.tenant)
    for hotel in ("", theirs.tenant.pk):
        answer = client.post("/admin/insight/judge/", {"audit": other.pk, "verdict": "wrong", "hotel": hotel})
        assert answer.status_code == 404
    other.refresh_from_db()
    assert other.verdict == ""
    for bad in ({"audit": "x", "verdict": "right"}, {"audit": sample.pk, "verdict": "perhaps"}, {}):
        assert client.post("/admin/insight/judge/", bad).status_code == 404


def test_it_is_for_those_who_run_the_hotel(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    for role in (Role.RECEPTION, Role.READ_ONLY):
        client = visit(role)
        for address in (PAGE, "/admin/insight/figures.csv"):
            assert client.get(address).status_code == 403
        assert client.post("/admin/insight/judge/", {}).status_code == 403
    owner = visit(Role.OWNER)
    assert owner.get(f"{PAGE}?hotel={theirs.tenant.pk}").status_code == 404
    assert theirs.mark not in owner.get(PAGE).content.decode()


@pytest.mark.parametrize("query", ["first=x", "first=9999-12-31", "last=0001-01-01", "channel=fax", "language=xx",
                                   "first=2026-01-01&last=2025-01-01"])  # fmt: skip
def test_an_odd_address_is_no_error(ours: Furnished, visit: Callable[..., Client], query: str) -> None:
    assert visit(Role.OWNER).get(f"{PAGE}?{query}").status_code == 200


def test_a_year_costs_as_many_statements_as_a_week(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)
    today = ours.tenant.business_day()

    def cost(days: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGE}?first={today - dt.timedelta(days=days)}").status_code == 200
        return len(queries)

    cost(7)
    assert cost(7) == cost(364) <= 20


def test_figures_older_than_the_last_message_are_counted_again(
    ours: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int]] = []

    def publish(task: str, row_id: int) -> bool:
        told.append((task, row_id))
        return True

    monkeypatch.setattr(dispatch, "publish", publish)
    client = visit(Role.MANAGER)
    DayFigures._base_manager.filter(tenant=ours.tenant).update(counted_at=clock.now() - dt.timedelta(minutes=3))
    Conversation._base_manager.filter(tenant=ours.tenant).update(updated_at=clock.now())
    assert "data-again" in client.get(PAGE).content.decode()
    assert told == [(COUNT_TASK, ours.tenant.pk)]
    client.get(f"{PAGE}?counted=1")
    client.get(f"{PAGE}?first=2000-01-01&last=2000-02-01")
    assert len(told) == 1, "neither the page that looked again nor a month long past"

    Conversation._base_manager.filter(tenant=ours.tenant).update(updated_at=clock.now() - dt.timedelta(minutes=5))
    assert "data-again" not in client.get(PAGE).content.decode()
    Conversation._base_manager.filter(tenant=ours.tenant).update(updated_at=clock.now())
    DayFigures._base_manager.filter(tenant=ours.tenant).update(counted_at=clock.now() - dt.timedelta(seconds=30))
    assert "data-again" not in client.get(PAGE).content.decode()
    assert len(told) == 1, "neither nothing new nor fresh figures"
