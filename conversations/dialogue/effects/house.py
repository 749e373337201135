"""Asking the hotel itself: its facts and its people. Also the one answer everything may have: `PmsDown`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from conversations.dialogue.values import Localised
from hotel_agent.common.money import Money


@dataclass(frozen=True, slots=True)
class PmsDown:
    """The PMS cannot be asked now. `maybe_free` names rooms free at the last good look: indicative, never a price."""

    maybe_free: tuple[Localised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindFacts:
    """The hotel's facts that are true on `day` and answer a question, best first. Answer: FactsFound (maybe empty)."""

    intent: str
    topics: tuple[str, ...]
    question: str
    """The guest's words, for finding facts by their own words; never repeated to anyone."""
    language: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class StaffHours:
    """Whether a person is at the desk now. Answer: StaffPresence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """One fact of the hotel. `{amount}`, `{opens}` and `{closes}` in its text are written by the renderer."""

    fact_id: str
    topic: str
    text: Localised
    amount: Money | None = None
    opens: dt.time | None = None
    closes: dt.time | None = None


@dataclass(frozen=True, slots=True)
class FactsFound:
    """Facts that answer the question, best first."""

    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPresence:
    """People at the desk. `opens_at` is the next opening when nobody is there; `on_call` answers urgencies."""

    open_now: bool
    opens_at: dt.datetime | None = None
    on_call: bool = False
