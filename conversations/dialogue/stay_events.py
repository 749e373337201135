"""Telling the guest what happened to a stay: confirmed, refused, uncertain, settled late, changed, cancelled, lapsed.

These are transactional messages: they go out also when a person owns the conversation. A confirmation is said only for
a reservation the PMS has (promise 5); uncertainty is said as uncertainty.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from conversations.dialogue import arranging, deposits, offers, reminders
from conversations.dialogue.draft import assumed, for_staff, stay_of
from conversations.dialogue.effects import HandoffReason, ReservationView, StayEventKind, StayHappened
from conversations.dialogue.hotel import Caller, HotelProfile
from conversations.dialogue.replies import Button, Clock, Span, Steps, Turn
from conversations.dialogue.state import DialogueState, Draft, PendingKind, Stage
from conversations.dialogue.workbench import Workbench
from integrations.pms.base import Reason

SEARCH_AGAIN: Final = frozenset(
    {Reason.SOLD_OUT, Reason.CLOSED, Reason.HOLD_EXPIRED, Reason.PRICE_CHANGED, Reason.UNKNOWN_ROOM_TYPE}
)
"""Refusals after which looking again gives the guest something to choose."""


PAYMENT_KINDS: Final = frozenset(
    {
        StayEventKind.PAYMENT_REQUESTED,
        StayEventKind.PAYMENT_DELAYED,
        StayEventKind.PAYMENT_FAILED,
        StayEventKind.PAYMENT_EXPIRED,
        StayEventKind.PAYMENT_REFUNDED,
    }
)


def narrate(
    state: DialogueState, event: StayHappened, hotel: HotelProfile, at: dt.datetime, caller: Caller | None = None
) -> Turn:
    """One stay event told, or no reply when the guest already knows. Yields queries like `respond`."""
    turn = Workbench(state=state, hotel=hotel, caller=caller or Caller(), at=at)
    turn.rule = f"event.{event.kind.value}"
    if event.kind in (StayEventKind.BOOKED, StayEventKind.BOOKED_LATE) and event.reservation is not None:
        _booked(turn, event.reservation, late=event.kind is StayEventKind.BOOKED_LATE)
    elif event.kind is StayEventKind.BOOKING_REFUSED:
        yield from _refused(turn, event)
    elif event.kind is StayEventKind.BOOKING_UNKNOWN:
        turn.degraded = "pms"
        yield from _unknown(turn, event)
    elif event.kind is StayEventKind.BOOKING_RELEASED:
        _released(turn, event)
    elif event.kind is StayEventKind.REMINDER:
        reminders.narrate(turn, event)
    elif event.kind in PAYMENT_KINDS:
        yield from deposits.narrate(turn, event)
    elif event.kind is StayEventKind.HOLD_LAPSED:
        _hold_lapsed(turn, event)
    elif event.kind is StayEventKind.CANCELLED and event.reservation is not None:
        _cancelled(turn, event, event.reservation)
    elif event.kind is StayEventKind.CANCELLATION_UNKNOWN:
        turn.degraded = "pms"
        yield from _waiting(turn, event, "event.cancellation_unknown", "event.cancellation_waiting")
    elif event.kind is StayEventKind.CANCELLATION_REFUSED:
        yield from _cancellation_refused(turn, event)
    elif event.kind is StayEventKind.CHANGED and event.reservation is not None:
        yield from _changed(turn, event.reservation)
    elif event.kind is StayEventKind.CHANGE_UNKNOWN:
        turn.degraded = "pms"
        yield from _waiting(turn, event, "event.change_unknown", "event.change_waiting")
    elif event.kind is StayEventKind.CHANGE_REFUSED:
        yield from _change_refused(turn, event)
    elif event.kind is StayEventKind.ARRANGED and event.reservation is not None and event.arranged is not None:
        arranging.told(turn, event.reservation, event.arranged)
    elif event.kind is StayEventKind.ARRANGEMENT_REFUSED:
        yield from arranging.refused(
            turn, event.reservation.code if event.reservation else turn.state.last_code, event.arranged
        )
    return turn.decision(transactional=True)


def _after_request(turn: Workbench) -> None:
    """The request is over; the guest's name and contact stay for next time."""
    kept = turn.state.draft
    turn.change(
        stage=Stage.IDLE,
        draft=Draft(name=kept.name, email=kept.email, phone=kept.phone, no_email=kept.no_email),
        offers=(),
        chosen=None,
        proposed=None,
        hold=None,
        expected_slot=None,
        asked="",
    )


