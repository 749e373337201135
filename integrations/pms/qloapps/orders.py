"""Orders and the rooms they keep: what QloApps has, read from where it tells the truth.

`GET /bookings` shows neither state nor ghosts, and is a 500 in a shop that shows prices without tax; orders carry the
state and our reference, `room_bookings` which rooms are kept. Every list is narrowed to this hotel: a key reads all
hotels of an installation.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from hotel_agent.common import clock
from integrations.pms.base import PmsBooking
from integrations.pms.qloapps import records
from integrations.pms.qloapps.client import Client, Record, any_of, fields
from integrations.pms.qloapps.config import Config
from integrations.pms.qloapps.records import CUSTOMER_FIELDS, LINE_FIELDS, ORDER_FIELDS, Line, Order

OURS = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""What a reference of ours looks like; anything else would be read as a filter's own signs."""
NUMBER = re.compile(r"[0-9]{1,9}")
CHUNK = 100
"""Ids per question: they travel in the address."""
PAGE = 1_000
IN_THE_MAKING_S = 60.0
"""An order exists before its rooms do; a younger one without rooms may be getting them."""


class Orders:
    """The bookings of one hotel."""

    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def by_reference(self, reference: str) -> list[PmsBooking]:
        """Exactly this `source`, oldest first."""
        if not OURS.fullmatch(reference):
            return []
        rows = self._client.list("orders", filter_source=f"[{reference}]", display=ORDER_FIELDS)
        return self._bookings(row for row in rows if row.get("source") == reference)

    def get(self, booking_id: str) -> PmsBooking | None:
        """One order of this hotel."""
        if not NUMBER.fullmatch(booking_id):
            return None
        rows = self._client.list("orders", filter_id=f"[{booking_id}]", display=ORDER_FIELDS)
        return next(iter(self._bookings(rows)), None)

    def customer(self, booking_id: str) -> Record | None:
        """Whom an order is for, as `writing.change` has to send it back. Only these fields are asked for: a customer's
        record has the hash of a password."""
        for order in self._client.list("orders", filter_id=f"[{booking_id}]", display=fields("id", "id_customer")):
            rows = self._client.list(
                "customers", filter_id=f"[{records.number(order['id_customer'])}]", display=CUSTOMER_FIELDS
            )
            return next(iter(rows), None)
        return None

    def parties(self, booking_id: str) -> Counter[tuple[int, int]]:
        """Adults and children of the rooms an order keeps."""
        return Counter((line.adults, line.children) for line in self._lines([int(booking_id)]) if line.keeps_room)

    def with_prefix(self, prefix: str, since: dt.date) -> list[PmsBooking]:
        """Orders whose `source` begins with `prefix`, with a night of departure on `since` or later."""
        if not OURS.fullmatch(prefix):
            return []
        ids = sorted({line.order_id for line in self._lines_since(since)})
        found: list[Record] = []
        for chunk in _chunks(ids):
            found += self._client.list(
                "orders", filter_id=any_of(chunk), filter_source=f"[{prefix}]%", display=ORDER_FIELDS
            )
        return self._bookings(row for row in found if str(row.get("source", "")).startswith(prefix))

    def changed_since(self, instant: dt.datetime) -> list[PmsBooking]:
        """Orders touched since, oldest change first."""
        local = instant.astimezone(self._config.zone) - dt.timedelta(seconds=1)
        rows = self._pages("orders", filter_date_upd=f">[{local:%Y-%m-%d %H:%M:%S}]", date="1", display=ORDER_FIELDS)
        touched = {str(row["id"]): str(row["date_upd"]) for row in rows}
        return sorted(self._bookings(rows), key=lambda one: (touched[one.booking_id], int(one.booking_id)))

    def double_sales(self, since: dt.date) -> list[frozenset[str]]:
        """Orders that keep one room on one night."""
        by_room = defaultdict(list)
        for line in self._lines_since(since):
            if line.keeps_room:
                by_room[line.room_id].append(line)
        pairs = {
            frozenset({str(one.order_id), str(other.order_id)})
            for lines in by_room.values()
            for one, other in itertools.combinations(lines, 2)
            if one.order_id != other.order_id and one.check_in < other.check_out and other.check_in < one.check_out
        }
        return sorted(pairs, key=sorted)

    def may_be_in_the_making(self, found: PmsBooking) -> bool:
        """Whether an order without rooms is young enough to be getting them just now."""
        if found.created_at is None:
            return False
        return abs(clock.now() - found.created_at) < clock.seconds(IN_THE_MAKING_S)

    def is_shared(self, made: PmsBooking) -> bool:
        """Whether somebody else keeps one of its rooms on one of its nights, and has to stay.

        Of two bookings of ours the older one stays; to anybody else's ours gives way.
        """
        others = {
            line.order_id
            for mine in self._lines([int(made.booking_id)])
            if mine.keeps_room
            for line in self._occupants(mine)
            if line.order_id != mine.order_id
        }
        if not others:
            return False
        rows = self._client.list(
            "orders", filter_id=any_of(sorted(others)), display=fields("id", "source", "current_state")
        )
        return any(self._has_to_stay(row, made) for row in rows)

    def _has_to_stay(self, other: Record, made: PmsBooking) -> bool:
        if records.number(other["current_state"]) in self._config.states.released:
            return False
        is_ours = str(other["source"]).startswith(self._config.reference_prefix)
        return not is_ours or records.number(other["id"]) < int(made.booking_id)

    def _occupants(self, mine: Line) -> list[Line]:
        rows = self._client.list(
            "room_bookings",
            filter_id_room=f"[{mine.room_id}]",
            filter_is_refunded="[0]",
            filter_date_from=f"<[{mine.check_out:%Y-%m-%d}]",
            filter_date_to=f">[{mine.check_in:%Y-%m-%d}]",
            date="1",
            display=LINE_FIELDS,
        )
        lines = [Line.of(row) for row in rows]
        # The filters know no >= and compare times: stays that only touch are sorted out here.
        return [
            line
            for line in lines
            if line.keeps_room and line.check_in < mine.check_out and mine.check_in < line.check_out
        ]

    def _bookings(self, rows: Iterable[Record]) -> list[PmsBooking]:
        found = list(rows)
        if not found:
            return []
        currencies = self._currencies()
        orders = [Order.of(row, self._config, currencies) for row in found]
        lines = defaultdict(list)
        for line in self._lines([order.order_id for order in orders]):
            lines[line.order_id].append(line)
        return [
            records.booking(order, mine, self._config)
            for order in sorted(orders, key=lambda order: order.order_id)
            if (mine := [line for line in lines[order.order_id] if line.hotel_id == self._config.hotel_id])
        ]

    def _lines_since(self, since: dt.date) -> list[Line]:
        day_before = since - dt.timedelta(days=1)  # no >= here
        rows = self._pages(
            "room_bookings",
            filter_id_hotel=f"[{self._config.hotel_id}]",
            filter_date_to=f">[{day_before:%Y-%m-%d} 23:59:59]",
            date="1",
            display=LINE_FIELDS,
        )
        return [line for line in map(Line.of, rows) if line.hotel_id == self._config.hotel_id]

    def _lines(self, order_ids: Sequence[int]) -> list[Line]:
        rows: list[Record] = []
        for chunk in _chunks(order_ids):
            rows += self._client.list("room_bookings", filter_id_order=any_of(chunk), display=LINE_FIELDS)
        return [Line.of(row) for row in rows]

    def _currencies(self) -> dict[int, str]:
        rows = self._client.list("currencies", display=fields("id", "iso_code"))
        return {records.number(row["id"]): str(row["iso_code"]) for row in rows}

    def _pages(self, resource: str, **params: str) -> list[Record]:
        """Every row of a long list, in pages: the answer's size is capped."""
        rows: list[Record] = []
        while True:
            page = self._client.list(resource, sort="[id_ASC]", limit=f"{len(rows)},{PAGE}", **params)
            rows += page
            if len(page) < PAGE:
                return rows


def _chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
