"""Stays already booked: finding and showing them, and cancelling with the fee said first. Changes are in `changing`.

A stay is shown only to its guest: the identity that booked it, or one that proved it by a one-time code sent to the
contact on the booking (`proving`). A wrong code and someone else's code get the same answer. `RequestCancellation` is
given only after the guest saw the fee and said yes to that question.
"""

from __future__ import annotations

from typing import Final

from conversations.dialogue import arranging, changing, people, proving
from conversations.dialogue.draft import party_value
from conversations.dialogue.effects import (
    CancellationCost,
    CancellationPriced,
    FindOwnReservations,
    FindReservation,
    HandoffReason,
    NotCancellable,
    PmsDown,
    ProofRefused,
    ProveReservation,
    RequestCancellation,
    ReservationFound,
    ReservationNotFound,
    ReservationsFound,
    ReservationStatus,
    ReservationView,
)
from conversations.dialogue.offers import room_of
from conversations.dialogue.replies import Button, Count, Join, Line, Moment, Phrase, Row, Span, Steps
from conversations.dialogue.state import Pending, PendingKind, Purpose, Stage
from conversations.dialogue.values import clean
from conversations.dialogue.workbench import Workbench
from integrations.pms.base import Reason

MAX_LISTED: Final = 9
CODE_LIMIT: Final = 20
UNDER_WAY: Final = (PendingKind.CANCEL_REQUESTED, PendingKind.CHANGE_REQUESTED)


def begin(turn: Workbench, purpose: Purpose) -> Steps:
    """Find the stay that is meant, then show, cancel or change it."""
    if purpose is Purpose.CHANGE:
        changing.start(turn)
    said = turn.said.entities if turn.said else None
    if said is not None and said.booking_ref:
        yield from by_code(turn, purpose, said.booking_ref.upper())
        return
    answer = yield FindOwnReservations()
    if isinstance(answer, PmsDown) or not isinstance(answer, ReservationsFound):
        yield from people.stays_down(turn, purpose)
        return
    mine = _open_ones(answer.reservations) if purpose is not Purpose.SHOW else answer.reservations
    if not mine:
        turn.rule = "stay.ask_code"
        turn.say("stay.none_found")
        turn.ask("stay.ask_code", "booking_ref")
        turn.wait_for(Pending(kind=PendingKind.CODE, purpose=purpose, words=_words(turn)))
    elif len(mine) == 1:
        yield from with_reservation(turn, purpose, mine[0])
    else:
        turn.rule = "stay.which"
        turn.ask("stay.which", "booking_ref")
        prefix = {Purpose.SHOW: "stay", Purpose.CANCEL: "stay_cancel", Purpose.CHANGE: "stay_change"}[purpose]
        turn.rows([_row(prefix, view) for view in mine[:MAX_LISTED]], "list.open_stays")
        turn.wait_for(Pending(kind=PendingKind.WHICH_RESERVATION, purpose=purpose, words=_words(turn)))


def _words(turn: Workbench) -> str:
    return turn.said.words if turn.said else ""


def _open_ones(views: tuple[ReservationView, ...]) -> tuple[ReservationView, ...]:
    alive = (ReservationStatus.PENDING, ReservationStatus.CONFIRMED, ReservationStatus.IN_HOUSE)
    return tuple(view for view in views if view.status in alive)


def _row(prefix: str, view: ReservationView) -> Row:
    return Row(
        f"{prefix}:{view.code}",
        Line("stay.row_title", {"code": view.code}),
        Line(
            "stay.row",
            {
                "stay": Span(view.stay.check_in, view.stay.check_out, short=True),
                "room": room_of(view),
            },
        ),
    )


def by_code(turn: Workbench, purpose: Purpose, code: str) -> Steps:
    """A stay by its code: the guest's own, or to be proven by a one-time code."""
    code = clean(code, CODE_LIMIT).upper()
    answer = yield FindReservation(code=code)
    if isinstance(answer, ReservationFound):
        yield from with_reservation(turn, purpose, answer.reservation)
    elif isinstance(answer, ReservationNotFound):
        yield from proving.begin(turn, purpose, code, _words(turn))
    else:
        yield from people.stays_down(turn, purpose)


def by_proof(turn: Workbench, digits: str) -> Steps:
    """The guest wrote the one-time code: when it is right the stay is theirs and what was asked for is done."""
    pending = turn.state.pending
    if pending is None:
        raise ValueError("no one-time code is waited for")
    answer = yield ProveReservation(code=pending.code, proof=digits)
    if isinstance(answer, ReservationFound):
        turn.say("stay.proven")
        turn.paragraphs.append([])
        yield from with_reservation(turn, pending.purpose, answer.reservation)
    elif isinstance(answer, ProofRefused):
        yield from proving.wrong(turn, is_over=answer.is_over)
    else:
        yield from people.stays_down(turn, pending.purpose)


def again_by_proof(turn: Workbench, code: str) -> Steps:
    """Another one-time code was asked for; on an old message, the stay is looked up from the start."""
    pending = turn.state.pending
    purpose = pending.purpose if pending is not None and pending.code == code else Purpose.SHOW
    yield from by_code(turn, purpose, code)


