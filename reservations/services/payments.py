"""The saga of a deposit: its link, the room kept meanwhile, the money, and the booking it confirms.

    requested ──link──▶ open ──paid in time──▶ paid ──▶ booked (or refunded, with a person, when the PMS refuses)
        │                 └──time over: closed at the provider──▶ expired ──▶ room given back, guest told
        └──no link within four minutes──▶ failed                     └──money after all──▶ late
    late ──the same room at the same price──▶ paid, booked afresh; else refunded, staff told

What became of a payment is always read from the provider: webhooks, the guest's return and the clock are only reasons
to look. So deliveries may come twice, late or in any order. Each step is claimed, asks the provider and the PMS with no
transaction open, and records in one (`payment_outcomes`).
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from hotel_agent.common import claims, clock, dispatch
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import (
    BadInput,
    DependencyDown,
    HotelAgentError,
    LostClaim,
    Misconfigured,
    UnknownOutcome,
)
from integrations.payments.base import Checkout, CheckoutRequest, CheckoutState, PaymentProvider, PaymentRefused
from integrations.pms.base import Refused, Unknown
from reservations.models import Hold, Payment, Reservation
from reservations.services import deposits, payment_accounts, payment_outcomes, pms, quoting
from tenants.scoping import every_tenant, tenant_scope

log = structlog.get_logger(__name__)

POLL_S = 120.0
"""An open payment is looked at this often although nothing was heard: a webhook may be misconfigured."""
LOOK_AGAIN_S = 3.0
"""After an answer that did not arrive."""
GUEST_WAITS_S = 15.0
"""While a guest waits for a link, or a room for its money, nobody rests longer."""
VERIFY_H = 24.0
"""A payment that ended while the provider could not be asked is looked up for so long."""
PLACE_AGAIN_MINUTES = 30.0
"""Money that came too late waits so long for a PMS that is down; then it goes back."""


def run_payment(
    payment_id: int,
    *,
    connect: payment_accounts.Connect = payment_accounts.connect,
    connect_pms: pms.Connect = pms.connect,
) -> bool:
    """Take one due payment a step further; False when there was nothing to do (not due, or someone has it).

    Safe to call any number of times from any number of workers. Raises nothing a worker could act upon.
    """
    with every_tenant():  # the id comes from a task or the sweeper, which serve all hotels
        payment = claims.claim(Payment.objects.filter(pk=payment_id))
    if payment is None:
        return False
    with tenant_scope(payment.tenant):
        rows = Reservation.objects.select_related("hold", "option__quote", "room_type", "rate_plan", "tenant")
        payment.reservation = rows.get(pk=payment.reservation_id)
        try:
            _step(payment, connect, connect_pms)
        except LostClaim:
            log.info("payment_lost", payment_id=payment.pk)
        except (DependencyDown, Misconfigured, UnknownOutcome, PaymentRefused) as error:
            _again(payment, error)
        except Exception as error:
            log.exception("payment_failed", payment_id=payment.pk, error_type=type(error).__name__)
            claims.fail(payment, error)
    return True


def due_payments(limit: int) -> list[int]:
    """Ids of the payments that may be run now, of all hotels."""
    with every_tenant():  # only ids leave this function
        return list(claims.due(Payment.objects.all()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def wake(payment: Payment) -> bool:
    """Have a payment looked at now; False while a worker is at it (ask again). Inside the tenant's scope.

    A payment whose money is accounted for needs no look.
    """
    sleeping = Payment.objects.filter(pk=payment.pk, state__in=[WorkState.WAITING, WorkState.DONE])
    unsettled = (Payment.Status.REQUESTED, Payment.Status.OPEN, Payment.Status.EXPIRED, Payment.Status.FAILED)
    if sleeping.filter(status__in=unsettled).update(state=WorkState.WAITING, not_before=clock.now()):
        dispatch.after_commit(deposits.RUN_PAYMENT_TASK, payment.pk)
        return True
    return not Payment.objects.filter(pk=payment.pk, state=WorkState.WORKING).exists()


def give_up(*, payment: Payment) -> None:
    """The guest will not pay: the link is closed and the room given back, unless the money was faster.

    In the caller's transaction, inside the tenant's scope. Safe to repeat.
    """
    live = Payment.objects.filter(pk=payment.pk, status__in=Payment.LIVE)
    if live.update(given_up_at=clock.now()):
        live.filter(state=WorkState.WAITING).update(not_before=clock.now())
        dispatch.after_commit(deposits.RUN_PAYMENT_TASK, payment.pk)


def page_url(payment: Payment) -> str:
    """Where the guest pays: our own page, which says what for and knows when it is over."""
    return f"{settings.PUBLIC_BASE_URL}/pay/{payment.token}"


# -- one step ---------------------------------------------------------------------------------------------------------


def _step(payment: Payment, connect: payment_accounts.Connect, connect_pms: pms.Connect) -> None:
    if payment.status == Payment.Status.LATE:
        _place_again(payment, connect_pms)
        return
    provider = connect(payment.tenant)
    if payment.status == Payment.Status.REQUESTED:
        _open(payment, provider, connect_pms)
    elif payment.status in {Payment.Status.OPEN, Payment.Status.EXPIRED, Payment.Status.FAILED}:
        _look(payment, provider)
    else:
        claims.finish(payment)


def _open(payment: Payment, provider: PaymentProvider, connect_pms: pms.Connect) -> None:
    """Keep the room as long as the link will live, then open the link."""
    known = None
    if payment.asked_at is not None:
        since = payment.created_at - dt.timedelta(minutes=1)  # their clock is not ours
        reference = payment.reference
        known = payment_accounts.call(provider, "find", lambda: provider.find_checkout(reference, since=since))
    if known is not None:
        payment_outcomes.opened(payment, known)
        return
    over = clock.now() > payment.created_at + clock.minutes(deposits.OPENING_MINUTES)
    if over or payment.given_up_at:
        payment_outcomes.failed(payment, "payment_dropped" if payment.given_up_at else "payment_failed")
        return
    if not _keep_room(payment, connect_pms):
        payment_outcomes.failed(payment, "hold_expired")
        return
    _leave(payment)
    wanted = _request(payment)
    payment_outcomes.opened(payment, payment_accounts.call(provider, "open", lambda: provider.open_checkout(wanted)))


def _keep_room(payment: Payment, connect_pms: pms.Connect) -> bool:
    """Extend the hold to the link's end and five minutes; True where none is needed (the PMS has the booking)."""
    hold = payment.reservation.hold
    until = payment.link_expires_at + clock.minutes(deposits.HOLD_AFTER_LINK_MINUTES)
    if hold is None or payment.reservation.pms_booking_id or hold.expires_at >= until:
        return True
    adapter = connect_pms(payment.tenant)
    option = payment.reservation.option
    stay, code, reference = option.quote.stay, payment.reservation.room_type.code, hold.reference
    kept = pms.call(adapter, "hold", lambda: adapter.hold(reference, stay, code, until))
    if isinstance(kept, Unknown):
        raise DependencyDown(f"extending hold {hold.pk}: {kept.detail}")
    if isinstance(kept, Refused):
        return False
    return bool(Hold.objects.filter(pk=hold.pk, state=Hold.State.BOOKING).update(expires_at=until))


