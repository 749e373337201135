"""Reading threads. Nothing here writes; everything stays within one hotel."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, IntegerField, Q, Value
from django.db.models.functions import Cast

from conversations.models import Conversation, Message, OutboundMessage
from hotel_agent.common.exceptions import BadInput

GUEST, HOTEL = 0, 1
_PLACE = re.compile(r"([0-9T:.-]{19,26}\+00:00)~([01])~([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a thread ends: the line's time, side and number, so that lines of one moment are not lost."""

    at: dt.datetime
    side: int
    row: int

    @classmethod
    def parse(cls, written: str) -> Place:
        """A place as `str` wrote it.

        Raises:
            BadInput: it is none.
        """
        match = _PLACE.fullmatch(written)
        try:
            instant = dt.datetime.fromisoformat(match[1]) if match else None
        except ValueError:
            instant = None
        if match is None or instant is None:
            raise BadInput("`before` is `next_before` of the page before.")
        return cls(instant, int(match[2]), int(match[3]))

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.side}~{self.row}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a thread. `direction` is "in" for the guest's."""

    id: str
    direction: str
    kind: str
    state: str
    text: str
    at: dt.datetime
    place: Place


def lines(conversation: Conversation, *, before: Place | None = None, limit: int = 50) -> list[Line]:
    """The newest lines of a thread (before a place), newest first. In the tenant's scope."""
    heard = _side(
        Message.objects.filter(conversation=conversation).annotate(
            at=F("received_at"), side=Value(GUEST, IntegerField()), what=F("kind"),
            name=Cast("pk", CharField()),
        ),
        GUEST,
        before,
    )  # fmt: skip
    said = _side(
        OutboundMessage.objects.filter(conversation=conversation).annotate(
            at=F("created_at"), side=Value(HOTEL, IntegerField()), what=F("purpose"),
            name=Cast("public_id", CharField()),
        ),
        HOTEL,
        before,
    )  # fmt: skip
    columns = ("at", "side", "pk", "name", "what", "state", "text")
    found = heard.values_list(*columns).union(said.values_list(*columns), all=True).order_by("-at", "-side", "-pk")
    return [
        Line(name, "in" if side == GUEST else "out", what, state, text, at, Place(at, side, row))
        for at, side, row, name, what, state, text in found[:limit]
    ]


def _side(rows: Any, side: int, before: Place | None) -> Any:
    if before is None:
        return rows
    tie = Q(at=before.at)
    if side == before.side:
        tie &= Q(pk__lt=before.row)
    elif side > before.side:
        return rows.filter(at__lt=before.at)
    return rows.filter(Q(at__lt=before.at) | tie)
