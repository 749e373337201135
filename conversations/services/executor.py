"""Carrying out what the policy asks: queries with no transaction open, commands inside the turn's own.

Ids of quotes and options are given here, before anything is stored, so that a reply can name what its commit stores.
Outside failures never reach the policy as exceptions: a PMS that cannot be asked is the answer `PmsDown`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from django.db import transaction

from conversations.dialogue import effects
from conversations.dialogue.hotel import HotelProfile
from conversations.dialogue.replies import Decision
from conversations.dialogue.replies import Turn as RunningTurn
from conversations.dialogue.values import Localised, record_as_dict
from conversations.models import Conversation, Turn
from conversations.services import answering, arrangements, commands, proofs, staff_tasks, views
from conversations.services.knowledge import questions
from hotel_agent.common import clock
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations.pms.base import Offer, OwnRooms, Reason, Stay
from reservations import selectors
from reservations.models import Hold, QuoteOption
from reservations.services import booking, holding, indicative, quoting, rooming

log = structlog.get_logger(__name__)

HOLD_PROBLEMS = {
    holding.HoldProblem.SOLD_OUT: effects.HoldProblem.SOLD_OUT,
    holding.HoldProblem.CLOSED: effects.HoldProblem.SOLD_OUT,
    holding.HoldProblem.TOO_MANY: effects.HoldProblem.TOO_MANY,
    holding.HoldProblem.NOT_SUPPORTED: effects.HoldProblem.NOT_SUPPORTED,
}
"""Everything else is answered by quoting again."""


def drive(running: RunningTurn, executor: Executor) -> tuple[Decision, list[dict[str, object]]]:
    """Run the policy to its decision; also every question with its answer, as recorded for `replay`."""
    observations: list[dict[str, object]] = []
    try:
        query = next(running)
        while True:
            answer = executor.answer(query)
            observations.append({"query": record_as_dict(query), "answer": record_as_dict(answer)})
            query = running.send(answer)
    except StopIteration as done:
        decision: Decision = done.value
        return decision, observations


@dataclass(frozen=True, slots=True)
class Priced:
    """Offers that were shown to the policy under a quote id, not stored yet."""

    stay: Stay
    offers: tuple[Offer, ...]
    option_ids: tuple[uuid.UUID, ...]


class Executor:
    """Answers and acts for one turn of one conversation, inside the tenant's scope."""

    def __init__(
        self, conversation: Conversation, hotel: HotelProfile, at: dt.datetime, *, may_keep_rooms: bool = True
    ) -> None:
        """`may_keep_rooms`: whether something can be kept for the guest by this conversation; saves asking."""
        self.conversation = conversation
        self.tenant = conversation.tenant
        self.hotel = hotel
        self.at = at
        self.guest_key = str(conversation.guest.public_id)
        self.priced: dict[str, Priced] = {}
        self.stored: set[str] = set()
        self.may_keep_rooms = may_keep_rooms
        self.catalogue = views.Catalogue(self.tenant)

    # --- queries -----------------------------------------------------------------------------------------------------

    def answer(self, query: effects.Query) -> effects.Answer:
        """One answer. `PmsDown` when the PMS cannot be asked; never raises for an outside failure."""
        try:
            return self._answer(query)
        except (DependencyDown, Misconfigured) as error:
            log.warning("pms_unavailable", error=str(error), error_type=type(error).__name__)
            return effects.PmsDown(self._maybe_free(query))

    def _maybe_free(self, query: effects.Query) -> tuple[Localised, ...]:
        """Rooms that were free a few minutes ago: a hint, never an offer."""
        if not isinstance(query, effects.SearchOffers):
            return ()
        seen = indicative.recall(self.tenant, query.stay)
        return self.catalogue.names(seen.room_types) if seen else ()

    def _answer(self, query: effects.Query) -> effects.Answer:
        match query:
            case effects.SearchOffers():
                return self._search(query)
            case effects.SearchMix():
                return self._search_mix(query)
            case effects.PlaceHold():
                return self._place_hold(query)
            case effects.ExtendHold():
                return self._extend_hold(query)
            case effects.QuoteExtras():
                return self._quote_extras(query)
            case effects.RoomCatalogue():
                return effects.Rooms(self.catalogue.rooms())
            case effects.FindOwnReservations():
                return effects.ReservationsFound(
                    tuple(
                        self.catalogue.reservation(found)
                        for found in selectors.own_reservations(tenant=self.tenant, guest_key=self.guest_key)
                    )
                )
            case effects.FindReservation():
                return self._find_reservation(query)
            case effects.MayProve():
                return proofs.may_prove(self.conversation, query.code)
            case effects.ProveReservation():
                return self._prove(query)
            case effects.CancellationCost():
                return self._cancellation_cost(query)
            case effects.PriceChange():
                return self._price_change(query)
            case effects.PriceHours():
                return arrangements.price_hours(self.catalogue, query)
            case effects.PriceExtra():
                return arrangements.price_extra(self.catalogue, query)
            case effects.FindFacts():
                return effects.FactsFound(answering.find_facts(self.tenant, query))
            case effects.StaffHours():
                return answering.staff_presence(self.tenant, self.at)

    def _search(self, query: effects.SearchOffers) -> effects.Answer:
        try:
            offers = quoting.search(tenant=self.tenant, stay=query.stay, own=self._own_rooms())
        except quoting.BadStay as problem:
            return effects.StayNotPossible(reason=problem.reason, limit=problem.limit)
        if offers:
            return effects.OffersFound(self._quoted(query.stay, offers))
        return self._nothing(query.stay, query.room_type, self._own_rooms())

    def _search_mix(self, query: effects.SearchMix) -> effects.Answer:
        """Who sleeps where must be clear before anything is priced."""
        mixes = rooming.mixes(tenant=self.tenant, kinds=query.kinds)
        if not mixes or not quoting.mixes_types(tenant=self.tenant):
            return effects.RoomsApart()
        spread = query.spread
        if not spread:
            asked = ((rooms, self._ways(rooms, query)) for rooms in mixes)
            rooms, ways = next(((rooms, ways) for rooms, ways in asked if ways), (mixes[0], []))
            if not ways:
                return effects.StayNotPossible(reason=Reason.OCCUPANCY)
            if len(ways) > 1:
                names = self.catalogue.names([row.code for row in rooms])
                return effects.SpreadUnclear(rooms=names, ways=tuple(ways))
            spread = ways[0]
        parties = [known for rooms in mixes if (known := rooming.typed(rooms, spread)) is not None]
        stays = [Stay(query.check_in, query.check_out, known) for known in parties]
        if not stays:
            return effects.StayNotPossible(reason=Reason.OCCUPANCY)
        try:
            found = [(stay, quoting.search(tenant=self.tenant, stay=stay, own=self._own_rooms())) for stay in stays]
        except quoting.BadStay as problem:
            return effects.StayNotPossible(reason=problem.reason, limit=problem.limit)
        quotes = [self._quoted(stay, offers) for stay, offers in found if offers]
        if not quotes:
            return self._nothing(stays[0], None, self._own_rooms())
        return effects.MixFound(quotes=tuple(sorted(quotes, key=lambda quoted: quoted.options[0].total.amount)))

    @staticmethod
    def _ways(rooms: rooming.Rooms, query: effects.SearchMix) -> list[rooming.Spread]:
        return rooming.ways(rooms, adults=query.adults, ages=query.ages, usual=query.usual)

    def _own_rooms(self) -> OwnRooms:
        if not self.may_keep_rooms:
            return OwnRooms()
        return holding.own_rooms(conversation_key=self.conversation.public_id, guest_key=self.guest_key)

    def _nothing(
        self, stay: Stay, room_type: str | None, own: OwnRooms
    ) -> effects.NothingFree | effects.StayNotPossible:
        """Why there is nothing, and what is near."""
        others = quoting.alternatives(tenant=self.tenant, stay=stay, kind=room_type, own=own)
        quoted = tuple(self._quoted(one.stay, one.offers[:3]) for one in others)
        why = quoting.why_nothing(tenant=self.tenant, stay=stay)
        if why.reason in {Reason.MIN_STAY, Reason.MAX_STAY, Reason.OCCUPANCY, Reason.CLOSED}:
            limit = int(why.detail) if why.detail.isdecimal() else None
            return effects.StayNotPossible(reason=why.reason, limit=limit, alternatives=quoted)
        return effects.NothingFree(quoted)

    def _quoted(self, stay: Stay, offers: Sequence[Offer]) -> effects.Quoted:
        quote_id = uuid.uuid4()
        option_ids = tuple(uuid.uuid4() for _ in offers)
        self.priced[str(quote_id)] = Priced(stay, tuple(offers), option_ids)
        return effects.Quoted(
            quote_id=str(quote_id),
            stay=stay,
            options=tuple(
                self.catalogue.option(offer, option_id) for offer, option_id in zip(offers, option_ids, strict=True)
            ),
            expires_at=self.at + clock.minutes(quoting.QUOTE_MINUTES),
        )

    def _place_hold(self, query: effects.PlaceHold) -> effects.Answer:
        self.may_keep_rooms = True
        for quote_id, priced in self.priced.items():
            if uuid.UUID(query.option_id) in priced.option_ids:
                with transaction.atomic():
                    self.store_quote(quote_id)
        option = self._option(query.option_id)
        if option is None:
            return effects.HoldFailed(effects.HoldProblem.QUOTE_EXPIRED)
        replaces = Hold.objects.filter(public_id=query.replaces).first() if query.replaces else None
        placed = holding.place_hold(
            tenant=self.tenant,
            option=option,
            conversation_key=self.conversation.public_id,
            guest_key=self.guest_key,
            replaces=replaces,
        )
        return _hold_answer(placed)

    def _extend_hold(self, query: effects.ExtendHold) -> effects.Answer:
        hold = Hold.objects.filter(public_id=query.hold_id, guest_key=self.guest_key).first()
        if hold is None:
            return effects.HoldFailed(effects.HoldProblem.QUOTE_EXPIRED)
        return _hold_answer(holding.extend_hold(tenant=self.tenant, hold=hold))

    def _quote_extras(self, query: effects.QuoteExtras) -> effects.Answer:
        found = self._offered(query.option_id)
        if found is None:
            return effects.ExtrasQuoted(quoted=None)
        stay, room_type_id, rate_plan_id = found
        offer, missing = quoting.with_wishes(
            tenant=self.tenant, stay=stay, room_type_id=room_type_id, rate_plan_id=rate_plan_id, own=self._own_rooms(),
            wishes=[quoting.ExtraWish(one.kind, one.quantity) for one in query.extras],
        )  # fmt: skip
        quoted = self._quoted(stay, [offer]) if offer is not None else None
        return effects.ExtrasQuoted(quoted=quoted, missing=tuple(missing))

    def _offered(self, option_id: str) -> tuple[Stay, str, str] | None:
        """What an option of this turn or of a stored quote is about: stay, room type and plan."""
        for priced in self.priced.values():
            for offer, known in zip(priced.offers, priced.option_ids, strict=True):
                if str(known) == option_id:
                    return priced.stay, offer.room_type_id, offer.rate_plan_id
        option = self._option(option_id)
        return (option.quote.stay, option.room_type.code, option.rate_plan.code) if option is not None else None

    def _find_reservation(self, query: effects.FindReservation) -> effects.Answer:
        found = selectors.find_reservation(tenant=self.tenant, code=query.code, guest_key=self.guest_key)
        if found is None:
            return effects.ReservationNotFound()
        return effects.ReservationFound(self.catalogue.reservation(found))

    def _prove(self, query: effects.ProveReservation) -> effects.Answer:
        found = proofs.prove(self.conversation, query.code, query.proof)
        if found is None:
            return effects.ProofRefused(is_over=proofs.is_over(self.conversation, query.code))
        return effects.ReservationFound(self.catalogue.reservation(found))

    def _cancellation_cost(self, query: effects.CancellationCost) -> effects.Answer:
        found = views.reservation_by_code(self.tenant, query.code)
        if found is None:
            return effects.NotCancellable(Reason.UNKNOWN_BOOKING)
        problem = booking.change_problem(tenant=self.tenant, reservation=found)
        if problem is not None:
            return effects.NotCancellable(commands.CHANGE_REASONS[problem])
        fee = booking.cancellation_cost(tenant=self.tenant, reservation=found)
        view = self.catalogue.reservation(found)
        refund = view.paid - fee if view.paid is not None and view.paid.amount > fee.amount else None
        return effects.CancellationPriced(reservation=view, fee=fee, refund=refund)

    def _price_change(self, query: effects.PriceChange) -> effects.Answer:
        found = views.reservation_by_code(self.tenant, query.code)
        if found is None:
            return effects.NotChangeable(Reason.UNKNOWN_BOOKING)
        own = replace(self._own_rooms(), booking_ids=(found.pms_booking_id,))
        try:
            offers = booking.search_change(tenant=self.tenant, reservation=found, stay=query.stay, own=own)
        except quoting.BadStay as problem:
            return effects.StayNotPossible(reason=problem.reason, limit=problem.limit)
        if isinstance(offers, booking.ChangeRefused):
            return effects.NotChangeable(commands.CHANGE_REASONS[offers.problem])
        if not offers:
            return self._nothing(query.stay, query.room_type, own)
        return effects.ChangePriced(
            reservation=self.catalogue.reservation(found), quoted=self._quoted(query.stay, offers)
        )

    def _option(self, option_id: str) -> QuoteOption | None:
        try:
            key = uuid.UUID(option_id)
        except ValueError:
            return None
        return (
            QuoteOption.objects.select_related("quote", "room_type", "rate_plan")
            .filter(public_id=key, quote__guest_key=self.guest_key)
            .first()
        )

    # --- commands ----------------------------------------------------------------------------------------------------

    def store_quote(self, quote_id: str) -> None:
        """Store the offers shown under this id, once. Inside a transaction."""
        priced = self.priced.get(quote_id)
        if priced is None or quote_id in self.stored:
            return  # stored by an earlier turn, or for a hold of this one
        self.stored.add(quote_id)
        quoting.store_quote(
            tenant=self.tenant,
            conversation_key=self.conversation.public_id,
            guest_key=self.guest_key,
            stay=priced.stay,
            offers=priced.offers,
            public_id=uuid.UUID(quote_id),
            option_ids=priced.option_ids,
        )

    def carry_out(self, wanted: Sequence[effects.Command], conversation: Conversation, turn: Turn) -> None:
        """Do what the decision asks, inside the turn's transaction, with the conversation locked."""
        for command in wanted:
            match command:
                case effects.StoreQuote():
                    self.store_quote(command.quote_id)
                case effects.RequestBooking():
                    option = self._option(command.option_id)
                    commands.request_booking(command, option, conversation, self.guest_key, turn)
                case effects.RequestCancellation():
                    commands.request_cancellation(command, conversation, turn)
                case effects.RequestChange():
                    wanted_option = self._option(command.option_id)
                    commands.request_change(command, wanted_option, conversation, turn)
                case effects.RequestArrangement():
                    arrangements.request(command, conversation, turn)
                case effects.SendProof():
                    proofs.send_proof(command, conversation)
                case effects.ReleaseHold():
                    commands.release_hold(command, conversation, self.guest_key)
                case effects.OpenHandoff():
                    commands.open_handoff(command, conversation, turn)
                    if command.reason is effects.HandoffReason.UNKNOWN_FACT:
                        questions.record(turn)
                case effects.OpenTask():
                    staff_tasks.open_from_turn(command, conversation, turn)
                case effects.RecordOptOut():
                    commands.record_opt_out(command, conversation)
                case effects.AbandonPayment():
                    commands.abandon_payment(command, conversation)
                case effects.RecordDisclosure():
                    commands.record_disclosure(conversation, turn)


def _hold_answer(placed: Hold | holding.HoldRefused) -> effects.Answer:
    if isinstance(placed, holding.HoldRefused):
        return effects.HoldFailed(HOLD_PROBLEMS.get(placed.problem, effects.HoldProblem.QUOTE_EXPIRED))
    return effects.Held(hold_id=str(placed.public_id), expires_at=placed.expires_at)
