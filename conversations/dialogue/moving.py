"""The stay that is being talked about, a week later or on the next weekend: "and the weekend after?".

Read from the words, beside `lengthening`: what "after" is after, only the conversation knows. A message that is more
than such a question, or that names dates of its own, is left to the engine. What was read is said back with dates and
prices.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Final

from conversations.dialogue.lengthening import COUNT, counted
from conversations.dialogue.said import SMALL_TALK, Said
from conversations.dialogue.state import Draft
from conversations.understanding.text import fold_plain
from conversations.understanding.types import Scored

LONGEST: Final = 9
"""Words. Longer messages say more than when."""

_WEEK: Final = dt.timedelta(days=7)
_FRIDAY: Final = 4
_END: Final = r"(?: (?:that|then|de ese|de esa|desse|dessa|please|por favor|porfa|for (?:the )?same|igual))?$"
_WEEKS: Final = re.compile(
    rf"\b(?:(?P<count>{COUNT}) )?(?:weeks?|semanas?) "
    rf"(?P<way>later|after|despues|mas tarde|depois|mais tarde|siguiente|seguinte|earlier|before|antes|anterior){_END}"
    rf"|\b(?P<following>following|previous) week{_END}"
)
_WEEKEND: Final = re.compile(
    rf"\b(?:weekend|fin de semana|finde|finde semana|fim de semana|fds) "
    rf"(?P<way>after|later|siguiente|posterior|despues|seguinte|depois|before|anterior|antes){_END}"
    rf"|\b(?P<following>following|previous) weekend{_END}"
)
ABOUT_THE_STAY: Final = SMALL_TALK | {
    "check_availability", "ask_price", "provide_details", "modify_reservation", "make_reservation",
    "early_late_request",
    "affirm", "deny", "dont_know", "help",
}  # fmt: skip
"""What an engine may take such a question for. "Can I cancel a week before?" is another one."""

_SOMETHING_ELSE: Final = re.compile(
    r"\b(?:avis\w+|confirm\w+|pag\w+|pay\w*|cancel\w*|tell|know|call|llam\w+|lig\w+|escrib\w+|escrev\w+|write|decid\w+)\b"
)
"""What happens then, that is no stay: "te aviso una semana antes"."""
_BACK: Final = frozenset({"earlier", "before", "antes", "anterior", "previous"})


def moved(draft: Draft, said: Said) -> Said:
    """What was said, with the dates it comes to when it moves the stay of the draft; otherwise as it was."""
    if draft.check_in is None or draft.check_out is None or not said.texts:
        return said
    if any(scored.name not in ABOUT_THE_STAY for scored in said.intents):
        return said
    words = re.findall(r"\w+", fold_plain(said.texts[-1]))
    if len(words) > LONGEST:
        return said
    text = " ".join(words)
    if _SOMETHING_ELSE.search(text):
        return said
    if found := _WEEKEND.search(text):
        check_in, check_out = _weekend(draft.check_in, draft.check_out, back=_is_back(found))
    elif found := _WEEKS.search(text):
        away = _WEEK * counted(found["count"] or "one") * (-1 if _is_back(found) else 1)
        check_in, check_out = draft.check_in + away, draft.check_out + away
    else:
        return said
    entities = replace(said.entities, check_in=check_in, check_out=check_out, nights=None, ambiguities=())
    return replace(said, entities=entities, intents=(Scored("check_availability", 1.0),))


def _is_back(found: re.Match[str]) -> bool:
    return (found["way"] or found["following"]) in _BACK


def _weekend(check_in: dt.date, check_out: dt.date, *, back: bool) -> tuple[dt.date, dt.date]:
    """Friday to Sunday, or as long as the weekend before was."""
    nights = check_out - check_in
    if check_in.weekday() != _FRIDAY or nights > dt.timedelta(days=4):
        nights = dt.timedelta(days=2)
    if back:
        friday = check_in - dt.timedelta(days=(check_in.weekday() - _FRIDAY) % 7 or 7)
        if friday + nights > check_in:  # the weekend the stay itself begins in
            friday -= _WEEK
    else:
        friday = check_out + dt.timedelta(days=(_FRIDAY - check_out.weekday()) % 7)
    return friday, friday + nights
