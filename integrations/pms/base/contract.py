"""What every PMS is asked, and what only some can do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hotel_agent.common.money import Money
from integrations.pms.base.bookings import AmendRequest, BookingRequest, PmsBooking, PmsHold
from integrations.pms.base.offers import Extra, Offer, PmsRoomType
from integrations.pms.base.outcomes import Done, Refused, Unknown
from integrations.pms.base.stays import OwnRooms, Stay


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a PMS can do; the services adapt, the guest never hears about it."""

    hold: bool
    """Keeps a room for a while without a booking."""
    amend: bool
    """Changes dates or occupancy of a booking in one step."""
    can_look_up: bool
    """Finds a booking by our reference."""
    fee_preview: bool
    """Tells what cancelling costs before it is done."""
    change_feed: bool
    """Tells what changed since an instant (`changed_since`)."""
    guards_rooms: bool = True
    """Refuses the second of two simultaneous sales of the last room by itself. Where it does not, our writes to one
    room type go one after the other."""
    amend_in_full_house: bool = True
    """Counts the booking's own nights as free when it is changed; otherwise a change of the last room is a person's."""
    notes: bool = False
    """Takes a note on a booking that exists (`add_note`); notes sent along with a booking always arrive."""
    extras: bool = False
    """Sells extras with a booking at its own prices (`extras`)."""
    mixes_types: bool = False
    """Sells rooms of different types as one booking: all of them or none. Elsewhere a person puts them together."""


class Pms(Protocol):
    """One hotel's PMS. Instances are cheap, hold no state between calls and belong to one hotel."""

    capabilities: Capabilities
    breaker_key: str
    """What fails together with this PMS (hotel and address); empty where nothing is outside (our own database)."""

    def search(self, stay: Stay) -> Sequence[Offer]:
        """Bookable offers for the stay, cheapest first; empty when nothing fits. A read, safe to repeat.

        A stay whose rooms name types is offered with exactly those, or not at all; never without `mixes_types`."""
        ...

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        """`search` for several stays, in their order. Bounded by the caller; where the PMS has no such read the
        adapter asks one by one."""
        ...

    def why_nothing(self, stay: Stay) -> Refused:
        """Why `search` found nothing: the nearest miss (OTHER where the PMS does not tell). `detail` is the number that
        goes with MIN_STAY, MAX_STAY and OCCUPANCY. A read."""
        ...

    def room_types(self) -> Sequence[PmsRoomType]:
        """What the hotel sells, for our own catalogue; a read."""
        ...

    def extras(self, stay: Stay) -> Sequence[Extra]:
        """What can be sold with a stay; empty without the capability. A read."""
        ...

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        """Free rooms of a type for each night of [first, last); a read."""
        ...

    def hold(
        self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime
    ) -> Done[PmsHold] | Refused | Unknown:
        """Keep rooms. `Refused(NOT_SUPPORTED)` without the capability. The same reference twice is the same hold, kept
        until the later instant; a reference whose hold was released or used is `Refused(HOLD_EXPIRED)`."""
        ...

    def release(self, hold_id: str) -> Done[None] | Refused | Unknown:
        """Let a hold go; releasing a released one is Done."""
        ...

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Make the booking. The same reference twice returns the first booking where `can_look_up`, whatever became of
        it. `Refused(PRICE_CHANGED)` when the PMS would charge anything but `request.price`."""
        ...

    def find(self, reference: str) -> Sequence[PmsBooking]:
        """Bookings that carry our reference, oldest first; a read."""
        ...

    def adopt(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        """What a booking found under our reference is worth: Done when it keeps its rooms for itself.

        `Refused(SOLD_OUT)` after undoing it where the PMS sold the same rooms to somebody else too, or keeps none for
        it. Safe to repeat.
        """
        ...

    def list_ours(self, prefix: str, since: dt.date) -> Sequence[PmsBooking]:
        """Bookings whose reference begins with `prefix` and whose stay ends on `since` or later, in any state; empty
        where the PMS keeps no references. A read."""
        ...

    def changed_since(self, instant: dt.datetime) -> Sequence[PmsBooking]:
        """This hotel's bookings made or changed since an instant, oldest change first; a read.

        Raises:
            Permanent: the PMS has no change feed (`capabilities.change_feed`).
        """
        ...

    def get(self, booking_id: str) -> PmsBooking | None:
        """One booking of this hotel, or None when the PMS has no such id for it; a read."""
        ...

    def amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Change a booking; `Refused(NOT_SUPPORTED)` without the capability."""
        ...

    def cancellation_fee(self, booking_id: str, at: dt.datetime) -> Money:
        """What cancelling at an instant costs; a read."""
        ...

    def cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused | Unknown:
        """Cancel; cancelling a cancelled booking is Done."""
        ...

    def add_note(self, booking_id: str, reference: str, text: str) -> Done[PmsBooking] | Refused | Unknown:
        """Tell the desk something about a booking; `Refused(NOT_SUPPORTED)` without the capability. The same reference
        twice is one note."""
        ...


@runtime_checkable
class CountsOwnRooms(Protocol):
    """A PMS that can search as if some bookings and holds were not there. Others are searched as they are."""

    def search_each_beside(self, stays: Sequence[Stay], own: OwnRooms) -> list[Sequence[Offer]]:
        """`search_each`, counting `own` rooms as free. A read."""
        ...


@runtime_checkable
class TellsDoubleSales(Protocol):
    """A PMS that can sell a room twice, and can be asked whether it did."""

    def double_sales(self, since: dt.date) -> Sequence[frozenset[str]]:
        """Pairs of bookings that keep the same room on the same night, of stays that end on `since` or later. A
        read."""
        ...
