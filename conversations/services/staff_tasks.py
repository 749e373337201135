"""Guests' requests: opened by the agent or a colleague, done with one tap, and told to the guest once.

A task that is late asks for a person like anything else that waits (`handoffs`), so that it climbs the same ladder.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.dialogue.effects import OpenTask, TaskKind, TeamEventKind, TeamHappened
from conversations.dialogue.values import clean
from conversations.models import Conversation, StaffTask, Turn
from conversations.services import allowance, handoffs, teamwork, templates
from hotel_agent.common import clock, dispatch, metrics
from hotel_agent.common.exceptions import BadInput
from reservations.models import Reservation
from tenants import desk_hours
from tenants.models import Tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind, State = StaffTask.Kind, StaffTask.State

MINUTES = {
    Kind.HOUSEKEEPING: 30,
    Kind.ROOM_SERVICE: 40,
    Kind.BROKEN: 30,
    Kind.LOST_FOUND: 24 * 60,
    Kind.TRANSFER: 120,
    Kind.TABLE: 60,
    Kind.SPA: 120,
}
"""How long a house usually takes, from when somebody is there; a colleague may set another time."""
USUAL_MIN = 60
URGENT_MIN = 15
ONE_MATTER_H = 12.0
"""A room number that comes later than this belongs to another request."""
MAX_WHAT = 600
LATE = "task_late"
IN_HOUSE = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE)


class NothingToDo(BadInput):
    """A task says what is to be done."""

    code = "nothing_to_do"


def open_from_turn(command: OpenTask, conversation: Conversation, turn: Turn) -> StaffTask:
    """Put what the guest asks for on the team's list, once per turn and kind; inside the turn's transaction.

    The answer to "which room?" completes the task it was asked for.
    """
    if command.adds_room:
        since = clock.now() - clock.hours(ONE_MATTER_H)
        known = (
            StaffTask.objects.filter(
                conversation=conversation, kind=command.kind.value, state__in=StaffTask.UNFINISHED, opened_at__gte=since
            )
            .order_by("-id")
            .first()
        )
        if known is not None:
            known.room = command.room_number or known.room
            if command.urgent and not known.urgent:
                known.urgent = True
                known.due_at = known.check_at = clock.now() + clock.minutes(URGENT_MIN)
            known.save(update_fields=["room", "urgent", "due_at", "check_at"])
            return known
    due = _due_at(conversation.tenant, command)
    task, _ = StaffTask.objects.get_or_create(
        tenant_id=conversation.tenant_id,
        key=f"turn:{turn.pk}:{command.kind.value}",
        defaults={
            "conversation": conversation,
            "reservation": _stay_of(conversation),
            "kind": command.kind.value,
            "room": command.room_number[:10],
            "what": command.what[:MAX_WHAT] or command.kind.value,
            "urgent": command.urgent,
            "due_at": due,
            "check_at": due,
        },
    )
    return task


def open_by_hand(
    tenant: Tenant,
    *,
    by: User,
    kind: str,
    what: str,
    token: str,
    room: str = "",
    due_at: dt.datetime | None = None,
    conversation: Conversation | None = None,
) -> StaffTask:
    """A colleague puts something on the list; the same form sent twice is one task. Inside the tenant's scope.

    Raises:
        NothingToDo: it does not say what.
    """
    what = clean(what, MAX_WHAT)
    if not what:
        raise NothingToDo("a task says what is to be done")
    usual = clock.minutes(MINUTES.get(Kind(kind), USUAL_MIN))
    due = due_at or desk_hours.staffed_from(tenant, clock.now()) + usual
    task, _ = StaffTask.objects.get_or_create(
        tenant=tenant,
        key=f"staff:{by.pk}:{token}"[:60],
        defaults={
            "conversation": conversation,
            "reservation": _stay_of(conversation) if conversation is not None else None,
            "kind": Kind(kind).value,
            "room": clean(room, 10),
            "what": what,
            "due_at": due,
            "check_at": due,
            "opened_by": by,
        },
    )
    return task


def _due_at(tenant: Tenant, command: OpenTask) -> dt.datetime:
    """The hour the guest named, on its day or the next time it comes; else the usual time of the kind."""
    now = clock.now()
    if command.at is not None and command.kind is not TaskKind.LOST_FOUND:
        local = tenant.local(now)
        named = dt.datetime.combine(command.on or local.date(), command.at, tenant.zone)
        if named <= local and command.on is None:
            named += dt.timedelta(days=1)
        if named > local:
            return named
    if command.urgent:
        return now + clock.minutes(URGENT_MIN)
    usual = clock.minutes(MINUTES.get(Kind(command.kind.value), USUAL_MIN))
    return desk_hours.staffed_from(tenant, now) + usual


def _stay_of(conversation: Conversation) -> Reservation | None:
    """The guest's stay of today, else their next one."""
    today = conversation.tenant.business_day()
    stays = Reservation.objects.filter(
        guest_key=str(conversation.guest.public_id), state__in=IN_HOUSE, check_out__gte=today
    )
    return stays.order_by("check_in", "pk").first()


