"""What a QloApps 1.6.1 holds and does to it, as measured: rooms sold without a lock, ghosts, stale carts and all."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
import string
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

NAME = re.compile(r"[^0-9!<>,;?=+()@#\"°{}_$%:¤|]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
AWAITING, COMPLETE, CANCELLED, REFUNDED, PARTIAL = 1, 2, 4, 5, 8


@dataclass
class RoomType:
    """A product and its occupancy row. `is_stocked` False is a type whose rooms cannot enter a cart."""

    id: int
    hotel: int
    name: str
    price: Decimal
    rooms: dict[int, str]
    tax_group: int = 1
    adults: int = 2
    children: int = 2
    max_adults: int = 2
    max_children: int = 2
    max_guests: int = 4
    min_los: int = 1
    max_los: int = 0
    services: tuple[int, ...] = ()
    is_stocked: bool = True


@dataclass
class Service:
    """An extra; auto-added ones with addition type 1 are in every displayed price."""

    id: int
    name: str
    price: Decimal
    auto: bool = False
    addition_type: int = 1
    per_night: bool = True
    tax_group: int = 1


@dataclass
class Line:
    """One room of an order."""

    id: int
    order: int
    room_type: int
    room: int
    first: dt.date
    last: dt.date
    adults: int
    children: int
    net: Decimal
    tax: Decimal
    extras_net: Decimal = Decimal(0)
    extras_tax: Decimal = Decimal(0)
    is_cancelled: bool = False
    is_refunded: bool = False
    is_back_order: bool = False
    status: int = 1

    @property
    def blocks(self) -> bool:
        """Whether QloApps counts the room as taken."""
        return not (self.is_refunded or self.is_back_order)

    def overlaps(self, first: dt.date, last: dt.date) -> bool:
        return self.first < last and first < self.last


@dataclass
class Order:
    """An order and the customer it is for."""

    id: int
    hotel: int
    reference: str
    source: str
    customer: int
    added: dt.datetime
    updated: dt.datetime
    state: int = AWAITING
    remark: str = ""
    paid: Decimal = Decimal(0)


@dataclass
class Customer:
    """Told apart by e-mail alone, and overwritten."""

    id: int
    firstname: str
    lastname: str
    email: str
    phone: str


class Refusal(Exception):  # noqa: N818
    """400 with code 404."""


class Died(Exception):  # noqa: N818
    """`die()` in the core: 200, text/html, one sentence; or with `status` 500 a body without content."""

    def __init__(self, sentence: str = "", status: int = 200) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass
class World:
    """One installation. `race_s` is how long the rooms chosen by a booking stay unprotected; `race` says what the loser
    becomes: a ghost, or a second live booking."""

    hotels: tuple[int, ...]
    types: dict[int, RoomType]
    services: dict[int, Service]
    taxes: dict[int, Decimal]
    currency: str = "EUR"
    zone: ZoneInfo = ZONE
    shows_net: bool = False
    """The guests' group sees prices without tax: then every answer with a booking in it is a 500, once it is done."""
    race_s: float = 0.0
    race: Literal["ghost", "double"] = "ghost"
    seasons: list[tuple[int, dt.date, dt.date, Decimal]] = field(default_factory=list)
    """Hotel, first and last night, factor."""
    orders: dict[int, Order] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    carts: dict[str, Line] = field(default_factory=dict)
    """What a change left un-ordered, by the guest's e-mail."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._order_ids = itertools.count(1)
        self._line_ids = itertools.count(1)
        self._customer_ids = itertools.count(2)
        self._history_ids = itertools.count(1)
        self._random = random.Random(7)

    def now(self) -> dt.datetime:
        """The shop's wall clock."""
        return dt.datetime.now(self.zone).replace(tzinfo=None, microsecond=0)

    # -- prices and rooms ---------------------------------------------------------------------------------------------

    def tax(self, group: int) -> Decimal:
        return self.taxes.get(group, Decimal(0)) / 100

    def room_price(self, kind: RoomType, first: dt.date, last: dt.date) -> Decimal:
        """Net, whole stay, without services."""
        return sum((kind.price * self._factor(kind.hotel, night) for night in nights(first, last)), Decimal(0))

    def services_price(self, kind: RoomType, ids: list[int], first: dt.date, last: dt.date) -> tuple[Decimal, Decimal]:
        """Net and tax of services for a stay."""
        net = tax = Decimal(0)
        for one in (self.services[number] for number in ids if number in kind.services):
            price = one.price * ((last - first).days if one.per_night else 1)
            net, tax = net + price, tax + price * self.tax(one.tax_group)
        return net, tax

    def displayed_price(self, kind: RoomType, first: dt.date, last: dt.date) -> tuple[Decimal, Decimal]:
        """Net and gross of a room with the services that add themselves."""
        net = self.room_price(kind, first, last)
        auto = [one.id for one in self.services.values() if one.auto and one.addition_type == 1]
        extra, extra_tax = self.services_price(kind, auto, first, last)
        return net + extra, net * (1 + self.tax(kind.tax_group)) + extra + extra_tax

    def _factor(self, hotel: int, night: dt.date) -> Decimal:
        return next(
            (by for one, first, last, by in self.seasons if one == hotel and first <= night <= last), Decimal(1)
        )

    def free(self, kind: RoomType, first: dt.date, last: dt.date) -> list[int]:
        """Rooms nobody has on these nights; none when the length of stay is not sold."""
        length = (last - first).days
        if length < kind.min_los or (kind.max_los and length > kind.max_los):
            return []
        taken = {line.room for line in self.lines.values() if line.blocks and line.overlaps(first, last)}
        return [room for room in kind.rooms if room not in taken]

    # -- orders -------------------------------------------------------------------------------------------------------

    def book(self, body: dict[str, Any]) -> tuple[Order, list[str]]:
        """POST /bookings. The second value is what PHP complains about after the booking was made."""
        asked = body.get("associations", {}).get("room_types") or []
        if body.get("currency") != self.currency:
            raise Refusal("Please provide valid currency.")
        if not asked:
            raise Refusal("Rooms not found in the request.")
        person = body["associations"].get("customer_detail") or {}
        with self.lock:
            chosen = [(kind, one, self._choose(body, kind, one)) for one in asked for kind in [self._type(one)]]
        time.sleep(self.race_s)  # nothing is locked between choosing and inserting
        with self.lock:
            customer = self._customer(person)
            now = self.now()
            stale = next(((kind, one) for kind, one, _ in chosen if not kind.is_stocked), None)
            cart = self.carts.pop(customer.email, None) if stale else None
            if stale and cart is None:
                raise Died("Invalid new order status")
            order = Order(next(self._order_ids), int(body["id_property"]), self._reference(),
                          str(body.get("source", ""))[:255], customer.id, now, now,
                          remark=re.sub(r"<[^>]*>", "", str(body.get("remark", ""))))  # fmt: skip
            self.orders[order.id] = order
            next(self._history_ids)
            if cart is not None:  # the guest's last un-ordered cart is ordered instead
                cart.id, cart.order = next(self._line_ids), order.id
                self.lines[cart.id] = cart
                return order, []
            complaints = [
                complaint
                for kind, one, rooms in chosen
                for number, room in enumerate(rooms)
                for complaint in self._add(order, kind, one, room, _room_of(one, number))
            ]
            paid = Decimal(str((body["associations"].get("price_details") or {}).get("total_paid") or 0))
            if 0 < paid < self.total(order)[1]:
                order.state, order.paid = PARTIAL, paid
                complaints.append("[PHP Notice #8] Trying to get property 'show_full_date' of non-object")
            return order, complaints

    def change(self, body: dict[str, Any]) -> Order:
        """PUT /bookings: the body's id decides, the rooms are replaced. Kept rooms get the services of the body and
        keep their guests; new ones get the guests of the body and no services, whatever was sent."""
        order = self.orders.get(int(body.get("id") or 0))
        if order is None:
            raise Refusal("Booking not found.")
        asked = body.get("associations", {}).get("room_types") or []
        if not asked:
            raise Refusal("Rooms not found in the request.")
        with self.lock:
            mine = [line for line in self.lines.values() if line.order == order.id]
            kept: list[Line] = []
            new: list[tuple[RoomType, dict[str, Any], int, int]] = []
            for one in asked:
                kind = self._type(one)
                first, last = span(one)
                same = [line for line in mine if (line.room_type, line.first, line.last) == (kind.id, first, last)]
                same = same[: count(one)]
                kept += same
                missing = count(one) - len(same)
                free = self.free(kind, first, last)
                if missing > len(free) or kind.hotel != order.hotel:
                    raise Refusal("Requested room(s) not available")
                new += [(kind, one, room, len(same) + number) for number, room in enumerate(free[:missing])]
            customer = self._customer(body["associations"].get("customer_detail") or {})
            for line in mine:
                if line not in kept:
                    del self.lines[line.id]
            for line in kept:
                one = next(one for one in asked if self._type(one).id == line.room_type)
                self._price(line, self.types[line.room_type], _room_of(one, kept.index(line)))
            for kind, one, room, number in new:
                self._add(order, kind, one, room, {**_room_of(one, number), "services": []})  # lost on the way
                self.carts[customer.email] = Line(0, 0, kind.id, room, *span(one), 1, 0, Decimal(0), Decimal(0))
                self._price(self.carts[customer.email], kind, {})
            if int(body.get("booking_status") or 0) == 3:
                self.set_state(order, CANCELLED)
            elif int(body.get("booking_status") or 0) == 1:
                order.state = AWAITING  # the rooms stay released
            order.updated = self.now()
            return order

    def set_state(self, order: Order, state: int) -> int:
        """POST /order_histories; the history row's id."""
        with self.lock:
            order.state = state
            order.updated = self.now()
            for line in self.lines.values():
                if line.order == order.id and state in {CANCELLED, REFUNDED}:
                    line.is_refunded = True
                    line.is_cancelled = state == CANCELLED
            return next(self._history_ids)

    def total(self, order: Order) -> tuple[Decimal, Decimal]:
        """Net and gross of an order."""
        mine = [line for line in self.lines.values() if line.order == order.id]
        net = sum((line.net + line.extras_net for line in mine), Decimal(0))
        return net, net + sum((line.tax + line.extras_tax for line in mine), Decimal(0))

    def live(self, reference: str = "") -> list[Order]:
        """Orders that keep a room, for tests."""
        keeping = {line.order for line in self.lines.values() if line.blocks and not line.is_cancelled}
        return [
            order
            for order in self.orders.values()
            if order.id in keeping and order.state not in {CANCELLED, REFUNDED} and order.source.startswith(reference)
        ]

    def _type(self, one: dict[str, Any]) -> RoomType:
        kind = self.types.get(int(one.get("id_room_type") or 0))
        if kind is None:
            raise Refusal("Invalid room type in the request")
        return kind

    def _choose(self, body: dict[str, Any], kind: RoomType, one: dict[str, Any]) -> list[int]:
        first, last = span(one)
        free = self.free(kind, first, last) if first < last else []
        if kind.hotel != int(body["id_property"]) or len(free) < count(one):
            raise Refusal("Requested room(s) not available.")
        return free[: count(one)]

    def _customer(self, person: dict[str, Any]) -> Customer:
        email = str(person.get("email", ""))
        if not EMAIL.fullmatch(email):
            raise Died("Fatal error")
        known = self.customers.get(int(person.get("id_customer") or 0)) or next(
            (one for one in self.customers.values() if one.email == email), None
        )
        if known is None:
            names = (str(person.get("firstname", "")), str(person.get("lastname", "")))
            if not all(NAME.fullmatch(name) and len(name) <= 32 for name in names):
                raise Died(status=500)
            known = Customer(next(self._customer_ids), *names, email, str(person.get("phone", "")))
            self.customers[known.id] = known
        known.firstname = str(person.get("firstname", known.firstname))
        known.lastname = str(person.get("lastname", known.lastname))
        known.phone = str(person.get("phone", ""))
        return known

    def _add(self, order: Order, kind: RoomType, one: dict[str, Any], room: int, wish: dict[str, Any]) -> list[str]:
        first, last = span(one)
        ages = wish.get("child_ages") or []
        line = Line(next(self._line_ids), order.id, kind.id, room, first, last,
                    int(wish.get("adult") or kind.adults), min(int(wish.get("child") or 0), len(ages)),
                    Decimal(0), Decimal(0))  # fmt: skip
        self._price(line, kind, wish)
        if self.race == "ghost" and any(
            other.room == room and other.blocks and other.overlaps(first, last) for other in self.lines.values()
        ):
            line.is_cancelled = line.is_refunded = line.is_back_order = True
        self.lines[line.id] = line
        if wish and "id_tax_rules_group" not in wish:
            return ["[PHP Notice #8] Undefined index: total_tax"]
        return []

    def _price(self, line: Line, kind: RoomType, wish: dict[str, Any]) -> None:
        line.net = self.room_price(kind, line.first, line.last)
        line.tax = line.net * self.tax(kind.tax_group)
        ids = [int(one["id_service"]) for one in wish.get("services") or []]
        line.extras_net, line.extras_tax = self.services_price(kind, ids, line.first, line.last)

    def _reference(self) -> str:
        return "".join(self._random.choices(string.ascii_uppercase, k=9))


