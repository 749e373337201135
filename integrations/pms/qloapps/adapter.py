"""The PMS contract on QloApps.

What it does not do for us is done here: capacity, past dates and lengths of stay are checked, auto-added services are
listed so that it charges what it quoted, no price goes in. What it says about a write is not believed: every write is
judged by what can be read afterwards, and a booking of ours that keeps no room, or shares one, is undone.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from hotel_agent.common.exceptions import DependencyDown, Permanent, UnknownOutcome
from hotel_agent.common.money import Money
from integrations.pms.base import (
    AmendRequest,
    BookingRequest,
    BookingStatus,
    Capabilities,
    Done,
    Extra,
    Offer,
    Party,
    PmsBooking,
    PmsHold,
    PmsRoomType,
    Reason,
    Refused,
    Stay,
    Unknown,
)
from integrations.pms.qloapps import names, writing
from integrations.pms.qloapps.availability import Availability
from integrations.pms.qloapps.client import Answer, Client, Record
from integrations.pms.qloapps.config import Config
from integrations.pms.qloapps.orders import Orders
from integrations.pms.validation import guest_problem, stay_problem

CHECKS_TAKE_S = 5.0
"""A write that cannot leave within this time of being asked for is not sent: who asked counts on its deadline."""

_Judge: TypeAlias = Callable[[], Done[PmsBooking] | Refused | Unknown | None]

LIVE = frozenset({BookingStatus.ACTIVE, BookingStatus.IN_HOUSE})


class QloApps:
    """One hotel of a QloApps installation."""

    capabilities = Capabilities(
        hold=False,
        amend=True,
        can_look_up=True,
        fee_preview=False,
        change_feed=True,
        guards_rooms=False,
        amend_in_full_house=False,
    )

    def __init__(self, config: Config) -> None:
        self.config = config
        self.breaker_key = config.breaker_key
        self._client = Client(config.base_url, config.api_key)
        self._orders = Orders(self._client, config)
        self._availability = Availability(self._client, config)

    # -- reads --------------------------------------------------------------------------------------------------------

    def search(self, stay: Stay) -> Sequence[Offer]:
        """Offers of every type that takes the party and is free, at the one rate there is."""
        if stay.check_in < self.config.today() or stay.nights < 1 or not stay.rooms or stay.is_mixed:
            return []
        return self._availability.offers(stay)

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        """One by one: QloApps prices one stay at a time."""
        return [self.search(stay) for stay in stays]

    def why_nothing(self, stay: Stay) -> Refused:
        """The nearest miss of our own checks, then of the rooms."""
        if stay.is_mixed:
            return Refused(Reason.NOT_SUPPORTED)
        return self._availability.why_nothing(stay)

    def room_types(self) -> Sequence[PmsRoomType]:
        """The hotel's types with their names."""
        return self._availability.described_types()

    def extras(self, stay: Stay) -> Sequence[Extra]:
        """None: the webservice tells no gross price of a service."""
        return []

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        """Free rooms night by night."""
        return self._availability.nights_left(room_type_id, first, last)

    def find(self, reference: str) -> Sequence[PmsBooking]:
        """By `source`, which is where our reference is."""
        return self._orders.by_reference(reference)

    def get(self, booking_id: str) -> PmsBooking | None:
        """By order id, of this hotel only."""
        return self._orders.get(booking_id)

    def list_ours(self, prefix: str, since: dt.date) -> Sequence[PmsBooking]:
        """By the rooms' nights, then by `source`."""
        return self._orders.with_prefix(prefix, since)

    def double_sales(self, since: dt.date) -> Sequence[frozenset[str]]:
        """From the rooms themselves, whoever sold them."""
        return self._orders.double_sales(since)

    def changed_since(self, instant: dt.datetime) -> Sequence[PmsBooking]:
        """Polled by `date_upd`."""
        return self._orders.changed_since(instant)

    def cancellation_fee(self, booking_id: str, at: dt.datetime) -> Money:
        """Not known to QloApps."""
        raise Permanent("qloapps computes no cancellation fee")

    # -- writes -------------------------------------------------------------------------------------------------------

    def hold(
        self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime
    ) -> Done[PmsHold] | Refused | Unknown:
        """Carts keep no rooms."""
        return Refused(Reason.NOT_SUPPORTED)

    def release(self, hold_id: str) -> Done[None] | Refused | Unknown:
        """There is nothing to let go."""
        return Done(None)

    def add_note(self, booking_id: str, reference: str, text: str) -> Done[PmsBooking] | Refused | Unknown:
        """The remark is written with the booking only."""
        return Refused(Reason.NOT_SUPPORTED)

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Book as awaiting payment, then believe only what can be read back."""
        started = time.monotonic()
        refused = self._guest_refusal(request) or self._stay_refusal(request.room_type_id, request.stay)
        if refused is not None:
            return refused
        known = self._judge(request, self.find(request.reference))
        if known is not None:
            return known
        offer = self._offer(request.room_type_id, request.rate_plan_id, request.stay, request.price)
        if isinstance(offer, Refused):
            return offer
        product = self._availability.product(request.room_type_id)
        if product is None:
            return Refused(Reason.UNKNOWN_ROOM_TYPE)
        body = writing.booking(request, offer.total.currency, product, self.config)
        self._in_time(started)
        try:
            answer = self._client.write("POST", "bookings", booking=body)
        except UnknownOutcome as error:
            return Unknown(str(error))
        return self._after(answer, lambda: self._judge(request, self.find(request.reference)))

    def adopt(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        """Keep a booking that has its rooms for itself; undo one that has none or shares one."""
        if found.status == BookingStatus.EMPTY and self._orders.may_be_in_the_making(found):
            return Unknown("it may still be in the making")
        return self._keep_or_undo(found)

    def amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Replace the rooms of a booking by those of another stay. What was there is gone when it is done, so that a
        result that is not as asked is returned as it is, for a person."""
        started = time.monotonic()
        before = self.get(request.booking_id)
        if before is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        refused = self._change_refusal(before, request)
        if refused is not None:
            return refused
        if _is_as_asked(before, request):
            return Done(before)
        product = self._availability.product(request.room_type_id)
        customer = self._orders.customer(before.booking_id)
        if product is None or customer is None:
            return Refused(Reason.UNKNOWN_BOOKING if product else Reason.UNKNOWN_ROOM_TYPE)
        body = writing.change(request, customer, product, self.config)
        self._in_time(started)
        result = self._replace(before, body)
        if isinstance(result, Done) and product.services and _lacks_only_services(result.value, request):
            # New rooms come without the services that were listed; rooms that are there already get them.
            again = self._replace(result.value, body)
            return result if isinstance(again, Refused) else again
        return result

    def cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused | Unknown:
        """By order history: a PUT would drop services and rewrite the totals."""
        found = self.get(booking_id)
        if found is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        if found.status == BookingStatus.CANCELLED:
            return Done(found)
        if found.status in {BookingStatus.IN_HOUSE, BookingStatus.DEPARTED}:
            return Refused(Reason.NOT_CHANGEABLE, found.status)
        if found.check_in < self.config.today():
            return Refused(Reason.PAST_DATE)
        return self._cancel(found)

    # -- how a write ended --------------------------------------------------------------------------------------------

    def _after(self, answer: Answer, judge: _Judge) -> Done[PmsBooking] | Refused | Unknown:
        """What the records say after an answer; nothing is certain while they cannot be read or a gateway gave up."""
        try:
            result = judge()
        except (DependencyDown, Permanent) as error:
            return Unknown(f"{answer}, then {error}")
        if isinstance(result, Done | Refused | Unknown):
            return result
        return writing.refusal(answer) if answer.is_final else Unknown(f"{answer}, not found")

    def _judge(
        self, request: BookingRequest, found: Sequence[PmsBooking]
    ) -> Done[PmsBooking] | Refused | Unknown | None:
        """What came of a booking: None when there is nothing under its reference."""
        if not found:
            return None
        live = [one for one in found if one.status != BookingStatus.CANCELLED]
        made = next((one for one in live if one.status in LIVE), live[0] if live else found[0])
        if made.status == BookingStatus.CANCELLED:
            return Done(made)  # made once, and cancelled since: the contract's "whatever became of it"
        if made.status == BookingStatus.EMPTY or _is_as_asked(made, request):
            return self._keep_or_undo(made)
        # Another room, other dates or another price than asked for (a stale cart, a price that just changed).
        undone = self._cancel(made)
        if not isinstance(undone, Done):
            return Unknown(f"order {made.booking_id} is not what was asked for and could not be undone")
        same_stay = _same_stay(made, request.room_type_id, request.stay)
        return Refused(Reason.PRICE_CHANGED if same_stay else Reason.SOLD_OUT, "undone")

    def _keep_or_undo(self, made: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        if made.status != BookingStatus.EMPTY and not self._orders.is_shared(made):
            return Done(made)
        undone = self._cancel(made)
        if isinstance(undone, Done):
            return Refused(Reason.SOLD_OUT, "undone")
        return Unknown(f"order {made.booking_id} has no room of its own and could not be undone")

    def _replace(self, before: PmsBooking, body: Record) -> Done[PmsBooking] | Refused | Unknown:
        try:
            answer = self._client.write("PUT", f"bookings/{before.booking_id}", booking=body)
        except UnknownOutcome as error:
            return Unknown(str(error))
        return self._after(answer, lambda: self._changed(before, answer))

    def _changed(self, before: PmsBooking, answer: Answer) -> Done[PmsBooking] | Unknown | None:
        after = self.get(before.booking_id)
        if after is None:
            return Unknown(f"{answer}, and the booking is gone")
        return None if after == before else Done(after)

    def _cancel(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        """Raises `DependencyDown` where QloApps broke over it and the booking is as it was."""
        try:
            answer = self._client.write("POST", "order_histories", data=writing.cancellation(found, self.config))
        except UnknownOutcome as error:
            return Unknown(str(error))

        def cancelled() -> Done[PmsBooking] | None:
            after = self.get(found.booking_id)
            return Done(after) if after is not None and after.status == BookingStatus.CANCELLED else None

        result = self._after(answer, cancelled)
        if isinstance(result, Refused) and answer.is_failure:
            # It broke and did nothing, which says nothing about the booking: cancelling is tried again later.
            raise DependencyDown(f"{answer}, not cancelled")
        return result

    # -- checks before sending ----------------------------------------------------------------------------------------

    def _guest_refusal(self, request: BookingRequest) -> Refused | None:
        if request.extras:
            return Refused(Reason.NOT_SUPPORTED, "extras")
        problem = guest_problem(request.guest) or names.problem(request.guest)
        return Refused(Reason.BAD_GUEST_DATA, problem) if problem else None

    def _stay_refusal(self, room_type_id: str, stay: Stay) -> Refused | None:
        if stay.is_mixed:
            return Refused(Reason.NOT_SUPPORTED, "one room type in a booking")
        room_type = self._availability.type(room_type_id)
        if room_type is None:
            return Refused(Reason.UNKNOWN_ROOM_TYPE)
        return stay_problem(room_type, stay, today=self.config.today())

    def _change_refusal(self, before: PmsBooking, request: AmendRequest) -> Refused | None:
        """Why a booking cannot become what is asked for; None also when it is that already, or but for its services:
        what a change broken off in the middle leaves."""
        has_rooms = _same_stay(before, request.room_type_id, request.stay)
        if _has_same_nights(before, request) and not _keeps_parties(
            self._orders.parties(before.booking_id), request.stay.rooms
        ):
            return Refused(Reason.NOT_SUPPORTED, "rooms that stay keep their guests")
        if _is_as_asked(before, request):
            return None
        if before.status != BookingStatus.ACTIVE or before.check_in < self.config.today():
            return Refused(Reason.NOT_CHANGEABLE)
        if request.extras:
            return Refused(Reason.NOT_SUPPORTED, "extras")
        refused = self._stay_refusal(request.room_type_id, request.stay)
        if refused is not None or has_rooms:
            return refused
        offer = self._offer(request.room_type_id, request.rate_plan_id, request.stay, request.price)
        return _own_nights(offer, before, request) if isinstance(offer, Refused) else None

    def _offer(self, room_type_id: str, rate_plan_id: str, stay: Stay, price: Money) -> Offer | Refused:
        if rate_plan_id != self.config.plan.rate_plan_id:
            return Refused(Reason.UNKNOWN_ROOM_TYPE, "rate plan")
        offer = self._availability.offer(room_type_id, stay)
        if offer is None:
            return Refused(Reason.SOLD_OUT)
        return offer if offer.total == price else Refused(Reason.PRICE_CHANGED, str(offer.total.amount))

    def _in_time(self, started: float) -> None:
        if time.monotonic() - started > CHECKS_TAKE_S:
            raise DependencyDown("qloapps is too slow to sell safely; nothing was sent")


def _same_stay(made: PmsBooking, room_type_id: str, stay: Stay) -> bool:
    return (made.room_type_id, made.check_in, made.check_out, made.rooms) == (
        room_type_id,
        stay.check_in,
        stay.check_out,
        len(stay.rooms),
    )


def _is_as_asked(made: PmsBooking, request: BookingRequest | AmendRequest) -> bool:
    return _same_stay(made, request.room_type_id, request.stay) and made.total == request.price


def _lacks_only_services(made: PmsBooking, request: AmendRequest) -> bool:
    return _same_stay(made, request.room_type_id, request.stay) and made.total.amount < request.price.amount


def _has_same_nights(before: PmsBooking, request: AmendRequest) -> bool:
    """Whether QloApps would keep rooms of it: it goes by type and dates."""
    wanted = (request.room_type_id, request.stay.check_in, request.stay.check_out)
    return (before.room_type_id, before.check_in, before.check_out) == wanted


def _keeps_parties(had: Counter[tuple[int, int]], rooms: Sequence[Party]) -> bool:
    """Whether the rooms that stay have the right guests: QloApps never changes those, nor says which rooms it drops."""
    wanted = Counter((party.adults, len(party.children_ages)) for party in rooms)
    return had <= wanted or (len(had) == 1 and wanted <= had)


def _own_nights(refusal: Refused, before: PmsBooking, request: AmendRequest) -> Refused:
    """QloApps looks for the new rooms while the old ones still block them: that is not "sold out"."""
    overlaps = before.check_in < request.stay.check_out and request.stay.check_in < before.check_out
    if refusal.reason == Reason.SOLD_OUT and overlaps and before.room_type_id == request.room_type_id:
        return Refused(Reason.NOT_SUPPORTED, "its own nights are in the way")
    return refusal
