"""What is sent to QloApps. No price ever is: it would be charged as sent."""

from __future__ import annotations

from typing import Any

from integrations.pms.base import AmendRequest, BookingRequest, Party, PmsBooking, Reason, Refused, Stay
from integrations.pms.qloapps import names, records
from integrations.pms.qloapps.availability import Product
from integrations.pms.qloapps.client import Answer, Record, xml
from integrations.pms.qloapps.config import Config

NEW = 1
AWAITING_PAYMENT = 3
MAX_REMARK = 2_000

REFUSALS = (
    ("not available", Reason.SOLD_OUT),
    ("invalid room type", Reason.UNKNOWN_ROOM_TYPE),
    ("booking not found", Reason.UNKNOWN_BOOKING),
)


def booking(request: BookingRequest, currency: str, product: Product, config: Config) -> dict[str, Any]:
    """The body of a new booking, awaiting payment, with our reference in `source`."""
    body = {
        "id_property": int(config.hotel_id),
        "currency": currency,
        "booking_status": NEW,
        "payment_status": AWAITING_PAYMENT,
        "source": request.reference,
        "associations": {
            "customer_detail": names.customer(
                request.guest, reference=request.reference, domain=config.guest_email_domain
            ),
            "room_types": [_rooms(request.stay, product)],
        },
    }
    if remark := _remark(request, config):
        body["remark"] = remark
    return body


def change(request: AmendRequest, customer: Record, product: Product, config: Config) -> dict[str, Any]:
    """The body that replaces a booking's rooms. The id in it decides, not the address; the customer is sent back as
    read, because whatever is left out is blanked, and with their number, because several may share an e-mail."""
    return {
        "id": int(request.booking_id),
        "id_property": int(config.hotel_id),
        "associations": {
            "customer_detail": {
                "id_customer": records.number(customer["id"]),
                **{name: customer[name] for name in ("firstname", "lastname", "email", "phone")},
            },
            "room_types": [_rooms(request.stay, product)],
        },
    }


def cancellation(found: PmsBooking, config: Config) -> bytes:
    """The order history entry that releases the rooms."""
    return xml("order_history", {"id_order": found.booking_id, "id_order_state": config.states.cancelled})


def refusal(answer: Answer) -> Refused:
    """Why a write that certainly did nothing did nothing."""
    if answer.status == 400:
        for words, reason in REFUSALS:
            if words in answer.message:
                return Refused(reason)
    return Refused(Reason.OTHER, str(answer))


def _rooms(stay: Stay, product: Product) -> dict[str, Any]:
    return {
        "id_room_type": int(product.room_type_id),
        "checkin_date": stay.check_in.isoformat(),
        "checkout_date": stay.check_out.isoformat(),
        "number_of_rooms": len(stay.rooms),
        "rooms": [_room(party, product) for party in stay.rooms],
    }


def _room(party: Party, product: Product) -> dict[str, Any]:
    room: dict[str, Any] = {
        "adult": party.adults,  # not `adults`, whatever the published schema says
        "child": len(party.children_ages),
        "id_tax_rules_group": product.tax_rules_group,
    }
    if party.children_ages:
        room["child_ages"] = list(party.children_ages)  # without ages the children are dropped
    if product.services:
        room["services"] = [
            {"id_service": service.service_id, "quantity": 1, "id_tax_rules_group": service.tax_rules_group}
            for service in product.services
        ]
    return room


def _remark(request: BookingRequest, config: Config) -> str:
    """What the desk has to read: the guest's requests, a name that did not fit, a deposit that is awaited."""
    parts = []
    if names.is_cut(request.guest.name):
        parts.append(" ".join(request.guest.name.split()))
    if request.pay_by is not None:
        until = request.pay_by.astimezone(config.zone)
        parts.append(f"Deposit awaited until {until:%Y-%m-%d %H:%M}; cancelled automatically without it.")
    if request.notes.strip():
        parts.append(" ".join(request.notes.split()))
    return " | ".join(parts)[:MAX_REMARK]
