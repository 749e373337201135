"""Meta's error numbers: each leads to the one right action, as an answer and as a receipt."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotel_agent.common.exceptions import DependencyDown, Misconfigured, Permanent, UnknownOutcome
from integrations.channels.whatsapp.errors import CODES, Meaning, error_in, error_of
from integrations.channels.whatsapp.parse import parse
from integrations.exceptions import (
    AccountRefused,
    ContentRefused,
    OtherFormMayWork,
    RecipientRefused,
    RecipientThrottled,
    Throttled,
    WindowClosed,
)

EXPECTED = {
    DependencyDown: (1, 2, 131000, 131016, 133004, 131057),
    Throttled: (4, 80007, 130429),
    RecipientThrottled: (131056,),
    AccountRefused: (0, 190, 3, 10, 200, 250, 299, 131005, 33, 133010, 131045, 131037,
                     368, 130497, 131031, 131042, 131048, 131064),
    RecipientRefused: (131021, 130403, 131050, 130472, 131049, 131062, 137000),
    OtherFormMayWork: (131026, 131030),
    WindowClosed: (131047,),
    ContentRefused: (100, 131008, 131009, 131051, 131053, 132000, 132001, 132005, 132007, 132008, 132012, 132015,
                     132016, 132018, 132068, 132069, 131063, 135000),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in EXPECTED.items() for code in codes])
@pytest.mark.parametrize("status", [0, 400, 500])
def test_a_code_has_one_meaning_whatever_the_status(kind: type[Exception], code: int, status: int) -> None:
    assert type(error_of(code, "title", status=status)) is kind


def test_every_code_of_the_table_is_expected_above() -> None:
    assert set(CODES) - set(range(200, 300)) == {code for codes in EXPECTED.values() for code in codes} - {
        200,
        250,
        299,
    }


def test_every_meaning_becomes_an_error() -> None:
    for meaning in Meaning:
        code = next(code for code, found in CODES.items() if found is meaning)
        assert isinstance(error_of(code), DependencyDown | Misconfigured | Permanent)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, DependencyDown), (503, DependencyDown), (408, DependencyDown), (502, UnknownOutcome),
        (504, UnknownOutcome), (429, Throttled), (401, AccountRefused), (403, AccountRefused), (404, AccountRefused),
        (302, AccountRefused), (400, ContentRefused), (413, ContentRefused), (0, ContentRefused),
    ],
)  # fmt: skip
def test_without_a_known_code_the_status_speaks(status: int, kind: type[Exception]) -> None:
    assert type(error_of(None, status=status)) is kind


def test_a_gateway_that_passes_graph_s_own_error_on_is_certain() -> None:
    assert type(error_of(987654, status=502)) is DependencyDown


def test_waits() -> None:
    assert _wait(error_of(130429)) == 60
    assert _wait(error_of(130429, retry_after=7)) == 7
    assert [_wait(error_of(131056, pair_refusals=times)) for times in (0, 1, 2)] == [1, 4, 16]
    assert _wait(error_of(131000)) is None


def _wait(error: Exception) -> float | None:
    assert isinstance(error, DependencyDown)
    return error.retry_after


@pytest.mark.parametrize(("code", "reason"), [(190, "token"), (10, "permission"), (133010, "number"),
                                              (131042, "payment"), (368, "policy")])  # fmt: skip
def test_a_refused_account_says_what_people_have_to_do(code: int, reason: str) -> None:
    error = error_of(code)
    assert isinstance(error, AccountRefused)
    assert (error.reason, error.provider_code) == (reason, code)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "(#4) x", "code": 4, "error_data": {"details": "d"}}}, (4, "(#4) x - d")),
        ({"error": {"code": "4"}}, (None, "")),
        ({"error": {"code": True}}, (None, "")),
        ({"error": "broken"}, (None, "")),
        ({"messages": []}, (None, "")),
        ([], (None, "")),
        (None, (None, "")),
        ({"error": {"code": 1, "error_data": [], "message": "m" * 1000}}, (1, "m" * 300)),
    ],
)
def test_the_error_of_an_answer_is_read_carefully(body: object, expected: tuple[int | None, str]) -> None:
    assert error_in(body) == expected


@pytest.mark.needs_corpus
def test_codes_of_recorded_failures_are_known(corpus: Path) -> None:
    bodies = [path.read_bytes() for path in (corpus / "whatsapp").glob("status_failed_13*.json")]
    receipts = [receipt for body in bodies for receipt in parse(body).receipts]
    codes = {receipt.error_code for receipt in receipts}
    assert {131047, 131049, 131053, 130472} <= codes
    assert {131047, 131049, 131053, 130472} <= set(CODES)
