"""After a change, what a deposit leaves to pay is said, and what was paid too much is not forgotten."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from conversations.dialogue import effects as fx
from integrations.pms.base import Party, Stay
from tests.dialogue.conversation import Conversation
from tests.dialogue.house import ars, hotel
from tests.dialogue.script import START
from tests.dialogue.world import World


@pytest.mark.parametrize(
    ("language", "paid", "said", "task"),
    [
        ("es", 130_000, "Pagado hasta ahora: ARS 130.000. El resto, ARS 390.000, se paga en el hotel.", False),
        ("en", 600_000, "ARS 600,000 had been paid: reception returns ARS 80,000 to you.", True),
        ("pt", 130_000, "Pago até agora: ARS 130.000. O restante, ARS 390.000, paga-se no hotel.", False),
        ("es", 520_000, "ARS 520.000", False),
    ],
)
def test_what_is_paid_is_told_with_the_change(language: str, paid: int, said: str, task: bool) -> None:
    world = World(at=START)
    stay = Stay(dt.date(2027, 1, 3), dt.date(2027, 1, 7), (Party(2),))
    option = next(one for one in world._quote(stay).options if one.room_type_id == "sup")
    view = replace(world.add_booking("HT-7KQ2MX", stay, option), paid=ars(paid))
    guest = Conversation(hotel(default_language=language), world, language=language)

    told = guest.happens(fx.StayHappened(kind=fx.StayEventKind.CHANGED, reservation=view))

    assert said in told.text
    opened = [one.reason for one in told.decision.commands if isinstance(one, fx.OpenHandoff)]
    assert opened == ([fx.HandoffReason.PAYMENT] if task else [])
