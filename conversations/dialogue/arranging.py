"""Early arrival, late departure, extras and special requests for a booked stay.

What costs something is said with its price and done only after an explicit yes to that question; the guest hears that
it is arranged when the PMS has it. What is not ours to decide goes to a person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Sequence
from typing import Final

from conversations.dialogue import people
from conversations.dialogue.draft import NOTE_LIMIT
from conversations.dialogue.effects import (
    Answer,
    Arranged,
    ArrangementKind,
    ArrangeProblem,
    ExtraPriced,
    FindOwnReservations,
    HandoffReason,
    HoursPriced,
    NotArrangeable,
    PriceExtra,
    PriceHours,
    Query,
    RequestArrangement,
    ReservationsFound,
    ReservationStatus,
    ReservationView,
)
from conversations.dialogue.replies import Button, Clock, Day, Steps, Value
from conversations.dialogue.state import Pending, PendingKind, Purpose
from conversations.dialogue.values import Price, Source, SourceKind, clean
from conversations.dialogue.workbench import Workbench
from conversations.understanding.text import fold_plain
from hotel_agent.common.money import Money

EXTRAS: Final = ("breakfast", "parking", "transfer", "cot", "pets")
"""Topics that are sold with a room, by the catalogue's kinds."""
KIND_OF_TOPIC: Final = {"pets": "pet"}

_EARLY: Final = re.compile(
    r"\b(?:early|earlier|temprano|antes|anticipad[ao]|antecipad[ao]|llegar|llegamos|llego|llegada|entrar|ingresar|ingreso|"
    r"entrada|check ?in|arrive|arrival|arriving|chegar|chegamos|chego|chegada|cedo)\b"
)
_LATE: Final = re.compile(
    r"\b(?:late|later|tarde|tardia|salir|salimos|salgo|salida|dejar|check ?out|leave|leaving|stay until|sair|saimos|"
    r"saio|saida|deixar|quedarme hasta|quedarnos hasta|ficar ate)\b"
)


def direction(texts: Sequence[str], view: ReservationView | None) -> ArrangementKind | None:
    """Whether another hour is meant on arrival or on departure; None when the words do not tell."""
    for text in reversed(texts):
        folded = fold_plain(text).replace("-", " ")
        early, late = len(_EARLY.findall(folded)), len(_LATE.findall(folded))
        if early != late:
            return ArrangementKind.EARLY_CHECK_IN if early > late else ArrangementKind.LATE_CHECK_OUT
    if view is not None and view.status is ReservationStatus.IN_HOUSE:
        return ArrangementKind.LATE_CHECK_OUT
    return None


def begin(turn: Workbench, intent: str) -> Steps:
    """Find the stay that is meant; without one of the guest's own, or more than one coming, people see to it."""
    answer = yield FindOwnReservations()
    found = answer.reservations if isinstance(answer, ReservationsFound) else ()
    alive = (ReservationStatus.CONFIRMED, ReservationStatus.IN_HOUSE)
    mine = [view for view in found if view.status in alive]
    code = (turn.said.entities.booking_ref or "").upper() if turn.said is not None else ""
    meant = [view for view in mine if view.code == code] if code else mine
    in_house = [view for view in meant if view.status is ReservationStatus.IN_HOUSE]
    if len(in_house) == 1 and not code:
        meant = in_house
    extra = extra_topic(turn)
    if len(meant) != 1 or (intent == "book_service" and not extra):
        yield from people.to_staff(turn, intent)
    elif intent == "early_late_request":
        yield from hours(turn, meant[0])
    elif extra:
        yield from extras(turn, meant[0], extra, intent)
    else:
        note(turn, meant[0])


def extra_topic(turn: Workbench) -> str:
    """What the guest named that hotels sell with a room, or ""."""
    topics = turn.said.entities.topic if turn.said is not None else ()
    return next((topic for topic in topics if topic in EXTRAS), "")


