"""What is stored reads back exactly, or says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.dialogue import effects as fx
from conversations.dialogue.effects import answer_from_dict, command_from_dict, query_from_dict
from conversations.dialogue.state import DialogueState, Pending, PendingKind
from conversations.dialogue.values import CorruptRecord, record_as_dict
from integrations.pms.base import Reason
from tests.dialogue.house import ars
from tests.dialogue.script import START
from tests.dialogue.test_choosing import options


def stored(record: object) -> dict[str, object]:
    data: dict[str, object] = json.loads(json.dumps(record_as_dict(record)))
    return data


def test_answers_queries_and_commands_read_back() -> None:
    from integrations.pms.base import Party, Stay

    stay = Stay(START.date(), START.date(), (Party(2, (3, 5)),))
    quoted = fx.Quoted(quote_id="q", stay=stay, options=options(saver=True), expires_at=START)
    for answer in (fx.OffersFound(quoted), fx.NothingFree((quoted,)), fx.PmsDown(), fx.StaffPresence(open_now=False),
                   fx.StayNotPossible(reason=Reason.MIN_STAY, limit=3)):  # fmt: skip
        assert answer_from_dict(stored(answer)) == answer
    query = fx.SearchOffers(stay=stay, room_type="double")
    assert query_from_dict(stored(query)) == query
    command = fx.RequestCancellation(code="HT-7KQ2MX", expected_fee=ars(100))
    assert command_from_dict(stored(command)) == command


@pytest.mark.parametrize(
    "data", [{}, {"record": "Nothing"}, {"record": "Held"}, {"record": "RequestBooking"}, [], None]
)
def test_a_damaged_answer_is_named(data: object) -> None:
    with pytest.raises(CorruptRecord):
        answer_from_dict(data)  # type: ignore[arg-type]


def test_a_damaged_state_is_named() -> None:
    state = DialogueState(pending=Pending(kind=PendingKind.CODE, fee=ars(5)))
    good = json.loads(json.dumps(state.as_dict()))
    assert DialogueState.from_dict(good) == state
    for damage in ({"version": 0}, {"stage": "nowhere"}, {"offers": [{"quote_id": 1}]}, {"draft": None},
                   {"record": "Held"}, {"hold": {"hold_id": "h"}}):  # fmt: skip
        with pytest.raises(CorruptRecord):
            DialogueState.from_dict({**good, **damage})
    others: list[Any] = [{}, None, "x", []]
    for other in others:
        with pytest.raises(CorruptRecord):
            DialogueState.from_dict(other)
