"""What the clock finds due in this room. The sweeper calls it; it may run in several processes at once."""

from __future__ import annotations

from hotel_agent.common import dispatch
from reservations.services import calls, holding, ledger, pms

LIMIT = 200


def due_work(limit: int = LIMIT) -> list[tuple[str, int]]:
    """Tasks to publish now: (task name, id), oldest first. Publishing one twice is harmless."""
    return [(ledger.RUN_CALL_TASK, call_id) for call_id in calls.due_calls(limit)]


def sweep(limit: int = LIMIT, *, inline: bool = False, connect: pms.Connect = pms.connect) -> int:
    """One pass: lapse holds, hand dead calls over to people, and see that due PMS calls are made, by a worker or,
    when the broker cannot be told or `inline` is asked for, here. Returns how many things were moved on."""
    moved = holding.lapse_due_holds(limit, connect=connect)
    moved += calls.tell_people_about_dead_calls(limit)
    for task, call_id in due_work(limit):
        published = not inline and dispatch.publish(task, call_id)
        moved += 1 if published else int(calls.run_call(call_id, connect=connect))
    return moved
