"""Telling the desk, in the PMS, what was arranged for a stay."""

from __future__ import annotations

import functools

from integrations.pms.base import Done, PmsBooking, Reason, Refused, Unknown
from reservations import snapshots
from reservations.models import Arrangement, StayEvent
from reservations.services.operations.base import Operation, Sent


class Note(Operation):
    """Add a line to a booking; the same reference twice is one line, so it is simply sent again."""

    is_idempotent = True

    @functools.cached_property
    def arrangement(self) -> Arrangement:
        """What the line is about."""
        return Arrangement.objects.select_related("extra").get(public_id=self.call.request["arrangement"])

    def prepare(self) -> Refused | None:
        """A PMS without notes leaves it to people."""
        return None if self.adapter.capabilities.notes else Refused(Reason.NOT_SUPPORTED)

    def send(self) -> Done[PmsBooking] | Refused | Unknown:
        """The text as it was written down."""
        return self.adapter.add_note(
            self.reservation.pms_booking_id, self.call.reference, str(self.call.request["text"])
        )

    def look_up(self) -> Sent | None:
        """Not needed: it may be sent twice."""
        return None

    def on_done(self, made: PmsBooking | None) -> None:
        """The desk has it; what was promised with a price is told."""
        self._end(Arrangement.State.NOTED)
        if self.arrangement.kind != Arrangement.Kind.REQUEST:
            self.tell(StayEvent.Kind.ARRANGED, payload=self._told())

    def on_refused(self, refusal: Refused) -> None:
        """A person has to see to it; the guest hears so."""
        self._end(Arrangement.State.REFUSED)
        self.tell(StayEvent.Kind.ARRANGEMENT_REFUSED, payload={**self._told(), "reason": str(refusal.reason)})

    def on_uncertain(self, reason: str) -> None:
        """Nothing to say: it will be sent until it is known."""

    def _end(self, state: Arrangement.State) -> None:
        Arrangement.objects.filter(pk=self.arrangement.pk).update(state=state)

    def _told(self) -> dict[str, object]:
        row = self.arrangement
        return {
            "arrangement": row.kind,
            "time": row.at_time.isoformat() if row.at_time else "",
            "extra": row.extra.code if row.extra else "",
            "quantity": row.quantity,
            "amount": snapshots.dump_money(row.price),
        }
