"""Stays, rooms and events of the reservations room as the dialogue speaks of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from conversations.dialogue import effects
from conversations.dialogue.values import Localised
from hotel_agent.common import clock
from integrations.pms.base import ExtraLine, Offer, Reason, TaxLine
from reservations import selectors, snapshots
from reservations.models import Extra, Payment, RatePlan, Reservation, RoomType, StayEvent, StayTax
from reservations.services import deposits, payments, stay_page
from tenants.models import Tenant
from tenants.selectors import ConfigurationCache

STATUS = {
    Reservation.State.AWAITING: effects.ReservationStatus.PENDING,
    Reservation.State.PENDING: effects.ReservationStatus.PENDING,
    Reservation.State.UNKNOWN: effects.ReservationStatus.PENDING,
    Reservation.State.CONFIRMED: effects.ReservationStatus.CONFIRMED,
    Reservation.State.CANCELLED: effects.ReservationStatus.CANCELLED,
    Reservation.State.REFUSED: effects.ReservationStatus.CANCELLED,
    Reservation.State.IN_HOUSE: effects.ReservationStatus.IN_HOUSE,
    Reservation.State.DEPARTED: effects.ReservationStatus.DEPARTED,
    Reservation.State.NO_SHOW: effects.ReservationStatus.NO_SHOW,
}


_taxes: ConfigurationCache[dict[str, StayTax]] = ConfigurationCache()


class Catalogue:
    """A hotel's room types and rate plans by their codes, as an offer names them."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def _room_type(self, code: str) -> RoomType:
        return selectors.room_types(self.tenant, [code])[code]

    def _plans(self, code: str) -> dict[str, RatePlan]:
        return selectors.rate_plans(self.tenant, [code])

    def names(self, codes: Sequence[str]) -> tuple[Localised, ...]:
        """Names of types by code; one that is not known here has none."""
        known = selectors.room_types(self.tenant)
        return tuple(_name(known[code]) for code in codes if code in known)

    def option(self, offer: Offer, option_id: uuid.UUID) -> effects.QuotedOption:
        """An offer as something to show and choose."""
        room_type, plans = self._room_type(offer.room_type_id), self._plans(offer.rate_plan_id)
        plan = plans[offer.rate_plan_id]
        deposit = deposits.due(plan, offer.total, offer.nightly, asked=self.tenant.can("deposits"))
        return effects.QuotedOption(
            option_id=str(option_id),
            room_type_id=offer.room_type_id,
            kinds=room_type.kinds,
            name=_name(room_type),
            rate_name=_name(plan) if len(plans) > 1 else None,
            rate_plan_id=offer.rate_plan_id,
            capacity=room_type.max_guests,
            total=offer.total,
            nightly=offer.nightly,
            taxes_included=offer.taxes_included,
            breakfast_included=offer.breakfast_included,
            left=offer.left,
            terms=offer.terms,
            deposit=deposit if deposit.amount > 0 else None,
            at_desk=tuple(self._desk_charge(line) for line in offer.taxes if line.due_at_hotel),
            extras=self._extras(offer.extras),
            parts=tuple(
                effects.RoomsOf(
                    room_type_id=part.room_type_id, name=_name(self._room_type(part.room_type_id)), rooms=part.rooms,
                    nightly=part.nightly,
                )
                for part in offer.parts
            ),
        )  # fmt: skip

    def _extras(self, lines: Sequence[ExtraLine]) -> tuple[effects.QuotedExtra, ...]:
        if not lines:
            return ()
        rows = {row.code: row for row in Extra.objects.filter(tenant=self.tenant)}
        return tuple(
            effects.QuotedExtra(
                kind=rows[line.extra_id].kind, name=_name(rows[line.extra_id]), quantity=line.quantity,
                amount=line.amount,
            )
            for line in lines
        )  # fmt: skip

    def _desk_charge(self, line: TaxLine) -> effects.DeskCharge:
        known = _taxes.get(str(self.tenant.pk), lambda: selectors.stay_taxes(tenant=self.tenant))
        tax = known.get(line.code)
        name = _name(tax) if tax else Localised("Tasa de alojamiento", "Accommodation tax", "Taxa de hospedagem")
        return effects.DeskCharge(name=name, amount=line.amount)

    def rooms(self) -> tuple[effects.RoomKind, ...]:
        """The hotel's room types with the lowest coming price of each, cheapest first."""
        return tuple(
            effects.RoomKind(
                room_type_id=entry.room_type.code,
                kinds=entry.room_type.kinds,
                name=_name(entry.room_type),
                description=Localised(
                    entry.room_type.description_es, entry.room_type.description_en, entry.room_type.description_pt
                ),
                capacity=entry.room_type.max_guests,
                price_from=entry.price_from,
                source_id=entry.rate_plan.code if entry.rate_plan else "",
            )
            for entry in selectors.catalogue(tenant=self.tenant)
        )

    def reservation(self, reservation: Reservation) -> effects.ReservationView:
        """A stay as its guest may see it."""
        room_type = reservation.room_type
        payment = deposits.paid(reservation)
        return effects.ReservationView(
            code=reservation.code,
            status=STATUS[Reservation.State(reservation.state)],
            stay=reservation.stay,
            room_name=_name(room_type),
            kinds=room_type.kinds,
            total=reservation.price,
            guest_name=reservation.guest_name,
            breakfast_included=reservation.option.breakfast_included,
            taxes_included=reservation.option.taxes_included,
            terms=reservation.cancellation_terms,
            room_type_id=room_type.code,
            rate_plan_id=reservation.rate_plan.code,
            stay_url=stay_page.url_of(reservation) if stay_page.is_shown(reservation) else "",
            paid=payment.price if payment is not None else None,
            extras=self._extras(reservation.option.extra_lines),
            rooms=self._rooms(reservation) if reservation.stay.is_mixed else (),
        )

    def _rooms(self, reservation: Reservation) -> tuple[effects.RoomsOf, ...]:
        """Each type of a stay that has rooms of several."""
        wanted = reservation.stay.rooms_by_type(reservation.room_type.code)
        return tuple(
            effects.RoomsOf(room_type_id=code, name=_name(self._room_type(code)), rooms=rooms)
            for code, rooms in wanted.items()
        )


