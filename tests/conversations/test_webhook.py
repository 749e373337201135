"""The webhook door: what is believed, what is kept, what is refused."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import Client
from pytest_django import Settings

from conversations.models import InboundDelivery, Message
from conversations.services import ingestion
from hotel_agent.common import dispatch
from integrations.channels.whatsapp.signature import sign
from tenants.models import ChannelAccount, MetaApp
from tests.conversations.guests import (
    APP_SECRET,
    VERIFY_TOKEN,
    WhatsAppGuest,
    drain,
    envelope,
    post,
    text_message,
)
from tests.factories.reservations import Hotel

EMPTY = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()


@pytest.mark.parametrize("path", ["/webhooks/whatsapp", "/webhooks/whatsapp/"])
def test_verification_echoes_the_challenge_as_plain_text(installation: None, path: str) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    answer = Client().get(path, query, headers={"Accept": "text/weird"})
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [{"hub.verify_token": "wrong"}, {"hub.verify_token": ""}, {"hub.mode": "x"}, {"hub.challenge": "<script>"}],
)
def test_verification_refuses_what_is_not_ours(installation: None, change: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444", **change}
    assert Client().get("/webhooks/whatsapp", query).status_code == 403


def test_verification_is_limited(installation: None) -> None:
    answers = [Client().get("/webhooks/whatsapp") for _ in range(125)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "125 are more than two windows of 60"
    assert all(int(answer["Retry-After"]) >= 1 for answer in refused)


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=" + "0" * 64, "dummy-signature", sign(EMPTY, "another-secret"), sign(EMPTY, APP_SECRET) * 2],
)
def test_a_bad_signature_stores_nothing(installation: None, signature: str) -> None:
    assert post(EMPTY, signature=signature).status_code == 401
    assert not InboundDelivery.objects.exists()


def test_a_repeated_signature_header_is_refused(installation: None) -> None:
    good = sign(EMPTY, APP_SECRET)
    assert post(EMPTY, signature=f"{good},{good}").status_code == 401


def test_an_altered_byte_is_refused(installation: None) -> None:
    assert post(EMPTY + b" ", signature=sign(EMPTY, APP_SECRET)).status_code == 401


def test_both_secrets_count_while_they_are_changed(installation: None, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ["new-secret", APP_SECRET]
    assert post(EMPTY).status_code == 200
    assert post(EMPTY + b" ", signature=sign(EMPTY + b" ", "new-secret")).status_code == 200


def test_bad_signatures_are_limited_but_good_ones_never(installation: None) -> None:
    codes = {post(EMPTY, signature="sha256=" + "0" * 64).status_code for _ in range(60)}
    assert codes == {401, 429}
    assert {post(EMPTY + b" " * n).status_code for n in range(30)} == {200}


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[" * 100_000,
        b'{"object":"whatsapp_business_account","entry":[{"id":"\\u0000\\ud83d"}]}',
        b'{"a":' + b"1" * 5000 + b"}",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b'{"object":"page"}',
    ],
    ids=["null", "deep", "nul and surrogate", "long number", "not utf-8", "list", "string", "other object"],
)
def test_signed_nonsense_is_kept_and_never_a_500(installation: None, body: bytes) -> None:
    assert post(body).status_code == 200
    drain()
    row = InboundDelivery.objects.get()
    assert bytes(row.body) == body
    assert row.state in {"quarantined", "done"}


def test_too_large_and_unframed_bodies_are_refused(installation: None) -> None:
    large = b"{" + b" " * 5_000_000 + b"}"
    assert post(large).status_code == 413
    accepted = b"{" + b" " * 3_000_000 + b"}"
    assert post(accepted).status_code == 200
    client = Client()
    unframed = client.generic("POST", "/webhooks/whatsapp", b"{}", headers={"Transfer-Encoding": "chunked"})
    assert unframed.status_code == 411
    no_length = client.generic("POST", "/webhooks/whatsapp", b"", CONTENT_LENGTH="")
    assert no_length.status_code == 411


def test_fifty_equal_deliveries_are_one_message_and_one_reply(hotel: Hotel, guest: WhatsAppGuest) -> None:
    body = envelope([text_message(guest.wa_id, "Hola, ¿tienen estacionamiento?")])

    def deliver(_: int) -> int:
        try:
            return int(post(body).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(deliver, range(50)))
    assert set(codes) == {200}
    drain()
    assert InboundDelivery.objects.count() == 1
    assert Message._base_manager.count() == 1
    assert len(guest.received()) == 1


def test_the_same_message_in_two_deliveries_is_one_message(
    hotel: Hotel, guest: WhatsAppGuest, settings: Settings
) -> None:
    settings.TIME_SCALE = 2.0  # both are one burst, however slow the machine is
    message = text_message(guest.wa_id, "Hola")
    post(envelope([message]))
    post(envelope([message, text_message(guest.wa_id, "¿Tienen estacionamiento?")]))
    drain()
    assert InboundDelivery.objects.count() == 2
    assert Message._base_manager.count() == 2
    assert len(guest.received()) == 1


def test_a_batch_of_ten_guests_gets_ten_replies(hotel: Hotel, guest: WhatsAppGuest) -> None:
    senders = [f"54911777{number:05d}" for number in range(10)]
    assert (
        post(envelope([text_message(one, "Hola, ¿a qué hora es el check-in?") for one in senders])).status_code == 200
    )
    drain()
    answered = [message["to"].lstrip("+") for message in guest.graph.control.messages()]
    assert sorted(answered) == senders


def test_an_unknown_number_is_orphaned(hotel: Hotel) -> None:
    assert post(envelope([text_message("5491155550101", "hola")], number="999")).status_code == 200
    drain()
    assert InboundDelivery.objects.get().state == "orphan"
    assert not Message._base_manager.exists()


def test_a_delivery_counts_only_for_accounts_of_the_app_that_signed_it(hotel: Hotel, guest: WhatsAppGuest) -> None:
    app = MetaApp.objects.create(
        key="own-app", name="Own", credentials={"app_secret": "own-secret-123", "verify_token": "own-verify-123"}
    )
    body = envelope([text_message(guest.wa_id, "hola")])
    answer = post(body, signature=sign(body, "own-secret-123"), path="/webhooks/whatsapp/own-app")
    assert answer.status_code == 200
    drain()
    assert InboundDelivery.objects.get().state == "quarantined"
    assert guest.received() == []
    ChannelAccount._base_manager.update(meta_app=app)
    body = envelope([text_message(guest.wa_id, "hola de nuevo")])
    assert post(body).status_code == 200, "the installation's secret is genuine, but not for this number"
    drain()
    assert guest.received() == []
    assert post(body, path="/webhooks/whatsapp/own-app").status_code == 401
    assert post(body, path="/webhooks/whatsapp/nobody").status_code == 401


def test_one_delivery_may_hold_several_entries_and_statuses(hotel: Hotel, guest: WhatsAppGuest) -> None:
    first = json.loads(envelope([text_message(guest.wa_id, "Hola")]))
    second = json.loads(envelope([text_message("5491166660001", "Olá, tem estacionamento?")]))
    status = {"id": "wamid.unknown", "status": "in_orbit", "timestamp": "1790000000", "recipient_id": "1"}
    second["entry"][0]["changes"][0]["value"]["statuses"] = [status]
    first["entry"] += second["entry"]
    assert post(json.dumps(first).encode()).status_code == 200
    drain()
    assert InboundDelivery.objects.get().state == "done"
    assert {message["to"] for message in guest.graph.control.messages()} == {"+" + guest.wa_id, "+5491166660001"}


def test_a_sender_without_a_phone_is_answered_by_user_id(hotel: Hotel, guest: WhatsAppGuest) -> None:
    message = text_message("x", "Hello, is parking free?")
    del message["from"]
    message["from_user_id"] = "AR.13491208655302741918"
    body = json.loads(envelope([message], contacts=False))
    body["entry"][0]["changes"][0]["value"]["contacts"] = [
        {"profile": {"name": "Lee", "username": "lee"}, "user_id": "AR.13491208655302741918"}
    ]
    assert post(json.dumps(body).encode()).status_code == 200
    drain()
    assert [sent["body"].get("recipient") for sent in guest.graph.control.messages()] == ["AR.13491208655302741918"]


def test_a_connection_that_died_between_requests_costs_no_delivery(installation: None) -> None:
    body = envelope([text_message("5491150000001", "Hola")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [ours])
    other.close()
    stored = ingestion.store_delivery(route="whatsapp", app_key="", body=body, correlation_id="c")
    assert stored == InboundDelivery.objects.get().pk


def test_a_burst_is_told_to_the_workers_a_few_deliveries_at_a_time(installation: None) -> None:
    with redis.Redis.from_url(django_settings.CELERY_BROKER_URL) as broker:
        broker.flushdb()  # this run's own database
        ids: set[int] = set()
        for number in range(35):
            body = envelope([text_message("5491150000001", f"Hola {number}")])
            stored = ingestion.store_delivery(route="whatsapp", app_key="", body=body, correlation_id="c")
            ids.add(stored or 0)
        told: list[int] = []
        until = time.monotonic() + 10
        while len(told) < 35 and time.monotonic() < until:
            time.sleep(0.02)
            tasks = [json.loads(one) for one in broker.lrange("work", 0, -1)]
            parts = [json.loads(base64.b64decode(task["body"]))[0] for task in tasks]
            told = [row_id for part in parts for row_id in part]
        assert sorted(told) == sorted(ids)
        assert max(len(part) for part in parts) <= dispatch.GATHER_MAX


def test_a_provider_gets_no_session_language_or_cookie(installation: None) -> None:
    answer = post(envelope([text_message("5491150000001", "Hola")]))
    assert answer.status_code == 200
    assert not {"Set-Cookie", "Vary", "Content-Language"} & set(answer.headers)
    assert answer["X-Correlation-ID"]
    assert answer["X-Content-Type-Options"] == "nosniff"
