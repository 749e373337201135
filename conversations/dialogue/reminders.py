"""Reminders before arrival, and the word that ends them.

STOP, BAJA and SAIR are commands, as every messaging service knows them: they are read as written, alone in a message,
and whatever an engine would make of them. They end reminders only; bookings' results still come.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from conversations.dialogue import offers
from conversations.dialogue.effects import RecordOptOut, StayHappened
from conversations.dialogue.replies import Clock, Count, Span, Steps
from conversations.dialogue.workbench import Workbench

if TYPE_CHECKING:
    from conversations.dialogue.conditions import Hearing

OUT: Final = frozenset({"stop", "baja", "sair", "unsubscribe"})
IN: Final = frozenset({"start", "alta", "voltar"})


def word(hearing: Hearing) -> str:
    """The only thing written, folded, when it is a single word."""
    if len(hearing.said.texts) != 1:
        return ""
    plain = unicodedata.normalize("NFKD", hearing.said.texts[0]).strip().strip(".!¡\"'").lower()
    return plain if plain.isalpha() else ""


def is_command(turn: Workbench, hearing: Hearing) -> bool:
    """An opt-out; or the way back, for who had opted out."""
    said = word(hearing)
    return said in OUT or (turn.caller.opted_out and said in IN)


def do_command(turn: Workbench, hearing: Hearing) -> Steps:
    """Honoured at once and confirmed once: repeating it is answered with silence."""
    out = word(hearing) in OUT
    if out and turn.caller.opted_out:
        turn.rule = "opt_out.again"
        return
    turn.rule = "opt_out.stop" if out else "opt_out.start"
    turn.do(RecordOptOut(opted_out=out))
    turn.say("reminder.stopped" if out else "reminder.started")
    yield from ()


def narrate(turn: Workbench, event: StayHappened) -> None:
    """The arrival is near: when, what, and where everything is."""
    view = event.reservation
    if view is None:
        return
    stay, room = Span(view.stay.check_in, view.stay.check_out), offers.room_of(view)
    if event.days <= 1:
        turn.say("reminder.tomorrow", stay=stay, room=room, code=view.code)
    else:
        turn.say("reminder.days", days=Count(event.days, "day"), stay=stay, room=room, code=view.code)
    turn.say("event.check_in", time=Clock(turn.hotel.check_in_from))
    if view.stay_url:
        turn.paragraph("event.page", url=view.stay_url)
    turn.paragraph("event.write_here")
    turn.say("reminder.how_to_stop")
