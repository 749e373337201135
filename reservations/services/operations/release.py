"""Giving a kept room back. Nobody is waiting for it, and doing it twice is doing it once."""

from __future__ import annotations

import functools

from integrations.pms.base import Done, PmsBooking, Refused, Unknown
from reservations.models import Hold
from reservations.services.operations.base import Operation, Sent, log


class Release(Operation):
    """Let a hold of ours go in the PMS."""

    is_idempotent = True

    @functools.cached_property
    def hold(self) -> Hold:
        """What was kept."""
        return Hold.objects.select_related("option__quote", "option__room_type").get(pms_calls=self.call.pk)

    def send(self) -> Done[PmsBooking | None] | Refused | Unknown:
        """By the PMS's id; one that was never recorded is asked for again under the same reference first."""
        hold_id = self.hold.pms_hold_id
        if not hold_id:
            option = self.hold.option
            found = self.adapter.hold(
                self.hold.reference, option.quote.stay, option.room_type.code, self.hold.expires_at
            )
            if isinstance(found, Unknown):
                return found
            if isinstance(found, Refused):
                return Done(None)  # nothing is kept under that reference
            hold_id = found.value.hold_id
        result = self.adapter.release(hold_id)
        return Done(None) if isinstance(result, Done) else result

    def look_up(self) -> Sent | None:
        """Never needed: it is sent again instead."""
        return None

    def on_done(self, made: PmsBooking | None) -> None:
        """Nothing more to do: the hold ended when the release was asked for."""

    def on_refused(self, refusal: Refused) -> None:
        """The PMS keeps a room for nobody; `audit` finds it too."""
        log.error("pms_hold_not_released", pms_call_id=self.call.pk, hold_id=self.hold.pk, reason=str(refusal.reason))

    def on_uncertain(self, reason: str) -> None:
        """No guest to tell."""

    def on_stuck(self, reason: str) -> None:
        """No guest to tell; staff see the dead call."""
        log.error("pms_call_needs_person", pms_call_id=self.call.pk, kind=self.call.kind, reason=reason)
