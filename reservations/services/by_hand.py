"""What a person at the desk does to a stay: the services guests go through, with a name and a reason in its history.

Nothing here talks to a PMS that is elsewhere: a cancellation or change is a `PmsCall` that a worker makes, and its
guest is told by the same event as if they had asked for it themselves.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction

from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput, LostClaim
from hotel_agent.common.money import Money
from integrations.pms.base import Stay
from reservations.models import BuiltinBooking, Inquiry, PmsCall, Quote, QuoteOption, Reservation, StayEvent
from reservations.services import booking, calls, inquiries, ledger, quoting
from reservations.services.booking import ChangeRefused
from reservations.services.builtin import desk
from tenants.models import Tenant
from tenants.scoping import tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ASKED = (PmsCall.Kind.BOOK, PmsCall.Kind.AMEND, PmsCall.Kind.CANCEL)
"""Writes a guest waits for; nobody asks a person about the others."""
BOOKED = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE)


class Action(StrEnum):
    """What can be done with a stay by hand."""

    CANCEL = "cancel"
    CHANGE = "change"
    ARRIVE = "arrive"
    LEAVE = "leave"
    NEVER_CAME = "never-came"
    TELL_AGAIN = "tell-again"
    SETTLE = "settle"
    """Say what became of a write to the PMS that only a person can find out."""


def possible(reservation: Reservation) -> list[Action]:
    """What makes sense for a stay as it is now, in the order a desk needs it. Inside the tenant's scope."""
    tenant, found = reservation.tenant, []
    if open_question(reservation) is not None:
        found.append(Action.SETTLE)
    today = tenant.business_day()
    row = BuiltinBooking.objects.filter(reference=reservation.reference).values_list("status", flat=True).first()
    if row == "active" and reservation.check_in <= today < reservation.check_out:
        found.append(Action.ARRIVE)
    if row == "in_house":
        found.append(Action.LEAVE)
    if row == "active" and reservation.check_in <= today:
        found.append(Action.NEVER_CAME)
    if reservation.conversation_key is not None and reservation.state in BOOKED:
        found.append(Action.TELL_AGAIN)
    if booking.change_problem(tenant=tenant, reservation=reservation) is None:
        if row is not None:
            found.append(Action.CHANGE)
        found.append(Action.CANCEL)
    return found


def open_question(reservation: Reservation) -> PmsCall | None:
    """The write to the PMS whose outcome only a person can find out; None as a rule. Inside the tenant's scope."""
    stuck = reservation.pms_calls.filter(state__in=[WorkState.QUARANTINED, WorkState.DEAD], kind__in=ASKED)
    return stuck.filter(outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN]).order_by("pk").first()


def settle(*, reservation: Reservation, booking_id: str | None, reason: str, by: User) -> Inquiry | None:
    """Record what a person found in the PMS: the booking's number there, or None for "it was not done".

    "Not done" is believed and counts at once. A number is looked up first: at once in the built-in PMS, elsewhere by a
    worker; the inquiry says what came of it.

    Raises:
        BadInput: no reason, or nothing of this stay is a person's to settle.
    """
    tenant, reason = reservation.tenant, _given(reason)
    with tenant_scope(tenant):
        call = open_question(reservation)
        if call is None:
            raise BadInput("nothing of it is a person's to settle")
        with transaction.atomic():
            told = {"reason": reason, "booking": booking_id or ""}
            ledger.add_change(reservation, "settled_by_hand", actor=by.get_username()[:60], detail=told)
            if booking_id is None:
                try:
                    calls.settle_by_hand(call=call, made=None)
                except LostClaim as error:
                    raise BadInput(str(error)) from error
                return None
    asked = {"call": call.pk, "booking": booking_id}
    return inquiries.ask(tenant=tenant, kind=Inquiry.Kind.OUTCOME, by=by, request=asked)


def last_settling(call: PmsCall) -> Inquiry | None:
    """What came of the number last given for a call. Inside the tenant's scope."""
    told = Inquiry.objects.filter(kind=Inquiry.Kind.OUTCOME, request__call=call.pk)
    return told.order_by("-pk").first()


