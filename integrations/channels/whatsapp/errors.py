"""What Meta's error numbers mean for us, as a table.

Meta says to go by `error.code` and by nothing else; the same codes come as the answer to a call and, later, in a
`failed` receipt. Source: Meta, WhatsApp Cloud API error codes, 2026-09.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, UnknownOutcome
from integrations.channels.whatsapp.pacing import pair_backoff
from integrations.exceptions import (
    AccountRefused,
    ContentRefused,
    OtherFormMayWork,
    RecipientRefused,
    RecipientThrottled,
    Throttled,
    WindowClosed,
)


class Meaning(Enum):
    """What a code asks of us."""

    TRANSIENT = "try again later"
    SLOW_DOWN = "the app, account or number sends too fast"
    PAIR_RATE = "too many messages to this one recipient"
    TOKEN = "the access token is invalid"  # noqa: S105 - a sentence
    PERMISSION = "the token lacks a permission"
    NUMBER = "the phone number is not usable"
    PAYMENT = "no valid payment method"
    POLICY = "the account is restricted"
    RECIPIENT = "this recipient cannot be written to"
    OTHER_FORM = "this recipient cannot be written to under this form of the number"
    WINDOW = "the guest's last message is older than 24 hours"
    CONTENT = "the message or template is not acceptable"


CODES: Mapping[int, Meaning] = {
    **dict.fromkeys((1, 2, 131000, 131016, 133004, 131057), Meaning.TRANSIENT),
    **dict.fromkeys((4, 80007, 130429), Meaning.SLOW_DOWN),
    131056: Meaning.PAIR_RATE,
    **dict.fromkeys((0, 190), Meaning.TOKEN),
    **dict.fromkeys((3, 10, *range(200, 300), 131005), Meaning.PERMISSION),
    **dict.fromkeys((33, 133010, 131045, 131037), Meaning.NUMBER),
    131042: Meaning.PAYMENT,
    **dict.fromkeys((368, 130497, 131031, 131048, 131064), Meaning.POLICY),
    **dict.fromkeys((131021, 130403, 131050, 130472, 131049, 131062, 137000), Meaning.RECIPIENT),
    **dict.fromkeys((131026, 131030), Meaning.OTHER_FORM),
    131047: Meaning.WINDOW,
    **dict.fromkeys(
        (
            100, 131008, 131009, 131051, 131053, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016,
            132018, 132068, 132069, 131063, 135000,
        ),
        Meaning.CONTENT,
    ),
}  # fmt: skip

_ACCOUNT_REASONS = {
    Meaning.TOKEN: "token",
    Meaning.PERMISSION: "permission",
    Meaning.NUMBER: "number",
    Meaning.PAYMENT: "payment",
    Meaning.POLICY: "policy",
}
SLOW_DOWN_S = 60.0
"""Meta names no time for its rate limits; the windows it documents are a minute or more."""
_GATEWAY = frozenset({502, 504})
"""Statuses of a machine in front of Graph, which does not know what became of the request behind it."""


def error_of(
    code: int | None, title: str = "", *, status: int = 0, retry_after: float | None = None, pair_refusals: int = 0
) -> HotelAgentError:
    """Our error for one of Meta's codes, from an answer or a receipt. A code nobody knows is told by the status.

    Args:
        status: HTTP status of the answer; 0 for a receipt.
        retry_after: seconds Meta asked us to wait, if it did.
        pair_refusals: how often in a row this recipient's messages were refused as too many.
    """
    text = f"WhatsApp refused: {title or 'no reason given'} ({'code ' + str(code) if code is not None else status})"
    meaning = CODES.get(code) if code is not None else None
    match meaning:
        case Meaning.TRANSIENT:
            return DependencyDown(text, retry_after=retry_after)
        case Meaning.SLOW_DOWN:
            return Throttled(text, retry_after=retry_after or SLOW_DOWN_S, provider_code=code)
        case Meaning.PAIR_RATE:
            return RecipientThrottled(text, retry_after=retry_after or pair_backoff(pair_refusals), provider_code=code)
        case Meaning.RECIPIENT:
            return RecipientRefused(text, provider_code=code)
        case Meaning.OTHER_FORM:
            return OtherFormMayWork(text, provider_code=code)
        case Meaning.WINDOW:
            return WindowClosed(text, provider_code=code)
        case Meaning.CONTENT:
            return ContentRefused(text, provider_code=code)
        case None:
            return _error_of_status(status, text, retry_after=retry_after, code=code)
        case _:
            return AccountRefused(text, reason=_ACCOUNT_REASONS[meaning], provider_code=code)


def _error_of_status(status: int, text: str, *, retry_after: float | None, code: int | None) -> HotelAgentError:
    if status == 429:
        return Throttled(text, retry_after=retry_after or SLOW_DOWN_S, provider_code=code)
    if status in _GATEWAY and code is None:
        return UnknownOutcome(text)
    if status >= 500 or status == 408:
        return DependencyDown(text, retry_after=retry_after)
    if status == 401:
        return AccountRefused(text, reason="token", provider_code=code)
    if status == 403:
        return AccountRefused(text, reason="permission", provider_code=code)
    if status == 404 or 300 <= status < 400:
        return AccountRefused(text, reason="settings", provider_code=code)
    return ContentRefused(text, provider_code=code)


def error_in(body: Any) -> tuple[int | None, str]:
    """Code and words of an answer's `error` object; (None, "") when it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None, ""
    code = error.get("code")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = " - ".join(str(part) for part in (error.get("message"), details) if part)
    return (code if isinstance(code, int) and not isinstance(code, bool) else None), words[:300]
