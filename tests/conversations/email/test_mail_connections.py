"""A mailbox that cannot be reached or refuses its login: nothing is lost, and somebody is told."""

from __future__ import annotations

import uuid

import pytest
from django.core.management import call_command

from conversations.models import (
    Mailbox,
)
from tenants.models import ChannelAccount
from tests.conversations.email.correspondents import HOTEL, PARKING, Correspondent, look
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import MailSystem


def test_a_refused_login_pauses_the_account_and_loses_nothing(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    writer.write(PARKING)
    mails.control.logins_refused = True
    look()
    account = ChannelAccount._base_manager.get(channel="email")
    assert account.paused_at is not None
    assert "login" in account.paused_reason
    assert Mailbox._base_manager.get().failures == 1
    mails.control.logins_refused = False
    assert "gratis" in writer.hear()
    account.refresh_from_db()
    assert account.paused_at is None


def test_a_server_that_is_away_opens_the_breaker_and_comes_back(
    hotel: Hotel, writer: Correspondent, mails: MailSystem
) -> None:
    look()
    account = ChannelAccount._base_manager.get(channel="email")
    good = dict(account.credentials)
    ChannelAccount._base_manager.filter(pk=account.pk).update(credentials={**good, "imap_url": "imap://127.0.0.1:9"})
    writer.write(PARKING)
    for _ in range(6):
        look()
    mailbox = Mailbox._base_manager.get()
    assert mailbox.failures == 6
    assert "not being called" in mailbox.last_error
    ChannelAccount._base_manager.filter(pk=account.pk).update(credentials=good)
    from integrations import breakers

    breakers.reset_process()
    from integrations.breakers_shared import shared

    shared.close(f"imap:{HOTEL}")
    assert "gratis" in writer.hear()


def test_doctor_speaks_of_the_mailbox(hotel: Hotel, writer: Correspondent, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("doctor", "--tenant", hotel.tenant.slug)
    assert "was never read" in capsys.readouterr().out
    look()
    with pytest.raises(SystemExit):
        call_command("doctor", "--tenant", hotel.tenant.slug)
    assert "never read" not in capsys.readouterr().out


def test_tokens_instead_of_passwords(hotel: Hotel, mails: MailSystem, writer: Correspondent) -> None:
    """XOAUTH2 in both directions, with an access token from a token service."""
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"access_token": "short-lived", "expires_in": 3599}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        mails.control.tokens.add("short-lived")
        account = ChannelAccount._base_manager.get(channel="email")
        urls = {name: account.credentials[name] for name in ("imap_url", "smtp_url")}
        tokens = {"refresh_token": f"r-{uuid.uuid4()}", "client_id": "c", "client_secret": "s"}
        where = {"token_url": f"http://127.0.0.1:{server.server_address[1]}/token"}
        ChannelAccount._base_manager.filter(pk=account.pk).update(credentials={**urls, **tokens, **where})
        look()
        assert "gratis" in writer.say(PARKING)
    finally:
        server.shutdown()
        server.server_close()
