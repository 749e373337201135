"""The inbox finds who waits: views, filters, search by words, phone, e-mail and code, pages that do not count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Conversation, Guest, Handoff, Message, OutboundMessage
from conversations.selectors import folding, inbox, searching
from conversations.services import desk, ownership
from hotel_agent.common import clock
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished, person

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/conversation/"
MOST_STATEMENTS = 20


def guest_writes(
    ours: Furnished, name: str, text: str = "Hola", *, minutes: float = 5, channel: str = "whatsapp", **fields: Any
) -> Conversation:
    """A thread in which the guest wrote last, so many minutes ago."""
    at = clock.now() - dt.timedelta(minutes=minutes)
    guest = Guest._base_manager.create(tenant=ours.tenant, name=name)
    thread = Conversation._base_manager.create(
        tenant=ours.tenant, account=ours.conversation.account, guest=guest, channel=channel, language="es",
        last_inbound_at=at, updated_at=at, last_text=text[:200], **fields,
    )  # fmt: skip
    Message._base_manager.create(
        tenant=ours.tenant, conversation=thread, account=ours.conversation.account, provider_id=f"{name}-{minutes}",
        kind="text", text=text, sent_at=at, received_at=at,
    )  # fmt: skip
    return thread


def shown(client: Client, **query: str) -> list[str]:
    """Names in the list, in order."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [str(row.conversation.guest) for row in response.context["inbox"].rows]


@pytest.fixture
def empty(ours: Furnished) -> Furnished:
    """Our hotel without its furniture's thread in the way."""
    Handoff._base_manager.all().delete()
    return ours


def test_who_needs_a_person_is_found_urgent_first_then_longest(empty: Furnished, visit: Callable[..., Client]) -> None:
    ago = lambda minutes: clock.now() - dt.timedelta(minutes=minutes)  # noqa: E731
    asked = guest_writes(empty, "Asked 20")
    Handoff._base_manager.create(tenant=empty.tenant, conversation=asked, reason="asked", opened_at=ago(20))
    urgent = guest_writes(empty, "Urgent 2")
    Handoff._base_manager.create(
        tenant=empty.tenant, conversation=urgent, reason="emergency", opened_at=ago(2), urgent=True
    )
    guest_writes(empty, "Wrote to Ana 40", owner="human", waiting_since=ago(40))
    guest_writes(empty, "The agent is at it", waiting_since=ago(1))
    guest_writes(empty, "Answered", owner="human")
    sleeping = guest_writes(empty, "Sleeps", owner="human", waiting_since=ago(90))
    suggestion = guest_writes(empty, "Suggestion 5", waiting_since=ago(5))
    OutboundMessage._base_manager.create(
        tenant=empty.tenant, conversation=suggestion, dedupe_key="s", body={}, text="x", language="es",
        state="suggested", created_at=ago(4),
    )  # fmt: skip
    with tenant_scope(empty.tenant):
        desk.snooze(sleeping.pk, until=clock.now() + dt.timedelta(hours=1))
    client = visit(Role.RECEPTION)
    assert shown(client) == ["Urgent 2", "Wrote to Ana 40", "Asked 20", "Suggestion 5"]
    assert client.get(LIST).context["views"][0]["count"] == 4


