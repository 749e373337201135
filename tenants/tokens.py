"""Tokens of our own API: who gets one, what is in it, and why one is not believed.

An access token lives 15 minutes, a refresh token 14 days; a refresh token is good for one use and gives a new pair.
Both carry the audience, the user as `sub` and a mark of the password: changing the password ends them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jwt
import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.timezone import now
from django_otp import devices_for_user, user_has_device
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import get_md5_hash_password

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger(__name__)


class BadToken(AuthenticationFailed):
    """A token that is not believed; the code says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a program carries: `access` in every request, `refresh` only to get the next pair."""

    access: str
    refresh: str
    expires_in: int
    """Seconds until the access token ends."""


def issue(user: User) -> Pair:
    """A new pair for somebody whose password was right."""
    # Not RefreshToken.for_user: it keeps the token itself in the database, where a usable one has no business.
    refresh = cast("RefreshToken", Token.for_user.__func__(RefreshToken, user))  # type: ignore[attr-defined]
    access = refresh.access_token
    return Pair(str(access), str(refresh), int(access["exp"] - access["iat"]))


def needs_code(user: User) -> bool:
    """Whether a password is not enough: whoever has a second factor shows it here too, and who may enter the back
    office has one where the installation demands it. An account for programs only needs none."""
    return bool(user_has_device(user)) or (settings.SECOND_FACTOR_REQUIRED and user.is_staff)


def code_is_right(user: User, code: str) -> bool:
    """Whether it is a code of the person's app or a recovery code; each is good once, and failures slow the next."""
    with transaction.atomic():
        return any(
            device.verify_is_allowed()[0] and device.verify_token(code)
            for device in devices_for_user(user, for_verify=True)
        )


def rotate(written: str) -> Pair:
    """A new pair for a refresh token, which is spent by it. Of two uses at the same moment one wins.

    Raises:
        BadToken: it is not believed, or was used before.
    """
    token = _read(RefreshToken, written)
    user = _owner(token)
    _, fresh = token.blacklist()  # type: ignore[attr-defined]  # there with the app installed
    if not fresh:
        raise _spent(token)
    return issue(user)


def user_of(written: str) -> tuple[User, AccessToken]:
    """Whose access token it is.

    Raises:
        BadToken: it is not believed.
    """
    token = _read(AccessToken, written)
    return _owner(token), cast("AccessToken", token)


def forget_ended() -> int:
    """Remove marks of spent tokens that have ended by themselves; returns how many. Safe to repeat."""
    deleted, _ = OutstandingToken.objects.filter(expires_at__lt=now()).delete()
    return deleted


def _read(kind: type[AccessToken | RefreshToken], written: str) -> Token:
    try:
        return kind(written)  # type: ignore[arg-type]  # the stub says Token where text is meant
    except TokenError as error:
        raise _why(error) from None


def _why(error: BaseException) -> BadToken:
    """The reason at the bottom of the library's chain of errors."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    match chain[-1]:
        case jwt.ExpiredSignatureError():
            return BadToken("The token has expired.", "token_expired")
        case jwt.InvalidAudienceError() | jwt.InvalidIssuerError():
            return BadToken("The token is for another audience.", "token_audience")
        case jwt.MissingRequiredClaimError(claim="aud" | "iss"):
            return BadToken("The token is for another audience.", "token_audience")
        case jwt.exceptions.InvalidSubjectError():
            return BadToken("The token names no subject.", "token_subject")
    text = str(error)
    if "blacklisted" in text:
        return _spent(None)
    if "wrong type" in text:
        return BadToken("The token is of another kind: send the access token.", "token_type")
    return BadToken("The token is not valid.", "token_invalid")


def _spent(token: Token | None) -> BadToken:
    log.warning("refresh_token_used_again", reason="spent")
    return BadToken("The refresh token was used before.", "token_spent")


def _owner(token: Token) -> User:
    subject = token.get(api_settings.USER_ID_CLAIM)
    if not isinstance(subject, str) or not subject.isdecimal():
        raise BadToken("The token names no subject.", "token_subject")
    users: Any = get_user_model()._default_manager
    user = cast("User | None", users.filter(pk=int(subject)).first())
    if user is None:
        raise BadToken("The token's account does not exist.", "user_unknown")
    if not user.is_active:
        raise BadToken("The account is disabled.", "user_disabled")
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise BadToken("The password was changed after the token was made.", "password_changed")
    return user
