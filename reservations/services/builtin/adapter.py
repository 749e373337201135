"""The PMS contract on our own tables. Every write is one durable transaction; its answer is always certain.

Durable means that it refuses to run inside someone else's transaction, exactly like a call over HTTP must.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.exceptions import Permanent
from hotel_agent.common.money import Money
from integrations.pms.base import (
    AmendRequest,
    BookingRequest,
    BookingStatus,
    Capabilities,
    Done,
    Extra,
    Offer,
    OwnRooms,
    PmsBooking,
    PmsHold,
    PmsRoomType,
    Reason,
    Refused,
    Stay,
    Unknown,
)
from integrations.pms.validation import guest_problem
from reservations import snapshots
from reservations.models import BuiltinBooking, BuiltinHold, RatePlan, RoomAssignment, RoomNight, RoomType
from reservations.services.builtin import blocks, counters, extras, records, transactions, window
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class BuiltinPms:
    """One hotel's built-in PMS."""

    capabilities = Capabilities(
        hold=True,
        amend=True,
        can_look_up=True,
        fee_preview=True,
        change_feed=False,
        notes=True,
        extras=True,
        mixes_types=True,
    )

    breaker_key = ""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    # -- reads --------------------------------------------------------------------------------------------------------

    def search(self, stay: Stay) -> Sequence[Offer]:
        """Bookable offers, cheapest first."""
        return self.search_each([stay])[0]

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        """Offers for several stays, from one reading of the tables."""
        if not stays:
            return []
        with tenant_scope(self.tenant):
            sold = window.load(self.tenant, stays)
            return [sold.offers(stay) for stay in stays]

    def search_each_beside(self, stays: Sequence[Stay], own: OwnRooms) -> list[Sequence[Offer]]:
        """Offers as if the guest's own bookings and holds were not there."""
        if not stays:
            return []
        with tenant_scope(self.tenant):
            sold = window.load(self.tenant, stays)
            self._leave_out(sold, own)
            return [sold.offers(stay) for stay in stays]

    def why_nothing(self, stay: Stay) -> Refused:
        """The nearest miss."""
        with tenant_scope(self.tenant):
            return window.load(self.tenant, [stay]).why_nothing(stay)

    def room_types(self) -> Sequence[PmsRoomType]:
        """What our own tables sell."""
        with tenant_scope(self.tenant):
            rows = RoomType.objects.filter(tenant=self.tenant).annotate(rooms=models.Count("physical_rooms"))
            return [
                PmsRoomType(
                    room_type_id=row.code,
                    name=row.name_es,
                    rooms=row.rooms,
                    base_occupancy=row.base_occupancy,
                    max_adults=row.max_adults,
                    max_children=row.max_children,
                    max_guests=row.max_guests,
                    description=row.description_es,
                    is_active=row.is_active,
                )
                for row in rows
            ]

    def extras(self, stay: Stay) -> Sequence[Extra]:
        """The hotel's own catalogue; every extra can be had with every stay."""
        with tenant_scope(self.tenant):
            return extras.catalogue(self.tenant, stay)

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        """Free rooms per night; nights that are not sold have none."""
        with tenant_scope(self.tenant):
            rows = RoomNight.objects.filter(
                tenant=self.tenant, room_type__code=room_type_id, night__gte=first, night__lt=last
            )
            left = {row.night: 0 if row.stop_sell else row.left for row in rows}
        days = (first + dt.timedelta(days=number) for number in range((last - first).days))
        return {day: left.get(day, 0) for day in days}

    def find(self, reference: str) -> Sequence[PmsBooking]:
        """At most one: the reference is unique here."""
        with tenant_scope(self.tenant):
            rows = BuiltinBooking.objects.filter(tenant=self.tenant, reference=reference).select_related("room_type")
            return [records.as_booking(row) for row in rows.order_by("created_at", "pk")]

    def adopt(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        """What is booked here keeps its rooms: the counters see to it."""
        return Done(found)

    def list_ours(self, prefix: str, since: dt.date) -> Sequence[PmsBooking]:
        """By reference and departure."""
        with tenant_scope(self.tenant):
            rows = records.bookings(self.tenant).filter(reference__startswith=prefix, check_out__gte=since)
            rows = rows.prefetch_related("more_rooms__room_type")
            return [records.as_booking(row) for row in rows.order_by("created_at", "pk")]

    def changed_since(self, instant: dt.datetime) -> Sequence[PmsBooking]:
        """Not kept."""
        raise Permanent("the built-in PMS has no change feed")

    def get(self, booking_id: str) -> PmsBooking | None:
        """One booking."""
        with tenant_scope(self.tenant):
            row = records.booking(self.tenant, booking_id)
            return records.as_booking(row) if row else None

    def cancellation_fee(self, booking_id: str, at: dt.datetime) -> Money:
        """By the terms the booking was sold under."""
        with tenant_scope(self.tenant):
            row = records.booking(self.tenant, booking_id)
        if row is None:
            raise Permanent(f"no booking {booking_id}")
        return snapshots.terms(row.terms).fee_at(at)

    # -- writes -------------------------------------------------------------------------------------------------------

    def hold(
        self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime
    ) -> Done[PmsHold] | Refused | Unknown:
        """Count the rooms as held; a known reference only lives longer."""
        return transactions.durable(self.tenant, lambda: self._hold(reference, stay, room_type_id, expires_at))

    def release(self, hold_id: str) -> Done[None] | Refused | Unknown:
        """Give held rooms back, once."""
        return transactions.durable(self.tenant, lambda: self._release(hold_id))

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Turn held (or free) rooms into sold ones."""
        return transactions.durable(self.tenant, lambda: self._book(request))

    def amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Move a booking; its own nights count as free for itself."""
        return transactions.durable(self.tenant, lambda: self._amend(request))

    def cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused | Unknown:
        """Give the nights back and note the fee that was due at this instant."""
        return transactions.durable(self.tenant, lambda: self._cancel(booking_id, reference))

    def add_note(self, booking_id: str, reference: str, text: str) -> Done[PmsBooking] | Refused | Unknown:
        """One more line for the desk; a line that is there already is not repeated."""
        return transactions.durable(self.tenant, lambda: self._add_note(booking_id, text))

    # -- inside one transaction ---------------------------------------------------------------------------------------

    def _hold(self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime) -> Done[PmsHold] | Refused:
        types = records.room_types(self.tenant, room_type_id, stay)
        if types is None:
            return Refused(Reason.UNKNOWN_ROOM_TYPE)
        spans = counters.spans(types, room_type_id, stay)
        nights = counters.lock(*spans)
        held = BuiltinHold.objects.filter(tenant=self.tenant, reference=reference).first()
        if held is not None:
            if not held.is_active:
                return Refused(Reason.HOLD_EXPIRED)
            held.expires_at = max(held.expires_at, expires_at)
            held.save(update_fields=["expires_at"])
            return Done(PmsHold(str(held.hold_id), held.expires_at))
        parts = _parts(types, room_type_id, stay)
        refusal = window.of_locked(self.tenant, list(types.values()), stay, nights, None).no_room(parts)
        if refusal is not None:
            return refusal
        counters.move_all(spans, nights, held=+1)
        held = BuiltinHold.objects.create(
            tenant=self.tenant,
            reference=reference,
            room_type=spans[0].room_type,
            check_in=stay.check_in,
            check_out=stay.check_out,
            rooms=spans[0].rooms,
            is_mixed=len(spans) > 1,
            expires_at=expires_at,
        )
        counters.note_more_rooms(held, spans)
        return Done(PmsHold(str(held.hold_id), held.expires_at))

    def _release(self, hold_id: str) -> Done[None] | Refused:
        seen = records.active_hold(self.tenant, hold_id)
        if seen is not None:
            spans = counters.kept(seen)
            nights = counters.lock(*spans)
            held = records.active_hold(self.tenant, hold_id, lock=True)
            if held is not None:
                self._end_hold(held, spans, nights)
                blocks.count_all_again(spans, nights)
        return Done(None)

    def _book(self, request: BookingRequest) -> Done[PmsBooking] | Refused:
        stay = request.stay
        types = records.room_types(self.tenant, request.room_type_id, stay)
        plan = records.rate_plan(self.tenant, request.rate_plan_id)
        if types is None or plan is None:
            return Refused(Reason.UNKNOWN_ROOM_TYPE)
        if problem := guest_problem(request.guest):
            return Refused(Reason.BAD_GUEST_DATA, problem)
        spans = counters.spans(types, request.room_type_id, stay)
        # A hold of other rooms, or one that is gone, is no reason to refuse what is free anyway.
        seen = records.active_hold(self.tenant, request.hold_id) if request.hold_id else None
        held_spans = counters.kept(seen) if seen else []
        nights = counters.lock(*{*spans, *held_spans})
        known = records.bookings(self.tenant).filter(reference=request.reference).first()
        if known is not None:
            return Done(records.as_booking(known))
        held = records.active_hold(self.tenant, str(seen.hold_id), lock=True) if seen else None
        if held is not None:
            self._end_hold(held, held_spans, nights)
        offer = self._sellable(types, plan, nights, request)
        if isinstance(offer, Refused):
            return transactions.undone(offer)
        counters.move_all(spans, nights, sold=+1)
        row = BuiltinBooking.objects.create(
            tenant=self.tenant,
            booking_id=f"B{secrets.token_hex(5).upper()}",
            reference=request.reference,
            room_type=spans[0].room_type,
            rate_plan=plan,
            check_in=stay.check_in,
            check_out=stay.check_out,
            parties=snapshots.dump_parties(stay),
            rooms=spans[0].rooms,
            is_mixed=len(spans) > 1,
            currency=offer.total.currency,
            total=offer.total.amount,
            nightly=snapshots.dump_nightly(offer.nightly),
            taxes=snapshots.dump_taxes(offer.taxes),
            extras=snapshots.dump_extras(offer.extras),
            terms=snapshots.dump_terms(offer.terms),
            guest_name=request.guest.name,
            guest_email=request.guest.email,
            guest_phone=request.guest.phone,
            notes=request.notes,
        )
        counters.note_more_rooms(row, spans)
        return Done(records.as_booking(row))

    def _amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused:
        row = records.booking(self.tenant, request.booking_id, lock=True)
        stay = request.stay
        types = records.room_types(self.tenant, request.room_type_id, stay)
        plan = records.rate_plan(self.tenant, request.rate_plan_id)
        if row is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        if row.last_reference == request.reference:
            return Done(records.as_booking(row))
        if row.status != BookingStatus.ACTIVE or row.check_in < self.tenant.business_day():
            return Refused(Reason.NOT_CHANGEABLE)
        if types is None or plan is None:
            return Refused(Reason.UNKNOWN_ROOM_TYPE)
        before, after = counters.kept(row), counters.spans(types, request.room_type_id, stay)
        nights = counters.lock(*before, *after)
        counters.move_all(before, nights, sold=-1)
        offer = self._sellable(types, plan, nights, request)
        if isinstance(offer, Refused):
            return transactions.undone(offer)
        counters.move_all(after, nights, sold=+1)
        blocks.count_all_again(before, nights)
        row.room_type, row.rate_plan = after[0].room_type, plan
        row.check_in, row.check_out = stay.check_in, stay.check_out
        row.parties, row.rooms = snapshots.dump_parties(stay), after[0].rooms
        counters.note_more_rooms(row, after)
        row.total, row.currency = offer.total.amount, offer.total.currency
        row.nightly, row.terms = snapshots.dump_nightly(offer.nightly), snapshots.dump_terms(offer.terms)
        row.taxes, row.extras = snapshots.dump_taxes(offer.taxes), snapshots.dump_extras(offer.extras)
        row.last_reference = request.reference
        row.save()
        # The rooms picked for the old nights are not the new nights' rooms.
        RoomAssignment.objects.filter(booking=row, is_active=True).update(is_active=False)
        return Done(records.as_booking(row))

    def _cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused:
        row = records.booking(self.tenant, booking_id, lock=True)
        if row is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        if row.status == BookingStatus.CANCELLED:
            return Done(records.as_booking(row))
        if row.status != BookingStatus.ACTIVE:
            return Refused(Reason.NOT_CHANGEABLE, row.status)
        if row.check_in < self.tenant.business_day():
            return Refused(Reason.PAST_DATE)
        spans = counters.kept(row)
        nights = counters.lock(*spans)
        counters.move_all(spans, nights, sold=-1)
        blocks.count_all_again(spans, nights)
        now = clock.now()
        row.status = BookingStatus.CANCELLED
        row.cancelled_at = now
        row.cancellation_fee = snapshots.terms(row.terms).fee_at(now).amount
        row.last_reference = reference
        row.save(update_fields=["status", "cancelled_at", "cancellation_fee", "last_reference"])
        RoomAssignment.objects.filter(booking=row, is_active=True).update(is_active=False)
        return Done(records.as_booking(row))

    def _add_note(self, booking_id: str, text: str) -> Done[PmsBooking] | Refused:
        row = records.booking(self.tenant, booking_id, lock=True)
        if row is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        line = " ".join(text.split())
        if line and line not in row.notes.splitlines():
            row.notes = f"{row.notes}\n{line}".strip()
            row.save(update_fields=["notes"])
        return Done(records.as_booking(row))

    def _sellable(
        self,
        types: dict[str, RoomType],
        plan: RatePlan,
        nights: counters.Nights,
        request: BookingRequest | AmendRequest,
    ) -> Offer | Refused:
        """The offer behind a booking with its extras, only if the rooms are free, the rules allow it and it costs
        exactly what was quoted."""
        stay, parts = request.stay, _parts(types, request.room_type_id, request.stay)
        sold = window.of_locked(self.tenant, list(types.values()), stay, nights, plan)
        refusal = sold.refusal(parts)
        if refusal is not None:
            return refusal
        offer = sold.offer(parts, plan, stay)
        if offer is not None and request.extras:
            offer = extras.added(self.tenant, offer, request.extras, stay)
        if offer is None or offer.total != request.price:
            return Refused(Reason.PRICE_CHANGED, str(offer.total.amount) if offer else "")
        return offer

    def _leave_out(self, sold: window.Window, own: OwnRooms) -> None:
        """Give own rooms back in the rows that were read; nothing is saved."""
        bookings = records.bookings(self.tenant).filter(booking_id__in=own.booking_ids, status=BookingStatus.ACTIVE)
        for span in (span for row in bookings for span in counters.kept(row)):
            for counted in sold.of(span):
                counted.sold -= span.rooms
        holds = BuiltinHold.objects.filter(tenant=self.tenant, is_active=True, hold_id__in=own.hold_ids)
        for span in (span for held in holds.select_related("room_type") for span in counters.kept(held)):
            for counted in sold.of(span):
                counted.held -= span.rooms

    @staticmethod
    def _end_hold(held: BuiltinHold, spans: Sequence[counters.Span], nights: counters.Nights) -> None:
        """Give the rooms of a locked hold back; its nights are locked too (nights first, then the hold, always)."""
        counters.move_all(spans, nights, held=-1)
        held.is_active = False
        held.save(update_fields=["is_active"])


def _parts(types: dict[str, RoomType], room_type_id: str, stay: Stay) -> window.Parts:
    return [(types[code], part) for code, part in stay.by_type(room_type_id).items()]
