"""What is fuzzed: each parser of something a stranger sends, its seeds, and what its result has to be like."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.channels.whatsapp import parse as whatsapp
from tests.integrations.whatsapp.test_parse_properties import storable

PAYLOADS = Path(__file__).resolve().parents[1] / "integrations"


@dataclass(frozen=True)
class Fuzzed:
    """One parser. It may raise `BadInput` and nothing else; `check` judges what it returns."""

    parse: Callable[[bytes], Any]
    check: Callable[[Any], None]
    seeds: Callable[[Path | None], Sequence[bytes]]
    """Inputs to damage; given the directory of recorded payloads, or None when it is not there."""


def _whatsapp_seeds(corpus: Path | None) -> Sequence[bytes]:
    own = [
        json.dumps(json.loads(path.read_text(encoding="utf-8"))["delivery"]).encode()
        for path in sorted((PAYLOADS / "whatsapp" / "payloads").glob("*.json"))
    ]
    recorded = sorted((corpus / "whatsapp").glob("*.json")) if corpus is not None else []
    return own + [path.read_bytes() for path in recorded if path.name != "manifest.json"]


PARSERS: Mapping[str, Fuzzed] = {
    "whatsapp": Fuzzed(whatsapp.parse, storable, _whatsapp_seeds),
}