def _leave(payment: Payment) -> None:
    """Commit that a request for the link leaves now, under the claim."""
    now = clock.now()
    if not Payment.objects.filter(pk=payment.pk, claim=payment.claim, state=WorkState.WORKING).update(asked_at=now):
        raise LostClaim(f"Payment {payment.pk}")
    payment.asked_at = now


def _request(payment: Payment) -> CheckoutRequest:
    reservation = payment.reservation
    with translation.override(reservation.language):
        words = gettext("Deposit for %(hotel)s, %(check_in)s – %(check_out)s") % {
            "hotel": payment.tenant.name,
            "check_in": reservation.check_in.isoformat(),
            "check_out": reservation.check_out.isoformat(),
        }
    return CheckoutRequest(
        reference=payment.reference,
        amount=payment.price,
        description=words,
        language=reservation.language,
        expires_at=payment.link_expires_at,
        return_url=f"{page_url(payment)}?back=1",
        cancel_url=page_url(payment),
        guest_email=reservation.guest_email,
    )


def _look(payment: Payment, provider: PaymentProvider) -> None:
    """Read what became of the link; close it when its time is over."""
    if not payment.checkout_id:
        _look_for_unknown_link(payment, provider)
        return
    checkout_id = payment.checkout_id
    found = payment_accounts.call(provider, "get", lambda: provider.get_checkout(checkout_id))
    now = clock.now()
    is_open = payment.status == Payment.Status.OPEN
    over = not is_open or now >= payment.link_expires_at or payment.given_up_at is not None
    if found.state is CheckoutState.OPEN and over:
        found = payment_accounts.call(provider, "expire", lambda: provider.expire_checkout(checkout_id))
    _conclude(payment, found)


def _look_for_unknown_link(payment: Payment, provider: PaymentProvider) -> None:
    """A request for the link may have arrived although we gave up: what it opened is closed."""
    reference, since = payment.reference, payment.created_at - dt.timedelta(minutes=1)
    found = payment_accounts.call(provider, "find", lambda: provider.find_checkout(reference, since=since))
    if found is None:
        claims.finish(payment)
        return
    stray = found.checkout_id
    if found.state is CheckoutState.OPEN:
        found = payment_accounts.call(provider, "expire", lambda: provider.expire_checkout(stray))
    _conclude(payment, found)


