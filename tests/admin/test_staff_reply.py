"""A person's message to a guest: takes over, goes once, is theirs, and keeps WhatsApp's window."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from conversations.models import Conversation, Handoff, Message, OutboundMessage
from conversations.services import staff
from hotel_agent.common import clock
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished, furnish, person

pytestmark = pytest.mark.django_db


def door(ours: Furnished, name: str) -> str:
    return f"/admin/conversations/conversation/{ours.conversation.pk}/{name}/"


def written(ours: Furnished) -> list[OutboundMessage]:
    return list(OutboundMessage._base_manager.filter(conversation=ours.conversation, purpose="staff").order_by("id"))


def test_a_reply_takes_over_and_names_its_author(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION, "marta")
    answer = OutboundMessage._base_manager.get(conversation=ours.conversation)
    OutboundMessage._base_manager.filter(pk=answer.pk).update(state="queued")
    assert client.post(door(ours, "reply"), {"text": " Hola, soy Marta. ", "token": "form-1"}).status_code == 302
    (row,) = written(ours)
    assert (row.text, row.state, row.author.username) == ("Hola, soy Marta.", "queued", "marta")  # type: ignore[union-attr]
    conversation = Conversation._base_manager.get(pk=ours.conversation.pk)
    assert conversation.owner == Conversation.Owner.HUMAN
    assert OutboundMessage._base_manager.get(pk=answer.pk).state == "withheld"
    assert Handoff._base_manager.get(conversation=conversation).state == Handoff.State.TAKEN


def test_the_same_form_twice_is_one_message(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    for text in ("Hola", "Hola", "Hola (edited and sent with the old form)"):
        client.post(door(ours, "reply"), {"text": text, "token": "form-1"})
    assert [row.text for row in written(ours)] == ["Hola"]
    client.post(door(ours, "reply"), {"text": "Hola", "token": "form-2"})
    assert len(written(ours)) == 2


def test_two_people_with_the_same_token_are_two_messages(ours: Furnished, visit: Callable[..., Client]) -> None:
    for _ in range(2):
        visit(Role.RECEPTION).post(door(ours, "reply"), {"text": "Hola", "token": "form-1"})
    assert len(written(ours)) == 2


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "x" * 4097])
def test_what_cannot_be_sent_changes_nothing(ours: Furnished, visit: Callable[..., Client], text: str) -> None:
    visit(Role.RECEPTION).post(door(ours, "reply"), {"text": text, "token": "form-1"})
    assert written(ours) == []
    assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == Conversation.Owner.AGENT


def test_a_closed_window_is_said_before_anything_is_queued(ours: Furnished, visit: Callable[..., Client]) -> None:
    Conversation._base_manager.update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    client = visit(Role.RECEPTION)
    response = client.post(door(ours, "reply"), {"text": "Hola", "token": "form-1"}, follow=True)
    assert "24 hours" in response.content.decode()
    assert written(ours) == []
    assert 'id="reply"' not in response.content.decode()


def test_reading_is_not_answering(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.READ_ONLY)
    for name in ("take-over", "hand-back", "pause", "reply"):
        assert client.post(door(ours, name), {"text": "Hola", "token": "t"}).status_code == 403
    assert written(ours) == []


def test_doors_open_by_post_with_a_token_only(ours: Furnished) -> None:
    user = person("marta", tenant=ours.tenant, role=Role.RECEPTION)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for name in ("take-over", "hand-back", "pause", "reply"):
        assert client.get(door(ours, name)).status_code == 405
        assert client.post(door(ours, name), {"text": "Hola"}).status_code == 403
    assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == Conversation.Owner.AGENT


def test_take_over_pause_and_hand_back(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    Message._base_manager.filter(conversation=ours.conversation).update(state="waiting")
    for name, owner in (("take-over", "human"), ("pause", "paused"), ("hand-back", "agent")):
        client.post(door(ours, name))
        assert Conversation._base_manager.get(pk=ours.conversation.pk).owner == owner
    assert Message._base_manager.get(conversation=ours.conversation).state == Message.State.FOR_STAFF
    assert Handoff._base_manager.get(conversation=ours.conversation).state == Handoff.State.CLOSED


def test_new_messages_are_given_only_when_there_are_any(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.READ_ONLY)
    first = client.get(door(ours, "messages"))
    assert first.status_code == 200
    seen = first.context["thread"].fingerprint
    assert client.get(door(ours, "messages"), {"seen": seen}).status_code == 204
    OutboundMessage._base_manager.filter(conversation=ours.conversation).update(state="delivered")
    assert client.get(door(ours, "messages"), {"seen": seen}).status_code == 200


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_message() -> None:
    ours = furnish("ALMENDRO")
    author = person("marta", tenant=ours.tenant, role=Role.RECEPTION)
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def click() -> None:
        try:
            start.wait(10)
            with tenant_scope(ours.tenant):
                staff.reply(ours.conversation.pk, by=author, text="Hola", token="form-1")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(30)
    assert failures == []
    assert len(written(ours)) == 1
