"""Rows of QloApps as values. Numbers come as strings or as numbers, depending on the PHP behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hotel_agent.common.money import Money, rounded
from integrations.pms.base import BookingStatus, PmsBooking, PmsRoomType
from integrations.pms.qloapps.client import Record, fields
from integrations.pms.qloapps.config import Config

ORDER_FIELDS = fields(
    "id", "reference", "current_state", "source", "date_add", "date_upd", "total_paid_tax_incl", "total_paid_real",
    "id_currency",
)  # fmt: skip
LINE_FIELDS = fields(
    "id", "id_order", "id_product", "id_hotel", "id_room", "id_status", "date_from", "date_to", "is_cancelled",
    "is_refunded", "is_back_order", "adults", "children",
)  # fmt: skip
CUSTOMER_FIELDS = fields("id", "firstname", "lastname", "email", "phone")
CHECKED_IN, CHECKED_OUT = 2, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One room of an order, for its nights."""

    line_id: int
    order_id: int
    room_type_id: str
    hotel_id: str
    room_id: int
    status: int
    check_in: dt.date
    check_out: dt.date
    adults: int
    children: int
    keeps_room: bool
    """Not cancelled, refunded or a back order: what QloApps itself counts as occupied."""

    @classmethod
    def of(cls, row: Record) -> Line:
        return cls(
            line_id=number(row["id"]),
            order_id=number(row["id_order"]),
            room_type_id=str(row["id_product"]),
            hotel_id=str(row["id_hotel"]),
            room_id=number(row["id_room"]),
            status=number(row.get("id_status", 1)),
            check_in=day(row["date_from"]),
            check_out=day(row["date_to"]),
            adults=number(row["adults"]),
            children=number(row["children"]),
            keeps_room=not any(number(row[flag]) for flag in ("is_cancelled", "is_refunded", "is_back_order")),
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order: a booking's state, money and our reference. What it keeps is in its lines."""

    order_id: int
    code: str
    state: int
    source: str
    created_at: dt.datetime
    total: Money
    paid: Money

    @classmethod
    def of(cls, row: Record, config: Config, currencies: dict[int, str]) -> Order:
        currency = currencies.get(number(row["id_currency"]), "")
        return cls(
            order_id=number(row["id"]),
            code=str(row["reference"]),
            state=number(row["current_state"]),
            source=str(row["source"]),
            created_at=instant(row["date_add"], config),
            total=rounded(amount(row["total_paid_tax_incl"]), currency),
            paid=rounded(amount(row["total_paid_real"]), currency),
        )


def booking(order: Order, lines: Sequence[Line], config: Config) -> PmsBooking:
    """An order with its lines as the contract has it. One that looks alive and keeps no room is EMPTY.

    `lines` are not empty and of this hotel.
    """
    kept = [line for line in lines if line.keeps_room]
    shown = kept or list(lines)
    return PmsBooking(
        booking_id=str(order.order_id),
        reference=order.source,
        status=_status(order, kept, config),
        check_in=min(line.check_in for line in shown),
        check_out=max(line.check_out for line in shown),
        room_type_id=shown[0].room_type_id if len({line.room_type_id for line in shown}) == 1 else "",
        rooms=len(shown),
        total=order.total,
        guest_name="",  # not asked for: nothing here needs it
        created_at=order.created_at,
        code=order.code,
        paid=order.paid,
    )


def _status(order: Order, kept: Sequence[Line], config: Config) -> BookingStatus:
    if order.state in config.states.released:
        return BookingStatus.CANCELLED
    if not kept:
        return BookingStatus.EMPTY
    if all(line.status == CHECKED_OUT for line in kept):
        return BookingStatus.DEPARTED
    return BookingStatus.IN_HOUSE if any(line.status == CHECKED_IN for line in kept) else BookingStatus.ACTIVE


def room_type(row: Record, described: Record | None) -> PmsRoomType:
    """A type from its occupancy row and, where asked for, its product."""
    rooms = row.get("associations", {})
    rooms = rooms.get("hotel_rooms", []) if isinstance(rooms, dict) else []
    longest = number(row["max_los"])
    return PmsRoomType(
        room_type_id=str(row["id_product"]),
        name=text(described["name"]) if described else "",
        rooms=len(rooms),
        base_occupancy=max(number(row["adults"]), 1),
        max_adults=number(row["max_adults"]),
        max_children=number(row["max_children"]),
        max_guests=number(row["max_guests"]),
        min_stay=max(number(row["min_los"]), 1),
        max_stay=longest or None,
        is_active=described is None or bool(number(described["active"])),
    )


def number(value: Any) -> int:
    """An integer of any spelling."""
    return int(str(value) or 0)


def amount(value: Any) -> Decimal:
    """An amount of money of any spelling."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def text(value: Any) -> str:
    """A text; with several languages installed, the first one's."""
    if isinstance(value, list):
        return str(value[0].get("value", "")) if value else ""
    return str(value)


def day(value: Any) -> dt.date:
    """The date of "YYYY-MM-DD hh:mm:ss"."""
    return dt.date.fromisoformat(str(value)[:10])


def instant(value: Any, config: Config) -> dt.datetime:
    """A shop-local time as an instant."""
    return dt.datetime.fromisoformat(str(value)).replace(tzinfo=config.zone)
