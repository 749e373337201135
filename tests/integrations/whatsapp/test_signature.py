"""Signatures: only the exact bytes under a known secret, in the exact form Meta sends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.channels.whatsapp.signature import sign, verify

SECRET = "current-secret"
# The same JSON value three ways; each has its own signature, made with `openssl dgst -sha256 -hmac current-secret`.
ESCAPED = b'{"text":"\\u00bfd\\u00f3nde? \\/"}'
PLAIN_SLASH = b'{"text":"\\u00bfd\\u00f3nde? /"}'
RAW = '{"text":"¿dónde? /"}'.encode()
VECTORS = {
    ESCAPED: "sha256=9fb6d1770835d2740ef7290abd4da303f02929a53342cadd7d80998b52182fc0",
    PLAIN_SLASH: "sha256=d81180b7654fb4bee6f993612383f8d89d74f1c9b942d67313bd98b3c33c0d39",
    RAW: "sha256=a4b73cef148180f02333e9cdecbfd0aa63ba05775f45466eeeb56b0a464f2394",
}


@pytest.mark.parametrize("body", VECTORS, ids=["escaped", "plain slash", "raw"])
def test_a_vector_made_elsewhere_verifies_and_no_other_encoding_of_it(body: bytes) -> None:
    assert verify(body, [VECTORS[body]], [SECRET])
    for other in VECTORS:
        assert verify(other, [VECTORS[body]], [SECRET]) is (other == body)
        assert json.loads(other) == json.loads(body)


def test_current_and_previous_secrets_count_and_no_third() -> None:
    body = b"{}"
    secrets = ["new", "old"]
    assert verify(body, [sign(body, "new")], secrets)
    assert verify(body, [sign(body, "old")], secrets)
    assert not verify(body, [sign(body, "older")], secrets)


def test_an_empty_secret_never_matches() -> None:
    assert not verify(b"{}", [sign(b"{}", "")], [""])
    assert not verify(b"{}", [sign(b"{}", "")], [])


GOOD = sign(RAW, SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        [GOOD, GOOD],
        [f"{GOOD},{GOOD}"],
        [GOOD.removeprefix("sha256=")],
        [GOOD.replace("sha256", "sha1")],
        ["sha256=" + GOOD.removeprefix("sha256=").upper()],
        [f" {GOOD}"],
        [f"{GOOD}\n"],
        [GOOD[:-1]],
        [f"{GOOD}0"],
        ["sha256=" + "é" * 64],
        ["sha256=" + "٣" * 64],
    ],
)
def test_a_missing_repeated_or_reshaped_header_is_refused(headers: list[str]) -> None:
    assert not verify(RAW, headers, [SECRET])


@given(
    body=st.binary(max_size=300), position=st.integers(min_value=0), bit=st.integers(0, 7), secret=st.text(min_size=1)
)
def test_one_changed_bit_is_noticed(body: bytes, position: int, bit: int, secret: str) -> None:
    secret = secret.encode(errors="replace").decode()
    header = sign(body, secret)
    assert verify(body, [header], [secret])
    if body:
        changed = bytearray(body)
        changed[position % len(body)] ^= 1 << bit
        assert not verify(bytes(changed), [header], [secret])


@pytest.mark.needs_corpus
def test_recorded_vectors_verify(corpus: Path) -> None:
    folder = corpus / "whatsapp"
    vectors = json.loads((folder / "signature_vectors" / "index.json").read_text())["vectors"]
    bodies = {vector["name"]: (folder / vector["body_file"]).read_bytes() for vector in vectors}
    assert len(vectors) >= 4
    for vector in vectors:
        header = vector["header"].partition(": ")[2]
        for name, body in bodies.items():
            assert verify(body, [header], [vector["app_secret"]]) is (name == vector["name"])