def reservation_by_code(tenant: Tenant, code: str) -> Reservation | None:
    """A stay the policy already knows to be the guest's own. Inside the tenant's scope."""
    rows = Reservation.objects.select_related("room_type", "rate_plan", "option")
    return rows.filter(tenant=tenant, code=code).first()


def _name(row: RoomType | RatePlan | StayTax | Extra) -> Localised:
    return Localised(row.name_es, row.name_en, row.name_pt)


def happened(event: StayEvent) -> effects.StayHappened:
    """A stay event as a value the policy can tell. Inside the tenant's scope."""
    payload = event.payload
    reservation = event.reservation
    fee, refund = payload.get("fee"), payload.get("refund")
    option_id = payload.get("option_id") or (str(reservation.option.public_id) if reservation else "")
    reason = payload.get("reason")
    return effects.StayHappened(
        kind=effects.StayEventKind(event.kind),
        reservation=Catalogue(event.tenant).reservation(reservation) if reservation else None,
        option_id=option_id,
        hold_id=payload.get("hold_id") or (str(event.hold.public_id) if event.hold else ""),
        reason=Reason(reason) if reason else None,
        fee=snapshots.load_money(fee) if fee else None,
        refund=snapshots.load_money(refund) if refund else None,
        payment=_payment(payload.get("payment_id")),
        payment_reason=str(payload.get("payment_reason", "")),
        days=_days_ahead(event),
        arranged=_arranged(payload) if payload.get("arrangement") else None,
    )


def _arranged(payload: dict[str, Any]) -> effects.Arranged:
    """What was arranged for a stay, as its guest is told."""
    extra = Extra.objects.filter(code=payload["extra"]).first() if payload.get("extra") else None
    return effects.Arranged(
        kind=effects.ArrangementKind(payload["arrangement"]),
        amount=snapshots.load_money(payload["amount"]),
        time=dt.time.fromisoformat(payload["time"]) if payload.get("time") else None,
        extra_id=extra.code if extra else "",
        name=Localised(extra.name_es, extra.name_en, extra.name_pt) if extra else None,
        quantity=int(payload.get("quantity", 1)),
    )


def _days_ahead(event: StayEvent) -> int:
    """Days until a reminder's arrival on the hotel's clock now: it may be told later than it was written."""
    if event.kind != StayEvent.Kind.REMINDER or event.reservation is None:
        return 0
    return int((event.reservation.check_in - event.tenant.local(clock.now()).date()).days)


def _payment(payment_id: int | None) -> effects.PaymentView | None:
    """A deposit as its guest may see it."""
    payment = Payment.objects.select_related("reservation").filter(pk=payment_id).first() if payment_id else None
    if payment is None:
        return None
    return effects.PaymentView(
        reference=payment.reference,
        amount=payment.price,
        url=payments.page_url(payment),
        until=payment.link_expires_at,
        rest=payment.reservation.price - payment.price,
    )
