"""Whether a push comes from Google on behalf of our subscription: the OIDC token Pub/Sub sends with it.

Source: Cloud Pub/Sub, authenticate push subscriptions. The keys are given by the caller (fetched by a task and kept);
nothing here asks the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from hotel_agent.common.exceptions import BadInput, DependencyDown, Permanent
from integrations import http
from integrations.outside import Service

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
LEEWAY_S = 60
"""Clocks differ; Google's tokens live an hour."""
MAX_KEYS = 50
MAX_TOKEN = 8192

Key = Mapping[str, Any]
"""One JSON Web Key."""


class BadToken(Permanent):
    """The token is missing, forged, expired or meant for somebody else."""

    code = "bad_token"


class UnknownKey(Permanent):
    """Signed with a key we do not have (yet): the caller fetches keys and lets the sender try again."""

    code = "unknown_key"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a genuine token says."""

    audience: str
    service_account: str


def key_id(token: str) -> str:
    """The id of the key a token says it is signed with.

    Raises:
        BadToken: it is no RS256 token.
    """
    if not token or len(token) > MAX_TOKEN:
        raise BadToken("no token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError, TypeError) as error:
        raise BadToken("not a token") from error
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not 0 < len(kid) <= 200 or "\x00" in kid:
        raise BadToken("not an RS256 token with a key id")
    return kid


def verify(token: str, key: Key, expected: Expected) -> None:
    """Accept a genuine token: signature, issuer, audience, service account, verified address, expiry.

    Raises:
        BadToken: any of them is wrong.
    """
    try:
        claims = jwt.decode(
            token,
            jwt.PyJWK.from_dict(dict(key), algorithm="RS256").key,
            algorithms=["RS256"],
            audience=expected.audience,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "aud", "iss"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadToken(type(error).__name__) from error
    if claims.get("iss") not in ISSUERS:
        raise BadToken("another issuer")
    if claims.get("email") != expected.service_account or claims.get("email_verified") is not True:
        raise BadToken("another service account")


def fetch_keys(url: str) -> dict[str, Key]:
    """The provider's current signing keys by id.

    Raises:
        DependencyDown: no usable answer; the keys we have stay.
    """
    response = http.request(Service.GMAIL, "GET", url)
    try:
        answer = response.json()
    except BadInput as error:
        raise DependencyDown("the keys are not JSON") from error
    keys = answer.get("keys") if response.ok and isinstance(answer, dict) else None
    if not isinstance(keys, list):
        raise DependencyDown(f"no keys in an answer of status {response.status}")
    found: dict[str, Key] = {}
    for key in keys[:MAX_KEYS]:
        if isinstance(key, dict) and isinstance(key.get("kid"), str) and key.get("kty") == "RSA":
            found[key["kid"][:200]] = {
                name: key[name] for name in ("kty", "kid", "n", "e", "alg", "use") if name in key
            }
    if not found:
        raise DependencyDown("no RSA keys among the answer's keys")
    return found
