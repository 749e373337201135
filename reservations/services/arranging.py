"""Arranging things for a booked stay: early arrival, late departure, extras, special requests.

Whether an hour more is possible follows from who sleeps in rooms of that type on the night beside the stay: with a room
free that night, nobody arrives into this one (or leaves it) at the standard time. What it costs is the hotel's policy.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import models, transaction

from hotel_agent.common.money import Money, rounded
from integrations.pms.extras import usual_line
from reservations.models import Arrangement, Extra, PmsCall, Reservation
from reservations.services import ledger, pms
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class ArrangeProblem(StrEnum):
    """Why something cannot be arranged here. Closed."""

    NOT_BOOKED = "not_booked"
    """The stay is not confirmed, is over, or (early arrival) has begun."""
    NOT_SUPPORTED = "not_supported"
    """The PMS takes no notes, or sells no such extra."""
    AMOUNT_CHANGED = "amount_changed"
    ALREADY = "already"
    """The same thing is arranged already."""


@dataclass(frozen=True, slots=True)
class ArrangeRefused:
    """Nothing was written."""

    problem: ArrangeProblem


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether an early arrival or late departure is possible, until (or from) when, and for how much."""

    is_free: bool
    limit: dt.time
    fee: Money


@dataclass(frozen=True, slots=True)
class PricedExtra:
    """An extra for a stay at the PMS's price."""

    extra: Extra
    quantity: int
    amount: Money


def arrange_problem(*, tenant: Tenant, reservation: Reservation, kind: str) -> ArrangeProblem | None:
    """Why nothing can be arranged for the stay any more, or None."""
    alive = {Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE}
    if reservation.state not in alive or reservation.check_out < tenant.business_day():
        return ArrangeProblem.NOT_BOOKED
    begun = reservation.state == Reservation.State.IN_HOUSE or reservation.check_in < tenant.business_day()
    if kind == Arrangement.Kind.EARLY_CHECK_IN and begun:
        return ArrangeProblem.NOT_BOOKED
    return None


def hours(
    *, tenant: Tenant, reservation: Reservation, kind: str, connect: pms.Connect = pms.connect
) -> Hours | ArrangeRefused:
    """An early arrival or late departure for the stay. No transaction may be open.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    if problem := arrange_problem(tenant=tenant, reservation=reservation, kind=kind):
        return ArrangeRefused(problem)
    adapter = connect(tenant)
    if not adapter.capabilities.notes:
        return ArrangeRefused(ArrangeProblem.NOT_SUPPORTED)
    if _standing(reservation).filter(kind=kind).exists():
        return ArrangeRefused(ArrangeProblem.ALREADY)
    early = kind == Arrangement.Kind.EARLY_CHECK_IN
    night = reservation.check_in - dt.timedelta(days=1) if early else reservation.check_out
    morrow = night + dt.timedelta(days=1)
    wanted = reservation.stay.rooms_by_type(reservation.room_type.code)
    left = {
        code: pms.call(adapter, "nights_left", functools.partial(adapter.nights_left, code, night, morrow))
        for code in wanted
    }
    return Hours(
        is_free=all(left[code].get(night, 0) >= rooms for code, rooms in wanted.items()),
        limit=tenant.early_check_in_from if early else tenant.late_check_out_until,
        fee=hours_fee(tenant=tenant, reservation=reservation, kind=kind),
    )


def hours_fee(*, tenant: Tenant, reservation: Reservation, kind: str) -> Money:
    """The policy's share of the first (early) or last (late) night's price, for all rooms of the stay."""
    nightly = reservation.option.nightly_prices
    night = nightly[0] if kind == Arrangement.Kind.EARLY_CHECK_IN else nightly[-1]
    return rounded(night.amount * Decimal(tenant.early_late_percent) / 100, night.currency)


def price_extra(
    *,
    tenant: Tenant,
    reservation: Reservation,
    kind: str,
    quantity: int | None = None,
    connect: pms.Connect = pms.connect,
) -> PricedExtra | ArrangeRefused:
    """The hotel's extra of a kind for the stay, priced by the PMS. No transaction may be open.

    `quantity` None is what is usual: everybody where it is priced per person, else one.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    if problem := arrange_problem(tenant=tenant, reservation=reservation, kind=Arrangement.Kind.EXTRA):
        return ArrangeRefused(problem)
    adapter = connect(tenant)
    with tenant_scope(tenant):
        rows = {row.code: row for row in Extra.objects.filter(tenant=tenant, kind=kind, is_active=True)}
    if not rows or not adapter.capabilities.notes:
        return ArrangeRefused(ArrangeProblem.NOT_SUPPORTED)
    stay = reservation.stay
    sold = {extra.extra_id: extra for extra in pms.call(adapter, "extras", lambda: adapter.extras(stay))}
    found = next((extra for code, extra in sold.items() if code in rows), None)
    if found is None:
        return ArrangeRefused(ArrangeProblem.NOT_SUPPORTED)
    in_price = any(line.extra_id == found.extra_id for line in reservation.option.extra_lines)
    if in_price or _standing(reservation).filter(kind=Arrangement.Kind.EXTRA, extra=rows[found.extra_id]).exists():
        return ArrangeRefused(ArrangeProblem.ALREADY)
    # More than one room may have becomes what is usual, and the guest sees it before the yes.
    line = usual_line(found, quantity, stay)
    if line is None:
        return ArrangeRefused(ArrangeProblem.NOT_SUPPORTED)
    return PricedExtra(rows[found.extra_id], line.quantity, line.amount)


