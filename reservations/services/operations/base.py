"""The shape of a PMS write: what the call engine needs to know about each kind."""

from __future__ import annotations

import abc
import functools
from typing import TypeAlias

import structlog

from hotel_agent.common.exceptions import DependencyDown
from integrations.pms.base import Done, Pms, PmsBooking, Refused, Unknown
from reservations.models import PmsCall, Reservation, RoomType, StayEvent
from reservations.services import ledger

log = structlog.get_logger("reservations.operations")

Sent: TypeAlias = Done[PmsBooking | None] | Refused
"""A certain outcome."""


class Operation(abc.ABC):
    """One call's meaning. `send`, `look_up`, `verify` and `prepare` ask the PMS, with no transaction open; the `on_`
    methods record, inside the engine's transaction, and are each reached at most once per call."""

    is_idempotent = False
    """Sending it twice is the same as once: needs no look-up and is simply sent again."""
    needs_later_looks = False
    """A given-up request that arrives later would do harm."""

    def __init__(self, call: PmsCall, adapter: Pms | None) -> None:
        self.call = call
        self._adapter = adapter

    @property
    def adapter(self) -> Pms:
        """The PMS."""
        if self._adapter is None:
            raise DependencyDown("there is no PMS to ask")
        return self._adapter

    @property
    def can_look_up(self) -> bool:
        """Whether the PMS can tell what became of a request."""
        return True

    @functools.cached_property
    def reservation(self) -> Reservation:
        """The reservation as it was when the call was taken; to be read, not written."""
        rows = Reservation.objects.select_related("room_type", "rate_plan", "hold", "option")
        return rows.get(pms_calls=self.call.pk)

    @property
    def sells(self) -> RoomType | None:
        """The room type this takes rooms of; None when it takes none."""
        return None

    def prepare(self) -> Refused | None:
        """A last check before sending; a refusal is final."""
        return None

    @abc.abstractmethod
    def send(self) -> Sent | Unknown:
        """Ask the PMS to do it."""

    @abc.abstractmethod
    def look_up(self) -> Sent | None:
        """What became of a request without an answer; None when the PMS does not have it (yet)."""

    def verify(self) -> None:  # noqa: B027 - most kinds have nothing to put right
        """Look once more after the outcome was recorded, and put right what arrived late."""

    def agrees(self, made: PmsBooking | None) -> bool:
        """Whether what the PMS has is what was asked for."""
        return True

    @abc.abstractmethod
    def on_done(self, made: PmsBooking | None) -> None:
        """The PMS has it."""

    @abc.abstractmethod
    def on_refused(self, refusal: Refused) -> None:
        """The PMS certainly does not have it."""

    @abc.abstractmethod
    def on_uncertain(self, reason: str) -> None:
        """It is not known yet (`reason` "pms_down": the PMS could not even be asked)."""

    def on_stuck(self, reason: str) -> None:
        """Only a person can find out."""
        log.error("pms_call_needs_person", pms_call_id=self.call.pk, kind=self.call.kind, reason=reason)
        self.tell(StayEvent.Kind.NEEDS_PERSON, payload={"call": self.call.kind, "reason": reason})

    def tell(self, kind: StayEvent.Kind, *, payload: dict[str, object] | None = None) -> None:
        """Append the stay event, once per call and kind."""
        reservation = self.reservation
        option = reservation.option
        told = {
            "code": reservation.code,
            "option_id": str(option.public_id),
            "hold_id": str(reservation.hold.public_id) if reservation.hold else "",
            **(payload or {}),
        }
        ledger.add_event(
            kind,
            key=f"{kind}:{self.call.pk}",
            conversation_key=self.call.conversation_key,
            reservation=reservation,
            payload=told,
        )

    def locked_reservation(self) -> Reservation:
        """The reservation's row, locked, for the transaction that records the outcome."""
        rows = Reservation.objects.select_related("room_type", "tenant").select_for_update(of=("self",))
        return rows.get(pk=self.reservation.pk)
