"""Gmail's door: only Google's own word is believed, everything it says is acknowledged, and a push only wakes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import InboundDelivery, Mailbox, PushKey
from conversations.services.email import mailboxes, push
from conversations.services.sweeping import Sweeper
from hotel_agent.common import clock, dispatch
from tenants.models import ChannelAccount
from tests.conversations.email.correspondents import HOTEL, Correspondent
from tests.conversations.guests import drain
from tests.stand_ins.google import AUDIENCE, SERVICE_ACCOUNT, KeyServer, SigningKey
from tests.stand_ins.google import push as pushed


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """The key Google signs with today."""
    return SigningKey("key-1")


@pytest.fixture(scope="module")
def other_key() -> SigningKey:
    """Somebody else's."""
    return SigningKey("key-2")


@pytest.fixture
def google(installation: None, settings: Settings, key: SigningKey) -> Iterator[KeyServer]:
    """Pushes are configured; the key has been fetched."""
    with KeyServer(key) as server:
        settings.GMAIL_PUBSUB_AUDIENCE = AUDIENCE
        settings.GMAIL_PUBSUB_SERVICE_ACCOUNT = SERVICE_ACCOUNT
        settings.GMAIL_PUBSUB_JWKS_URL = server.url
        assert push.refresh_keys() == 1
        yield server


