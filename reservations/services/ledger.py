"""The rows every change of a stay leaves behind, each written inside the change's own transaction."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

from hotel_agent.common import clock, dispatch
from reservations.models import Hold, PmsCall, QuoteOption, Reservation, ReservationChange, StayEvent

RUN_CALL_TASK = "reservations.run_pms_call"


def new_reference(kind: str) -> str:
    """A name for one outside write that no other write has: short enough for every PMS's reference field."""
    return f"HA-{kind[:1].upper()}-{secrets.token_hex(10)}"


def add_call(
    *,
    kind: PmsCall.Kind,
    reference: str,
    reservation: Reservation | None = None,
    hold: Hold | None = None,
    option: QuoteOption | None = None,
    conversation_key: uuid.UUID | None = None,
    request: dict[str, Any] | None = None,
) -> PmsCall:
    """Write down an outside write; it is published once the caller's transaction commits, and found if that fails."""
    subject = reservation or hold
    assert subject is not None  # noqa: S101 - the CHECK constraint says the same
    call = PmsCall.objects.create(
        tenant_id=subject.tenant_id,
        kind=kind,
        reference=reference,
        reservation=reservation,
        hold=hold,
        option=option,
        conversation_key=conversation_key,
        request=request or {},
    )
    dispatch.after_commit(RUN_CALL_TASK, call.pk)
    return call


def add_release(hold: Hold) -> PmsCall:
    """The call that gives a kept room back to the PMS."""
    return add_call(
        kind=PmsCall.Kind.RELEASE,
        reference=new_reference("release"),
        hold=hold,
        conversation_key=hold.conversation_key,
    )


def add_event(
    kind: StayEvent.Kind,
    *,
    key: str,
    conversation_key: uuid.UUID | None,
    reservation: Reservation | None = None,
    hold: Hold | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    """Tell what happened, once per `key` whatever is repeated. Nobody to tell (no conversation): nothing to write."""
    subject = reservation or hold
    if conversation_key is None or subject is None:
        return
    StayEvent.objects.bulk_create(
        [
            StayEvent(
                tenant_id=subject.tenant_id,
                kind=kind,
                key=key,
                conversation_key=conversation_key,
                reservation=reservation,
                hold=hold,
                payload=payload or {},
            )
        ],
        ignore_conflicts=True,
    )


def add_change(
    reservation: Reservation,
    kind: str,
    *,
    from_state: str = "",
    actor: str = "agent",
    detail: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """One line of the reservation's history."""
    ReservationChange.objects.create(
        tenant_id=reservation.tenant_id,
        reservation=reservation,
        kind=kind,
        from_state=from_state,
        to_state=reservation.state,
        actor=actor,
        detail=detail or {},
        at=at or clock.now(),
    )