def _booked(turn: Workbench, view: ReservationView, *, late: bool) -> None:
    if turn.state.stage is Stage.BOOKING:
        _after_request(turn)
    turn.change(last_code=view.code)
    turn.say("event.booked_late" if late else "event.booked", code=view.code)
    turn.paragraph(
        "event.booked_stay",
        stay=Span(view.stay.check_in, view.stay.check_out),
        room=offers.room_of(view),
        total=view.price(view.total),
    )
    deposits.received(turn, view)
    turn.say("event.check_in", time=Clock(turn.hotel.check_in_from))
    if view.stay_url:
        turn.paragraph("event.page", url=view.stay_url)
    turn.paragraph("event.write_here")


def _refused(turn: Workbench, event: StayHappened) -> Steps:
    reason = event.reason or Reason.OTHER
    found = turn.state.option(event.option_id)
    turn.change(hold=None)
    stay = stay_of(assumed(turn.state.draft))
    if reason is Reason.BAD_GUEST_DATA and found is not None:
        turn.draft(name="", email="")
        turn.change(stage=Stage.DETAILS, chosen=event.option_id)
        turn.say("event.refused_guest_data")
        turn.ask("details.ask_both", "name_and_email")
        return
    if reason in SEARCH_AGAIN and stay is not None:
        key = {
            Reason.SOLD_OUT: "event.refused_sold_out",
            Reason.PRICE_CHANGED: "event.refused_price",
        }.get(reason, "event.refused_not_free")
        turn.say(key)
        turn.paragraphs.append([])
        deposits.goes_back(turn, event)
        turn.change(stage=Stage.OFFERED, chosen=None, requested=None)
        yield from offers.quote(turn, lead="offers.still_free")
        turn.rule = "event.booking_refused"
        return
    turn.change(stage=Stage.COLLECTING, chosen=None, requested=None, expected_slot=None)
    if event.refund is not None:
        turn.say("deposit.released")
        deposits.goes_back(turn, event)
    else:
        turn.say("event.refused_other")
    turn.hand_over(HandoffReason.BOOKING_FAILED, summary=f"{reason.value} · {for_staff(turn.state.draft)}")
    yield from turn.promise_person()


def _unknown(turn: Workbench, event: StayHappened) -> Steps:
    """Uncertain; what was paid is named, and that it comes back if need be."""
    paid = event.reservation.paid if event.reservation is not None else None
    if event.reservation is not None and paid is not None:
        turn.say("deposit.unknown", deposit=event.reservation.price(paid))
    else:
        yield from _waiting(turn, event, "event.booking_unknown", "event.booking_waiting")


def _waiting(turn: Workbench, event: StayHappened, asked: str, not_asked: str) -> Steps:
    """Asked and not answered yet; or, while the PMS does not answer at all, not even asked: then nobody knows for how
    long, and a person is told."""
    if event.reason is not Reason.PMS_DOWN:
        turn.say(asked)
        return
    turn.say(not_asked)
    code = event.reservation.code if event.reservation else ""
    turn.hand_over(HandoffReason.PMS_DOWN, summary=for_staff(turn.state.draft), code=code)
    yield from turn.promise_person()


def _released(turn: Workbench, event: StayHappened) -> None:
    """Uncertain before, certainly not booked now."""
    turn.change(stage=Stage.COLLECTING, hold=None, chosen=turn.state.requested, requested=None)
    if event.refund is not None:
        turn.say("deposit.released")
        deposits.goes_back(turn, event)
        turn.ask("deposit.look_again", None)
    else:
        turn.ask("event.released", None)
    turn.buttons(Button("requote", "button.look_again"), Button("person", "button.person"))