def with_reservation(turn: Workbench, purpose: Purpose, view: ReservationView) -> Steps:
    """The stay is known to be the guest's own: do what it was looked up for."""
    under_way = turn.state.pending
    turn.settle()
    turn.change(last_code=view.code)
    if under_way is not None and under_way.kind in UNDER_WAY and under_way.code == view.code:
        turn.wait_for(under_way)  # its result is still to come, whatever is asked meanwhile
        if purpose is Purpose.SHOW:
            show(turn, view, tappable=False)
        if under_way.kind is PendingKind.CHANGE_REQUESTED:
            changing.in_progress(turn, view.code)
        else:
            turn.rule = "stay.cancel_in_progress"
            turn.say("cancel.in_progress", code=view.code)
        return
    if purpose is Purpose.CANCEL:
        yield from price_cancellation(turn, view.code)
    elif purpose is Purpose.CHANGE and (topic := arranging.extra_topic(turn)) and not changing.has_wish(turn):
        turn.change(changing=None)  # "add breakfast to my booking"
        yield from arranging.extras(turn, view, topic, "modify_reservation")
    elif purpose is Purpose.CHANGE:
        yield from changing.begin(turn, view)
    else:
        show(turn, view)


def show(turn: Workbench, view: ReservationView, *, tappable: bool = True) -> None:
    """The stay in full, and what can be done with it."""
    turn.rule = "stay.show"
    turn.say(
        "stay.show",
        code=view.code,
        status=Phrase(f"stay.status_{view.status.value}"),
        room=room_of(view),
        stay=Span(view.stay.check_in, view.stay.check_out),
        nights=Count(view.stay.nights, "night"),
        party=party_value(view.stay),
        name=view.guest_name,
        total=view.price(view.total),
    )
    if view.extras:
        turn.say("stay.extras", extras=Join(tuple(extra.name for extra in view.extras)))
    if view.status is ReservationStatus.CONFIRMED and view.terms is not None:
        free = view.terms.free_until
        if free is not None and free > turn.at:
            turn.say("stay.free_cancellation", until=Moment(free))
    if view.stay_url:
        turn.say("stay.page", url=view.stay_url)
    if tappable and view.status in (ReservationStatus.CONFIRMED, ReservationStatus.PENDING):
        turn.buttons(
            Button(f"stay_change:{view.code}", "button.change_stay"),
            Button(f"stay_cancel:{view.code}", "button.cancel_stay"),
        )


# -- cancelling -----------------------------------------------------------------------------------------------------


def price_cancellation(turn: Workbench, code: str) -> Steps:
    """Say what cancelling costs and ask for an explicit yes."""
    answer = yield CancellationCost(code=code)
    if isinstance(answer, CancellationPriced):
        view, fee = answer.reservation, answer.fee
        turn.rule = "stay.ask_cancel"
        turn.say(
            "cancel.about",
            code=view.code,
            room=room_of(view),
            stay=Span(view.stay.check_in, view.stay.check_out),
        )
        if fee.amount == 0:
            turn.say("cancel.free")
        elif fee == view.total:
            turn.say("cancel.whole_price", fee=view.price(fee))
        else:
            turn.say("cancel.costs", fee=view.price(fee))
        if answer.refund is not None and answer.refund.amount > 0:
            turn.say("cancel.refund", refund=view.price(answer.refund))
        turn.ask("cancel.ask", "cancel_confirmation")
        turn.buttons(Button(f"cancel_yes:{code}", "button.cancel_yes"), Button(f"cancel_no:{code}", "button.keep"))
        turn.wait_for(Pending(kind=PendingKind.CANCEL_CONFIRMATION, purpose=Purpose.CANCEL, code=code, fee=fee))
    elif isinstance(answer, NotCancellable):
        yield from not_cancellable(turn, code, answer.reason)
    else:
        yield from people.stays_down(turn, Purpose.CANCEL)


def not_cancellable(turn: Workbench, code: str, reason: Reason) -> Steps:
    """It is cancelled already, or only a person can decide."""
    turn.settle()
    turn.rule = "stay.not_cancellable"
    if reason is Reason.ALREADY_CANCELLED:
        turn.say("cancel.already", code=code)
        return
    turn.say("cancel.by_staff", code=code)
    turn.hand_over(HandoffReason.CANCELLATION, code=code)
    yield from turn.promise_person()


def accept_cancellation(turn: Workbench, code: str) -> Steps:
    """The guest said yes to the fee shown: cancel at that fee. Without such a question open, it is asked first."""
    pending = turn.state.pending
    if pending is not None and pending.kind is PendingKind.CANCEL_REQUESTED and pending.code == code:
        turn.rule = "stay.cancel_in_progress"
        turn.say("cancel.in_progress", code=code)
        return
    asked = pending is not None and pending.kind is PendingKind.CANCEL_CONFIRMATION and pending.code == code
    if not asked or pending is None or pending.fee is None:
        yield from by_code(turn, Purpose.CANCEL, code)
        return
    turn.rule = "stay.cancel_request"
    turn.do(RequestCancellation(code=code, expected_fee=pending.fee))
    turn.settle()
    # As with a booking, the result follows as a stay event.
    turn.wait_for(Pending(kind=PendingKind.CANCEL_REQUESTED, purpose=Purpose.CANCEL, code=code))


def keep(turn: Workbench, code: str) -> None:
    """The guest keeps the stay."""
    code = clean(code, CODE_LIMIT)
    turn.rule = "stay.kept"
    turn.settle()
    turn.say("cancel.kept", code=code)


def in_booking(turn: Workbench) -> bool:
    """Whether an unfinished booking is on the table."""
    return turn.state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY)
