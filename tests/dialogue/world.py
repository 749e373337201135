"""A scripted hotel that answers the policy's queries and carries out its commands: deterministic, in memory.

It keeps rooms, quotes, holds and reservations like a small PMS, so that a transcript's prices and refusals follow from
what was said before. Knobs make it sold out, down, closed or dearer.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field, replace

from conversations.dialogue import effects as fx
from conversations.dialogue.values import Localised
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Reason, Stay
from reservations.models import RoomType
from reservations.services import rooming
from tests.dialogue.house import EXTRAS, FACTS, ROOMS, UTC, Room, ars


@dataclass
class Booking:
    view: fx.ReservationView
    contacts: tuple[str, ...]
    own: bool


@dataclass
class World:
    """The hotel's side. `at` is moved by the transcript."""

    at: dt.datetime
    down: bool = False
    sold: dict[str, int] = field(default_factory=dict)
    """Rooms of a type already taken on every night."""
    full_between: tuple[dt.date, dt.date] | None = None
    """No room at all on stays touching these nights."""
    closed: bool = False
    """The hotel takes nobody."""
    min_stay: int = 1
    price_percent: int = 100
    mixes: bool = True
    """The PMS sells rooms of several types as one booking."""
    saver: bool = False
    """A second, non-refundable rate for every room."""
    extras_sold: tuple[str, ...] = ("parking", "cot", "transfer")
    city_tax: int = 0
    """Paid at the desk, per person for the stay; in the suite it is dearer."""
    holds_supported: bool = True
    staff: fx.StaffPresence = field(default_factory=lambda: fx.StaffPresence(open_now=True))
    booking_outcome: str = "booked"
    cancel_fee_nights: int = 0
    not_changeable: str = ""
    beside_taken: bool = False
    """Somebody needs the room on the night before and after."""
    arranged: set[tuple[str, fx.ArrangementKind]] = field(default_factory=set)
    arrangement_refused: bool = False
    change_outcome: str = "changed"
    facts: tuple[fx.FactView, ...] = FACTS
    quotes: dict[str, fx.Quoted] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    commands: list[fx.Command] = field(default_factory=list)
    events: list[fx.StayHappened] = field(default_factory=list)
    proof: str = "482913"
    """The one-time code that reaches the contact of a booking."""
    proofs_left: int = 3
    tries_left: int = 5
    reachable: bool = True
    extensions: int = 0
    _quotes_made: int = 0

    # -- queries ----------------------------------------------------------------------------------------------------

    def answer(self, query: fx.Query) -> fx.Answer:
        match query:
            case fx.SearchOffers():
                return self._search(query)
            case fx.SearchMix():
                return self._search_mix(query)
            case fx.PlaceHold():
                return self._hold(query)
            case fx.ExtendHold():
                return self._extend(query)
            case fx.QuoteExtras():
                return self._with_extras(query)
            case fx.RoomCatalogue():
                return fx.Rooms(
                    tuple(
                        fx.RoomKind(
                            room_type_id=room.id, kinds=room.kinds, name=room.name, description=room.name,
                            capacity=room.capacity, price_from=ars(room.price), source_id=f"rate-{room.id}",
                        )
                        for room in ROOMS
                    )
                )  # fmt: skip
            case fx.FindOwnReservations():
                if self.down:
                    return fx.PmsDown()
                return fx.ReservationsFound(tuple(b.view for b in self.bookings.values() if b.own))
            case fx.FindReservation():
                return self._find(query)
            case fx.MayProve():
                return fx.ProofAllowed(is_allowed=self.proofs_left > 0, is_possible=self.reachable)
            case fx.ProveReservation():
                return self._prove(query)
            case fx.CancellationCost():
                return self._cost(query)
            case fx.PriceChange():
                return self._price_change(query)
            case fx.PriceHours():
                return self._hours(query)
            case fx.PriceExtra():
                return self._extra(query)
            case fx.FindFacts():
                found = [fact for fact in self.facts if fact.topic in query.topics]
                return fx.FactsFound(tuple(found))
            case fx.StaffHours():
                return self.staff

    def _offers(self, stay: Stay, marker: str) -> tuple[fx.QuotedOption, ...]:
        if self.full_between is not None:
            first, last = self.full_between
            if stay.check_in < last and first < stay.check_out:
                return ()
        if stay.is_mixed:
            return self._mixed(stay, marker)
        options = []
        for room in ROOMS:
            left = room.count - self.sold.get(room.id, 0)
            if left < len(stay.rooms) or any(party.size > room.capacity for party in stay.rooms):
                continue
            night = ars(room.price * self.price_percent // 100 * len(stay.rooms))
            total = ars(int(night.amount) * stay.nights)
            if self.saver:
                options.append(self._saver(room, stay, marker, left))
            free_until = dt.datetime.combine(stay.check_in - dt.timedelta(days=2), dt.time(18), UTC)
            options.append(
                fx.QuotedOption(
                    option_id=f"{marker}-{room.id}",
                    room_type_id=room.id,
                    kinds=room.kinds,
                    name=room.name,
                    capacity=room.capacity,
                    total=total,
                    nightly=(night,) * stay.nights,
                    taxes_included=True,
                    breakfast_included=True,
                    left=left,
                    terms=CancellationTerms(free_until=free_until, fee_after=night),
                    rate_name=Localised("Flexible", "Flexible", "Flexível") if self.saver else None,
                )
            )
        return tuple(replace(option, at_desk=self._at_desk(option, stay)) for option in options)

    def _mixed(self, stay: Stay, marker: str) -> tuple[fx.QuotedOption, ...]:
        """The rooms of every type together, at one rate."""
        rooms = {room.id: room for room in ROOMS}
        wanted = stay.rooms_by_type("")
        if any(rooms[code].count - self.sold.get(code, 0) < many for code, many in wanted.items()):
            return ()
        nights = {code: ars(rooms[code].price * self.price_percent // 100 * many) for code, many in wanted.items()}
        night = sum(nights.values(), ars(0))
        first = rooms[stay.rooms[0].room_type_id]
        free_until = dt.datetime.combine(stay.check_in - dt.timedelta(days=2), dt.time(18), UTC)
        option = fx.QuotedOption(
            option_id=f"{marker}-{first.id}",
            room_type_id=first.id,
            kinds=first.kinds,
            name=first.name,
            capacity=first.capacity,
            total=ars(int(night.amount) * stay.nights),
            nightly=(night,) * stay.nights,
            taxes_included=True,
            breakfast_included=True,
            left=1,
            terms=CancellationTerms(free_until=free_until, fee_after=night),
            parts=tuple(
                fx.RoomsOf(room_type_id=code, name=rooms[code].name, rooms=many, nightly=(nights[code],) * stay.nights)
                for code, many in wanted.items()
            ),
        )
        return (option,)

    def _search_mix(self, query: fx.SearchMix) -> fx.Answer:
        """As the hotel's own PMS answers; the hotel's types are of the cheaper kind and `double` is standard too."""
        if self.down:
            return fx.PmsDown()
        kinds = sorted(set(query.kinds))
        mixes = [
            tuple(by_kind[kind] for kind in query.kinds)
            for chosen in itertools.product(*([room for room in ROOMS if kind in room.kinds] for kind in kinds))
            if (by_kind := dict(zip(kinds, chosen, strict=True)))
        ]
        if not self.mixes or not mixes:
            return fx.RoomsApart()
        rows = {
            room.id: RoomType(
                pk=number, code=room.id, max_adults=room.capacity, max_children=2, max_guests=room.capacity
            )
            for number, room in enumerate(ROOMS)
        }
        mixes.sort(key=lambda rooms: sum(room.price for room in rooms))
        spread = query.spread
        if not spread:
            types = tuple(rows[room.id] for room in mixes[0])
            ways = rooming.ways(types, adults=query.adults, ages=query.ages, usual=query.usual)
            if not ways:
                return fx.StayNotPossible(reason=Reason.OCCUPANCY)
            if len(ways) > 1:
                return fx.SpreadUnclear(rooms=tuple(room.name for room in mixes[0]), ways=tuple(ways))
            spread = ways[0]
        quotes = []
        for rooms in mixes:
            known = rooming.typed(tuple(rows[room.id] for room in rooms), spread)
            if known is not None:
                quoted = self._quote(Stay(query.check_in, query.check_out, known))
                quotes += [quoted] if quoted.options else []
        if quotes:
            return fx.MixFound(quotes=tuple(quotes))
        first = rooming.typed(tuple(rows[room.id] for room in mixes[0]), spread)
        return fx.NothingFree(self._near(Stay(query.check_in, query.check_out, first or ()), 4))

    def _at_desk(self, option: fx.QuotedOption, stay: Stay) -> tuple[fx.DeskCharge, ...]:
        if not self.city_tax:
            return ()
        amount = self.city_tax * sum(party.size for party in stay.rooms) * (2 if option.room_type_id == "fam" else 1)
        return (fx.DeskCharge(name=Localised("Tasa turística", "City tax", "Taxa de turismo"), amount=ars(amount)),)

    def _saver(self, room: Room, stay: Stay, marker: str, left: int) -> fx.QuotedOption:
        """The same room a tenth cheaper and non-refundable."""
        night = ars(room.price * 9 // 10 * len(stay.rooms))
        total = ars(int(night.amount) * stay.nights)
        return fx.QuotedOption(
            option_id=f"{marker}-{room.id}saver",
            room_type_id=room.id,
            kinds=room.kinds,
            name=room.name,
            rate_name=Localised("No reembolsable", "Non-refundable", "Não reembolsável"),
            capacity=room.capacity,
            total=total,
            nightly=(night,) * stay.nights,
            taxes_included=True,
            breakfast_included=True,
            left=left,
            terms=CancellationTerms(free_until=None, fee_after=total),
        )

    def _quote(self, stay: Stay) -> fx.Quoted:
        self._quotes_made += 1
        marker = f"q{self._quotes_made}"
        quoted = fx.Quoted(
            quote_id=marker,
            stay=stay,
            options=self._offers(stay, marker),
            expires_at=self.at + dt.timedelta(minutes=30),
        )
        self.quotes[marker] = quoted
        return quoted

    def _search(self, query: fx.SearchOffers) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        stay = query.stay
        if self.closed:
            return fx.StayNotPossible(reason=Reason.CLOSED)
        if stay.nights < self.min_stay:
            return fx.StayNotPossible(
                reason=Reason.MIN_STAY, limit=self.min_stay, alternatives=self._near(stay, self.min_stay)
            )
        if all(party.size > max(room.capacity for room in ROOMS) for party in stay.rooms):
            return fx.StayNotPossible(reason=Reason.OCCUPANCY)
        quoted = self._quote(stay)
        if quoted.options:
            return fx.OffersFound(quoted)
        return fx.NothingFree(self._near(stay, stay.nights))

    def _near(self, stay: Stay, nights: int) -> tuple[fx.Quoted, ...]:
        found = []
        for shift in (0, 1, -1, 2, -2, 3, -3):
            first = stay.check_in + dt.timedelta(days=shift)
            near = Stay(first, first + dt.timedelta(days=nights), stay.rooms)
            quoted = self._quote(near)
            if quoted.options:
                found.append(quoted)
        return tuple(found[:2])

    def _hold(self, query: fx.PlaceHold) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        if not self.holds_supported:
            return fx.HoldFailed(fx.HoldProblem.NOT_SUPPORTED)
        quote_id, room_id = query.option_id.removesuffix("saver").split("-")
        room = next(room for room in ROOMS if room.id == room_id)
        if self.quotes[quote_id].expires_at <= self.at:
            return fx.HoldFailed(fx.HoldProblem.QUOTE_EXPIRED)
        parts = self.quotes[quote_id].options[0].parts
        types = {one.id: one for one in ROOMS}
        if any(self.sold.get(part.room_type_id, 0) >= types[part.room_type_id].count for part in parts) or (
            self.sold.get(room_id, 0) >= room.count
        ):
            return fx.HoldFailed(fx.HoldProblem.SOLD_OUT)
        hold_id = f"h-{query.option_id}"
        self.holds[hold_id] = query.option_id
        if query.replaces:
            self.holds.pop(query.replaces, None)
        return fx.Held(hold_id=hold_id, expires_at=self.at + dt.timedelta(minutes=20))

    def _extend(self, query: fx.ExtendHold) -> fx.Answer:
        """Ten minutes longer, twice, and the quote with it."""
        if self.down:
            return fx.PmsDown()
        option_id = self.holds.get(query.hold_id)
        if option_id is None or self.extensions >= 2:
            return fx.HoldFailed(fx.HoldProblem.TOO_MANY)
        self.extensions += 1
        until = self.at + dt.timedelta(minutes=10)
        quote_id = option_id.partition("-")[0]
        quoted = self.quotes[quote_id]
        self.quotes[quote_id] = replace(quoted, expires_at=max(quoted.expires_at, until))
        return fx.Held(hold_id=query.hold_id, expires_at=until)

    def _find(self, query: fx.FindReservation) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        booking = self.bookings.get(query.code)
        return fx.ReservationFound(booking.view) if booking is not None and booking.own else fx.ReservationNotFound()

    def _prove(self, query: fx.ProveReservation) -> fx.Answer:
        booking = self.bookings.get(query.code)
        self.tries_left -= 1
        if booking is None or self.tries_left < 0 or query.proof != self.proof:
            return fx.ProofRefused(is_over=self.tries_left <= 0 and self.proofs_left <= 0)
        booking.own = True
        return fx.ReservationFound(booking.view)

    def _cost(self, query: fx.CancellationCost) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        booking = self.bookings.get(query.code)
        if booking is None:
            return fx.NotCancellable(Reason.UNKNOWN_BOOKING)
        if booking.view.status is fx.ReservationStatus.CANCELLED:
            return fx.NotCancellable(Reason.ALREADY_CANCELLED)
        night = Money(booking.view.total.amount / booking.view.stay.nights, "ARS")
        fee = Money(night.amount * self.cancel_fee_nights, "ARS")
        refund = booking.view.total - fee if self.cancel_fee_nights else None
        return fx.CancellationPriced(reservation=booking.view, fee=fee, refund=refund)

    def _price_change(self, query: fx.PriceChange) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        booking = self.bookings.get(query.code)
        if booking is None:
            return fx.NotChangeable(Reason.UNKNOWN_BOOKING)
        if booking.view.status is fx.ReservationStatus.CANCELLED:
            return fx.NotChangeable(Reason.ALREADY_CANCELLED)
        if self.not_changeable:
            return fx.NotChangeable(Reason(self.not_changeable))
        found = self._search(fx.SearchOffers(stay=query.stay, room_type=query.room_type))
        if not isinstance(found, fx.OffersFound):
            return found
        quoted = found.quoted
        if booking.view.extras:
            lines = tuple(self._line(one.kind, one.quantity, query.stay) for one in booking.view.extras)
            more = sum((line.amount for line in lines), ars(0))
            options = tuple(replace(one, extras=lines, total=one.total + more) for one in quoted.options)
            quoted = self.quotes[quoted.quote_id] = replace(quoted, options=options)
        return fx.ChangePriced(reservation=booking.view, quoted=quoted)

    def _hours(self, query: fx.PriceHours) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        booking = self.bookings.get(query.code)
        if booking is None:
            return fx.NotArrangeable(fx.ArrangeProblem.NOT_BOOKED)
        if (query.code, query.kind) in self.arranged:
            return fx.NotArrangeable(fx.ArrangeProblem.ALREADY)
        early = query.kind is fx.ArrangementKind.EARLY_CHECK_IN
        night = Money(booking.view.total.amount / booking.view.stay.nights, "ARS")
        return fx.HoursPriced(
            reservation=booking.view,
            is_free=not self.beside_taken,
            limit=dt.time(12) if early else dt.time(14),
            fee=Money(night.amount / 2, "ARS"),
        )

    def _extra(self, query: fx.PriceExtra) -> fx.Answer:
        if self.down:
            return fx.PmsDown()
        booking = self.bookings.get(query.code)
        if booking is None or query.kind not in EXTRAS:
            return fx.NotArrangeable(fx.ArrangeProblem.NOT_SUPPORTED)
        line = self._line(query.kind, query.quantity, booking.view.stay)
        return fx.ExtraPriced(
            reservation=booking.view,
            extra_id=query.kind,
            name=line.name,
            quantity=line.quantity,
            amount=line.amount,
        )

    def _line(self, kind: str, quantity: int | None, stay: Stay) -> fx.QuotedExtra:
        name, price = EXTRAS[kind]
        count, nights = quantity or 1, stay.nights if kind == "parking" else 1
        return fx.QuotedExtra(kind=kind, name=name, quantity=count, amount=ars(price * nights * count))

    def _with_extras(self, query: fx.QuoteExtras) -> fx.Answer:
        """The same option again in a quote of its own."""
        if self.down:
            return fx.PmsDown()
        before = next(
            (quoted, one)
            for quoted in self.quotes.values()
            for one in quoted.options
            if one.option_id == query.option_id
        )
        sold = [wish for wish in query.extras if wish.kind in self.extras_sold]
        lines = tuple(self._line(wish.kind, wish.quantity, before[0].stay) for wish in sold)
        again = self._quote(before[0].stay)
        _, _, room = query.option_id.partition("-")
        option = next((one for one in again.options if one.option_id.endswith(f"-{room}")), None)
        missing = tuple(wish.kind for wish in query.extras if wish not in sold)
        if option is None:
            return fx.ExtrasQuoted(quoted=None, missing=missing)
        total = option.total + sum((line.amount for line in lines), ars(0))
        quoted = replace(again, options=(replace(option, extras=lines, total=total),))
        self.quotes[quoted.quote_id] = quoted
        return fx.ExtrasQuoted(quoted=quoted, missing=missing)

    # -- commands ---------------------------------------------------------------------------------------------------

    def carry_out(self, command: fx.Command) -> None:
        self.commands.append(command)
        if isinstance(command, fx.RequestBooking):
            self.events.append(self._book(command))
        elif isinstance(command, fx.RequestCancellation):
            booking = self.bookings[command.code]
            booking.view = replace(booking.view, status=fx.ReservationStatus.CANCELLED)
            self.events.append(
                fx.StayHappened(
                    kind=fx.StayEventKind.CANCELLED,
                    reservation=booking.view,
                    fee=command.expected_fee,
                    refund=booking.view.total - command.expected_fee if command.expected_fee.amount else None,
                )
            )
        elif isinstance(command, fx.RequestChange):
            self.events.append(self._change(command))
        elif isinstance(command, fx.RequestArrangement):
            if command.arranged.kind is not fx.ArrangementKind.REQUEST:
                self.arranged.add((command.code, command.arranged.kind))
                kind = "arrangement_refused" if self.arrangement_refused else "arranged"
                view = self.bookings[command.code].view
                self.events.append(
                    fx.StayHappened(kind=fx.StayEventKind(kind), reservation=view, arranged=command.arranged)
                )
        elif isinstance(command, fx.SendProof):
            self.proofs_left -= 1
            self.tries_left = 5
        elif isinstance(command, fx.ReleaseHold):
            self.holds.pop(command.hold_id, None)

    def _book(self, command: fx.RequestBooking) -> fx.StayHappened:
        quoted = self.quotes[command.quote_id]
        option = next(option for option in quoted.options if option.option_id == command.option_id)
        if self.booking_outcome == "unknown":
            return fx.StayHappened(kind=fx.StayEventKind.BOOKING_UNKNOWN, option_id=option.option_id)
        if self.booking_outcome == "sold_out":
            self.sold[option.room_type_id] = 99
            return fx.StayHappened(
                kind=fx.StayEventKind.BOOKING_REFUSED, option_id=option.option_id, reason=Reason.SOLD_OUT
            )
        view = self.add_booking(
            f"HT-7KQ2M{len(self.bookings)}",
            quoted.stay,
            option,
            name=command.guest_name,
            contacts=(command.guest_email, command.guest_phone),
        )
        return fx.StayHappened(kind=fx.StayEventKind.BOOKED, reservation=view, option_id=option.option_id)

    def _change(self, command: fx.RequestChange) -> fx.StayHappened:
        booking, quoted = self.bookings[command.code], self.quotes[command.quote_id]
        option = next(option for option in quoted.options if option.option_id == command.option_id)
        if self.change_outcome != "changed":
            kinds = {"unknown": fx.StayEventKind.CHANGE_UNKNOWN}
            kind = kinds.get(self.change_outcome, fx.StayEventKind.CHANGE_REFUSED)
            reason = None if self.change_outcome == "unknown" else Reason(self.change_outcome)
            return fx.StayHappened(kind=kind, reservation=booking.view, reason=reason)
        booking.view = replace(
            booking.view, stay=quoted.stay, room_name=option.name, kinds=option.kinds, total=option.total,
            room_type_id=option.room_type_id, terms=option.terms,
            rooms=tuple(replace(part, nightly=()) for part in option.parts),
        )  # fmt: skip
        return fx.StayHappened(kind=fx.StayEventKind.CHANGED, reservation=booking.view)

    def add_booking(
        self,
        code: str,
        stay: Stay,
        option: fx.QuotedOption,
        *,
        name: str = "Ana Pérez",
        contacts: tuple[str, ...] = ("ana@example.com",),
        own: bool = True,
    ) -> fx.ReservationView:
        view = fx.ReservationView(
            code=code,
            status=fx.ReservationStatus.CONFIRMED,
            stay=stay,
            room_name=option.name,
            kinds=option.kinds,
            total=option.total,
            guest_name=name,
            breakfast_included=True,
            terms=option.terms,
            room_type_id=option.room_type_id,
            extras=option.extras,
            rooms=tuple(replace(part, nightly=()) for part in option.parts),
            stay_url=f"https://rioclaro.example/stay/{code[-4:].lower()}",
        )
        self.bookings[code] = Booking(view, contacts, own)
        return view
