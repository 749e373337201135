"""Act, ask or hand over: thresholds come from how often the model was right on messages it had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from conversations.understanding.types import INTENTS, Scored, Understanding

ACT_ACCURACY: Final = 0.94
"""On left-out sections of the training data, which are harder than guests' messages (they are written to differ from
each other); on messages of other authors acting is then right more often."""
GRAVE_ACCURACY: Final = 0.97
"""Where acting sells, changes or cancels."""
MENU: Final = 3
"""WhatsApp shows at most three reply buttons."""
MENU_SHARE: Final = 0.06
"""A label less likely than this does not help as a button."""
DEFAULT_THRESHOLDS: Final[Mapping[str, float]] = {"act": 0.6, "ask": 0.25}

GRAVE: Final = frozenset({"cancel_reservation", "modify_reservation", "make_reservation", "affirm", "deny"})
"""A mistake here changes or sells a stay: they need the stricter threshold."""

INTERCHANGEABLE: Final[tuple[frozenset[str], ...]] = (
    frozenset({"make_reservation", "check_availability", "provide_details"}),
    frozenset({"ask_price", "ask_amenities"}),
    frozenset({"ask_checkin_checkout", "early_late_request"}),
    frozenset({"ask_dining", "room_service"}),
    frozenset({"ask_amenities", "ask_room_types"}),
    frozenset({"housekeeping", "special_request"}),
    frozenset({"report_problem", "housekeeping"}),
    frozenset({"complaint", "report_problem"}),
    frozenset({"ask_payment", "ask_cancellation_policy"}),
    frozenset({"ask_location", "ask_local_info"}),
    frozenset({"ask_location", "ask_transport"}),
    frozenset({"affirm", "thanks"}),
    frozenset({"goodbye", "thanks"}),
    frozenset({"help", "talk_to_human"}),
)
"""Routings that lead a guest to the same place (the accepted ones of the evaluation format): taking one for the
other is no error. Nothing that cancels, changes or denies is among them."""


def right_for(label: str, intents: Sequence[str]) -> bool:
    """Whether acting on `label` serves a message that says `intents`."""
    return label in intents or any(label in group and not group.isdisjoint(intents) for group in INTERCHANGEABLE)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an understanding."""

    action: Literal["act", "clarify", "hand_over"]
    candidates: tuple[Scored, ...] = ()
    """For `clarify`: up to three labels to offer as buttons."""


def decide(understood: Understanding, thresholds: Mapping[str, float] = DEFAULT_THRESHOLDS) -> Decision:
    """Act above the threshold, offer candidates between, hand over (or ask openly) when nothing is likely."""
    primary = understood.primary
    if primary is None:
        return Decision("hand_over")
    act = thresholds.get("act_grave", thresholds["act"]) if primary in GRAVE else thresholds["act"]
    if understood.confidence >= act:
        return Decision("act")
    offered = tuple(one for one in understood.candidates if one.confidence >= MENU_SHARE)[:MENU]
    if understood.confidence >= thresholds["ask"] and offered:
        return Decision("clarify", offered)
    return Decision("hand_over", offered)


def choose_thresholds(
    scaled: npt.NDArray[np.float64], intents: Sequence[tuple[str, ...]]
) -> tuple[dict[str, float], dict[str, Any]]:
    """(thresholds, what they gave) from calibrated out-of-fold scores: the lowest at which acting is right
    `ACT_ACCURACY` of the time; `ask` where a menu of three still contains the answer half of the time."""
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    best, top = shares.argmax(axis=1), shares.max(axis=1)
    strict = np.asarray([INTENTS[label] in names for label, names in zip(best, intents, strict=True)])
    right = np.asarray([right_for(INTENTS[label], names) for label, names in zip(best, intents, strict=True)])
    grave = np.asarray([INTENTS[label] in GRAVE for label in best])
    act = _lowest(top[~grave], right[~grave], ACT_ACCURACY)
    act_grave = max(act, _lowest(top[grave], right[grave], GRAVE_ACCURACY)) if grave.any() else act
    order = np.argsort(-shares, axis=1)[:, :MENU]
    in_menu = np.asarray(
        [any(INTENTS[label] in names for label in row) for row, names in zip(order, intents, strict=True)]
    )
    ask = min(act, _lowest(top, in_menu, 0.5, floor=0.1))
    thresholds = {"act": round(act, 3), "act_grave": round(act_grave, 3), "ask": round(ask, 3)}
    acted = top >= np.where(grave, act_grave, act)
    report = {
        "messages": len(right),
        "top1": round(float(strict.mean()), 4),
        "top1_accepted": round(float(right.mean()), 4),
        "top3": round(float(in_menu.mean()), 4),
        "coverage": round(float(acted.mean()), 4),
        "accuracy_acting": round(float(right[acted].mean()), 4) if acted.any() else 0.0,
    }
    return thresholds, report


def _lowest(top: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], wanted: float, *, floor: float = 0.3) -> float:
    """The lowest threshold above which the share of right answers is at least `wanted`."""
    order = np.argsort(-top)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.nonzero(share >= wanted)[0]
    if not len(good):
        return 0.99
    return float(min(0.99, max(floor, top[order[good[-1]]])))
