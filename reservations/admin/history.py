"""A stay's history as a person reads it: quote, hold, changes, deposit, PMS calls and what its guest is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotel_agent.common.money import written
from reservations import snapshots
from reservations.models import Payment, PmsCall, Refund, Reservation, ReservationChange, StayEvent

OURSELVES = frozenset({"agent", "pms", "sweeper"})


@dataclass(frozen=True)
class Moment:
    """One line of a stay's history."""

    at: dt.datetime
    title: str
    detail: str = ""
    state: str = ""
    link: str = ""


def moments(stay: Reservation) -> list[Moment]:
    """Quote, hold, changes, PMS calls and what its guest is told, oldest first. Inside the tenant's scope."""
    quote = stay.option.quote
    found = [
        Moment(quote.created_at, gettext("Quoted"), written(stay.option.price, "es"), "",
               reverse("admin:reservations_quote_change", args=[quote.pk])),
    ]  # fmt: skip
    if stay.hold is not None:
        detail = gettext("until %(time)s") % {"time": f"{stay.tenant.local(stay.hold.expires_at):%H:%M}"}
        link = reverse("admin:reservations_hold_change", args=[stay.hold.pk])
        found.append(Moment(stay.hold.created_at, gettext("Room kept"), detail, stay.hold.state, link))
    found += [
        Moment(one.at, str(CHANGES.get(one.kind, one.kind.replace("_", " "))), _by(one), one.to_state)
        for one in ReservationChange.objects.filter(reservation=stay)
    ]
    for call in PmsCall.objects.filter(reservation=stay).order_by("pk"):
        detail = " · ".join(filter(None, [call.get_outcome_display(), call.reason, call.last_error]))
        link = reverse("admin:reservations_pmscall_change", args=[call.pk])
        title = f"{gettext('PMS')}: {call.get_kind_display()}"
        found.append(Moment(call.settled_at or call.created_at, title, detail, call.outcome or call.state, link))
    found += [
        Moment(event.created_at, f"{gettext('Told the guest')}: {event.get_kind_display()}", "", event.state)
        for event in StayEvent.objects.filter(reservation=stay).order_by("pk")
    ]
    found += _money(stay)
    return sorted(found, key=lambda moment: moment.at)


CHANGES = {
    "requested": _("Requested"),
    "confirmed": _("Confirmed"),
    "refused": _("Refused"),
    "unknown": _("Outcome unknown"),
    "cancelled": _("Cancelled"),
    "changed": _("Changed"),
    "cancellation_requested": _("Cancellation requested"),
    "change_requested": _("Change requested"),
    "awaiting_payment": _("Waiting for the deposit"),
    "deposit_paid": _("Deposit paid"),
    "paid_late": _("Deposit paid too late"),
    "in_house": _("Arrived"),
    "departed": _("Left"),
    "no_show": _("Never came"),
    "settled_by_hand": _("Looked up in the PMS by a person"),
    "confirmation_sent_again": _("Confirmation sent again"),
}


def _said(detail: dict[str, Any]) -> str:
    parts = []
    for name, value in detail.items():
        if isinstance(value, dict) and set(value) == {"amount", "currency"}:
            amount = written(snapshots.load_money(value), "es")
            waived = name == "fee_waived"
            parts.append(gettext("fee not charged: %(amount)s") % {"amount": amount} if waived else amount)
        elif not isinstance(value, dict | list):
            parts.append(f"{name.replace('_', ' ')}: {value}")
    return " · ".join(parts)


def _by(change: ReservationChange) -> str:
    """What changed, and who did it where that was a person."""
    person = "" if change.actor in OURSELVES else change.actor
    return " · ".join(filter(None, [person, _said(change.detail)]))


def _money(stay: Reservation) -> list[Moment]:
    """What was asked, paid and given back."""
    found = []
    for payment in Payment.objects.filter(reservation=stay).order_by("pk"):
        amount = written(payment.price, "es")
        link = reverse("admin:reservations_payment_change", args=[payment.pk])
        found.append(Moment(payment.created_at, gettext("Deposit asked for"), amount, payment.status, link))
        if payment.paid_at is not None:
            found.append(Moment(payment.paid_at, gettext("Deposit received"), amount, payment.status, link))
    for refund in Refund.objects.filter(payment__reservation=stay).order_by("pk"):
        amount = f"{written(refund.price, 'es')} · {refund.get_why_display()}"
        found.append(Moment(refund.settled_at or refund.created_at, gettext("Money given back"), amount, refund.status))
    return found
