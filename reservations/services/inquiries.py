"""Questions to a hotel's PMS: availability, a quote, a booking for programs; for a person whether a booking is there.

Asked of the built-in PMS they are answered at once. An outside PMS is asked by a worker, because no web thread waits
for anybody: the caller gets "not yet" and asks again with the same key. Every step may be repeated: the quote has the
inquiry's id, an option has at most one live hold and one reservation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from hotel_agent.common import claims, clock, dispatch
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput, DependencyDown, LostClaim, Misconfigured
from integrations.pms.base import ExtraOrder, Guest, Offer, Party, Stay
from reservations import snapshots
from reservations.models import Hold, Inquiry, PmsCall, Quote, QuoteOption, Reservation
from reservations.services import booking, calls, holding, pms, quoting, reconciliation
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger(__name__)

TASK = "reservations.answer_inquiry"
CHANNEL = "api"
FRESH_S = 60.0
"""An answer about availability is given again for this long; a quote or a booking asks anew."""
GIVE_UP_S = 120.0
"""A caller that still waits by then is told that the PMS cannot be asked."""
KEEP_DAYS = 30


class KeyReused(BadInput):
    """The caller's key already names another question."""

    code = "idempotency_key_reused"


class Refusal(Exception):  # noqa: N818 - an answer, caught here
    """There is no quote or booking, and why."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def ask(*, tenant: Tenant, kind: Inquiry.Kind, by: User, request: dict[str, Any], key: str = "") -> Inquiry:
    """The inquiry for this question, answered already where the PMS is our own. No transaction may be open.

    The same key is the same inquiry for as long as it is kept. Without a key, availability asked again within a minute
    is, and everything else is new.

    Raises:
        KeyReused: the key names another question.
    """
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    name = key or (_moment(fingerprint) if kind == Inquiry.Kind.AVAILABILITY else uuid.uuid4().hex)
    with tenant_scope(tenant):
        inquiry, is_new = Inquiry.objects.get_or_create(
            tenant=tenant,
            asked_by=by,
            kind=kind,
            key=name,
            defaults={"fingerprint": fingerprint, "request": request},
        )
        if inquiry.fingerprint != fingerprint:
            raise KeyReused("This Idempotency-Key was used for another request.")
        if inquiry.state in {WorkState.WAITING, WorkState.WORKING}:
            if not _is_outside(tenant):
                answer(inquiry.pk)
                inquiry.refresh_from_db()
            elif is_new:
                dispatch.publish(TASK, inquiry.pk)
    return inquiry


def answer(inquiry_id: int, *, connect: pms.Connect = pms.connect) -> bool:
    """Ask the PMS and keep what it says; False when there was nothing to do. Safe to repeat, also after a crash."""
    with every_tenant():  # the id comes from a task or the sweeper, which serve all hotels
        inquiry = claims.claim(Inquiry.objects.select_related("tenant", "asked_by").filter(pk=inquiry_id))
    if inquiry is None:
        return False
    with tenant_scope(inquiry.tenant):
        try:
            _answer(inquiry, connect)
        except LostClaim:
            log.info("inquiry_lost", reason=inquiry.kind)
        except Refusal as refusal:
            _finish(inquiry, refusal=refusal.reason, detail=refusal.detail)
        except quoting.BadStay as error:
            _finish(inquiry, refusal=str(error.problem), detail="" if error.limit is None else str(error.limit))
        except (DependencyDown, Misconfigured) as error:
            if isinstance(error, DependencyDown) and clock.now() - inquiry.created_at < clock.seconds(GIVE_UP_S):
                claims.fail(inquiry, error)
            else:
                _finish(inquiry, refusal=error.code)
        except BadInput as error:
            _finish(inquiry, refusal=error.code, detail=str(error)[:200])
        except Exception as error:
            log.exception("inquiry_failed", reason=inquiry.kind, error_type=type(error).__name__)
            claims.fail(inquiry, error)
    return True


def due_inquiries(limit: int) -> list[int]:
    """Ids of inquiries nobody has taken yet, oldest first, of all hotels."""
    with every_tenant():  # only ids leave this function
        return list(claims.due(Inquiry.objects.all()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def forget_old() -> int:
    """Delete inquiries older than 30 days, and what guests' data those have that gave up; quotes and bookings stay.

    Safe to repeat.
    """
    with every_tenant():  # an installation-wide job
        Inquiry.objects.filter(kind=Inquiry.Kind.BOOKING, state=WorkState.DEAD).exclude(request={}).update(request={})
        deleted, _ = Inquiry.objects.filter(created_at__lt=clock.now() - dt.timedelta(days=KEEP_DAYS)).delete()
    return deleted


def _moment(fingerprint: str) -> str:
    """One name a minute for the same question."""
    return f"{int(clock.now().timestamp() // clock.seconds(FRESH_S).total_seconds())}:{fingerprint[:40]}"


def _is_outside(tenant: Tenant) -> bool:
    try:
        return bool(pms.connect(tenant).breaker_key)
    except Misconfigured:
        return True  # a worker will meet it and say so


def _answer(inquiry: Inquiry, connect: pms.Connect) -> None:
    tenant = inquiry.tenant
    if inquiry.kind == Inquiry.Kind.AVAILABILITY:
        stay = snapshots.load_stay(inquiry.request)
        offers = quoting.search(tenant=tenant, stay=stay, connect=connect)
        reason = "" if offers else str(quoting.why_nothing(tenant=tenant, stay=stay, connect=connect).reason)
        _finish(inquiry, answer=[dump_offer(offer) for offer in offers], detail=reason)
    elif inquiry.kind == Inquiry.Kind.QUOTE:
        _finish(inquiry, quote=_quote(inquiry, connect))
    elif inquiry.kind == Inquiry.Kind.OUTCOME:
        told = inquiry.request
        reconciliation.settle(tenant=tenant, call_id=told["call"], booking_id=str(told["booking"]), connect=connect)
        _finish(inquiry)
    else:
        made = _book(inquiry, connect)
        run_now(made)
        _finish(inquiry, reservation=made)


def _quote(inquiry: Inquiry, connect: pms.Connect) -> Quote:
    """The stored quote of this inquiry: of a new stay, or of what a confirmed reservation can become."""
    known = Quote.objects.filter(public_id=inquiry.public_id).first()
    if known is not None:
        return known
    tenant, asked = inquiry.tenant, inquiry.request
    stay = snapshots.load_stay(asked)
    if code := asked.get("reservation"):
        reservation = Reservation.objects.filter(tenant=tenant, code=code).first()
        if reservation is None:
            raise Refusal("reservation_not_found")
        found = booking.search_change(tenant=tenant, reservation=reservation, stay=stay, connect=connect)
        if isinstance(found, booking.ChangeRefused):
            raise Refusal(str(found.problem))
        offers: list[Offer] = found
    else:
        offers = _offers(tenant, stay, asked, connect)
    if not offers:
        raise Refusal("nothing_free", str(quoting.why_nothing(tenant=tenant, stay=stay, connect=connect).reason))
    return _store(inquiry, stay, offers)


def _offers(tenant: Tenant, stay: Stay, asked: dict[str, Any], connect: pms.Connect) -> list[Offer]:
    wanted = asked.get("room_type"), asked.get("rate_plan")
    orders = [ExtraOrder(one["id"], int(one["quantity"])) for one in asked.get("extras", [])]
    if all(wanted) and orders:
        offer = quoting.with_extras(
            tenant=tenant, stay=stay, room_type_id=str(wanted[0]), rate_plan_id=str(wanted[1]), orders=orders,
            connect=connect,
        )  # fmt: skip
        return [offer] if offer is not None else []
    offers = quoting.search(tenant=tenant, stay=stay, connect=connect)
    return [
        offer for offer in offers if wanted[0] in {None, offer.room_type_id} and wanted[1] in {None, offer.rate_plan_id}
    ]


def _store(inquiry: Inquiry, stay: Stay, offers: list[Offer]) -> Quote:
    with transaction.atomic():
        return quoting.store_quote(
            tenant=inquiry.tenant,
            conversation_key=None,
            guest_key=_guest_key(inquiry),
            stay=stay,
            offers=offers,
            public_id=inquiry.public_id,
        )


def _book(inquiry: Inquiry, connect: pms.Connect) -> Reservation:
    """Quote (unless one is named), hold, and request the booking."""
    tenant, asked = inquiry.tenant, inquiry.request
    option = _option(inquiry, connect)
    known = Reservation.objects.filter(option=option).first()
    if known is not None and known.guest_key == _guest_key(inquiry):
        return known  # made by this inquiry before a crash
    if known is not None:
        raise Refusal("already_booked")
    if (expected := asked.get("expected_total")) and snapshots.load_money(expected) != option.price:
        raise Refusal("price_changed", f"{option.price.currency} {option.price.amount}")
    placed = holding.place_hold(
        tenant=tenant, option=option, conversation_key=None, guest_key=_guest_key(inquiry), connect=connect
    )
    hold = placed if isinstance(placed, Hold) else None
    if isinstance(placed, holding.HoldRefused) and placed.problem != holding.HoldProblem.NOT_SUPPORTED:
        raise Refusal(str(placed.problem), str(placed.reason or ""))
    guest = asked["guest"]
    made = booking.request_booking(
        tenant=tenant,
        option=option,
        hold=hold,
        guest=Guest(guest["name"], guest.get("email", ""), guest.get("phone", ""), guest["language"]),
        conversation_key=None,
        guest_key=_guest_key(inquiry),
        channel=CHANNEL,
        notes=asked.get("notes", ""),
    )
    if isinstance(made, booking.BookingRefused):
        raise Refusal(str(made.problem))
    return made


def run_now(reservation: Reservation) -> None:
    """Do the reservation's open writes in our own PMS at once; elsewhere a worker does."""
    if _is_outside(reservation.tenant):
        return
    with tenant_scope(reservation.tenant):
        opened = PmsCall.objects.filter(reservation=reservation, outcome=PmsCall.Outcome.OPEN)
        for call_id in list(opened.order_by("pk").values_list("pk", flat=True)):
            calls.run_call(call_id)


