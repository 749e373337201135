"""The sweeper: the product's clock, and its substitute for a broker that is gone.

Every tick (≤ 200 ms) it publishes what somebody waits for, and turns that fall due before the next tick at their own
moment; every second everything that is due. Every five seconds it looks for what was lost, lets holds lapse and writes
the gauges. When nothing could be published for five seconds it does the work itself, a bounded amount at a time.
Several sweepers are harmless: every piece of work is claimed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from conversations import tasks
from conversations.models import InboundDelivery
from conversations.services import fetching, gauges, ladder, notifying, outbox, staff_tasks, trying, turns
from conversations.services.email import mailboxes, push
from hotel_agent.common import claims, clock, dispatch, heartbeats
from reservations.models import StayEvent
from reservations.services import calls, holding, inquiries, payment_deliveries, payments, refunds

log = structlog.get_logger(__name__)

TICK_S = 0.2
ROUND_S = 1.0
"""How often everything that can be due is looked for; what a guest waits for, at every tick."""
PASS_S = 5.0
REPUBLISH_S = 5.0
"""A piece of work that was published and is still due is published again after this long, then after twice as long …"""
REPUBLISH_CAP_S = 15.0
"""… up to this: the broker may have lost it, but a queue that is merely long must not be filled with repetitions."""
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
    at: dt.datetime | None = None
    """When it falls due, if that is part of its identity: due again later is other work."""

    @property
    def key(self) -> tuple[str, int, dt.datetime | None]:
        return self.name, self.row_id, self.at


@dataclass(frozen=True, slots=True)
class Published:
    """When (monotonic) work that is still due then is published again, and how long that wait is."""

    again_at: float
    wait: float


@dataclass
class Sweeper:
    """State of one sweeper process: what it published lately and since when publishing fails."""

    published: dict[tuple[str, int, dt.datetime | None], Published] = field(default_factory=dict)
    coming: list[Work] = field(default_factory=list)
    failing_since: float | None = None
    last_pass: float = 0.0
    last_round: float = 0.0

    def tick(self) -> int:
        """Publish, or do, what is due; returns how many pieces of work were handed on or done."""
        self.coming.clear()
        looks_round = time.monotonic() - self.last_round >= ROUND_S
        if looks_round:
            self.last_round = time.monotonic()
        handled = self._hand_on(due_work() if looks_round else due_now())
        if time.monotonic() - self.last_pass >= PASS_S:
            self.last_pass = time.monotonic()
            self._pass()
        return handled

    def keep_time(self, seconds: float) -> None:
        """Sleep until the next tick, handing on what falls due meanwhile at its moment."""
        until = time.monotonic() + seconds
        for work in self.coming:
            if work.at is not None:
                time.sleep(max(0.0, (work.at - clock.now()).total_seconds()))
            self._hand_on([work])
        self.coming.clear()
        time.sleep(max(0.0, until - time.monotonic()))

    def _pass(self) -> None:
        self._prune()
        holding.lapse_due_holds(limit=BATCH)
        calls.tell_people_about_dead_calls()
        payments.tell_people_about_dead_payments()
        refunds.tell_people_about_dead_refunds()
        fetching.stop_waiting()
        heartbeats.beat("sweeper")
        self._publish("conversations.heartbeat")
        mailboxes.ensure()
        if push.refresh_due():
            self._publish(push.TASK)
        gauges.refresh()

    def _hand_on(self, due: Iterable[Work]) -> int:
        handled = 0
        deadline = time.monotonic() + INLINE_BUDGET_S
        for work in due:
            if work.at is not None and work.at > clock.now():
                self.coming.append(work)
                continue
            before = self.published.get(work.key)
            if before is not None and time.monotonic() < before.again_at:
                continue
            if self._publish(work.name, work.row_id):
                wait = min(before.wait * 2, REPUBLISH_CAP_S) if before else REPUBLISH_S
                self.published[work.key] = Published(time.monotonic() + wait, wait)
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
        # Work that is still due is met again within a tick of its time; what is not, was done.
        limit = time.monotonic() - PASS_S
        self.published = {key: one for key, one in self.published.items() if one.again_at > limit}


def due_work() -> Iterable[Work]:
    """Everything due now: what somebody waits for first."""
    yield from due_now()
    yield from _due_besides()


def due_now() -> Iterable[Work]:
    """What somebody waits for, in the order they would want: hear, answer, speak, tell of a stay, look it up."""
    fresh = clock.now() - clock.seconds(GRACE_S)
    for pk in _open_deliveries(fresh):
        yield Work(tasks.take_in, "conversations.take_in", pk)
    for due_at, pk in turns.falling_due(clock.now() + dt.timedelta(seconds=TICK_S), limit=BATCH):
        yield Work(tasks.take_turn, "conversations.take_turn", pk, due_at)
    for pk in outbox.due_conversations(BATCH):
        yield Work(tasks.deliver, "conversations.deliver", pk)
    for pk in claims.due(StayEvent._base_manager.all()).order_by("id").values_list("pk", flat=True)[:BATCH]:
        yield Work(tasks.tell, "conversations.tell", pk)
    for pk in inquiries.due_inquiries(BATCH):
        yield Work(inquiries.answer, inquiries.TASK, pk)


def _due_besides() -> Iterable[Work]:
    """What workers were told of when it arose, and what has time: files, bookings, money, people, mailboxes, tries."""
    for pk in fetching.due_files(BATCH):
        yield Work(tasks.fetch_file, "conversations.fetch_file", pk)
    for pk in calls.due_calls(BATCH):
        yield Work(calls.run_call, "reservations.run_pms_call", pk)
    for pk in payment_deliveries.due_deliveries(BATCH):
        yield Work(payment_deliveries.take_delivery, "reservations.take_payment_delivery", pk)
    for pk in payments.due_payments(BATCH):
        yield Work(payments.run_payment, "reservations.run_payment", pk)
    for pk in refunds.due_refunds(BATCH):
        yield Work(refunds.run_refund, "reservations.run_refund", pk)
    for pk in ladder.due_handoffs(BATCH):
        yield Work(tasks.climb, "conversations.climb", pk)
    for pk in notifying.due_notices(BATCH):
        yield Work(tasks.notify_staff, ladder.NOTIFY_TASK, pk)
    for pk in staff_tasks.late_tasks(BATCH):
        yield Work(tasks.mind_task, "conversations.mind_task", pk)
    for pk in mailboxes.due(BATCH):
        yield Work(tasks.read_mailbox, mailboxes.TASK, pk)
    for pk in trying.due_tests(BATCH):
        yield Work(tasks.try_connection, trying.TASK, pk)


def _open_deliveries(received_before: object) -> list[int]:
    due = claims.due(InboundDelivery.objects.filter(received_at__lt=received_before))
    return list(due.order_by("not_before").values_list("pk", flat=True)[:BATCH])
