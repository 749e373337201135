"""One person behind every written form of a number, and the form Meta is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.channels.whatsapp.content import is_bsuid
from integrations.channels.whatsapp.identity import Address, address, canonical, other_form


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (["5491122334455", "+54 9 11 2233-4455", "541122334455", "+54 11 2233 4455"], "+541122334455"),
        (["5215512345678", "+52 1 55 1234 5678", "525512345678", "+52 55 1234 5678"], "+525512345678"),
        (["5511987654321", "551187654321", "+55 (11) 98765-4321", "+55 11 8765 4321"], "+5511987654321"),
        (["551133334444"], "+551133334444"),
        (["16505551234", "+1 650-555-1234"], "+16505551234"),
        (["447911123456"], "+447911123456"),
    ],
)
def test_all_forms_of_a_number_are_one(forms: list[str], expected: str) -> None:
    assert {canonical(form) for form in forms} == {expected}


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("011 15-2233-4455", "AR", "+541122334455"),
        ("11 2233-4455", "AR", "+541122334455"),
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("+5491122334455", "BR", "+541122334455"),
    ],
)
def test_a_number_written_at_home_is_read_with_its_country(written: str, region: str, expected: str) -> None:
    assert canonical(written, region=region) == expected


@pytest.mark.parametrize("written", ["", "bla", "US.123", "1", "９９９", "+", "12345678901234567890"])
def test_what_is_no_number_matches_nobody(written: str) -> None:
    assert canonical(written) == ""


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("5491122334455", "541122334455"),
        ("541122334455", "5491122334455"),
        ("5215512345678", "525512345678"),
        ("525512345678", "5215512345678"),
        ("5511987654321", "551187654321"),
        ("551187654321", "5511987654321"),
        ("+5491122334455", "541122334455"),
        ("551133334444", None),  # a landline in São Paulo
        ("16505551234", None),
        ("AR.123", None),
        ("", None),
    ],
)
def test_the_other_form_exists_in_three_countries_only(number: str, other: str | None) -> None:
    assert other_form(number) == other


@given(st.from_regex(r"(54|52|55|1|44)[0-9]{8,12}", fullmatch=True))
def test_both_forms_are_each_other_s_and_one_person(number: str) -> None:
    other = other_form(number)
    if other is not None:
        assert other != number
        assert other_form(other) == number
        assert canonical(other) == canonical(number)


def test_a_number_goes_out_with_a_plus_and_a_user_id_as_recipient() -> None:
    assert address("5491122334455") == Address("to", "+5491122334455")
    assert address("AR.48151623421089") == Address("recipient", "AR.48151623421089")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("US.13491208655302741918", True), ("US.ENT.118", True), ("US.", False), ("us.1", False), ("15551234567", False)],
)
def test_user_ids_are_told_from_numbers(value: str, expected: bool) -> None:
    assert is_bsuid(value) is expected
