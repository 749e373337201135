"""Asking for a booking, a change or a cancellation: rows only, inside the caller's transaction.

The PMS hears of it through the `PmsCall` that is written down here (`services.calls`); the result comes back as a
`StayEvent`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from hotel_agent.common import clock, metrics
from hotel_agent.common.money import Money
from integrations.pms.base import Extra, ExtraLine, Guest, Offer, OwnRooms, Stay
from integrations.pms.extras import usual_line
from reservations import codes, figures, snapshots
from reservations.models import Hold, Payment, PmsCall, QuoteOption, Reservation
from reservations.services import deposits, ledger, pms, quoting
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class BookingProblem(StrEnum):
    """Why a booking was not even asked for. Closed: the dialogue has a sentence for each."""

    QUOTE_EXPIRED = "quote_expired"
    HOLD_LAPSED = "hold_lapsed"
    BAD_NAME = "bad_name"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"


@dataclass(frozen=True, slots=True)
class BookingRefused:
    """Nothing was written; quote again."""

    problem: BookingProblem


class ChangeProblem(StrEnum):
    """Why a cancellation or change was not even asked for."""

    NOT_CONFIRMED = "not_confirmed"
    ALREADY_CANCELLED = "already_cancelled"
    BEGUN = "begun"
    IN_PROGRESS = "in_progress"
    """Another change of this reservation has no known outcome yet."""
    QUOTE_EXPIRED = "quote_expired"
    NOT_SUPPORTED = "not_supported"
    """The PMS changes no bookings; a person does."""
    TERMS = "terms"
    """Cancelling costs something by now, and the change gives up nights or money of the stay: a person decides."""


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """Nothing was written."""

    problem: ChangeProblem


def request_booking(
    *,
    tenant: Tenant,
    option: QuoteOption,
    hold: Hold | None,
    guest: Guest,
    conversation_key: uuid.UUID | None,
    guest_key: str,
    channel: str,
    notes: str = "",
    paid: Payment | None = None,
) -> Reservation | BookingRefused:
    """Ask for the option's booking at the option's price, in the caller's transaction (atomic on its own otherwise).

    The same option twice is the same reservation, whatever has become of it: "sí" twice books once. `hold` may be None
    where nothing could be kept; the PMS then sells what is free.

    An option with a deposit is paid first while the room is held. Without a hold the PMS books first, and the payment
    confirms or the booking is cancelled. `paid` is money that came already.
    """
    with tenant_scope(tenant), transaction.atomic():
        option = (
            QuoteOption.objects.select_related("quote", "room_type", "rate_plan")
            .select_for_update(of=("self",))
            .get(pk=option.pk)
        )
        known = Reservation.objects.filter(option=option).first()
        if known is not None:
            return known
        if _is_target_of_change(option):
            return BookingRefused(BookingProblem.QUOTE_EXPIRED)
        if problem := _guest_problem(guest):
            return BookingRefused(problem)
        if hold is not None:
            hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
            if hold.option_id != option.pk or not hold.is_open():
                return BookingRefused(BookingProblem.HOLD_LAPSED)
        if not quoting.is_valid(option):
            return BookingRefused(BookingProblem.QUOTE_EXPIRED)
        if hold is not None:
            hold.state = Hold.State.BOOKING
            hold.save(update_fields=["state"])
        quote = option.quote
        pays_first = option.deposit > 0 and paid is None and hold is not None
        reservation = Reservation.objects.create(
            tenant=tenant,
            state=Reservation.State.AWAITING if pays_first else Reservation.State.PENDING,
            code=_free_code(tenant),
            option=option,
            hold=hold,
            room_type=option.room_type,
            rate_plan=option.rate_plan,
            check_in=quote.check_in,
            check_out=quote.check_out,
            parties=quote.parties,
            rooms=len(quote.parties),
            currency=option.currency,
            total=option.total,
            deposit=paid.amount if paid is not None else option.deposit,
            terms=option.terms,
            guest_name=" ".join(guest.name.split()),
            guest_email=guest.email.strip(),
            guest_phone=guest.phone.strip(),
            language=guest.language,
            notes=notes,
            channel=channel,
            conversation_key=conversation_key,
            guest_key=guest_key,
            reference=ledger.new_reference("book"),
        )
        ledger.add_change(reservation, "requested", detail={"price": snapshots.dump_money(option.price)})
        if pays_first:
            deposits.ask(reservation)
        else:
            add_book_call(reservation)
        count_state(reservation)
        return reservation


def add_book_call(reservation: Reservation) -> PmsCall:
    """The call that makes the reservation's booking, in the caller's transaction."""
    return ledger.add_call(
        kind=PmsCall.Kind.BOOK,
        reference=reservation.reference,
        reservation=reservation,
        hold=reservation.hold,
        conversation_key=reservation.conversation_key,
        request={
            "option_id": str(reservation.option.public_id),
            "price": snapshots.dump_money(reservation.price),
        },
    )


def confirm(reservation: Reservation, booking_id: str, *, actor: str) -> None:
    """The PMS has it and nothing is left to pay first: the guest may be told. The reservation's row is locked."""
    before = reservation.state
    reservation.state = Reservation.State.CONFIRMED
    reservation.pms_booking_id = booking_id
    reservation.confirmed_at = clock.now()
    reservation.save(update_fields=["state", "pms_booking_id", "confirmed_at"])
    if reservation.hold_id:
        Hold.objects.filter(pk=reservation.hold_id).update(state=Hold.State.USED, ended_at=clock.now())
    ledger.add_change(reservation, "confirmed", from_state=before, actor=actor)
    count_state(reservation)
    _measure(reservation)


