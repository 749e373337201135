"""Early arrival, late departure, extras and wishes: the dialogue's questions and its command about them."""

from __future__ import annotations

from conversations.dialogue import effects
from conversations.dialogue.values import Localised
from conversations.models import Conversation, Turn
from conversations.services.profile import hotel_profile
from conversations.services.views import Catalogue, reservation_by_code
from conversations.wording import desk
from integrations.pms.base import Reason
from reservations.models import StayEvent
from reservations.services import arranging


def price_hours(catalogue: Catalogue, query: effects.PriceHours) -> effects.Answer:
    """Whether an early arrival or late departure is possible, and for how much. No transaction may be open."""
    found = reservation_by_code(catalogue.tenant, query.code)
    if found is None:
        return effects.NotArrangeable(effects.ArrangeProblem.NOT_BOOKED)
    answer = arranging.hours(tenant=catalogue.tenant, reservation=found, kind=query.kind.value)
    if isinstance(answer, arranging.ArrangeRefused):
        return effects.NotArrangeable(effects.ArrangeProblem(answer.problem.value))
    return effects.HoursPriced(
        reservation=catalogue.reservation(found), is_free=answer.is_free, limit=answer.limit, fee=answer.fee
    )


def price_extra(catalogue: Catalogue, query: effects.PriceExtra) -> effects.Answer:
    """The hotel's extra of a kind with its price for the stay. No transaction may be open."""
    found = reservation_by_code(catalogue.tenant, query.code)
    if found is None:
        return effects.NotArrangeable(effects.ArrangeProblem.NOT_BOOKED)
    answer = arranging.price_extra(tenant=catalogue.tenant, reservation=found, kind=query.kind, quantity=query.quantity)
    if isinstance(answer, arranging.ArrangeRefused):
        return effects.NotArrangeable(effects.ArrangeProblem(answer.problem.value))
    extra = answer.extra
    return effects.ExtraPriced(
        reservation=catalogue.reservation(found),
        extra_id=extra.code,
        name=Localised(extra.name_es, extra.name_en, extra.name_pt),
        quantity=answer.quantity,
        amount=answer.amount,
    )


def request(command: effects.RequestArrangement, conversation: Conversation, turn: Turn) -> None:
    """Write down what the guest accepted, inside the turn's transaction; what cannot be comes back as an event."""
    reservation = reservation_by_code(conversation.tenant, command.code)
    if reservation is None:
        return
    arranged = command.arranged
    asked = arranging.request_arrangement(
        tenant=conversation.tenant,
        reservation=reservation,
        kind=arranged.kind.value,
        amount=arranged.amount,
        text=desk.note(arranged, command.words, hotel_profile(conversation.tenant)),
        conversation_key=conversation.public_id,
        at_time=arranged.time,
        extra_code=arranged.extra_id,
        quantity=arranged.quantity,
    )
    refused = isinstance(asked, arranging.ArrangeRefused)
    if refused and asked != arranging.ArrangeRefused(arranging.ArrangeProblem.ALREADY):
        StayEvent.objects.create(
            tenant_id=conversation.tenant_id,
            kind=StayEvent.Kind.ARRANGEMENT_REFUSED,
            key=f"not_asked:{turn.pk}",
            conversation_key=conversation.public_id,
            reservation=reservation,
            payload={"reason": Reason.NOT_CHANGEABLE.value},
        )
