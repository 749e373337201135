"""The least a durable webhook can do, as a WSGI app: HMAC, JSON, one INSERT, one LPUSH. The yardstick for ours."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import redis

SECRET = os.environ["WHATSAPP_APP_SECRET"].encode()
_own = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """200 once the row is committed."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, environ.get("HTTP_X_HUB_SIGNATURE_256", "")):
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    json.loads(body)
    if not hasattr(_own, "database"):
        _own.database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        _own.redis = redis.Redis.from_url(os.environ["REDIS_URL"])
    row = _own.database.execute("INSERT INTO bare_delivery (body) VALUES (%s) RETURNING id", [body]).fetchone()
    _own.redis.lpush("bare", row[0])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