def cancellation_cost(*, tenant: Tenant, reservation: Reservation, connect: pms.Connect = pms.connect) -> Money:
    """What cancelling costs now: asked of the PMS where it can tell, else by the stored terms. No transaction may be
    open.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    adapter = connect(tenant)
    now = clock.now()
    if not adapter.capabilities.fee_preview:
        return reservation.cancellation_terms.fee_at(now)
    booking_id = reservation.pms_booking_id
    return pms.call(adapter, "cancellation_fee", lambda: adapter.cancellation_fee(booking_id, now))


def request_cancellation(
    *,
    tenant: Tenant,
    reservation: Reservation,
    expected_fee: Money,
    conversation_key: uuid.UUID | None,
    reason: str = "",
    actor: str = "agent",
    waive_fee: bool = False,
) -> PmsCall | ChangeRefused:
    """Ask for a cancellation at a fee of at most `expected_fee`, in the caller's transaction.

    Repeating it while it is under way returns the same call. A higher fee by then refuses it (FEE_CHANGED). With
    `waive_fee` the hotel asks for nothing, whatever the terms say: a person's decision, never the agent's.
    """
    with tenant_scope(tenant), transaction.atomic():
        reservation = Reservation.objects.select_for_update(of=("self",)).get(pk=reservation.pk)
        under_way = _change_under_way(reservation)
        if under_way is not None:
            same = under_way.kind == PmsCall.Kind.CANCEL and under_way.request.get("waive_fee", False) == waive_fee
            return under_way if same else ChangeRefused(ChangeProblem.IN_PROGRESS)
        if problem := change_problem(tenant=tenant, reservation=reservation):
            return ChangeRefused(problem)
        fee = snapshots.dump_money(expected_fee)
        detail: dict[str, object] = {"reason": reason} if reason else {}
        request: dict[str, object] = {"expected_fee": fee, "reason": reason}
        if waive_fee:
            detail["fee_waived"], request["waive_fee"] = fee, True
        ledger.add_change(
            reservation, "cancellation_requested", from_state=reservation.state, actor=actor, detail=detail
        )
        return ledger.add_call(
            kind=PmsCall.Kind.CANCEL,
            reference=ledger.new_reference("cancel"),
            reservation=reservation,
            conversation_key=conversation_key,
            request=request,
        )


def request_change(
    *,
    tenant: Tenant,
    reservation: Reservation,
    option: QuoteOption,
    conversation_key: uuid.UUID | None,
    reason: str = "",
    actor: str = "agent",
) -> PmsCall | ChangeRefused:
    """Ask for a confirmed reservation to become what `option` quotes, in the caller's transaction.

    The reservation stays as it is until the PMS has changed it. Repeating it while it is under way returns the call.
    """
    with tenant_scope(tenant), transaction.atomic():
        reservation = Reservation.objects.select_for_update(of=("self",)).get(pk=reservation.pk)
        option = QuoteOption.objects.select_related("quote").select_for_update(of=("self",)).get(pk=option.pk)
        under_way = _change_under_way(reservation)
        if under_way is not None:
            same = under_way.kind == PmsCall.Kind.AMEND and under_way.option_id == option.pk
            return under_way if same else ChangeRefused(ChangeProblem.IN_PROGRESS)
        if problem := change_problem(tenant=tenant, reservation=reservation):
            return ChangeRefused(problem)
        less = gives_up(reservation, option.quote.stay) or option.total < reservation.total
        if less and reservation.cancellation_terms.fee_at(clock.now()).amount > 0:
            return ChangeRefused(ChangeProblem.TERMS)
        taken = Reservation.objects.filter(option=option).exists() or _is_target_of_change(option)
        if taken or not quoting.is_valid(option):
            return ChangeRefused(ChangeProblem.QUOTE_EXPIRED)
        detail = {"option_id": str(option.public_id)} | ({"reason": reason} if reason else {})
        ledger.add_change(reservation, "change_requested", from_state=reservation.state, actor=actor, detail=detail)
        return ledger.add_call(
            kind=PmsCall.Kind.AMEND,
            reference=ledger.new_reference("amend"),
            reservation=reservation,
            option=option,
            conversation_key=conversation_key,
            request={"price": snapshots.dump_money(option.price)},
        )


def search_change(
    *,
    tenant: Tenant,
    reservation: Reservation,
    stay: Stay,
    own: OwnRooms = quoting.NOTHING_OWN,
    connect: pms.Connect = pms.connect,
) -> list[Offer] | ChangeRefused:
    """What a confirmed reservation can become, its own nights counted as free. No transaction may be open.

    While cancelling costs something, only what gives up neither nights nor money (house rule: a change is no way round
    the cancellation terms).

    Raises:
        BadStay: the stay breaks a limit of the hotel.
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    if problem := change_problem(tenant=tenant, reservation=reservation):
        return ChangeRefused(problem)
    if not connect(tenant).capabilities.amend:
        return ChangeRefused(ChangeProblem.NOT_SUPPORTED)
    bound = reservation.cancellation_terms.fee_at(clock.now()).amount > 0
    if bound and gives_up(reservation, stay):
        return ChangeRefused(ChangeProblem.TERMS)
    mine = replace(own, booking_ids=(reservation.pms_booking_id,))
    offers = quoting.search(tenant=tenant, stay=stay, own=mine, connect=connect)
    if (had := reservation.option.extra_lines) and offers:
        offers = _with_same_extras(had, quoting.extras(tenant=tenant, stay=stay, connect=connect), offers, stay)
    if not bound:
        return offers
    as_dear = [offer for offer in offers if offer.total.amount >= reservation.total]
    return ChangeRefused(ChangeProblem.TERMS) if offers and not as_dear else as_dear