def nights(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + dt.timedelta(days=number) for number in range((last - first).days))


def span(one: dict[str, Any]) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(one["checkin_date"][:10]), dt.date.fromisoformat(one["checkout_date"][:10])


def count(one: dict[str, Any]) -> int:
    return max(int(one.get("number_of_rooms") or 1), 1)


def _room_of(one: dict[str, Any], number: int) -> dict[str, Any]:
    rooms = one.get("rooms") or []
    return rooms[number] if number < len(rooms) else {}


def small_hotel(*, doubles: int = 2, currency: str = "EUR") -> World:
    """Hotel 1 with doubles (maintenance fee adds itself: 123 + 12.30 gross a night) and a suite; hotel 2 with one."""
    services = {
        5: Service(5, "Maintenance", Decimal(10), auto=True),
        6: Service(6, "Handling", Decimal(250), auto=True, addition_type=2, per_night=False),
        9: Service(9, "Breakfast", Decimal(15)),
    }
    linked = tuple(services)
    types = [
        RoomType(1, 1, "Double", Decimal(100), {1 + n: f"10{n}" for n in range(doubles)}, services=linked),
        RoomType(2, 1, "Suite", Decimal(300), {50: "201"}, max_adults=4, max_children=3, max_guests=5, services=linked),
        RoomType(11, 2, "Elsewhere", Decimal(80), {90: "H1"}),
    ]
    return World((1, 2), {one.id: one for one in types}, services, {1: Decimal(23), 2: Decimal("13.5")}, currency)
