"""Whose booking a code is: a one-time code goes to the contact on the booking, and the guest writes it here.

What is said never tells whether the booking exists: asking, waiting, a wrong code and too many tries read the same for
one that does not. The code itself is never known here, only the digits the guest wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from conversations.dialogue.effects import HandoffReason, MayProve, ProofAllowed, SendProof
from conversations.dialogue.replies import Button, Line, Reply, Steps
from conversations.dialogue.state import Pending, PendingKind, Purpose
from conversations.dialogue.workbench import Workbench

_SIX: Final = re.compile(r"(?<![\w-])(\d{3})[ .-]?(\d{3})(?![\w-])")


def digits_in(texts: Sequence[str]) -> str:
    """The last six digits written on their own ("482 913", "it says 482913"), or ""."""
    found = [match[1] + match[2] for text in texts for match in _SIX.finditer(text)]
    return found[-1] if found else ""


def begin(turn: Workbench, purpose: Purpose, code: str, words: str) -> Steps:
    """Send a one-time code and ask for it, unless it was asked for too often or nothing could be sent."""
    answer = yield MayProve(code=code)
    if not isinstance(answer, ProofAllowed) or not answer.is_possible:
        yield from _to_person(turn, "stay.by_reception", code, words)
    elif not answer.is_allowed:
        yield from _to_person(turn, "stay.locked", code, words)
    else:
        pending = turn.state.pending
        again = pending is not None and pending.kind is PendingKind.PROOF and pending.code == code
        turn.rule = "stay.proof_again" if again else "stay.ask_proof"
        turn.do(SendProof(code=code))
        turn.settle()
        turn.ask("stay.proof_again" if again else "stay.ask_proof", None, code=code)
        turn.buttons(Button(f"proof:{code}", "button.another_proof"), Button("person", "button.person"))
        words = pending.words if again and pending is not None else words
        turn.wait_for(Pending(kind=PendingKind.PROOF, purpose=purpose, code=code, words=words))


def wrong(turn: Workbench, *, is_over: bool) -> Steps:
    """Not the code that was sent, or not any more: another try, another code, or a person looks."""
    pending = turn.state.pending
    code = pending.code if pending is not None else ""
    if is_over:
        yield from _to_person(turn, "stay.locked", code, pending.words if pending is not None else "")
        return
    turn.rule = "stay.proof_wrong"
    turn.ask("stay.proof_wrong", None)
    turn.buttons(Button(f"proof:{code}", "button.another_proof"), Button("person", "button.person"))


def ask_again(turn: Workbench) -> None:
    """The guest answered something else ("it did not come"): where to look, and the two ways on."""
    pending = turn.state.pending
    turn.rule = "stay.proof_waiting"
    turn.ask("stay.proof_waiting", None)
    turn.buttons(
        Button(f"proof:{pending.code if pending else ''}", "button.another_proof"), Button("person", "button.person")
    )


def message(reference: str, digits: str) -> Reply:
    """What the contact on the booking reads."""
    code = Line("proof.code", {"reference": reference, "code": digits})
    return Reply(((code,), (Line("proof.not_you"),)))


def _to_person(turn: Workbench, key: str, code: str, words: str) -> Steps:
    turn.rule = key
    turn.settle()
    turn.say(key)
    turn.hand_over(HandoffReason.IDENTITY, summary=words, code=code)
    yield from turn.promise_person()
