"""What is free and what it costs: `hotel_ari`, with the checks it leaves out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from hotel_agent.common.money import Money, rounded
from integrations.pms.base import Offer, PmsRoomType, Reason, Refused, Stay
from integrations.pms.qloapps import records
from integrations.pms.qloapps.client import Client, Record, fields
from integrations.pms.qloapps.config import Config
from integrations.pms.qloapps.records import amount, number
from integrations.pms.validation import stay_problem

NEAREST_FIRST = (Reason.MIN_STAY, Reason.MAX_STAY, Reason.SOLD_OUT, Reason.PAST_DATE, Reason.OCCUPANCY, Reason.OTHER)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that belongs to the price of every room of a type."""

    service_id: int
    tax_rules_group: int


@dataclass(frozen=True, slots=True)
class Product:
    """What a booking of a room type has to carry: its own tax rule, or QloApps fails after having booked, and the
    services its quoted price contains, or it charges less than it quoted."""

    room_type_id: str
    tax_rules_group: int
    services: tuple[Service, ...]


class Availability:
    """What one hotel sells."""

    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def offers(self, stay: Stay) -> list[Offer]:
        """Every type that takes the party and has the rooms, cheapest first."""
        types = {one.room_type_id: one for one in self.types()}
        found = [
            offer
            for row in self._ari(stay)
            if (room_type := types.get(str(row["id_room_type"]))) is not None
            and stay_problem(room_type, stay, today=self._config.today()) is None
            and (offer := self._priced(row, stay)) is not None
        ]
        return sorted(found, key=lambda offer: (offer.total.amount, offer.room_type_id))

    def offer(self, room_type_id: str, stay: Stay) -> Offer | None:
        """One type's offer; None when it has too few rooms left."""
        for row in self._ari(stay, room_type_id):
            if str(row["id_room_type"]) == room_type_id:
                return self._priced(row, stay)
        return None

    def why_nothing(self, stay: Stay) -> Refused:
        """The nearest miss over all types."""
        misses = [
            stay_problem(one, stay, today=self._config.today()) or Refused(Reason.SOLD_OUT) for one in self.types()
        ]
        if not misses:
            return Refused(Reason.CLOSED)
        reason = min((miss.reason for miss in misses), key=NEAREST_FIRST.index)
        limits = [int(miss.detail) for miss in misses if miss.reason == reason and miss.detail.isdigit()]
        limit = (min if reason == Reason.MIN_STAY else max)(limits, default=None)
        return Refused(reason, "" if limit is None else str(limit))

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        """Rooms free on each night, counted: the answer's own counters repeat each other. A type with a minimum stay
        of several nights shows none, because no single night of it can be had."""
        days = [first + dt.timedelta(days=number) for number in range((last - first).days)]
        if not days or not room_type_id.isdigit():
            return dict.fromkeys(days, 0)
        data = self._ask({
            "id_room_type": room_type_id, "date_from": first, "date_to": last,
            "get_available_rooms": 1, "date_wise_breakdown": 1,
        }, "hotel_aris")  # fmt: skip
        left = {
            records.day(night["date_from"]): len(_available(row))
            for night in data
            for row in night.get("room_types", [])
            if str(row["id_room_type"]) == room_type_id
        }
        return {day: left.get(day, 0) for day in days}

    def types(self) -> list[PmsRoomType]:
        """Occupancies and lengths of stay, without names."""
        return [records.room_type(row, None) for row in self._occupancies()]

    def described_types(self) -> list[PmsRoomType]:
        """The same with names, for a catalogue."""
        rows = self._client.list("room_types", display=fields("id", "name", "active"))
        described = {str(row["id"]): row for row in rows}
        return [
            records.room_type(row, described[str(row["id_product"])])
            for row in self._occupancies()
            if str(row["id_product"]) in described
        ]

    def type(self, room_type_id: str) -> PmsRoomType | None:
        """One type's occupancy, None when this hotel has no such type."""
        return next((one for one in self.types() if one.room_type_id == room_type_id), None)

    def product(self, room_type_id: str) -> Product | None:
        """Tax rule and services of a type of this hotel."""
        record = self._client.item("room_types", room_type_id, "room_type")
        if record is None or str(record["id_hotel"]) != self._config.hotel_id:
            return None
        linked = {number(one["id"]) for one in record.get("associations", {}).get("services", [])}
        rows = self._client.list(
            "services", display=fields("id", "auto_add_to_cart", "price_addition_type", "id_tax_rules_group")
        )
        services = tuple(
            Service(number(row["id"]), number(row["id_tax_rules_group"]))
            for row in rows
            # 1 is "with the room": 2 is a fee of the web shop's own checkout, which ARI leaves out as well.
            if number(row["id"]) in linked
            and number(row["auto_add_to_cart"])
            and number(row["price_addition_type"]) == 1
        )
        return Product(room_type_id, number(record["id_tax_rules_group"]), services)

    def _occupancies(self) -> list[Record]:
        rows = self._client.list("hotel_room_types", filter_id_hotel=f"[{self._config.hotel_id}]", display="full")
        return [row for row in rows if str(row["id_hotel"]) == self._config.hotel_id]

    def _ari(self, stay: Stay, room_type_id: str = "") -> list[Record]:
        """Room types with prices for the stay's rooms.

        Raises:
            Misconfigured: the hotel is unknown there, or has no room types: an empty answer is not "nothing free".
        """
        asked: dict[str, Any] = {"date_from": stay.check_in, "date_to": stay.check_out}
        if room_type_id:
            asked["id_room_type"] = room_type_id
        rooms = [{"adults": party.adults, "children": len(party.children_ages)} for party in stay.rooms]
        asked["associations"] = {"room_occupancies": {"room_occupancy": rooms}}
        (data,) = self._ask(asked, "hotel_ari")
        found = data.get("room_types")
        if not isinstance(found, list):
            if room_type_id:
                return []
            raise Misconfigured(f"qloapps has no hotel {self._config.hotel_id}, or it has no room types")
        return [{**row, "currency": data["currency"]} for row in found]

    def _ask(self, asked: Mapping[str, Any], root: str) -> Sequence[Record]:
        data = self._client.search("hotel_ari", {"id_hotel": self._config.hotel_id, **asked})
        found = data.get(root) if isinstance(data, dict) else None
        if isinstance(found, dict):
            return [found]
        if not isinstance(found, list):
            raise DependencyDown("qloapps: hotel_ari answered something else")
        return found

    def _priced(self, row: Record, stay: Stay) -> Offer | None:
        """One type's row as an offer; None when too few rooms are free."""
        left = len(_available(row))
        if left < len(stay.rooms):
            return None
        plan, currency = self._config.plan, str(row["currency"])
        total = rounded(amount(row["total_price_with_tax"]), currency)
        nightly = _spread(total, stay.nights)
        return Offer(
            room_type_id=str(row["id_room_type"]),
            rate_plan_id=plan.rate_plan_id,
            total=total,
            net_total=rounded(amount(row["total_price"]), currency),
            nightly=nightly,
            taxes_included=True,
            breakfast_included=plan.breakfast_included,
            left=left,
            terms=plan.terms(stay, nightly),
        )


def _available(row: Record) -> Mapping[str, Any]:
    """Free rooms by id: an object when there are some, an empty list when there are none."""
    rooms = row.get("rooms")
    free = rooms.get("available") if isinstance(rooms, dict) else None
    return free if isinstance(free, dict) else {}


def _spread(total: Money, nights: int) -> tuple[Money, ...]:
    """The average of each night, all that is told; what does not divide is on the first night."""
    each = rounded(total.amount / nights, total.currency)
    first = total.amount - each.amount * (nights - 1)
    return (Money(Decimal(first), total.currency), *[each] * (nights - 1))
