"""Credentials at rest: an encrypted text field on MultiFernet with keys from the environment.

A stored value is `v1:` + token. The first key encrypts, all keys decrypt, so a new key is put in front and
`rotate` re-encrypts. `""` stays `""`: "no credential" is not a secret.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from hotel_agent.common.exceptions import Misconfigured

PREFIX = "v1:"


class Secrets(dict[str, str]):
    """Credentials of one account by name; shows only the last four characters of each."""

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name}: …{value[-4:] if len(value) > 8 else ''}" for name, value in self.items()) + "}"

    __str__ = __repr__


if TYPE_CHECKING:
    _TextField = models.TextField[dict[str, str], Secrets]
else:
    _TextField = models.TextField


class Undecryptable(Misconfigured):
    """No key of FIELD_ENCRYPTION_KEYS opens the stored value; the account is paused until it is entered again."""

    code = "undecryptable"


@functools.lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise Misconfigured("FIELD_ENCRYPTION_KEYS is empty: credentials cannot be read or stored.")
    return MultiFernet([Fernet(key) for key in keys])


def _current_box() -> MultiFernet:
    return _box(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    """The stored form of `text`; `""` for `""`."""
    return PREFIX + _current_box().encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """The text behind a stored form.

    Raises:
        Undecryptable: no key opens it.
    """
    if not stored:
        return ""
    if not stored.startswith(PREFIX):
        raise Undecryptable("a stored credential has no known version prefix")
    try:
        return _current_box().decrypt(stored.removeprefix(PREFIX).encode()).decode()
    except InvalidToken:
        raise Undecryptable("no field encryption key opens a stored credential") from None


def rotate(stored: str) -> str:
    """The same secret under the first key. Safe to repeat.

    Raises:
        Undecryptable: no key opens it.
    """
    if not stored:
        return ""
    if not stored.startswith(PREFIX):
        raise Undecryptable("a stored credential has no known version prefix")
    try:
        return PREFIX + _current_box().rotate(stored.removeprefix(PREFIX).encode()).decode()
    except InvalidToken:
        raise Undecryptable("no field encryption key opens a stored credential") from None


def is_current(stored: str) -> bool:
    """Whether the first key opens a stored form; "" needs no key."""
    if not stored:
        return True
    try:
        _box(tuple(settings.FIELD_ENCRYPTION_KEYS[:1])).decrypt(stored.removeprefix(PREFIX).encode())
    except InvalidToken:
        return False
    return stored.startswith(PREFIX)


def pseudonym(text: str) -> str:
    """A short, stable, keyed name for a phone number or address, for logs and dedupe after erasure."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


class EncryptedSecretsField(_TextField):
    """A mapping of names to secrets, encrypted as one value in a text column.

    Decryption happens on first access of the value by Python code, not in SQL; lookups on it are refused.
    """

    description = "encrypted credentials"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Secrets)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_: object) -> Secrets:
        return self.to_python(value)

    def to_python(self, value: object) -> Secrets:
        if value is None or value == "":
            return Secrets()
        if isinstance(value, dict):
            return Secrets(cast(dict[str, str], value))
        return Secrets(json.loads(decrypt(str(value))))

    def get_prep_value(self, value: object) -> str:
        if not value:
            return ""
        if isinstance(value, dict):
            return encrypt(json.dumps(value, sort_keys=True))
        raise TypeError("credentials are a mapping of names to strings")

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisation (dumpdata, history) carries the encrypted form, never the secrets."""
        return self.get_prep_value(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in {"isnull"}:
            return super().get_lookup(lookup_name)
        raise TypeError("encrypted fields cannot be searched")
