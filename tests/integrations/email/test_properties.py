"""Anything may come as a mail or as a push: the only error is our own, and what comes out can be stored."""
# ruff: noqa: E501 - mails are shown as they come

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotel_agent.common.exceptions import BadInput
from integrations.channels.email.html import visible_html
from integrations.channels.email.parse import parse_inbox, parse_sent
from integrations.channels.email.pubsub import parse_push
from integrations.channels.email.push_token import BadToken, key_id
from integrations.channels.email.visible import own_words, visible_text
from tests.integrations.email.mails import AUTO_REPLY, BOUNCE, HUMAN, LIST

NOW = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC)
SEEDS = [raw for mails in (HUMAN, AUTO_REPLY, BOUNCE, LIST) for raw in mails.values()]
CHARSETS = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "gb2312", "iso-2022-jp", "utf-7", "zip", "hex", "x", '"', "\x00",
            "utf-16", "idna", "punycode", "unicode_escape", "rot13", "koi8-r", "big5"]  # fmt: skip
ENCODINGS = ["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "binary", "nonsense", ""]

line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60)
address = st.one_of(
    st.emails(),
    line,
    st.sampled_from(["<>", "a@b", '"x" <a@b.c>', "a@b.c, d@e.f", "=?utf-8?b?4p8=?= <a@b.c>", "<<a@b.c>>"]),
)
word = st.sampled_from(
    ["=?utf-8?q?a=C3=A9?=", "=?x?b?###?=", "=?utf-8?b?4p8=?=", "=?iso-2022-jp?b?GyRC?=", "=?utf-8?q?=?=", "=??q??="]
)
header = st.one_of(
    st.builds("From: {}".format, address),
    st.builds("Reply-To: {}".format, address),
    st.builds("To: {}".format, address),
    st.builds("Subject: {}".format, st.one_of(line, word)),
    st.builds("Message-ID: {}".format, line),
    st.builds("References: {}".format, line),
    st.builds(
        "Date: {}".format, st.one_of(line, st.sampled_from(["Mon, 1 Jan 0001 00:00:00 +9999", "31 Feb 2020", "0"]))
    ),
    st.builds("Content-Type: {}".format, line),
    st.builds('Content-Type: text/plain; charset="{}"'.format, st.sampled_from(CHARSETS)),
    st.builds("Content-Type: text/html; charset={}; name*0*=a''b".format, st.sampled_from(CHARSETS)),
    st.builds(
        "Content-Type: multipart/{}; boundary=b".format, st.sampled_from(["mixed", "alternative", "report", "digest"])
    ),
    st.builds("Content-Transfer-Encoding: {}".format, st.sampled_from(ENCODINGS)),
    st.builds("Content-Disposition: attachment; filename={}".format, st.one_of(line, word)),
    st.builds("{}: {}".format, line, line),
)
chunk = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [b"--b\r\n", b"--b--\r\n", b"\r\n\r\n", b"begin 644 x\r\n", b"end\r\n", b"=C3=\r\n", b"+AGE-", b"\x1b$B", b">"]
    ),
    st.builds(
        lambda headers: "\r\n".join(headers).encode("utf-8", "surrogatepass") + b"\r\n\r\n",
        st.lists(header, max_size=4),
    ),
)
invented = st.builds(
    lambda headers, chunks: "\r\n".join(headers).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + b"".join(chunks),
    st.lists(header, max_size=10),
    st.lists(chunk, max_size=10),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A mail as it comes, with pieces replaced."""
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(len(raw) - 1, 0)))
        end = min(len(raw), start + draw(st.integers(0, 40)))
        raw[start:end] = draw(chunk)
    return bytes(raw)


def take(raw: bytes) -> None:
    """Both parsers on one mail; whatever comes out is storable and within its columns."""
    for parse in (parse_inbox, parse_sent):
        try:
            found = parse(raw, account="reservas@bahia.example", received_at=NOW)
        except BadInput:
            continue
        for message in found.delivery.messages:
            stored = message.texto + json.dumps(dict(message.metadata), ensure_ascii=False)
            assert "\x00" not in stored
            stored.encode()
            assert len(message.message_id) <= 250
            assert len(message.user_id) <= 190
            assert "@" in message.user_id
        for echo in found.delivery.echoes:
            echo.text.encode()
            assert "\x00" not in echo.text


@given(st.one_of(invented, damaged(), st.binary(max_size=400)))
def test_any_mail(raw: bytes) -> None:
    take(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"a" * 100_000,
        b"Subject: " + b"x" * 1_000_000,
        b"".join(b"H%d: x\r\n" % n for n in range(20_000)) + b"\r\n",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)),
        b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000,
        b"From: " + b"a@b.c, " * 20_000 + b"\r\n\r\nx",
        b"From: " + b"(" * 50_000 + b"\r\n\r\nx",
        b"From: " + b"<" * 50_000 + b"\r\n\r\nx",
        b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n\r\nx",
        b"From: a@b.c\r\n\r\n" + b"> " * 200_000,
        b"From: a@b.c\r\n\r\n" + b"On 1 Jan 2027 x@y.zz\n" * 50_000,
        b"From: a@b.c\r\n\r\n" + b"El 3/1/27 " * 100_000 + b"escribi:",
        b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<blockquote>" * 30_000 + b"x",
    ],
    ids=lambda raw: f"{len(raw)} {raw[:20]!r}",
)
def test_extreme_mails(raw: bytes) -> None:
    take(raw)


json_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def pushes(draw: st.DrawFn) -> bytes:
    """Envelopes near the real thing."""
    inside: Any = draw(
        st.one_of(
            json_value, st.fixed_dictionaries({"emailAddress": json_value | st.emails(), "historyId": json_value})
        )
    )
    data: Any = base64.b64encode(json.dumps(inside).encode()).decode()
    data = draw(st.one_of(st.just(data), st.just(data.rstrip("=")), json_value, st.text(max_size=20)))
    message = draw(st.one_of(json_value, st.fixed_dictionaries({"data": st.just(data), "messageId": json_value})))
    return json.dumps(draw(st.one_of(st.just({"message": message}), json_value))).encode()


@given(st.one_of(pushes(), st.binary(max_size=200)))
def test_any_push(body: bytes) -> None:
    try:
        found = parse_push(body)
    except BadInput:
        return
    assert found.address.count("@") == 1
    assert len(found.address) <= 190
    assert "\x00" not in found.address


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"message":' * 50_000, b"1" * 100_000, b"x" * 2_000_000, b"\xff", b"null"]
)
def test_extreme_pushes(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse_push(body)


@given(
    st.one_of(
        st.text(max_size=200),
        st.builds("{}.{}.{}".format, st.text(max_size=50), st.text(max_size=50), st.text(max_size=9)),
    )
)
def test_any_token(token: str) -> None:
    with pytest.raises(BadToken):
        key_id(token)


@given(st.text(max_size=500))
@hypothesis.example("On x\nwrote:")
def test_stripping_never_empties(text: str) -> None:
    visible = visible_text(text)
    assert bool(visible.strip()) <= bool(text.strip())
    if any(char.isalnum() for char in text):
        assert visible.strip()
        assert own_words(visible).strip()


@given(st.text(max_size=300))
def test_any_html(html: str) -> None:
    visible_html(html).encode()
    visible_html(f"<div>{html}</div><blockquote type=cite>{html}</blockquote>").encode()
