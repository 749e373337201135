"""What an order of extras costs, the same for every PMS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotel_agent.common.exceptions import BadInput
from integrations.pms.base import Extra, ExtraLine, ExtraOrder, ExtraUnit, Stay

PER_PERSON = frozenset({ExtraUnit.PERSON, ExtraUnit.PERSON_NIGHT})
PER_NIGHT = frozenset({ExtraUnit.NIGHT, ExtraUnit.PERSON_NIGHT})


def order_lines(sold: Iterable[Extra], orders: Sequence[ExtraOrder], stay: Stay) -> list[ExtraLine]:
    """Orders priced for a stay at the prices of `sold`; the same extra ordered twice is one line.

    Raises:
        BadInput: an extra is not sold, or a quantity is not between 1 and what the stay may have.
    """
    wanted: dict[str, int] = {}
    for order in orders:
        if order.quantity < 1:
            raise BadInput(f"{order.quantity} of {order.extra_id}")
        wanted[order.extra_id] = wanted.get(order.extra_id, 0) + order.quantity
    known = {extra.extra_id: extra for extra in sold}
    lines = []
    for extra_id, quantity in wanted.items():
        extra = known.get(extra_id)
        if extra is None:
            raise BadInput(f"the hotel does not sell {extra_id}")
        if extra.most is not None and quantity > extra.most:
            raise BadInput(f"at most {extra.most} of {extra_id}")
        lines.append(_line(extra, quantity, stay))
    return lines


def usual_quantity(extra: Extra, stay: Stay) -> int:
    """How many are meant when nobody says: everybody where the price is per person, else one."""
    return sum(party.size for party in stay.rooms) if extra.unit in PER_PERSON else 1


def usual_line(extra: Extra, quantity: int | None, stay: Stay) -> ExtraLine | None:
    """So many of an extra for a stay; what is usual where that is not said or is more than the stay may have."""
    for count in (quantity, usual_quantity(extra, stay), 1):
        try:
            return order_lines([extra], [ExtraOrder(extra.extra_id, count or 0)], stay)[0]
        except BadInput:
            continue
    return None


def _line(extra: Extra, quantity: int, stay: Stay) -> ExtraLine:
    nights = stay.nights if extra.unit in PER_NIGHT else 1
    return ExtraLine(extra.extra_id, extra.name, quantity, extra.price * (quantity * nights))