def test_a_snoozed_thread_comes_back_by_its_moment_alone(empty: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    thread = guest_writes(empty, "Pedro")
    with tenant_scope(empty.tenant):
        desk.snooze(thread.pk, until=clock.now() + dt.timedelta(hours=1))
    assert "Pedro" not in shown(client, view="open")
    assert shown(client, view="snoozed") == ["Pedro"]
    Conversation._base_manager.filter(pk=thread.pk).update(snoozed_until=clock.now() - dt.timedelta(seconds=1))
    assert "Pedro" in shown(client, view="open")
    assert shown(client, view="snoozed") == []


def test_mine_nobodys_and_resolved(empty: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION, "marta")
    me = int(client.session["_auth_user_id"])
    since = clock.now() - dt.timedelta(minutes=3)
    mine = guest_writes(empty, "Mine", owner="human", waiting_since=since)
    guest_writes(empty, "Nobody's", owner="human", waiting_since=since)
    done = guest_writes(empty, "Done")
    with tenant_scope(empty.tenant):
        desk.assign(mine.pk, to=me)
        desk.resolve(done.pk)
    assert shown(client, view="mine") == ["Mine"]
    assert shown(client, view="unassigned") == ["Nobody's"]
    assert shown(client, view="resolved") == ["Done"]
    assert "Done" not in shown(client, view="open")
    counts = {view["name"]: view["count"] for view in client.get(LIST).context["views"]}
    assert (counts["person"], counts["mine"], counts["unassigned"]) == (2, 1, 1)


def test_filters_narrow_every_view(empty: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    guest_writes(empty, "By mail", channel="email")
    guest_writes(empty, "In Portuguese")
    Conversation._base_manager.filter(guest__name="In Portuguese").update(language="pt", owner="paused")
    assert shown(client, view="open", channel="email") == ["By mail"]
    assert shown(client, view="open", language="pt") == ["In Portuguese"]
    assert shown(client, view="open", owner="paused") == ["In Portuguese"]
    assert "By mail" in shown(client, view="open", channel="nonsense", language="'; --", after="x~y")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("calefaccion", True), ("CALEFACC", True), ("pérdi calef", True), ("perdida  agua", True), ("facción", False),
        ("agua & !nada", False), ("' | 'x", False), ("maria nunez", True), ("Núñ", True), ("554433", True),
        ("+54 9 11 5544", True), ("1199", False), ("maria@EXAM", True), ("ria@example", False), ("%", False),
    ],
)  # fmt: skip
def test_search_finds_words_names_phones_and_addresses(
    empty: Furnished, visit: Callable[..., Client], typed: str, found: bool
) -> None:
    thread = guest_writes(empty, "María Núñez", "Hay una PÉRDIDA de agua y la calefaccio\u0301n no anda")
    Guest._base_manager.filter(pk=thread.guest_id).update(phone="+5491155443322", email="maria@example.com")
    Guest._base_manager.filter(pk=thread.guest_id).update(phone="+5491155554433")
    if typed == "+54 9 11 5544":
        Guest._base_manager.filter(pk=thread.guest_id).update(phone="+5491155443322")
    assert ("María Núñez" in shown(visit(Role.READ_ONLY), q=typed)) is found


def test_search_finds_what_staff_wrote_and_not_what_the_agent_says_to_everybody(
    empty: Furnished, visit: Callable[..., Client]
) -> None:
    for purpose, name in (("staff", "Written by Ana"), ("answer", "Said by the agent")):
        thread = guest_writes(empty, name, "x")
        OutboundMessage._base_manager.create(
            tenant=empty.tenant, conversation=thread, dedupe_key="d", body={}, text="El ascensor vuelve mañana",
            language="es", purpose=purpose,
        )  # fmt: skip
    response = visit(Role.READ_ONLY).get(LIST, {"q": "ascens"})
    (row,) = response.context["inbox"].rows
    assert str(row.conversation.guest) == "Written by Ana"
    assert row.found == "El ascensor vuelve mañana"


def test_search_forgets_what_was_taken_back(empty: Furnished, visit: Callable[..., Client]) -> None:
    thread = guest_writes(empty, "Pedro", "mi secreto")
    client = visit(Role.READ_ONLY)
    assert shown(client, q="secreto") == ["Pedro"]
    Message._base_manager.filter(conversation=thread).update(text="")
    assert shown(client, q="secreto") == []


def test_words_everywhere_are_found_among_the_newest(
    empty: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        guest_writes(empty, f"Guest {number}", "hola", minutes=number)
    monkeypatch.setattr(searching, "NEWEST", 3)
    monkeypatch.setattr(searching, "ENOUGH", 2)
    assert len(shown(visit(Role.READ_ONLY), q="hola")) == 3
    monkeypatch.setattr(searching, "ENOUGH", 100)
    assert len(shown(visit(Role.READ_ONLY), q="hola")) == 6


def test_folding_is_the_same_in_python_and_in_the_database(ours: Furnished) -> None:
    text = "".join(map(chr, range(0xC0, 0x180))) + "e\u0301 N\u0303 İ 漢字 PÉRDIDA"
    assert folding.fold("Ñandú ÁÉÍÓÚ ção e\u0301") == "nandu aeiou cao e"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a"
            " ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
            " WHERE a.attname = 'words' AND d.adrelid = 'conversations_message'::regclass"
        )
        (expression,) = cursor.fetchone()
        folded = expression[expression.index("translate(") : -1]
        cursor.execute(f"SELECT {folded} FROM (VALUES (%s)) AS given(text)", [text])  # noqa: S608 - from the catalogue
        assert cursor.fetchone() == (folding.fold(text),)