def for_question(turn: Workbench) -> Generator[Query, Answer, bool]:
    """What no fact answers may still be sold with the guest's own stay ("do you do transfers?"), at its price.

    False, and nothing said, without one confirmed stay or such an extra.
    """
    topic = extra_topic(turn)
    if not topic:
        return False
    found = yield FindOwnReservations()
    views = found.reservations if isinstance(found, ReservationsFound) else ()
    mine = [view for view in views if view.status in (ReservationStatus.CONFIRMED, ReservationStatus.IN_HOUSE)]
    if len(mine) != 1:
        return False
    answer = yield PriceExtra(code=mine[0].code, kind=KIND_OF_TOPIC.get(topic, topic))
    if not isinstance(answer, ExtraPriced):
        return False
    turn.paragraphs.append([])
    _offer_extra(turn, mine[0], answer)
    return True


# -- another hour ---------------------------------------------------------------------------------------------------


def hours(turn: Workbench, view: ReservationView) -> Steps:
    """Another hour on arrival or departure: free by the standard times, for the policy's fee, or not possible."""
    kind = direction(turn.said.texts if turn.said else (), view)
    if kind is None:
        yield from people.to_staff(turn, "early_late_request")
        return
    early = kind is ArrangementKind.EARLY_CHECK_IN
    asked = _time(turn)
    standard = turn.hotel.check_in_from if early else turn.hotel.check_out_until
    if asked is not None and (asked >= standard if early else asked <= standard):
        turn.rule = "arrange.standard_time"
        turn.settle()
        turn.say("arrange.arrive_any_time" if early else "arrange.leave_any_time", time=Clock(standard))
        return
    answer = yield PriceHours(code=view.code, kind=kind)
    day = Day(view.stay.check_in if early else view.stay.check_out)
    if isinstance(answer, HoursPriced) and answer.is_free:
        limit = answer.limit
        time = limit if asked is None else (max(asked, limit) if early else min(asked, limit))
        if asked is not None and time != asked:
            turn.say("arrange.not_before" if early else "arrange.not_after", time=Clock(asked))
        key = "arrange.early" if early else "arrange.late"
        _offer(turn, view, Arranged(kind=kind, amount=answer.fee, time=time), key, time=Clock(time), day=day)
    elif isinstance(answer, HoursPriced):
        turn.rule = "arrange.taken"
        turn.settle()
        turn.say("arrange.early_taken" if early else "arrange.late_taken", day=day, time=Clock(standard))
        turn.hand_over(HandoffReason.IN_STAY_REQUEST, code=view.code)
        yield from turn.promise_person()
    else:
        yield from _not_here(turn, view, answer, "early_late_request")


def _time(turn: Workbench) -> dt.time | None:
    if turn.said is None:
        return None
    entities = turn.said.entities
    return entities.time or entities.time_to or entities.time_from


def extras(turn: Workbench, view: ReservationView, topic: str, intent: str) -> Steps:
    """Something of the catalogue for the stay, with its price."""
    number = turn.said.entities.number if turn.said is not None else None
    quantity = number if number is not None and 1 <= number <= 20 else None
    answer = yield PriceExtra(code=view.code, kind=KIND_OF_TOPIC.get(topic, topic), quantity=quantity)
    if isinstance(answer, ExtraPriced):
        _offer_extra(turn, view, answer)
    elif isinstance(answer, NotArrangeable) and answer.problem is ArrangeProblem.NOT_SUPPORTED:
        if intent in ("special_request", "modify_reservation"):  # not sold here: a wish like any other
            note(turn, view)
        else:
            yield from people.to_staff(turn, intent)
    else:
        yield from _not_here(turn, view, answer, intent)


def _offer_extra(turn: Workbench, view: ReservationView, priced: ExtraPriced) -> None:
    arranged = Arranged(
        kind=ArrangementKind.EXTRA,
        amount=priced.amount,
        extra_id=priced.extra_id,
        name=priced.name,
        quantity=priced.quantity,
    )
    key = "arrange.extra" if priced.quantity == 1 else "arrange.extras"
    _offer(turn, view, arranged, key, name=priced.name, count=priced.quantity)


def note(turn: Workbench, view: ReservationView) -> None:
    """A wish goes to the desk with the stay, as the guest wrote it: asked for, never promised."""
    turn.rule = "arrange.request"
    turn.settle()
    words = clean(turn.said.words if turn.said else "", NOTE_LIMIT)
    free = Arranged(kind=ArrangementKind.REQUEST, amount=Money(view.total.amount * 0, view.total.currency))
    turn.do(RequestArrangement(code=view.code, arranged=free, words=words))
    turn.say("arrange.noted", code=view.code)