def _conclude(payment: Payment, found: Checkout) -> None:
    if found.state is CheckoutState.PAID:
        payment_outcomes.paid(payment, found)
    elif found.state is CheckoutState.EXPIRED:
        payment_outcomes.expired(payment)
    elif payment.status == Payment.Status.OPEN:
        delay = min(clock.seconds(POLL_S), max(payment.link_expires_at - clock.now(), clock.seconds(LOOK_AGAIN_S)))
        claims.postpone(payment, delay=delay)
        # Said while this worker was asking: look again at once.
        Payment.objects.filter(pk=payment.pk, given_up_at__isnull=False, state=WorkState.WAITING).update(
            not_before=clock.now()
        )
    else:
        claims.postpone(payment, delay=clock.seconds(POLL_S), error="not closed yet")


# -- money that came too late -----------------------------------------------------------------------------------------


def _place_again(payment: Payment, connect_pms: pms.Connect) -> None:
    """Look for the same room at the same price; without it the money goes back."""
    reservation = payment.reservation
    if reservation.state == Reservation.State.AWAITING:
        claims.postpone(payment, delay=clock.seconds(LOOK_AGAIN_S), error="its booking is still being cancelled")
        return
    try:
        offers = quoting.search(tenant=payment.tenant, stay=reservation.stay, connect=connect_pms)
    except BadInput:
        offers = []  # the stay has begun, or the hotel's limits changed
    except (DependencyDown, Misconfigured):
        if clock.now() < (payment.paid_at or clock.now()) + clock.minutes(PLACE_AGAIN_MINUTES):
            raise
        offers = []
    same = next(
        (
            offer
            for offer in offers
            if offer.room_type_id == reservation.room_type.code
            and offer.rate_plan_id == reservation.rate_plan.code
            and offer.total == reservation.price
        ),
        None,
    )
    if same is None:
        payment_outcomes.late_and_gone(payment)
    else:
        payment_outcomes.late_but_free(payment, same)


# -- when nobody answers ----------------------------------------------------------------------------------------------


def _again(payment: Payment, error: HotelAgentError) -> None:
    """Nobody could be asked, or the answer did not arrive: wait, and end what has run out of time."""
    now = clock.now()
    try:
        if payment.status == Payment.Status.REQUESTED:
            if isinstance(error, PaymentRefused | Misconfigured):
                log.error("payment_link_refused", payment_id=payment.pk, error_type=type(error).__name__)
                payment_outcomes.failed(payment, "payment_failed")
                return
            if now > payment.created_at + clock.minutes(deposits.OPENING_MINUTES):
                payment_outcomes.failed(payment, "payment_failed", verified=payment.asked_at is None)
                return
            payment_outcomes.delayed(payment)
        elif payment.status == Payment.Status.OPEN and now >= _room_kept_until(payment):
            # The room is not kept for ever; the money, should there be any, is looked for on and on.
            payment_outcomes.expired(payment, verified=False)
            return
        elif payment.status in {Payment.Status.EXPIRED, Payment.Status.FAILED} and _too_old(payment, now):
            payment_outcomes.unverifiable(payment, str(error))
            return
        delay = clock.seconds(LOOK_AGAIN_S) if isinstance(error, UnknownOutcome) else clock.backoff(payment.claim)
        if isinstance(error, DependencyDown) and error.retry_after:
            delay = clock.seconds(error.retry_after)
        if payment.status in Payment.LIVE:
            delay = min(delay, clock.seconds(GUEST_WAITS_S))
        claims.postpone(payment, delay=delay, error=f"{error.code}: {error}")
    except LostClaim:
        log.info("payment_lost", payment_id=payment.pk)


def _room_kept_until(payment: Payment) -> dt.datetime:
    return payment.link_expires_at + clock.minutes(deposits.HOLD_AFTER_LINK_MINUTES)


def _too_old(payment: Payment, now: dt.datetime) -> bool:
    return now > payment.link_expires_at + clock.hours(VERIFY_H)


def tell_people_about_dead_payments(limit: int = 200) -> int:
    """Payments that gave up by our own mistakes become a person's, once. Returns how many were handed over."""
    with every_tenant():  # serves all hotels
        dead = Payment.objects.filter(state=WorkState.DEAD, handed_over=False)
        rows = list(dead.select_related("tenant", "reservation").order_by("pk")[:limit])
    for payment in rows:
        with tenant_scope(payment.tenant):
            if Payment.objects.filter(pk=payment.pk, handed_over=False).update(handed_over=True):
                payment_outcomes.tell_person(payment, "payment_stuck")
    return len(rows)