def _with_same_extras(
    had: Sequence[ExtraLine], sold: Sequence[Extra], offers: Sequence[Offer], stay: Stay
) -> list[Offer]:
    """The offers with what the booking already has in its price, at today's catalogue for the new stay."""
    by_id = {extra.extra_id: extra for extra in sold}
    lines = [usual_line(by_id[line.extra_id], line.quantity, stay) for line in had if line.extra_id in by_id]
    return [offer.with_extras([line for line in lines if line is not None]) for offer in offers]


def gives_up(reservation: Reservation, stay: Stay) -> bool:
    """Whether the new stay leaves nights or rooms of the reservation unused."""
    return (
        stay.check_in > reservation.check_in
        or stay.check_out < reservation.check_out
        or len(stay.rooms) < reservation.rooms
    )


def change_problem(*, tenant: Tenant, reservation: Reservation, at: dt.datetime | None = None) -> ChangeProblem | None:
    """Why the reservation cannot be cancelled or changed any more, or None when it can."""
    if reservation.state == Reservation.State.CANCELLED:
        return ChangeProblem.ALREADY_CANCELLED
    if reservation.state != Reservation.State.CONFIRMED:
        begun = reservation.state in {Reservation.State.IN_HOUSE, Reservation.State.DEPARTED, Reservation.State.NO_SHOW}
        return ChangeProblem.BEGUN if begun else ChangeProblem.NOT_CONFIRMED
    if reservation.check_in < tenant.business_day(at):
        return ChangeProblem.BEGUN
    return None


def count_state(reservation: Reservation) -> None:
    """Count the reservation's new state once the transaction is committed."""
    labels = (
        reservation.state,
        figures.channel_label(reservation.channel),
        metrics.room_type_label(reservation.room_type.kind),
    )
    transaction.on_commit(lambda: metrics.reservations.labels(*labels).inc())


def _measure(reservation: Reservation) -> None:
    """Business metrics of a confirmation. A stay that began before it was confirmed has no lead time left: 0."""
    value, nights = float(reservation.total), reservation.nights
    lead_days = (reservation.check_in - reservation.tenant.business_day()).days

    def observe() -> None:
        metrics.reservation_value.observe(value)
        metrics.reservation_nights.observe(nights)
        metrics.reservation_lead_time.observe(max(lead_days, 0))

    transaction.on_commit(observe)


def _change_under_way(reservation: Reservation) -> PmsCall | None:
    return PmsCall.objects.filter(
        reservation=reservation,
        kind__in=[PmsCall.Kind.CANCEL, PmsCall.Kind.AMEND],
        outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN],
    ).first()


def _is_target_of_change(option: QuoteOption) -> bool:
    """Whether a reservation is becoming, or has become, this option: it cannot be sold a second time."""
    return PmsCall.objects.filter(option=option).exclude(outcome=PmsCall.Outcome.REFUSED).exists()


def _free_code(tenant: Tenant) -> str:
    while True:
        code = codes.new_code(tenant.code_prefix)
        if not Reservation.objects.filter(tenant=tenant, code=code).exists():
            return code


def _guest_problem(guest: Guest) -> BookingProblem | None:
    """What no PMS would take. Limits are those of our own columns."""
    name = " ".join(guest.name.split())
    if not name or len(name) > 120 or not name.isprintable():
        return BookingProblem.BAD_NAME
    if len(guest.phone.strip()) > 20 or not guest.phone.isprintable():
        return BookingProblem.BAD_PHONE
    if guest.email.strip():
        try:
            validate_email(guest.email.strip())
        except ValidationError:
            return BookingProblem.BAD_EMAIL
    return None
