"""Damage, reproducible from a seed: to bytes as an attacker does it, to JSON as a provider's change does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

TOKENS: Sequence[bytes] = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"NaN", b"-Infinity", b"1e999", b"9" * 400,
    b"[" * 300, b"{" * 300,
    b'"', b"\\", b"null", b"true", b"-0", b"\r\n\r\n", b"--", b";", b"=?utf-8?q?", b"\xc3", b"%00",
)  # fmt: skip
VALUES: Sequence[Any] = (
    None, True, False, 0, -1, 2**63, 10**30, 1.5, float("inf"), "", " ", "\x00", "\ud800", "x" * 5000, "😀" * 50,
    [], {}, [[]], [None], {"": None}, {"id": {}}, [1, "a", {}], "1700000000", "-1", "99999999999999999999", "١٢٣",
)  # fmt: skip


def damage(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """One damaged input made from the seeds."""
    body = rng.choice(seeds)
    for _ in range(rng.randint(1, 4)):
        body = rng.choice(MUTATORS)(body, seeds, rng)
    return body[:100_000]


def _flip(body: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    if not body:
        return body
    at = rng.randrange(len(body))
    return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]


def _cut(body: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    first, last = sorted(rng.randrange(len(body) + 1) for _ in range(2))
    return body[:first] + body[last:] if rng.random() < 0.7 else body[:first]


def _insert(body: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice(TOKENS) * rng.choice((1, 1, 1, 20)) + body[at:]


def _splice(body: bytes, seeds: Sequence[bytes], rng: random.Random) -> bytes:
    other = rng.choice(seeds)
    return body[: rng.randrange(len(body) + 1)] + other[rng.randrange(len(other) + 1) :]


def _repeat(body: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    first, last = sorted(rng.randrange(len(body) + 1) for _ in range(2))
    return body[:last] + body[first:last] * rng.choice((1, 3, 50)) + body[last:]


def _change_json(body: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Replace, remove, double or nest one value somewhere inside."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _flip(body, (), rng)
    places = _places(value)
    if not places:
        return json.dumps(rng.choice(VALUES)).encode()
    parent, key = rng.choice(places)
    match rng.randrange(5):
        case 0:
            del parent[key]
        case 1:
            parent[key] = [parent[key]] * rng.choice((1, 2, 40))
        case 2:
            parent[key] = {str(key): parent[key]}
        case 3:
            parent[key] = rng.choice(places)[0]
        case _:
            parent[key] = rng.choice(VALUES)
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):  # it contains itself now
        return body


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            waiting.append(one[key])
    return found


MUTATORS: Sequence[Callable[[bytes, Sequence[bytes], random.Random], bytes]] = (
    _flip, _cut, _insert, _splice, _repeat, _change_json, _change_json, _change_json,
)  # fmt: skip
