"""Recomputing a recorded turn from what was heard and answered then, with the policy of now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conversations.dialogue import policy
from conversations.dialogue.effects import answer_from_dict, event_from_dict, query_from_dict, team_event_from_dict
from conversations.dialogue.hotel import Caller, Heard
from conversations.dialogue.replies import Decision
from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import record_as_dict, record_from_dict
from conversations.models import Turn
from conversations.services.profile import hotel_profile
from conversations.services.recording import explained
from hotel_agent.common.exceptions import BadInput


class AskedDifferently(BadInput):
    """The policy now asks another question than was recorded; there is no answer to give it."""

    code = "asked_differently"


@dataclass(frozen=True, slots=True)
class Replay:
    """A turn as it was decided and as it would be decided now."""

    turn: Turn
    then: dict[str, Any]
    now: dict[str, Any]
    same_state: bool
    problem: str = ""

    @property
    def is_same(self) -> bool:
        """Whether rule, reply keys, facts, quotes, commands and memory are equal."""
        return not self.problem and self.same_state and self.then == self.now


def replay(turn: Turn) -> Replay:
    """Run the current policy on the recorded turn. Reads nothing but the turn and the hotel's profile."""
    try:
        decision = _decide(turn)
    except BadInput as error:
        return Replay(turn, turn.decision, {}, same_state=False, problem=f"{error.code}: {error}")
    return Replay(turn, turn.decision, explained(decision), same_state=decision.state.as_dict() == turn.state_after)


def _decide(turn: Turn) -> Decision:
    conversation = turn.conversation
    hotel = hotel_profile(conversation.tenant)
    state = DialogueState.from_dict(turn.state_before)
    who = record_from_dict(turn.caller, (Caller,))
    if turn.kind == Turn.Kind.STAY_EVENT:
        running = policy.narrate(state, event_from_dict(turn.heard[0]), hotel, turn.at, who)
    elif turn.kind == Turn.Kind.APOLOGY:
        running = policy.apologise(state, hotel, turn.at, who)
    elif turn.kind == Turn.Kind.DESK:
        running = policy.tell(state, team_event_from_dict(turn.heard[0]), hotel, turn.at, who)
    else:
        heard = tuple(record_from_dict(data, (Heard,)) for data in turn.heard)
        running = policy.respond(state, heard, hotel, turn.at, who)
    recorded = iter(turn.observations)
    try:
        query = next(running)
        while True:
            observation = next(recorded, None)
            if observation is None or query_from_dict(observation["query"]) != query:
                raise AskedDifferently(f"it now asks {record_as_dict(query)}")
            query = running.send(answer_from_dict(observation["answer"]))
    except StopIteration as done:
        decision: Decision = done.value
        return decision
