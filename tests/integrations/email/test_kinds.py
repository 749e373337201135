"""Who wrote a mail: nobody but people is answered."""

from __future__ import annotations

import pytest

from integrations.channels.email.kinds import kind_of
from integrations.channels.email.mime import read
from tests.integrations.email.mails import AUTO_REPLY, BOUNCE, HUMAN, LIST

CASES = [
    pytest.param(kind, raw, id=f"{kind}: {name}")
    for kind, mails in (("human", HUMAN), ("auto-reply", AUTO_REPLY), ("bounce", BOUNCE), ("list", LIST))
    for name, raw in mails.items()
]


@pytest.mark.parametrize(("kind", "raw"), CASES)
def test_kind(kind: str, raw: bytes) -> None:
    assert kind_of(read(raw), own_domain="bahia.example").value == kind


def test_the_form_of_another_hotels_site_is_a_machine() -> None:
    assert kind_of(read(HUMAN["from the hotel's own site"]), own_domain="other.example").value == "list"
