"""The web-chat API refuses what it cannot use, in one shape, and nothing changes; limits are 429 with Retry-After."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import signing
from django.db import OperationalError, connection, connections
from pytest_django import Settings

from conversations.models import Conversation, GuestIdentity, InboundDelivery
from conversations.services.webchat import posting, visitors
from integrations.channels.webchat.identity import identifier_hash
from tenants.models import ChannelAccount, Tenant
from tenants.selectors import forget_configuration
from tenants.services import connect_webchat
from tests.conversations.webchat.visitors import KEY, WebGuest, api, open_session
from tests.factories.reservations import HotelFactory

GOOD_ID = "7c0b1c1e-9f6e-4f7e-8d55-0f1f0a6b1a11"


def refused(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    error: dict[str, Any] = answer.json()["error"]
    if code:
        assert error["code"] == code
    assert InboundDelivery.objects.count() == 0
    return error


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"id": GOOD_ID, "text": "hi", "admin": True}, "admin"),
    ({"id": GOOD_ID, "text": 7}, "text"),
    ({"id": GOOD_ID, "text": ["hi"]}, "text"),
    ({"id": GOOD_ID, "text": None}, "text"),
    ({"id": GOOD_ID, "text": " \n "}, "text"),
    ({"id": GOOD_ID, "text": "a\x00b"}, "text"),
    ({"id": GOOD_ID, "text": "\ud800"}, "text"),
    ({"id": GOOD_ID, "text": "x" * 4097}, "text"),
    ({"id": GOOD_ID}, "text"),
    ({"id": GOOD_ID, "text": "hi", "choice": "confirm"}, "text"),
    ({"id": "17", "text": "hi"}, "id"),
    ({"text": "hi"}, "id"),
    ({"id": GOOD_ID, "text": "hi", "language": "fr"}, "language"),
    ({"id": GOOD_ID, "choice": "x" * 201}, "choice"),
]
NO_OBJECTS = [b" ", b"{", b"null", b"[]", b'"hi"', b"\xff\xfe", b"[" * 100_000, b'{"id": NaN}', b'{"a":' * 50_000]


def test_a_field_that_cannot_be_used_is_named(visitor: WebGuest) -> None:
    for body, field in UNUSABLE:
        error = refused(api("messages", body=body, token=visitor.token), 400, "invalid")
        assert field in error["fields"], body


def test_a_body_that_is_no_object_is_a_400(visitor: WebGuest) -> None:
    for body in NO_OBJECTS:
        refused(api("messages", body=body, token=visitor.token, method="POST"), 400)


def test_a_body_over_a_megabyte_is_a_413(visitor: WebGuest) -> None:
    refused(api("messages", body=b'{"text":"' + b"x" * 1_100_000 + b'"}', token=visitor.token), 413, "body_too_large")


def test_a_widget_that_is_none_is_a_404(widget: ChannelAccount, visitor: WebGuest) -> None:
    refused(api("session", key="wnobody-0001", body={}), 404)
    ChannelAccount._base_manager.update(is_active=False)
    forget_configuration()
    refused(visitor.post(text="hi"), 404)
    ChannelAccount._base_manager.update(is_active=True, external_id="terminal-hotel")
    forget_configuration()
    refused(api("session", key="terminal-hotel", body={}), 404)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 10])
def test_without_a_token_of_ours_nobody_is_known(widget: ChannelAccount, token: str) -> None:
    body = {"id": GOOD_ID, "text": "hi"}
    refused(api("messages", body=body, token=token.encode().decode("latin-1")), 401, "unknown_visitor")
    refused(api("messages", token=token.encode().decode("latin-1")), 401, "unknown_visitor")


def test_a_token_of_another_widget_a_forged_and_an_old_one_are_refused(
    hotel: Any, visitor: WebGuest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: Tenant = HotelFactory.create()
    connect_webchat(other, key="wother-hotel-01")
    body = {"id": GOOD_ID, "text": "hi"}
    refused(api("messages", key="wother-hotel-01", body=body, token=visitor.token), 401)
    forged = signing.dumps({"w": KEY, "v": "a" * 24}, salt="webchat.visitor", key="not-our-key")
    refused(api("messages", body=body, token=forged), 401)
    monkeypatch.setattr(visitors, "TOKEN_DAYS", -1)
    refused(api("messages", body=body, token=visitor.token), 401)


def test_the_session_of_a_token_is_the_same_visitor(visitor: WebGuest) -> None:
    before = visitors.read_token(KEY, visitor.token)
    after = visitors.read_token(KEY, open_session(token=visitor.token))
    assert after == before
    assert visitors.read_token(KEY, open_session()) != before


def test_names_of_visitors_cannot_be_guessed(widget: ChannelAccount) -> None:
    names = {visitors.new_visitor(widget).visitor for _ in range(200)}
    assert len(names) == 200
    assert min(map(len, names)) >= 24


# --- somebody the hotel's site knows ---------------------------------------------------------------------------------


def known(identifier: str, account: ChannelAccount, **more: str) -> dict[str, str]:
    secret = account.credentials["identity_secret"]
    return {"identifier": identifier, "identifier_hash": identifier_hash(identifier, secret), **more}


def test_a_signed_identity_is_the_same_person_on_every_device(widget: ChannelAccount) -> None:
    phone = WebGuest(token=open_session(**known("guest-77", widget, name="Ana")))
    phone.say("Is there parking?")
    laptop = WebGuest(token=open_session(**known("guest-77", widget)))
    laptop.fetch()
    assert [entry["text"] for entry in laptop.shown] == [entry["text"] for entry in phone.shown]
    assert Conversation._base_manager.get().guest.profile_name == "Ana"


def test_a_signed_address_is_the_guest_who_writes_from_it(widget: ChannelAccount, hotel: Any) -> None:
    WebGuest(token=open_session(**known("Ana@Example.com", widget))).say("Is there parking?")
    assert set(GuestIdentity._base_manager.values_list("kind", flat=True)) == {"visitor", "email"}
    assert GuestIdentity._base_manager.get(kind="email").value == "ana@example.com"


@pytest.mark.parametrize("given", ["0" * 64, "hash of somebody else"])
def test_a_forged_identity_is_nobody(widget: ChannelAccount, given: str) -> None:
    other = identifier_hash("guest-78", widget.credentials["identity_secret"])
    given = given if len(given) == 64 else other
    error = refused(api("session", body={"identifier": "guest-77", "identifier_hash": given}), 401)
    assert error["code"] == "forged_identity"


def test_without_a_secret_nobody_is_vouched_for(widget: ChannelAccount) -> None:
    ChannelAccount._base_manager.filter(pk=widget.pk).update(credentials={})
    forget_configuration()
    body = {"identifier": "x", "identifier_hash": identifier_hash("x", "")}
    refused(api("session", body=body), 401, "forged_identity")


@pytest.mark.parametrize("body", [{"identifier": "x"}, {"identifier_hash": "0" * 64}, {"name": "Ana"}])
def test_half_an_identity_is_refused(widget: ChannelAccount, body: dict[str, str]) -> None:
    refused(api("session", body=body), 400)


def test_an_unsigned_visitor_cannot_come_by_a_signed_ones_name(widget: ChannelAccount) -> None:
    signed = visitors.known_visitor(widget, **known("guest-77", widget))
    secret_less = {visitors.new_visitor(widget).visitor for _ in range(50)}
    assert signed.visitor not in secret_less
    assert "guest-77" not in signed.visitor


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_visitor_has_thirty_messages_a_minute(visitor: WebGuest) -> None:
    # Fixed windows: across an edge twice as many may pass.
    answers = [visitor.post(text=f"message {number}") for number in range(61)]
    over = [answer for answer in answers if answer.status_code == 429]
    assert 1 <= len(over) <= 31
    assert 1 <= int(over[-1].headers["Retry-After"]) <= 60
    assert over[-1].json()["error"]["code"] == "too_many_requests"
    assert InboundDelivery.objects.count() == 61 - len(over)


def test_one_address_has_so_many_new_visitors_and_old_ones_stay_welcome(
    visitor: WebGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "NEW_VISITORS_RATE", "3/h")
    answers = [api("session", body={}) for _ in range(8)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1].headers
    assert open_session(token=visitor.token)


def test_one_address_has_so_many_messages(widget: ChannelAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "ADDRESS_RATE", "2/h")
    codes = [WebGuest().post(text="hi").status_code for _ in range(6)]
    assert codes[0] == 202
    assert codes[-1] == 429


# --- the database is away --------------------------------------------------------------------------------------------


def test_nothing_is_acknowledged_that_is_no_row(visitor: WebGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_inbounddelivery RENAME TO away")
    try:
        gone = visitor.post(text="Is there parking?", message_id=GOOD_ID)
        assert gone.status_code >= 500
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO conversations_inbounddelivery")
    assert "covered" in visitor.say("Is there parking?", message_id=GOOD_ID)


def test_a_database_that_is_away_is_a_503(visitor: WebGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as away:
        away.setattr(type(connections["default"]), "cursor", refuse)
        answer = visitor.post(text="hi")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert json.loads(answer.content)["error"]["code"] == "database_unavailable"