def _option(inquiry: Inquiry, connect: pms.Connect) -> QuoteOption:
    asked = inquiry.request
    options = QuoteOption.objects.select_related("quote", "room_type", "rate_plan")
    if asked.get("option"):
        option = options.filter(tenant=inquiry.tenant, public_id=asked["option"]).first()
        if option is None:
            raise Refusal("option_not_found")
        return option
    quote = Quote.objects.filter(public_id=inquiry.public_id).first()
    if quote is None:
        stay = snapshots.load_stay(asked)
        offers = _offers(inquiry.tenant, stay, asked, connect)
        if not offers:
            reason = quoting.why_nothing(tenant=inquiry.tenant, stay=stay, connect=connect).reason
            raise Refusal("nothing_free", str(reason))
        quote = _store(inquiry, stay, offers[:1])
    return options.get(quote=quote)


def _guest_key(inquiry: Inquiry) -> str:
    """Whose hold it is. A program books for many people, so each booking is its own guest."""
    return f"api:{inquiry.public_id}"


def _finish(inquiry: Inquiry, **fields: Any) -> None:
    if inquiry.kind == Inquiry.Kind.BOOKING:
        fields["request"] = {}  # the guest's data is the reservation's now, or nobody's
    try:
        claims.finish(inquiry, answered_at=clock.now(), **fields)
    except LostClaim:
        log.info("inquiry_lost", reason=inquiry.kind)


def dump_offer(offer: Offer) -> dict[str, Any]:
    """An offer as JSON."""
    return {
        "room_type": offer.room_type_id,
        "rate_plan": offer.rate_plan_id,
        "total": snapshots.dump_money(offer.total),
        "nightly": snapshots.dump_nightly(offer.nightly),
        "taxes_included": offer.taxes_included,
        "breakfast_included": offer.breakfast_included,
        "left": offer.left,
        "terms": snapshots.dump_terms(offer.terms),
    }


def stay_of(check_in: dt.date, check_out: dt.date, rooms: list[dict[str, Any]]) -> Stay:
    """A stay from checked parts."""
    parties = tuple(Party(int(room["adults"]), tuple(room.get("children_ages", ()))) for room in rooms)
    return Stay(check_in, check_out, parties)