def _hold_lapsed(turn: Workbench, event: StayHappened) -> None:
    hold = turn.state.hold
    if hold is None or hold.hold_id != event.hold_id or turn.state.stage is Stage.BOOKING:
        return  # the guest moved on or the booking took it over
    found = turn.state.option(hold.option_id)
    turn.change(hold=None, stage=Stage.COLLECTING, chosen=hold.option_id, expected_slot=None)
    if found is None:
        turn.ask("event.hold_lapsed", None)
    else:
        quoted, option = found
        turn.ask(
            "event.hold_lapsed_room",
            None,
            room=offers.room_name(option, quoted.stay),
            stay=Span(quoted.stay.check_in, quoted.stay.check_out),
        )
    turn.buttons(Button("requote", "button.look_again"), Button("drop", "button.no_thanks"))


def _cancelled(turn: Workbench, event: StayHappened, view: ReservationView) -> None:
    _close_cancellation(turn)
    turn.say("event.cancelled", code=view.code, stay=Span(view.stay.check_in, view.stay.check_out))
    if event.fee is not None and event.fee.amount > 0:
        turn.say("event.cancelled_fee", fee=view.price(event.fee))
    else:
        turn.say("event.cancelled_free")
    if event.refund is not None and event.refund.amount > 0:
        turn.say("event.cancelled_refund", refund=view.price(event.refund))


def _cancellation_refused(turn: Workbench, event: StayHappened) -> Steps:
    _close_cancellation(turn)
    code = event.reservation.code if event.reservation else turn.state.last_code
    if event.reason is Reason.ALREADY_CANCELLED:
        turn.say("cancel.already", code=code)
        return
    if event.reason is Reason.FEE_CHANGED and event.fee is not None and event.reservation is not None:
        turn.ask("event.cancel_fee_changed", None, code=code, fee=event.reservation.price(event.fee))
        turn.buttons(Button(f"stay_cancel:{code}", "button.cancel_stay"), Button(f"cancel_no:{code}", "button.keep"))
        return
    turn.say("event.cancellation_refused", code=code)
    turn.hand_over(HandoffReason.CANCELLATION, code=code)
    yield from turn.promise_person()


def _close_cancellation(turn: Workbench) -> None:
    pending = turn.state.pending
    if pending is not None and pending.kind is PendingKind.CANCEL_REQUESTED:
        turn.change(pending=None, expected_slot=None)


def _changed(turn: Workbench, view: ReservationView) -> Steps:
    """Done, with what is still to pay where a deposit came; what was paid too much a person gives back."""
    _close_change(turn)
    turn.change(last_code=view.code)
    turn.say("event.changed", code=view.code)
    turn.paragraph(
        "event.booked_stay",
        stay=Span(view.stay.check_in, view.stay.check_out),
        room=offers.room_of(view),
        total=view.price(view.total),
    )
    paid = view.paid
    if paid is not None and paid.amount > view.total.amount:
        over = paid - view.total
        turn.paragraph("event.changed_over", paid=view.price(paid), over=view.price(over))
        turn.hand_over(HandoffReason.PAYMENT, summary=f"{view.code}: {over.currency} {over.amount}", code=view.code)
        yield from turn.promise_person()
    elif paid is not None and paid.amount < view.total.amount:
        turn.paragraph("event.changed_rest", paid=view.price(paid), rest=view.price(view.total - paid))
    if view.stay_url:
        turn.paragraph("event.page", url=view.stay_url)


def _change_refused(turn: Workbench, event: StayHappened) -> Steps:
    """The stay is as it was: looking again where that helps, else a person."""
    _close_change(turn)
    code = event.reservation.code if event.reservation else turn.state.last_code
    if event.reason in SEARCH_AGAIN:
        key = {Reason.SOLD_OUT: "event.change_sold_out", Reason.PRICE_CHANGED: "event.change_price"}
        turn.ask(key.get(event.reason, "event.change_not_free"), None, code=code)
        turn.buttons(
            Button(f"stay_change:{code}", "button.other_change"),
            Button("person", "button.person"),
            Button(f"change_no:{code}", "button.as_is"),
        )
        return
    if event.reason is Reason.ALREADY_CANCELLED:
        turn.say("cancel.already", code=code)
        return
    turn.say("event.change_refused", code=code)
    turn.hand_over(HandoffReason.MODIFICATION, code=code)
    yield from turn.promise_person()


def _close_change(turn: Workbench) -> None:
    pending = turn.state.pending
    if pending is not None and pending.kind is PendingKind.CHANGE_REQUESTED:
        turn.change(pending=None, expected_slot=None)
    turn.change(changing=None)
