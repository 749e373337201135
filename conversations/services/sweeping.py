"""The sweeper: the product's clock, and its substitute for a broker that is gone.

Every tick (≤ 200 ms) it publishes what is due. Every five seconds it looks for what was lost, lets holds lapse and
writes the gauges. When nothing could be published for five seconds it does the work itself, a bounded amount at a
time. Several sweepers are harmless: every piece of work is claimed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from conversations import tasks
from conversations.models import InboundDelivery
from conversations.services import fetching, gauges, outbox, turns
from hotel_agent.common import claims, clock, dispatch, heartbeats
from reservations.models import StayEvent
from reservations.services import calls, holding

log = structlog.get_logger(__name__)

TICK_S = 0.2
PASS_S = 5.0
REPUBLISH_S = 5.0
"""A piece of work that was published and is still due is published again after this long."""
INLINE_AFTER_S = 5.0
INLINE_BUDGET_S = 2.0
GRACE_S = 2.0
"""A fresh delivery was published by the webhook itself; leave it this long before publishing it again."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Work:
    """One due row: the task that does it."""

    task: Callable[[int], object]
    name: str
    row_id: int


@dataclass
class Sweeper:
    """State of one sweeper process: what it published lately and since when publishing fails."""

    published: dict[tuple[str, int], float] = field(default_factory=dict)
    failing_since: float | None = None
    last_pass: float = 0.0

    def tick(self) -> int:
        """Publish, or do, what is due; returns how many pieces of work were handed on or done."""
        handled = self._hand_on(due_work())
        if time.monotonic() - self.last_pass >= PASS_S:
            self.last_pass = time.monotonic()
            self._pass()
        return handled

    def _pass(self) -> None:
        self._prune()
        holding.lapse_due_holds(limit=BATCH)
        calls.tell_people_about_dead_calls()
        fetching.stop_waiting()
        heartbeats.beat("sweeper")
        self._publish("conversations.heartbeat")
        gauges.refresh()

    def _hand_on(self, due: Iterable[Work]) -> int:
        handled = 0
        deadline = time.monotonic() + INLINE_BUDGET_S
        for work in due:
            key = (work.name, work.row_id)
            if self.published.get(key, 0.0) > time.monotonic() - REPUBLISH_S:
                continue
            if self._publish(work.name, work.row_id):
                self.published[key] = time.monotonic()
                handled += 1
            elif self._must_work():
                work.task(work.row_id)
                handled += 1
                if time.monotonic() > deadline:
                    break
        return handled

    def _publish(self, name: str, *args: int) -> bool:
        if dispatch.publish(name, *args):
            self.failing_since = None
            return True
        self.failing_since = self.failing_since or time.monotonic()
        return False

    def _must_work(self) -> bool:
        return self.failing_since is not None and time.monotonic() - self.failing_since >= INLINE_AFTER_S

    def _prune(self) -> None:
        limit = time.monotonic() - REPUBLISH_S
        self.published = {key: at for key, at in self.published.items() if at > limit}


def due_work() -> Iterable[Work]:
    """Everything due now in the order a guest would want: hear, answer, speak, book, tell."""
    fresh = clock.now() - clock.seconds(GRACE_S)
    for pk in _open_deliveries(fresh):
        yield Work(tasks.take_in, "conversations.take_in", pk)
    for pk in turns.due_conversations(BATCH):
        yield Work(tasks.take_turn, "conversations.take_turn", pk)
    for pk in outbox.due_conversations(BATCH):
        yield Work(tasks.deliver, "conversations.deliver", pk)
    for pk in fetching.due_files(BATCH):
        yield Work(tasks.fetch_file, "conversations.fetch_file", pk)
    for pk in calls.due_calls(BATCH):
        yield Work(calls.run_call, "reservations.run_pms_call", pk)
    for pk in claims.due(StayEvent._base_manager.all()).order_by("id").values_list("pk", flat=True)[:BATCH]:
        yield Work(tasks.tell, "conversations.tell", pk)


def _open_deliveries(received_before: object) -> list[int]:
    due = claims.due(InboundDelivery.objects.filter(received_at__lt=received_before))
    return list(due.order_by("not_before").values_list("pk", flat=True)[:BATCH])