# -- what a colleague does --------------------------------------------------------------------------------------------


def start(task_id: int, *, by: User) -> bool:
    """Somebody is at it; False when it is past that. Inside the tenant's scope."""
    return bool(
        StaffTask.objects.filter(pk=task_id, state=State.OPEN).update(
            state=State.IN_PROGRESS, started_at=clock.now(), assignee=by
        )
    )


def finish(task_id: int, *, by: User, outcome: str = "") -> bool:
    """It is done: the guest hears so, once, in their language. False when it had ended before. Safe to repeat.

    Args:
        outcome: "found" or "not_found" for what was lost.
    """
    return _end(task_id, by=by, state=State.DONE, outcome=outcome)


def cancel(task_id: int, *, by: User) -> bool:
    """It will not be done: the guest hears so, once. False when it had ended before. Safe to repeat."""
    return _end(task_id, by=by, state=State.CANCELLED)


def _end(task_id: int, *, by: User, state: str, outcome: str = "") -> bool:
    now = clock.now()
    with transaction.atomic():
        # The conversation first, as everywhere: a message is queued under its lock.
        conversation = (
            Conversation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("tenant", "guest", "account")
            .filter(staff_tasks__pk=task_id)
            .first()
        )
        unfinished = StaffTask.objects.select_for_update(no_key=True).filter(state__in=StaffTask.UNFINISHED)
        task = unfinished.filter(pk=task_id).first()
        if task is None:
            return False
        task.state, task.outcome, task.closed_at, task.closed_by, task.check_at = state, outcome, now, by, None
        task.save(update_fields=["state", "outcome", "closed_at", "closed_by", "check_at"])
        metrics.staff_tasks_closed.labels(task.kind, state).inc()
        if conversation is not None and _tell(task, conversation, now):
            dispatch.after_commit("conversations.deliver", conversation.pk)
    return True


def _tell(task: StaffTask, conversation: Conversation, now: dt.datetime) -> bool:
    """The closing message; none where WhatsApp would not take it."""
    if allowance.window_closed(conversation, now) and templates.choose(conversation, conversation.language) is None:
        return False
    kind = {
        (State.DONE, "found"): TeamEventKind.TASK_FOUND,
        (State.DONE, "not_found"): TeamEventKind.TASK_NOT_FOUND,
        (State.CANCELLED, ""): TeamEventKind.TASK_CANCELLED,
    }.get((State(task.state), task.outcome), TeamEventKind.TASK_DONE)
    event = TeamHappened(kind=kind, task=TaskKind(task.kind), room_number=task.room)
    return teamwork.tell(conversation, event, key=f"task:{task.pk}:closed", at=now)


# -- what the sweeper does --------------------------------------------------------------------------------------------


def late_tasks(limit: int) -> list[int]:
    """Tasks that should be done by now; across all tenants, ids only."""
    due = StaffTask._base_manager.filter(check_at__lte=clock.now())
    return list(due.order_by("check_at").values_list("pk", flat=True)[:limit])


def mind(task_id: int) -> bool:
    """A late task asks for a person, once; False when it is not late or nobody can be asked about it.

    Inside the tenant's scope. A task without a conversation stays on the list, shown as late.
    """
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("tenant", "guest")
            .filter(staff_tasks__pk=task_id)
            .first()
        )
        task = StaffTask.objects.filter(pk=task_id, check_at__lte=clock.now(), state__in=StaffTask.UNFINISHED).first()
        if task is None:
            return False
        StaffTask.objects.filter(pk=task.pk).update(check_at=None)
        if conversation is None:
            return False
        where = f" · {task.room}" if task.room else ""
        handoffs.open_handoff(
            conversation, reason=LATE, summary=f"{task.what}{where}", urgent=task.urgent, promised=False
        )
    return True
