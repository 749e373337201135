"""What leaves for Sentry: where it happened and ids; never a guest's words, a secret, a body or a local variable."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hotel_agent.embedded.places import PROJECT

SECRETS = ("Ana", "ana@example.com", "5491150001111", "4111111111111111", "token-of-a-stay", "private-cookie")

WEB = """
import django, structlog
django.setup()
from django.test import RequestFactory
from django.core.handlers.base import BaseHandler
from django.urls import path
from django.conf import settings
import sys, types

def fails(request, token):
    guest = "Ana ana@example.com 5491150001111"
    raise ValueError(f"no stay for {guest} {request.body}")

urls = types.ModuleType("failing_urls"); urls.urlpatterns = [path("stay/<str:token>", fails)]
sys.modules["failing_urls"] = urls
settings.ROOT_URLCONF = "failing_urls"
settings.ALLOWED_HOSTS = ["*"]
from django.test import Client
Client(raise_request_exception=False).post(
    "/stay/token-of-a-stay?phone=5491150001111", data='{"card": "4111111111111111"}',
    content_type="application/json",
    headers={"Cookie": "sessionid=private-cookie", "X-Correlation-ID": "abcdef0123456789"},
)
import logging
logging.getLogger("x").error("could not write to %s", "ana@example.com")
import sentry_sdk
sentry_sdk.flush(5)
"""


class StandIn:
    """Takes envelopes as Sentry does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.raw = b""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                match self.headers.get("Content-Encoding"):
                    case "gzip":
                        body = gzip.decompress(body)
                    case "br":  # where a package brought brotli
                        body = importlib.import_module("brotli").decompress(body)
                stand_in.raw += body
                for line in body.splitlines()[1:]:
                    item = json.loads(line)
                    if "event_id" in item:
                        stand_in.events.append(item)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.dsn = f"http://public@127.0.0.1:{self.server.server_port}/1"


@pytest.fixture
def sentry() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()


def test_an_error_is_reported_without_anything_of_a_guest(sentry: StandIn) -> None:
    environment = {**os.environ, "SENTRY_DSN": sentry.dsn, "DJANGO_SETTINGS_MODULE": "hotel_agent.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", WEB], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    failed = next(event for event in sentry.events if "exception" in event)
    (exception,) = failed["exception"]["values"]
    assert exception["type"] == "ValueError"
    assert exception["stacktrace"]["frames"][-1]["function"] == "fails"
    assert failed["tags"]["correlation_id"] == "abcdef0123456789"
    assert failed["environment"] == "test"
    logged = next(event for event in sentry.events if "logentry" in event)
    assert logged["logentry"] == {"message": "error logged"}
    for secret in SECRETS:
        assert secret.encode() not in sentry.raw, secret


def test_without_a_dsn_nothing_is_loaded() -> None:
    code = "import django; django.setup(); import sys; sys.exit('sentry_sdk' in sys.modules)"
    environment = {**os.environ, "SENTRY_DSN": "", "DJANGO_SETTINGS_MODULE": "hotel_agent.settings.test"}
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, check=False).returncode == 0