def move(*, tenant: Tenant, reservation: Reservation, action: Action, reason: str, by: str) -> None:
    """Guests arrive, leave, or never came, in the built-in PMS.

    Raises:
        desk.NotNow: it is not the day or not the state for that.
        BadInput: the stay is not in the built-in PMS, or a guest who never came without a reason.
    """
    steps = {Action.ARRIVE: desk.check_in, Action.LEAVE: desk.check_out, Action.NEVER_CAME: desk.no_show}
    if action is Action.NEVER_CAME:
        reason = _given(reason)
    steps[action](tenant=tenant, booking_id=reservation.pms_booking_id, actor=by, reason=reason.strip()[:200])


def cancel(
    *, tenant: Tenant, reservation: Reservation, fee: Money, reason: str, by: str, waive: bool = False
) -> PmsCall | ChangeRefused:  # fmt: skip
    """Ask for a cancellation at the fee a person saw; a higher one by then is refused and told. With `waive` the guest
    pays nothing and gets the whole deposit back, with the fee that was let go in the history.

    Raises:
        BadInput: no reason.
    """
    return booking.request_cancellation(
        tenant=tenant, reservation=reservation, expected_fee=fee, conversation_key=reservation.conversation_key,
        reason=_given(reason), actor=by[:60], waive_fee=waive,
    )  # fmt: skip


def look_for_change(*, tenant: Tenant, reservation: Reservation, stay: Stay) -> Quote | ChangeRefused:
    """What the stay can become, as a stored quote whose options are shown; empty when nothing is free.

    For stays in the built-in PMS: it reads our own tables, so that no page waits for somebody else's server.

    Raises:
        BadInput: the stay is elsewhere, or breaks a limit of the hotel.
    """
    with tenant_scope(tenant):
        if not BuiltinBooking.objects.filter(reference=reservation.reference).exists():
            raise BadInput("it is in another PMS")
    offers = booking.search_change(tenant=tenant, reservation=reservation, stay=stay)
    if isinstance(offers, ChangeRefused):
        return offers
    with tenant_scope(tenant), transaction.atomic():
        return quoting.store_quote(
            tenant=tenant, conversation_key=reservation.conversation_key, guest_key=reservation.guest_key, stay=stay,
            offers=offers,
        )  # fmt: skip


def change(
    *, tenant: Tenant, reservation: Reservation, option_id: str, reason: str, by: str
) -> PmsCall | ChangeRefused:  # fmt: skip
    """Ask for the stay to become an option that was shown for it.

    Raises:
        BadInput: no reason, or not an option shown for this stay's guest.
    """
    with tenant_scope(tenant), transaction.atomic():
        options = QuoteOption.objects.filter(
            quote__guest_key=reservation.guest_key, quote__conversation_key=reservation.conversation_key
        )
        option = options.filter(pk=option_id).first() if option_id.isdecimal() else None
        if option is None:
            raise BadInput("no such option")
        return booking.request_change(
            tenant=tenant, reservation=reservation, option=option, conversation_key=reservation.conversation_key,
            reason=_given(reason), actor=by[:60],
        )  # fmt: skip


def tell_again(*, tenant: Tenant, reservation: Reservation, shown: str, by: str) -> bool:
    """Send the confirmation once more, in the guest's conversation. `shown` is the form's own token: the same form sent
    twice is one message. False when it was sent already.

    Raises:
        BadInput: the stay is not confirmed, or has no conversation.
    """
    if reservation.conversation_key is None or reservation.state not in BOOKED:
        raise BadInput("there is nothing to confirm, or nobody to tell")
    key = f"told-again:{reservation.pk}:{shown[:60]}"
    with tenant_scope(tenant), transaction.atomic():
        Reservation.objects.select_for_update(of=("self",), no_key=True).get(pk=reservation.pk)
        if StayEvent.objects.filter(key=key).exists():
            return False
        ledger.add_event(
            StayEvent.Kind.BOOKED, key=key, conversation_key=reservation.conversation_key, reservation=reservation
        )
        ledger.add_change(
            reservation, "confirmation_sent_again", from_state=reservation.state, actor=by[:60], at=clock.now()
        )
    return True


def _given(reason: str) -> str:
    text = " ".join(reason.split())[:200]
    if not text:
        raise BadInput("say why")
    return text