def _offer(turn: Workbench, view: ReservationView, arranged: Arranged, key: str, **values: Value) -> None:
    turn.rule = "arrange.offer"
    if arranged.amount.amount > 0:
        turn.say(key, code=view.code, price=price_of(arranged), **values)
    else:
        turn.say(f"{key}_free", code=view.code, **values)
    turn.ask("arrange.ask", "confirmation")
    turn.buttons(Button("arrange_yes:" + view.code, "button.arrange_yes"), Button("arrange_no", "button.no_thanks"))
    turn.change(arranging=arranged)
    turn.wait_for(Pending(kind=PendingKind.ARRANGE_CONFIRMATION, purpose=Purpose.SHOW, code=view.code))


def price_of(arranged: Arranged) -> Price:
    """The amount with its source: the hotel's policy, or its catalogue."""
    if arranged.kind is ArrangementKind.EXTRA:
        return Price(arranged.amount, Source(SourceKind.CATALOGUE, arranged.extra_id))
    return Price(arranged.amount, Source(SourceKind.POLICY, arranged.kind.value))


def _not_here(turn: Workbench, view: ReservationView, answer: object, intent: str) -> Steps:
    if isinstance(answer, NotArrangeable) and answer.problem is ArrangeProblem.ALREADY:
        turn.rule = "arrange.already"
        turn.settle()
        turn.say("arrange.already", code=view.code)
        return
    yield from people.to_staff(turn, intent)


# -- the explicit yes -----------------------------------------------------------------------------------------------


def accept(turn: Workbench, code: str) -> Steps:
    """The guest said yes to the price shown: ask for it."""
    pending, arranged = turn.state.pending, turn.state.arranging
    asked = pending is not None and pending.kind is PendingKind.ARRANGE_CONFIRMATION and pending.code == code
    if not asked or arranged is None:
        turn.rule = "arrange.outdated"
        turn.say("arrange.outdated")
        return
    turn.rule = "arrange.accepted"
    turn.settle()
    turn.change(arranging=None)
    turn.do(RequestArrangement(code=code, arranged=arranged))
    # The result follows as a stay event within moments.
    if turn.late:
        turn.say("arrange.in_progress")
    yield from ()


def decline(turn: Workbench) -> None:
    """The guest does not want it."""
    turn.rule = "arrange.declined"
    turn.settle()
    turn.change(arranging=None)
    turn.say("arrange.declined")


def again(turn: Workbench) -> None:
    """The open question once more."""
    pending, arranged = turn.state.pending, turn.state.arranging
    if pending is None or arranged is None:
        return
    turn.ask("arrange.ask_again", "confirmation", price=price_of(arranged))
    turn.buttons(Button("arrange_yes:" + pending.code, "button.arrange_yes"), Button("arrange_no", "button.no_thanks"))


# -- what came of it ------------------------------------------------------------------------------------------------


def told(turn: Workbench, view: ReservationView, arranged: Arranged) -> None:
    """The PMS has it: said with what it costs."""
    early = arranged.kind is ArrangementKind.EARLY_CHECK_IN
    if arranged.kind is ArrangementKind.EXTRA and arranged.name is not None:
        if arranged.quantity == 1:
            turn.say("event.arranged_one", code=view.code, name=arranged.name)
        else:
            turn.say("event.arranged_extra", code=view.code, name=arranged.name, count=arranged.quantity)
    elif arranged.time is not None:
        day = Day(view.stay.check_in if early else view.stay.check_out)
        key = "event.arranged_early" if early else "event.arranged_late"
        turn.say(key, code=view.code, day=day, time=Clock(arranged.time))
    if arranged.amount.amount > 0:
        turn.say("event.arranged_price", price=price_of(arranged))


def refused(turn: Workbench, code: str, arranged: Arranged | None) -> Steps:
    """It could not be noted: a person sees to it."""
    turn.say("event.arrangement_refused", code=code)
    what = arranged.kind.value.replace("_", " ") if arranged is not None else ""
    turn.hand_over(HandoffReason.IN_STAY_REQUEST, summary=f"{code} · {what}", code=code)
    yield from turn.promise_person()
