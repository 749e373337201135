"""Moving the booking on after an extra was asked for, accepted or declined."""

from __future__ import annotations

from conversations.dialogue import arranging, booking, extras, wishes
from conversations.dialogue.effects import ExtraWish
from conversations.dialogue.replies import Steps
from conversations.dialogue.state import Draft, Stage
from conversations.dialogue.workbench import Workbench


def add(turn: Workbench, before: Draft) -> Steps:
    """What was just asked for: into the summary at once when a room is chosen, else kept for it."""
    found = turn.state.option(turn.state.chosen)
    if found is not None and turn.state.stage in (Stage.DETAILS, Stage.SUMMARY):
        quoted, option = found
        if turn.at >= quoted.expires_at or turn.late:
            yield from booking.requote(turn, option)
        else:
            yield from booking.proceed(turn, quoted, option)
        return
    new = tuple(wish.kind for wish in turn.state.draft.extras if wish not in before.extras)
    turn.say("extras.noted", what=extras.named(new))
    turn.paragraphs.append([])
    if turn.said is not None:
        yield from wishes.act(turn, turn.said, before)


def accept(turn: Workbench, kind: str) -> Steps:
    """The guest wants the extra whose price was said: back to the summary (or what is missing) with it."""
    before = turn.state.draft
    turn.change(pending=None)
    if kind in {*arranging.EXTRAS, *arranging.KIND_OF_TOPIC.values()} and turn.state.option(turn.state.chosen):
        if kind not in {wish.kind for wish in before.extras}:
            turn.draft(extras=(*before.extras, ExtraWish(kind=kind)))
        yield from add(turn, before)
        return
    turn.rule = "tap.unknown"
    turn.say("tap.unknown")
    booking.prompt(turn)


def decline(turn: Workbench) -> None:
    """Without it."""
    turn.rule = "extras.declined"
    turn.change(pending=None)
    booking.prompt(turn)
