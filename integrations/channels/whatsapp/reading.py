"""Careful reading of a provider's JSON: one pass that makes it storable, and typed ways to ask it for things.

Nothing here raises for what it finds; a value of the wrong type reads as absent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Any, TypeAlias

from hotel_agent.common.exceptions import BadInput

Json: TypeAlias = Any
Object: TypeAlias = dict[str, Any]

MAX_DEPTH = 32
"""Meta nests about ten levels; deeper content is cut off rather than refused."""
MAX_IDENTIFIER = 190
"""What an id column holds; a longer one is replaced by its hash, the same each time."""
MAX_DIGITS = 18
EPOCH = "1970-01-01T00:00:00+00:00"
LATEST = 4_102_444_800  # 2100-01-01: later times are mistakes, and overflow some time zones

_UNSTORABLE = re.compile("[\ud800-\udfff]")


def load(body: bytes) -> Json:
    """The JSON value of `body`, made storable: no NUL, no lone surrogates, no infinite or endless numbers.

    Raises:
        BadInput: not UTF-8, not JSON, or nested beyond reason.
    """
    try:
        return load_text(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput("the body is not UTF-8") from None


def load_text(written: str) -> Json:
    """The same for JSON that is already text, such as JSON inside a string.

    Raises:
        BadInput: not JSON, or nested beyond reason.
    """
    try:
        value = json.loads(written, parse_int=_integer, parse_float=_float, parse_constant=lambda _: None)
    except RecursionError:
        raise BadInput("the JSON is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"not JSON: {type(error).__name__}") from None
    return storable(value)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits[:100]


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if abs(value) < float("inf") else digits[:100]


def storable(value: Json, depth: int = 0) -> Json:
    """A copy PostgreSQL can keep as JSON, cut off below `MAX_DEPTH` levels."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value.replace("\x00", ""))
    if isinstance(value, dict):
        if depth >= MAX_DEPTH:
            return None
        return {storable(key): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return None if depth >= MAX_DEPTH else [storable(item, depth + 1) for item in value]
    return value


def objects(value: Json) -> list[Object]:
    """The objects of a list; nothing for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def child(parent: Object, key: str) -> Object:
    """The object under a key, or an empty one."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def text(parent: Object, key: str) -> str:
    """The string under a key; numbers are written out; "" for anything else."""
    value = parent.get(key)
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def identifier(parent: Object, key: str) -> str:
    """An id under a key, short enough for a column: a longer one is replaced by "sha256:" and its hash."""
    value = text(parent, key)
    return value if len(value) <= MAX_IDENTIFIER else fingerprint(value)


def fingerprint(value: Json) -> str:
    """A stable id for something that has none of its own."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def instant(parent: Object, key: str = "timestamp") -> str:
    """Unix seconds under a key, as ISO 8601 in UTC; the epoch when there are none to be had.

    The epoch and not "now": the parser knows no clock, and whoever reads it has to decide what a time before WhatsApp
    existed means.
    """
    digits = text(parent, key)
    seconds = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS else 0
    if not 0 < seconds <= LATEST:
        return EPOCH
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).isoformat()


def number(parent: Object, key: str) -> int | None:
    """A whole number under a key, also when written as a string."""
    digits = text(parent, key)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS else None
