"""Ours beside the PMS's: what an operator looks at when the two may have drifted apart, and settling by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput, LostClaim
from integrations.pms.base import PmsBooking
from reservations.models import PmsCall, Reservation
from reservations.services import calls, pms
from reservations.services.operations import operation_for
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class NoBooking(BadInput):
    """The PMS has no booking of that number."""

    code = "no_booking"


class OtherBooking(BadInput):
    """What a person pointed at is not what the call asked for: other dates, rooms or price, or somebody else's."""

    code = "other_booking"


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A PMS write whose outcome is not known."""

    call_id: int
    kind: str
    code: str
    state: str
    sends: int
    error: str
    needs_person: bool

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def open_calls(*, tenant: Tenant) -> list[OpenCall]:
    """Writes without a known outcome, oldest first."""
    with tenant_scope(tenant):
        rows = PmsCall.objects.filter(outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN])
        return [
            OpenCall(
                call_id=row.pk,
                kind=row.kind,
                code=row.reservation.code if row.reservation else "",
                state=row.state,
                sends=row.sends,
                error=row.last_error,
                needs_person=row.state in {WorkState.QUARANTINED, WorkState.DEAD},
            )
            for row in rows.select_related("reservation").order_by("created_at", "pk")
        ]


def look_now(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> int:
    """Ask the PMS about this hotel's due calls now, without waiting for the sweeper; returns how many moved on."""
    with tenant_scope(tenant):
        waiting = PmsCall.objects.filter(state=WorkState.WAITING, outcome__in=["", "unknown"])
        ids = list(waiting.order_by("not_before", "pk").values_list("pk", flat=True))
    return sum(calls.run_call(call_id, connect=connect) for call_id in ids)


def settle(*, tenant: Tenant, call_id: int, booking_id: str | None, connect: pms.Connect = pms.connect) -> None:
    """Record what a person found out about a call that is theirs: the PMS's booking id, or None for "not done".

    Raises:
        BadInput: there is no such call, or it is not a person's to settle.
        NoBooking: the PMS has no such booking.
        OtherBooking: the PMS has it, but it is not what was asked for, or it is another stay of ours.
    """
    adapter = connect(tenant)
    with tenant_scope(tenant):
        call = PmsCall.objects.select_related("tenant").filter(pk=call_id).first()
        if call is None:
            raise BadInput(f"{tenant.slug} has no PMS call {call_id}")
        made: PmsBooking | None = None
        if booking_id is not None:
            wanted = booking_id
            made = pms.call(adapter, "get", lambda: adapter.get(wanted))
            if made is None:
                raise NoBooking(f"the PMS has no booking {booking_id}")
            others = Reservation.objects.filter(tenant=tenant, pms_booking_id=made.booking_id)
            if others.exclude(pk=call.reservation_id or 0).exists() or not operation_for(call, adapter).agrees(made):
                raise OtherBooking(f"booking {booking_id} is not what was asked for")
        try:
            calls.settle_by_hand(call=call, made=made)
        except LostClaim as error:
            raise BadInput(str(error)) from error
