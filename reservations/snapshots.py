"""Values of the PMS contract as they are stored in JSON columns, and back. Both directions lose nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, ExtraLine, Fee, OfferPart, Party, Stay, TaxLine


def dump_parties(stay: Stay) -> list[dict[str, Any]]:
    """People per room, and its type where the stay has rooms of several."""
    return [
        {"adults": party.adults, "children_ages": list(party.children_ages)}
        | ({"room_type": party.room_type_id} if party.room_type_id else {})
        for party in stay.rooms
    ]


def stay(check_in: dt.date, check_out: dt.date, parties: Sequence[Mapping[str, Any]]) -> Stay:
    """A stay from its stored parts."""
    return Stay(
        check_in=check_in,
        check_out=check_out,
        rooms=tuple(
            Party(int(party["adults"]), tuple(party["children_ages"]), str(party.get("room_type", "")))
            for party in parties
        ),
    )


def dump_stay(value: Stay) -> dict[str, Any]:
    """A whole stay."""
    return {
        "check_in": value.check_in.isoformat(),
        "check_out": value.check_out.isoformat(),
        "parties": dump_parties(value),
    }


def load_stay(data: Mapping[str, Any]) -> Stay:
    """A whole stay."""
    return stay(dt.date.fromisoformat(data["check_in"]), dt.date.fromisoformat(data["check_out"]), data["parties"])


def dump_money(value: Money) -> dict[str, str]:
    """An amount, exact."""
    return {"amount": str(value.amount), "currency": value.currency}


def load_money(data: Mapping[str, str]) -> Money:
    """An amount, exact."""
    return Money(Decimal(data["amount"]), data["currency"])


def dump_nightly(prices: Sequence[Money]) -> list[str]:
    """Amounts of the nights; the currency is beside them."""
    return [str(price.amount) for price in prices]


def nightly(amounts: Sequence[str], currency: str) -> tuple[Money, ...]:
    """Amounts of the nights."""
    return tuple(Money(Decimal(amount), currency) for amount in amounts)


def dump_parts(parts: Sequence[OfferPart]) -> list[dict[str, Any]]:
    """The rooms of each type with the amounts of their nights; the currency is beside them."""
    return [
        {"room_type": part.room_type_id, "rooms": part.rooms, "nightly": dump_nightly(part.nightly)} for part in parts
    ]


def parts(data: Sequence[Mapping[str, Any]], currency: str) -> tuple[OfferPart, ...]:
    """The rooms of each type with the prices of their nights."""
    return tuple(
        OfferPart(str(part["room_type"]), int(part["rooms"]), nightly(part["nightly"], currency)) for part in data
    )


def dump_taxes(lines: Sequence[TaxLine]) -> list[dict[str, Any]]:
    """Taxes named on their own."""
    return [{"code": line.code, "amount": dump_money(line.amount), "due_at_hotel": line.due_at_hotel} for line in lines]


def taxes(data: Sequence[Mapping[str, Any]]) -> tuple[TaxLine, ...]:
    """Taxes named on their own."""
    return tuple(TaxLine(line["code"], load_money(line["amount"]), bool(line["due_at_hotel"])) for line in data)


def dump_extras(lines: Sequence[ExtraLine]) -> list[dict[str, Any]]:
    """Extras as they were priced."""
    return [
        {"extra_id": line.extra_id, "name": line.name, "quantity": line.quantity, "amount": dump_money(line.amount)}
        for line in lines
    ]


def extras(data: Sequence[Mapping[str, Any]]) -> tuple[ExtraLine, ...]:
    """Extras as they were priced."""
    return tuple(
        ExtraLine(line["extra_id"], line["name"], int(line["quantity"]), load_money(line["amount"])) for line in data
    )


def dump_terms(value: CancellationTerms) -> dict[str, Any]:
    """Cancellation terms with every tier."""
    return {
        "free_until": value.free_until.isoformat() if value.free_until else None,
        "fee_after": dump_money(value.fee_after),
        "tiers": [
            {
                "from": tier.from_instant.isoformat() if tier.from_instant else None,
                "fee": dump_money(tier.amount),
            }
            for tier in value.tiers
        ],
    }


def terms(data: Mapping[str, Any]) -> CancellationTerms:
    """Cancellation terms with every tier."""
    free_until = data["free_until"]
    return CancellationTerms(
        free_until=dt.datetime.fromisoformat(free_until) if free_until else None,
        fee_after=load_money(data["fee_after"]),
        tiers=tuple(
            Fee(load_money(tier["fee"]), dt.datetime.fromisoformat(tier["from"]) if tier["from"] else None)
            for tier in data["tiers"]
        ),
    )