def test_a_very_long_message_is_kept(empty: Furnished) -> None:
    thread = guest_writes(empty, "Novel", " ".join(f"palabra{number}" for number in range(200_000)))
    assert len(Message._base_manager.get(conversation=thread).text) > 2_000_000


@pytest.mark.parametrize("view", ["open", "person", "resolved", "snoozed"])
def test_pages_follow_each_other_without_gaps(
    empty: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 3)
    at = clock.now()
    for number in range(8):  # two of each moment: the id decides
        moment = at - dt.timedelta(minutes=number // 2)
        thread = guest_writes(empty, f"Guest {number}", owner="human", waiting_since=moment)
        later = {"snoozed_until": at + dt.timedelta(minutes=number // 2 + 1)} if view == "snoozed" else {}
        done = {"resolved_at": moment} if view == "resolved" else {}
        Conversation._base_manager.filter(pk=thread.pk).update(updated_at=moment, **later, **done)
    Conversation._base_manager.filter(pk=empty.conversation.pk).delete()
    client, seen, address = visit(Role.READ_ONLY), [], f"?view={view}"
    while address:
        response = client.get(f"{LIST}{address}")
        seen += [row.conversation.pk for row in response.context["inbox"].rows]
        address = response.context["next_page"]
    assert len(seen) == len(set(seen)) == 8


def test_a_list_costs_few_statements_whatever_is_asked(empty: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    for number in range(5):
        guest_writes(empty, f"Guest {number}", owner="human", waiting_since=clock.now())
    client.get(LIST)
    for query in ({}, {"view": "open"}, {"view": "resolved"}, {"q": "hola"}, {"q": "ana@x"}, {"q": "HT-1"}):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(LIST, query).status_code == 200
        assert len(statements) <= MOST_STATEMENTS, query
        counting = [one["sql"] for one in statements if "COUNT(*)" in one["sql"]]
        assert not [sql for sql in counting if "conversations_handoff" not in sql], "no page number, no total"


def test_rows_are_given_only_when_they_changed(empty: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    guest_writes(empty, "Pedro")
    seen = client.get(LIST, {"view": "open", "rows": "1"}).context["fingerprint"]
    assert client.get(LIST, {"view": "open", "rows": "1", "seen": seen}).status_code == 204
    guest_writes(empty, "Luisa", minutes=0)
    page = client.get(LIST, {"view": "open", "rows": "1", "seen": seen}).content.decode()
    assert "Luisa" in page
    assert "<html" not in page


def test_another_hotels_threads_are_in_no_view_and_no_search(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER)
    for query in (
        *({"view": view} for view in inbox.VIEWS), {"q": theirs.mark}, {"q": "Ana"}, {"q": "+5491155550101"},
        {"q": "ana@"}, {"hotel": str(theirs.tenant.pk)}, {"view": "open", "hotel": str(theirs.tenant.pk)},
    ):  # fmt: skip
        assert theirs.mark not in client.get(LIST, {**query, "rows": "1"}).content.decode(), query


def test_a_person_of_two_hotels_sees_both_and_chooses(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    from tenants.models import Membership

    client = visit(Role.RECEPTION, "both")
    Membership.objects.create(user_id=client.session["_auth_user_id"], tenant=theirs.tenant, role=Role.READ_ONLY)
    assert sorted(shown(client, view="open")) == ["Ana ALMENDRO", "Ana ZARZAMORA"]
    assert shown(client, view="open", hotel=str(theirs.tenant.pk)) == ["Ana ZARZAMORA"]
    client.post(
        LIST, {"action": "resolve_selected", "_selected_action": [theirs.conversation.pk, ours.conversation.pk]}
    )
    assert Conversation._base_manager.get(pk=theirs.conversation.pk).resolved_at is None
    assert Conversation._base_manager.get(pk=ours.conversation.pk).resolved_at is not None


def test_the_wait_lasts_until_a_person_writes(empty: Furnished) -> None:
    author = person("marta", tenant=empty.tenant, role=Role.RECEPTION)
    asked_at = clock.now() - dt.timedelta(minutes=30)
    thread = guest_writes(empty, "Pedro")
    Handoff._base_manager.create(tenant=empty.tenant, conversation=thread, reason="asked", opened_at=asked_at)
    with tenant_scope(empty.tenant):
        ownership.take_over(thread.pk, by=author)
    thread.refresh_from_db()
    assert thread.waiting_since == asked_at
    assert thread.assignee == author
    found = inbox.page(inbox.Wanted(), hotels=[empty.tenant.pk], me=author.pk)
    assert [row.conversation.pk for row in found.rows] == [thread.pk]