def request_arrangement(
    *,
    tenant: Tenant,
    reservation: Reservation,
    kind: str,
    amount: Money,
    text: str,
    conversation_key: uuid.UUID | None,
    at_time: dt.time | None = None,
    extra_code: str = "",
    quantity: int = 1,
) -> Arrangement | ArrangeRefused:
    """Write down what the guest accepted and the note that tells the desk, in the caller's transaction.

    The guest hears of it when the PMS has the note (`StayEvent` ARRANGED), except for requests, which nobody promises.
    """
    with tenant_scope(tenant), transaction.atomic():
        reservation = (
            Reservation.objects.select_related("option").select_for_update(of=("self",)).get(pk=reservation.pk)
        )
        if problem := arrange_problem(tenant=tenant, reservation=reservation, kind=kind):
            return ArrangeRefused(problem)
        of_hours = kind in (Arrangement.Kind.EARLY_CHECK_IN, Arrangement.Kind.LATE_CHECK_OUT)
        if of_hours and hours_fee(tenant=tenant, reservation=reservation, kind=kind) != amount:
            return ArrangeRefused(ArrangeProblem.AMOUNT_CHANGED)
        extra = Extra.objects.filter(code=extra_code).first() if extra_code else None
        same = _standing(reservation).filter(kind=kind, extra=extra)
        if same.filter(text=text).exists() or (kind != Arrangement.Kind.REQUEST and same.exists()):
            return ArrangeRefused(ArrangeProblem.ALREADY)
        arrangement = Arrangement.objects.create(
            tenant=tenant,
            reservation=reservation,
            kind=kind,
            at_time=at_time,
            extra=extra,
            quantity=quantity,
            amount=amount.amount,
            currency=amount.currency,
            text=text[:500],
            conversation_key=conversation_key,
        )
        ledger.add_change(reservation, "arranged", from_state=reservation.state, detail={"text": arrangement.text})
        ledger.add_call(
            kind=PmsCall.Kind.NOTE,
            reference=ledger.new_reference("note"),
            reservation=reservation,
            conversation_key=conversation_key,
            request={"arrangement": str(arrangement.public_id), "text": arrangement.text},
        )
        return arrangement


def _standing(reservation: Reservation) -> models.QuerySet[Arrangement]:
    return Arrangement.objects.filter(reservation=reservation).exclude(state=Arrangement.State.REFUSED)
