"""The stand-in's world as QloApps writes it: numbers mostly as strings, dates with a time, empty lists as `[]`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from tests.stand_ins.qloapps_world import Order, RoomType, World, nights

STATES = (  # name, invoice, logable, paid
    ("Awaiting payment", "000"), ("Complete payment received", "111"), ("Processing in progress", "100"),
    ("Canceled", "000"), ("Refunded", "100"), ("Payment error", "000"), ("Overbooking (Paid)", "101"),
    ("Partial payment received", "110"), ("Awaiting remote payment", "000"), ("Remote payment accepted", "110"),
    ("Overbooking (Not paid)", "000"), ("Overbooking (Partial payment)", "000"),
)  # fmt: skip
Row = dict[str, Any]


def hotels(world: World) -> list[Row]:
    return [{"id": number} for number in world.hotels]


def room_types(world: World) -> list[Row]:
    return [
        {
            "id": kind.id, "id_hotel": str(kind.hotel), "name": kind.name, "price": f"{kind.price:.6f}",
            "id_tax_rules_group": str(kind.tax_group), "active": "1", "adults": str(kind.adults),
            "children": str(kind.children),
            "associations": {"services": [{"id": str(one), "price": None} for one in kind.services]},
        }
        for kind in world.types.values()
    ]  # fmt: skip


def hotel_room_types(world: World) -> list[Row]:
    return [
        {
            "id": str(number), "id_product": str(kind.id), "id_hotel": str(kind.hotel), "adults": str(kind.adults),
            "children": str(kind.children), "max_adults": str(kind.max_adults),
            "max_children": str(kind.max_children), "max_guests": str(kind.max_guests), "min_los": str(kind.min_los),
            "max_los": str(kind.max_los),
            "associations": {"hotel_rooms": [{"id": str(room)} for room in kind.rooms]},
        }
        for number, kind in enumerate(world.types.values(), 1)
    ]  # fmt: skip


def hotel_rooms(world: World) -> list[Row]:
    return [
        {"id": str(room), "id_product": str(kind.id), "id_hotel": str(kind.hotel), "room_num": name, "id_status": "1"}
        for kind in world.types.values()
        for room, name in kind.rooms.items()
    ]


def services(world: World) -> list[Row]:
    return [
        {
            "id": one.id, "id_tax_rules_group": str(one.tax_group),
            "price_calculation_method": "2" if one.per_night else "1", "price": f"{one.price:.6f}",
            "auto_add_to_cart": str(int(one.auto)), "price_addition_type": str(one.addition_type), "name": one.name,
        }
        for one in world.services.values()
    ]  # fmt: skip


def order_states(world: World) -> list[Row]:
    return [
        {"id": number, "name": name, "invoice": flags[0], "logable": flags[1], "paid": flags[2]}
        for number, (name, flags) in enumerate(STATES, 1)
    ]


def currencies(world: World) -> list[Row]:
    return [{"id": 1, "iso_code": world.currency}]


def customers(world: World) -> list[Row]:
    return [
        {"id": one.id, "phone": one.phone, "lastname": one.lastname, "firstname": one.firstname, "email": one.email}
        for one in world.customers.values()
    ]


def orders(world: World) -> list[Row]:
    with world.lock:
        return [_order(world, order) for order in world.orders.values()]


def _order(world: World, order: Order) -> Row:
    net, gross = world.total(order)
    return {
        "id": order.id, "id_currency": "1", "id_customer": str(order.customer), "current_state": str(order.state),
        "date_add": str(order.added), "date_upd": str(order.updated), "total_paid_tax_incl": f"{gross:.6f}",
        "total_paid_tax_excl": f"{net:.6f}", "total_paid_real": f"{order.paid:.6f}", "source": order.source,
        "reference": order.reference,
    }  # fmt: skip


def room_bookings(world: World) -> list[Row]:
    with world.lock:
        return [
            {
                "id": str(line.id), "id_product": str(line.room_type), "id_order": str(line.order),
                "id_hotel": str(world.types[line.room_type].hotel), "id_room": str(line.room),
                "id_status": str(line.status), "date_from": f"{line.first} 00:00:00",
                "date_to": f"{line.last} 00:00:00", "total_price_tax_excl": f"{line.net:.6f}",
                "total_price_tax_incl": f"{line.net + line.tax:.6f}", "is_refunded": str(int(line.is_refunded)),
                "is_cancelled": str(int(line.is_cancelled)), "is_back_order": str(int(line.is_back_order)),
                "adults": str(line.adults), "children": str(line.children),
            }
            for line in world.lines.values()
        ]  # fmt: skip


def booking(world: World, order: Order) -> Row:
    """The whole booking; it has no status, and a ghost looks alive."""
    person = world.customers[order.customer]
    with world.lock:
        net, gross = world.total(order)
        mine = [line for line in world.lines.values() if line.order == order.id]
    grouped: dict[tuple[int, dt.date, dt.date], list[Any]] = {}
    for line in mine:
        grouped.setdefault((line.room_type, line.first, line.last), []).append(line)
    return {
        "id": order.id, "id_property": order.hotel, "currency": world.currency, "source": order.source,
        "booking_date": str(order.added), "id_language": 1,
        "associations": {
            "customer_detail": {
                "id_customer": person.id, "firstname": person.firstname, "lastname": person.lastname,
                "email": person.email, "phone": person.phone,
            },
            "price_details": {"total_paid": 0, "total_price_without_tax": plain(net), "total_tax": plain(gross - net)},
            "cart_rules": [], "remarks": [order.remark] if order.remark else [],
            "room_types": [
                {
                    "id_room_type": kind, "checkin_date": f"{first} 00:00:00", "checkout_date": f"{last} 00:00:00",
                    "total_tax": plain(sum((line.tax for line in lines), Decimal(0))), "number_of_rooms": len(lines),
                    "name": world.types[kind].name,
                    "rooms": [
                        {
                            "id_room": line.room, "id_hotel_booking": line.id, "adults": line.adults,
                            "child": line.children, "unit_price_without_tax": plain(line.net),
                            "total_tax": plain(line.tax),
                        }
                        for line in lines
                    ],
                }
                for (kind, first, last), lines in grouped.items()
            ],
        },
    }  # fmt: skip


def ari(world: World, asked: Element, first: dt.date, last: dt.date) -> Row:
    """Availability and price; occupancy is ignored but for the number of rooms."""
    if asked.findtext("date_wise_breakdown") == "1":
        return {
            "hotel_aris": [_one_ari(world, asked, night, night + dt.timedelta(days=1)) for night in nights(first, last)]
        }
    return {"hotel_ari": _one_ari(world, asked, first, last)}


def _one_ari(world: World, asked: Element, first: dt.date, last: dt.date) -> Row:
    hotel, only = asked.findtext("id_hotel", ""), asked.findtext("id_room_type", "")
    kinds = [kind for kind in world.types.values() if str(kind.hotel) == hotel and only in {"", str(kind.id)}]
    found: Row = {"id_hotel": hotel, "date_from": str(first), "date_to": str(last), "currency": world.currency}
    if not kinds:
        return found
    rooms = max(len(asked.findall("associations/room_occupancies/room_occupancy")), 1)
    with world.lock:
        rows = [_ari_row(world, kind, first, last, rooms) for kind in kinds]
    return {
        **found,
        "total_rooms": sum(len(kind.rooms) for kind in kinds),
        "total_available_rooms": sum(len(row["rooms"]["available"]) for row in rows),
        "room_types": rows,
    }


def _ari_row(world: World, kind: RoomType, first: dt.date, last: dt.date, rooms: int) -> Row:
    net, gross = world.displayed_price(kind, first, last)
    length = (last - first).days
    free = {
        str(room): {
            "id_room": str(room), "id_product": str(kind.id), "id_hotel": str(kind.hotel),
            "room_num": kind.rooms[room], "room_comment": "", "max_adult": str(kind.max_adults),
            "max_children": str(kind.max_children), "max_occupancy": str(kind.max_guests),
        }
        for room in world.free(kind, first, last)
    }  # fmt: skip
    return {
        "id_room_type": str(kind.id), "base_price": float(net / length), "base_price_with_tax": float(gross / length),
        "total_price": plain(net * rooms), "total_price_with_tax": plain(gross * rooms), "name": kind.name,
        "rooms": {"available": free or []},
    }  # fmt: skip


def plain(amount: Decimal) -> int | float:
    """A number as PHP writes it: without a point when it is whole."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else float(rounded)
