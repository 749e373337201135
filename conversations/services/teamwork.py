"""Saying in a conversation what the hotel's people did or did not do yet: a recorded turn and one message, once."""

from __future__ import annotations

import datetime as dt
import time

from conversations.dialogue import policy
from conversations.dialogue.effects import TeamHappened
from conversations.dialogue.state import DialogueState
from conversations.models import Conversation, Turn
from conversations.services import memory, recording
from conversations.services.executor import Executor, drive
from conversations.services.profile import caller, hotel_profile


def tell(
    conversation: Conversation,
    event: TeamHappened,
    *,
    key: str,
    at: dt.datetime,
    state: DialogueState | None = None,
) -> bool:
    """Queue one message about the hotel's people; False when it was queued before, or there is nothing to say.

    Inside the tenant's scope and the caller's transaction, with the conversation (and its tenant, guest and account)
    locked. The key is what makes it once. `state` is the memory when the caller has it.
    """
    if conversation.outbound.filter(dedupe_key=key).exists():
        return False
    started = time.perf_counter()
    hotel, who = hotel_profile(conversation.tenant), caller(conversation)
    before = state if state is not None else memory.recall(conversation).state
    executor = Executor(conversation, hotel, at, may_keep_rooms=False)
    decision, observations = drive(policy.tell(before, event, hotel, at, who), executor)
    turn = recording.record_turn(
        conversation,
        kind=Turn.Kind.DESK,
        heard=event,
        who=who,
        before=before,
        observations=observations,
        decision=decision,
        at=at,
        duration_ms=(time.perf_counter() - started) * 1000,
    )
    executor.carry_out(decision.commands, conversation, turn)  # at most: that the guest was told who writes
    return bool(recording.queue(recording.compose_reply(conversation, turn, decision, hotel, dedupe_key=key)))
