"""Text out of bytes whose charset is named wrongly, strangely or not at all."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

LONGEST_GUESS = 64 * 1024
"""Bytes a guess at the charset looks at: enough to tell, and bounded."""

_ALIASES = {
    # What mail programs write, and the superset that decodes it: browsers (WHATWG) do the same.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-gbk": "gb18030",
    "cp-850": "cp850",
    "utf8": "utf-8",
    "windows-874": "cp874",
}
_CODEC_NAME = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decoded(data: bytes, declared: str = "") -> str:
    """The text: by the declared charset, else UTF-8, else the likeliest one, else byte by byte. Never raises.

    The result holds no NUL and no lone surrogate, which neither PostgreSQL nor UTF-8 can carry.
    """
    for codec in _candidates(declared):
        try:
            return stored(data.decode(codec))
        except (UnicodeError, LookupError, ValueError):
            continue
    guess = from_bytes(data[:LONGEST_GUESS]).best() if data else None
    codec = guess.encoding if guess else "cp1252"
    try:
        return stored(data.decode(codec, "replace"))
    except (LookupError, ValueError):
        return stored(data.decode("latin-1"))


def stored(text: str) -> str:
    """Text without what cannot be stored."""
    return _UNSTORABLE.sub("", text)


def _candidates(declared: str) -> list[str]:
    name = declared.strip().strip("\"'").lower()
    codec = _ALIASES.get(name, name)
    names = [codec] if _CODEC_NAME.fullmatch(codec) and _is_text(codec) else []
    return names if "utf-8" in names else [*names, "utf-8"]


def _is_text(codec: str) -> bool:
    try:
        # Some codecs turn bytes into bytes ("zip", "hex"): a bomb, not a charset.
        return bool(getattr(codecs.lookup(codec), "_is_text_encoding", True)) and codec not in {"idna", "punycode"}
    except (LookupError, ValueError):
        return False