def post(body: bytes, token: str = "", *, path: str = "/webhooks/gmail", **headers: str) -> Any:
    """Deliver a push."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return Client().post(path, data=body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("path", ["/webhooks/gmail", "/webhooks/gmail/"])
def test_a_push_wakes_the_mailbox_and_nothing_more(
    google: KeyServer, key: SigningKey, writer: Correspondent, path: str
) -> None:
    mailboxes.ensure()
    Mailbox._base_manager.update(due_at=clock.now() + clock.hours(5))
    assert post(pushed(HOTEL.upper()), key.token(), path=path, Accept="text/weird").status_code == 204
    assert Mailbox._base_manager.get().due_at <= clock.now()
    assert not InboundDelivery.objects.exists()


def test_a_mail_is_answered_by_its_push(google: KeyServer, key: SigningKey, writer: Correspondent) -> None:
    assert post(pushed(HOTEL), key.token()).status_code == 204
    drain()
    Mailbox._base_manager.update(due_at=clock.now() + clock.hours(5))
    writer.write("Hola, ¿tienen estacionamiento?")
    drain()
    assert writer.received() == []
    assert post(pushed(HOTEL), key.token()).status_code == 204
    drain()
    assert len(writer.received()) == 1


def test_many_pushes_are_one_look(
    google: KeyServer, key: SigningKey, writer: Correspondent, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[tuple[Any, ...]] = []

    def publish(*args: Any) -> bool:
        published.append(args)
        return True

    monkeypatch.setattr(dispatch, "publish", publish)
    mailboxes.ensure()
    Mailbox._base_manager.update(due_at=clock.now() + clock.hours(5))
    for number in range(20):
        assert post(pushed(HOTEL, history=number, message_id=str(number)), key.token()).status_code == 204
    assert published == [(mailboxes.TASK, Mailbox._base_manager.get().pk)]


def test_a_push_during_a_look_brings_another(google: KeyServer, key: SigningKey, writer: Correspondent) -> None:
    mailboxes.ensure()
    mailbox = mailboxes.claim(Mailbox._base_manager.get().pk)
    assert mailbox is not None
    assert post(pushed(HOTEL), key.token()).status_code == 204
    assert mailboxes.claim(mailbox.pk) is None, "one look at a time"
    from tenants.scoping import tenant_scope

    with tenant_scope(mailbox.account.tenant):
        mailboxes.finished(mailbox, more=False)
    assert mailboxes.claim(mailbox.pk) is not None


CLAIMS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://other.example"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://accounts.example.com"},
    "no issuer": {"iss": None},
    "another service account": {"email": "somebody@project.iam.gserviceaccount.com"},
    "no service account": {"email": None},
    "address not verified": {"email_verified": False},
    "verified in words": {"email_verified": "true"},
    "expired": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200},
    "without an end": {"exp": None},
    "from the future": {"iat": int(time.time()) + 3600, "nbf": int(time.time()) + 3600},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_token_with_a_wrong_claim_is_refused(google: KeyServer, key: SigningKey, claims: dict[str, Any]) -> None:
    answer = post(b"{", key.token(**claims))
    assert answer.status_code == 401
    assert not InboundDelivery.objects.exists()


def test_both_spellings_of_the_issuer_count(google: KeyServer, key: SigningKey) -> None:
    assert post(pushed("nobody@x.example"), key.token(iss="accounts.google.com")).status_code == 204


def test_forged_tokens_are_refused(google: KeyServer, key: SigningKey, other_key: SigningKey) -> None:
    good = key.token()
    head, body, signature = good.split(".")
    forged = [
        "", "x", "a.b.c", good + "x", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}",
        other_key.token(headers={"kid": "key-1"}),
        key.token(algorithm="HS256"),
        "e30." * 3, "A" * 20_000,
    ]  # fmt: skip
    for token in forged:
        assert post(pushed(HOTEL), token).status_code in {401, 429}, token[:40]
    assert post(pushed(HOTEL), good, Authorization=f"Basic {good}").status_code in {204, 401, 429}


def test_an_unknown_key_is_asked_for_and_the_push_comes_again(
    google: KeyServer, key: SigningKey, other_key: SigningKey
) -> None:
    answer = post(pushed("nobody@x.example"), other_key.token())
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1
    google.keys.append(other_key)
    PushKey.objects.update(fetched_at=clock.now() - clock.hours(1))
    assert push.refresh_keys() == 2
    assert post(pushed("nobody@x.example"), other_key.token()).status_code == 204
    google.keys.remove(key)
    PushKey.objects.update(fetched_at=clock.now() - clock.hours(1))
    assert push.refresh_keys() == 1
    assert set(PushKey.objects.values_list("kid", flat=True)) == {"key-2"}, "a withdrawn key is withdrawn here"


def test_the_door_never_asks_the_network(google: KeyServer, key: SigningKey, other_key: SigningKey) -> None:
    before = google.asked
    post(pushed(HOTEL), key.token())
    post(pushed(HOTEL), other_key.token())
    assert google.asked == before


def test_invented_keys_do_not_make_us_ask_google(google: KeyServer) -> None:
    before = google.asked
    for _ in range(5):
        push.refresh_keys()
    assert google.asked == before


def test_keys_stay_when_google_is_away(google: KeyServer, key: SigningKey) -> None:
    google.status = 500
    PushKey.objects.update(fetched_at=clock.now() - clock.hours(5))
    assert push.refresh_keys() == 0
    assert post(pushed("nobody@x.example"), key.token()).status_code == 204


def test_the_sweeper_has_keys_fetched(google: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    PushKey.objects.all().delete()
    published: list[str] = []

    def publish(name: str, *_: Any) -> bool:
        published.append(name)
        return True

    monkeypatch.setattr(dispatch, "publish", publish)
    Sweeper().tick()
    assert push.TASK in published


GARBAGE = [
    b"{", b"null", b"[]", b'{"message":{}}', b'{"message":{"data":"aGVsbG8="}}', b'{"message":{"data":"%%%"}}',
    b"\xff\xfe\x00", b"[" * 100_000, b'{"message":{"data":"' + b"A" * 900_000 + b'"}}',
]  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_genuine_garbage_is_acknowledged_and_set_aside(google: KeyServer, key: SigningKey, body: bytes) -> None:
    for _ in range(2):
        assert post(body, key.token()).status_code == 204
    row = InboundDelivery.objects.get()
    assert (row.route, row.state, bytes(row.body)) == ("gmail", "quarantined", body)


def test_a_mailbox_nobody_has_is_acknowledged(google: KeyServer, key: SigningKey, mailbox: ChannelAccount) -> None:
    assert post(pushed("somebody@else.example"), key.token()).status_code == 204
    assert InboundDelivery.objects.get().state == "orphan"
    ChannelAccount._base_manager.update(is_active=False)
    assert post(pushed(HOTEL), key.token()).status_code == 204
    assert not Mailbox._base_manager.filter(due_at__lte=clock.now()).exists()


def test_strangers_are_limited_and_google_never(google: KeyServer, key: SigningKey) -> None:
    codes = [post(b"{}").status_code for _ in range(70)]
    assert set(codes) == {401, 429}
    assert codes.count(401) <= 60, "a window's edge may pass once"
    refused = post(b"{}")
    if refused.status_code == 429:
        assert int(refused["Retry-After"]) >= 1
    assert {post(pushed(f"n{n}@x.example"), key.token()).status_code for n in range(40)} == {204}


def test_without_configuration_nobody_is_believed(google: KeyServer, key: SigningKey, settings: Settings) -> None:
    settings.GMAIL_PUBSUB_AUDIENCE = ""
    assert post(pushed(HOTEL), key.token(aud="")).status_code == 401
    assert not push.refresh_due()


def test_other_methods_and_framings(google: KeyServer, key: SigningKey) -> None:
    assert Client().get("/webhooks/gmail").status_code == 405
    assert post(b"x" * 1_100_000, key.token()).status_code == 413
    unframed = Client().generic("POST", "/webhooks/gmail", b"{}", headers={"Transfer-Encoding": "chunked"})
    assert unframed.status_code == 411


def test_a_push_is_json_of_its_own(google: KeyServer) -> None:
    assert json.loads(pushed(HOTEL))["message"]["data"]
