"""Changing a confirmed stay to what a later quote offers."""

from __future__ import annotations

import functools

from integrations.pms.base import AmendRequest, Done, PmsBooking, Reason, Refused, Unknown
from reservations import snapshots
from reservations.models import QuoteOption, RoomType, StayEvent
from reservations.services import ledger
from reservations.services.operations.base import Operation, Sent


class Amend(Operation):
    """Move a reservation to another quoted option."""

    @functools.cached_property
    def wanted(self) -> QuoteOption:
        """What it is to become."""
        options = QuoteOption.objects.select_related("quote", "room_type", "rate_plan")
        return options.get(pms_calls=self.call.pk)

    @property
    def sells(self) -> RoomType | None:
        """The new option's type; what is given up needs no turn."""
        room_type: RoomType = self.wanted.room_type
        return room_type

    def prepare(self) -> Refused | None:
        """A PMS that cannot change bookings in one step leaves it to people."""
        return None if self.adapter.capabilities.amend else Refused(Reason.NOT_SUPPORTED)

    def send(self) -> Done[PmsBooking] | Refused | Unknown:
        """At the quoted price, which the adapter verifies."""
        wanted = self.wanted
        return self.adapter.amend(
            AmendRequest(
                reference=self.call.reference,
                booking_id=self.reservation.pms_booking_id,
                stay=wanted.quote.stay,
                room_type_id=wanted.room_type.code,
                rate_plan_id=wanted.rate_plan.code,
                price=wanted.price,
                extras=tuple(line.order for line in wanted.extra_lines),
            )
        )

    def look_up(self) -> Sent | None:
        """Done when the booking looks as wanted."""
        found = self.adapter.get(self.reservation.pms_booking_id)
        if found is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        return Done(found) if self.agrees(found) else None

    def agrees(self, made: PmsBooking | None) -> bool:
        """Same price, dates, type and number of rooms as the option."""
        wanted, stay = self.wanted, self.wanted.quote.stay
        return made is not None and (
            made.total == wanted.price
            and (made.check_in, made.check_out) == (stay.check_in, stay.check_out)
            and made.rooms_by_type() == stay.rooms_by_type(wanted.room_type.code)
        )

    def on_done(self, made: PmsBooking | None) -> None:
        """The reservation becomes the option."""
        wanted, reservation = self.wanted, self.locked_reservation()
        before = {
            "stay": snapshots.dump_stay(reservation.stay),
            "room_type": reservation.room_type.code,
            "price": snapshots.dump_money(reservation.price),
        }
        reservation.option = wanted
        reservation.room_type, reservation.rate_plan = wanted.room_type, wanted.rate_plan
        reservation.check_in, reservation.check_out = wanted.quote.check_in, wanted.quote.check_out
        reservation.parties, reservation.rooms = wanted.quote.parties, len(wanted.quote.parties)
        reservation.total, reservation.currency, reservation.terms = wanted.total, wanted.currency, wanted.terms
        reservation.save(
            update_fields=[
                "option", "room_type", "rate_plan", "check_in", "check_out", "parties", "rooms", "total", "currency",
                "terms",
            ]
        )  # fmt: skip
        ledger.add_change(reservation, "changed", from_state=reservation.state, actor="pms", detail={"before": before})
        self.tell(StayEvent.Kind.CHANGED, payload={"before": before, "new_option_id": str(wanted.public_id)})

    def on_refused(self, refusal: Refused) -> None:
        """The reservation is as it was."""
        reservation = self.locked_reservation()
        detail = {"reason": str(refusal.reason), "detail": refusal.detail}
        ledger.add_change(reservation, "change_refused", from_state=reservation.state, actor="pms", detail=detail)
        self.tell(StayEvent.Kind.CHANGE_REFUSED, payload=dict(detail))

    def on_uncertain(self, reason: str) -> None:
        """The guest is told the truth once."""
        self.tell(StayEvent.Kind.CHANGE_UNKNOWN, payload={"reason": reason})
