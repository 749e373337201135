"""The short run of the fuzzer, the same inputs each time; the long one is `make fuzz`."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.fuzz.parsers import PARSERS
from tests.fuzz.run import Finding, fuzz

INPUTS = {"mail": 300}
"""Reading a mail takes longer than reading JSON; 1,500 of the others take about two seconds."""


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_a_parser_raises_nothing_but_its_own_error(name: str) -> None:
    tally = fuzz(name, PARSERS[name], seed=1, inputs=INPUTS.get(name, 1500))
    assert 0 < tally.accepted < tally.inputs, "some damage is survived and some is not"


def test_the_fuzzer_finds_what_is_wrong() -> None:
    """A parser with a bug in one key is caught, or the fuzzer proves nothing."""

    def careless(body: bytes) -> object:
        whole = PARSERS["whatsapp"].parse(body)
        json.loads(body)["entry"][0]["id"].upper()  # an id that is no text breaks this
        return whole

    with pytest.raises(Finding):
        fuzz("careless", dataclasses.replace(PARSERS["whatsapp"], parse=careless), seed=1, inputs=5000)
