"""A signed notice to a hotel's own address.

The receiver proves it with its secret: `X-HotelAgent-Signature: t=<unix seconds>,v1=<hex>`, where the hex digits are
HMAC-SHA256 over "<t>.<body>". `X-HotelAgent-Delivery` is the same for every try of one notice, so that a receiver which
has seen it may ignore it. Any 2xx accepts; a JSON answer {"acknowledged": true} says that somebody sees to it.

The address came from a hotel: https on public addresses only (`http.request(public_only=True)`). Calls go through
`breakers.call(Service.STAFF_WEBHOOK, <host>, …)`, which the caller does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown, Misconfigured, Permanent
from integrations import http
from integrations.outside import Service

MOST_READ = 64 * 1024
"""Bytes of an answer that are read."""
SIGNATURE_HEADER = "X-HotelAgent-Signature"
DELIVERY_HEADER = "X-HotelAgent-Delivery"


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The signature header of a body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def post(url: str, notice: Mapping[str, Any], *, secret: str, reference: str, timestamp: int) -> bool:
    """Hand one notice over; True when the receiver says that somebody sees to it.

    Safe to repeat with the same `reference`.

    Raises:
        Misconfigured: there is no secret, or the address refuses our signature (401, 403).
        ForbiddenAddress: not an address a hotel may name.
        Permanent: the receiver does not take it (any other 3xx or 4xx).
        DependencyDown: it is away (5xx, 429) or was not reached. UnknownOutcome: no answer came.
    """
    if not secret:
        raise Misconfigured("the webhook has no secret to sign with")
    body = json.dumps(notice, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    response = http.request(
        Service.STAFF_WEBHOOK,
        "POST",
        url,
        headers={
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(body, secret, timestamp),
            DELIVERY_HEADER: reference,
        },
        data=body,
        public_only=True,
        max_bytes=MOST_READ,
    )
    if response.ok:
        return _acknowledged(response)
    said = f"the webhook answered {response.status}"
    if response.status in {401, 403}:
        raise Misconfigured(said)
    if response.status == 429 or response.status >= 500:
        raise DependencyDown(said, retry_after=response.retry_after)
    raise Permanent(said)


def _acknowledged(response: http.Response) -> bool:
    try:
        answer = response.json()
    except BadInput:
        return False
    return isinstance(answer, dict) and answer.get("acknowledged") is True
