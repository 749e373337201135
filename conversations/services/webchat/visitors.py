"""Who sits before the page: a visitor with an unguessable name, carried in a token that we signed.

A visitor nobody vouches for has a random name; whoever holds the token is that visitor, on any device. A visitor whom
the hotel's server vouches for has a name derived from the identifier, the same on every device; nobody can come by it
without the widget's secret, so known and unknown visitors' histories stay apart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from hotel_agent.common import limits
from hotel_agent.common.exceptions import BadInput
from integrations.channels.webchat import identity
from tenants.models import ChannelAccount

TOKEN_DAYS = 180
"""A guest books in January and asks about breakfast in July; the page renews the token each time it opens."""
NEW_VISITORS_RATE = "30/h"
"""New visitors from one address: a hotel's lobby shares one, a script makes thousands."""

_SALT = "webchat.visitor"
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")


class UnknownVisitor(BadInput):
    """The token was not signed by us, is for another widget, or is too old."""

    code = "unknown_visitor"


class ForgedIdentity(BadInput):
    """The identifier's hash was not made with the widget's secret."""

    code = "forged_identity"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser, or one person the hotel's site knows, at one widget."""

    widget: str
    visitor: str
    identifier: str = ""
    name: str = ""

    def token(self) -> str:
        """What the page keeps and sends along."""
        values = {"w": self.widget, "v": self.visitor, "i": self.identifier, "n": self.name}
        return signing.dumps({name: value for name, value in values.items() if value}, salt=_SALT)


def new_visitor(account: ChannelAccount) -> Visitor:
    """Somebody nobody knows: 144 bits of chance."""
    return Visitor(account.external_id, secrets.token_urlsafe(18))


def may_be_new(address: str) -> limits.Limit:
    """Whether one more visitor may come from an address."""
    return limits.check("webchat-visitors", address, NEW_VISITORS_RATE)


def known_visitor(account: ChannelAccount, *, identifier: str, identifier_hash: str, name: str = "") -> Visitor:
    """Somebody the hotel's site vouches for.

    Raises:
        ForgedIdentity: the hash is not the widget's, or the widget has no secret.
    """
    if not identity.is_genuine(identifier, identifier_hash, account.credentials.get("identity_secret", "")):
        raise ForgedIdentity("the identifier's hash is wrong")
    named = f"webchat.identity:{account.pk}:{identifier}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), named, hashlib.sha256).digest()
    visitor = "id-" + base64.urlsafe_b64encode(digest[:18]).decode()
    return Visitor(account.external_id, visitor, identifier, name)


def read_token(widget: str, token: str) -> Visitor:
    """The visitor behind a token of this widget. Touches no database.

    Raises:
        UnknownVisitor: it is not ours, another widget's, or older than `TOKEN_DAYS`.
    """
    try:
        values = signing.loads(token, salt=_SALT, max_age=TOKEN_DAYS * 86_400)
    except signing.BadSignature:
        raise UnknownVisitor("the token is not one of ours") from None
    if not isinstance(values, dict) or values.get("w") != widget or not _NAME.fullmatch(str(values.get("v", ""))):
        raise UnknownVisitor("the token is for something else")
    return Visitor(widget, values["v"], str(values.get("i", "")), str(values.get("n", "")))
