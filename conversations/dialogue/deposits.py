"""The deposit: asked for with a link, waited for, and told what became of it.

Nothing a guest writes or sends makes a payment paid: only the event of the provider does. A photo of a transfer goes to
a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversations.dialogue.effects import (
    AbandonPayment,
    HandoffReason,
    PaymentView,
    QuotedOption,
    ReservationView,
    StayEventKind,
    StayHappened,
)
from conversations.dialogue.replies import Button, Moment, Steps
from conversations.dialogue.state import PaymentDue, Stage
from conversations.dialogue.values import Price, Source, SourceKind
from conversations.dialogue.workbench import Workbench
from hotel_agent.common.money import Money
from integrations.events import MessageType

if TYPE_CHECKING:
    from conversations.dialogue.conditions import Hearing

PHOTOS: Final = frozenset({MessageType.IMAGE, MessageType.DOCUMENT})
ABOUT_IT: Final = ("ask_payment", "check_reservation", "make_reservation", "modify_reservation")
"""While a payment is open these are about it."""


def summary(turn: Workbench, option: QuotedOption) -> None:
    """What has to be paid first, said before the guest says yes."""
    if option.deposit is None:
        return
    key = "deposit.summary_all" if option.deposit == option.total else "deposit.summary"
    turn.say(key, deposit=option.price(option.deposit))


# -- while it is open -------------------------------------------------------------------------------------------------


def due(turn: Workbench) -> PaymentDue | None:
    """The payment the guest can still make."""
    payment = turn.state.payment
    return payment if payment is not None and turn.at < payment.until else None


def is_photo(turn: Workbench, hearing: Hearing) -> bool:
    """A picture or document from a guest whose payment is open, or was a moment ago."""
    return turn.state.payment is not None and bool(hearing.said.types & PHOTOS)


def do_photo(turn: Workbench, hearing: Hearing) -> Steps:
    """Perhaps a receipt of a transfer: a person looks; it confirms nothing."""
    turn.rule = "payment.photo"
    turn.say("deposit.photo")
    words = hearing.said.words
    kinds = ", ".join(sorted(kind.value for kind in hearing.said.types & PHOTOS))
    turn.hand_over(HandoffReason.PAYMENT, summary=" · ".join(part for part in (kinds, words) if part))
    yield from turn.promise_person()
    _link(turn)


def is_dropped(turn: Workbench, hearing: Hearing) -> bool:
    """The guest cancels, by words and no code, while the payment is what is open."""
    if due(turn) is None or turn.state.stage is not Stage.BOOKING:
        return False
    primary = hearing.said.primary
    return primary is not None and primary.name == "cancel_reservation" and hearing.said.entities.booking_ref is None


def do_drop(turn: Workbench, _hearing: Hearing) -> Steps:
    """Close the link and let the room go; what came of it is told as a stay event."""
    drop(turn)
    yield from ()


def drop(turn: Workbench) -> None:
    """The same for a tap; one on an old message finds nothing to close."""
    payment = due(turn)
    turn.rule = "payment.drop"
    if payment is None:
        turn.say("deposit.nothing_open")
        return
    turn.do(AbandonPayment(reference=payment.reference))


def is_meant(turn: Workbench, hearing: Hearing) -> bool:
    """The guest asks about the payment, or for the booking that waits for it."""
    if due(turn) is None or turn.state.stage is not Stage.BOOKING or hearing.tap:
        return False
    primary = hearing.said.primary
    return primary is not None and primary.name in ABOUT_IT and hearing.said.entities.booking_ref is None


def do_remind(turn: Workbench, _hearing: Hearing) -> Steps:
    """The link again, and what happens when it is paid."""
    remind(turn)
    turn.rule = "payment.open"
    yield from ()


def remind(turn: Workbench) -> None:
    """How the booking stands: it waits for its payment, and where that is made. Said once in a turn."""
    if any(line.key == "deposit.not_seen_yet" for paragraph in turn.paragraphs for line in paragraph):
        return
    turn.paragraph("deposit.not_seen_yet")
    _link(turn)


def _link(turn: Workbench) -> None:
    payment = due(turn)
    if payment is not None:
        turn.paragraph("deposit.link_again", until=Moment(payment.until), url=payment.url)


# -- what became of it ------------------------------------------------------------------------------------------------


def narrate(turn: Workbench, event: StayHappened) -> Steps:
    """One event of a payment told."""
    if event.kind is StayEventKind.PAYMENT_REQUESTED and event.payment is not None:
        _requested(turn, event.payment)
    elif event.kind is StayEventKind.PAYMENT_DELAYED:
        turn.degraded = "payments"
        turn.say("deposit.delayed")
    elif event.kind is StayEventKind.PAYMENT_EXPIRED:
        _over(turn, event, "deposit.dropped" if event.payment_reason == "payment_dropped" else "deposit.expired")
    elif event.kind is StayEventKind.PAYMENT_FAILED:
        turn.degraded = "payments"
        _over(turn, event, "deposit.room_gone" if event.payment_reason == "hold_expired" else "deposit.failed")
        if event.payment_reason != "hold_expired":
            turn.hand_over(HandoffReason.PAYMENT, code=event.reservation.code if event.reservation else "")
            yield from turn.promise_person()
    elif event.kind is StayEventKind.PAYMENT_REFUNDED and event.refund is not None:
        turn.change(payment=None)
        turn.say("deposit.too_late", refund=price(event, event.refund))
        yield from turn.promise_person()


def _requested(turn: Workbench, payment: PaymentView) -> None:
    turn.change(
        payment=PaymentDue(reference=payment.reference, url=payment.url, until=payment.until),
        expected_slot=None,
        asked="",
    )
    turn.say("deposit.requested", deposit=payment.price(payment.amount), until=Moment(payment.until))
    turn.paragraph("deposit.link", url=payment.url)
    turn.paragraph("deposit.kept")
    if payment.rest is not None and payment.rest.amount > 0:
        turn.say("deposit.rest", rest=payment.price(payment.rest))
    turn.buttons(Button("pay_drop", "button.no_thanks"))


def _over(turn: Workbench, event: StayHappened, key: str) -> None:
    """The room went back unpaid: nothing was charged, and looking again is one tap away."""
    if turn.state.stage is Stage.BOOKING:
        turn.change(stage=Stage.COLLECTING, hold=None, chosen=turn.state.requested, requested=None)
    turn.change(payment=None, expected_slot=None)
    turn.say(key)
    if key != "deposit.dropped":
        turn.buttons(Button("requote", "button.look_again"), Button("person", "button.person"))


def received(turn: Workbench, view: ReservationView) -> None:
    """In a confirmation: what was paid and what is left for the desk."""
    turn.change(payment=None)
    if view.paid is None:
        return
    rest = view.total - view.paid
    if rest.amount > 0:
        turn.paragraph("deposit.received", deposit=view.price(view.paid), rest=view.price(rest))
    else:
        turn.paragraph("deposit.received_all", deposit=view.price(view.paid))


def goes_back(turn: Workbench, event: StayHappened) -> bool:
    """In a refusal: what was paid goes back in whole. False when nothing was paid."""
    turn.change(payment=None)
    if event.refund is None:
        return False
    turn.paragraph("deposit.goes_back", refund=price(event, event.refund))
    turn.paragraphs.append([])
    return True


def price(event: StayHappened, money: Money) -> Price:
    """An amount of the event's payment, with its source."""
    code = event.reservation.code if event.reservation else ""
    reference = event.payment.reference if event.payment else code
    return Price(money, Source(SourceKind.PAYMENT, reference))
