"""What follows while a guest waits for a person: notices to staff, a word to the guest, the agent's return.

The sweeper brings each handoff here when its `check_at` has come. Everything happens under the conversation's lock, and
every notice and word is a row with a unique key: two sweepers, or a worker that dies in between, change nothing.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from conversations.dialogue.effects import TeamEventKind, TeamHappened
from conversations.models import Conversation, Escalation, EscalationStep, Handoff, Message, OutboundMessage
from conversations.services import allowance, handoffs, ownership, teamwork, templates
from hotel_agent.common import clock, dispatch, metrics
from hotel_agent.common.claims import WorkState
from tenants import desk_hours
from tenants.models import Role, Tenant
from tenants.selectors import ConfigurationCache

log = structlog.get_logger(__name__)

NOTIFY_TASK = "conversations.notify_staff"
BUSY_RETRY_S = 1.0
AGAIN = "again"
"""Key of the notice that goes with telling the guest that it takes longer."""
ANSWERS = (Role.OWNER.value, Role.MANAGER.value, Role.RECEPTION.value)
MOST_PEOPLE = 20
"""Addresses of one notice to the team."""

Way = EscalationStep.Way
_steps: ConfigurationCache[list[EscalationStep]] = ConfigurationCache()


def steps_of(tenant: Tenant) -> list[EscalationStep]:
    """The hotel's ladder, lowest rung first. Cached for a few seconds."""
    return _steps.get(
        str(tenant.pk),
        lambda: list(EscalationStep._base_manager.filter(tenant=tenant, is_active=True).order_by("after_min", "id")),
    )


def due_handoffs(limit: int) -> list[int]:
    """Handoffs about which something is to be done now; across all tenants, ids only."""
    due = Handoff._base_manager.filter(check_at__lte=clock.now())
    return list(due.order_by("check_at").values_list("pk", flat=True)[:limit])


def climb(handoff_id: int) -> int | None:
    """Do what is due about a handoff and note when to look again; the conversation's id when a message may go out.

    Inside the tenant's scope. Safe to call at any time by any number of workers.
    """
    with transaction.atomic():
        conversation = _lock_of(handoff_id)
        if conversation is None:
            return None
        now = clock.now()
        handoff = Handoff.objects.filter(pk=handoff_id, check_at__lte=now).first()
        if handoff is None:
            return None
        handoff.conversation = conversation
        if conversation.lease_until is not None and conversation.lease_until > now:
            _look_again(handoff, [now + clock.seconds(BUSY_RETRY_S)])  # it says something after the turn, not during it
            return None
        moments: list[dt.datetime] = []
        unseen = handoff.state == Handoff.State.OPEN and handoff.acknowledged_at is None
        if unseen:
            moments += _raise_rungs(handoff, now)
        spoke, later = _keep_word(handoff, now)
        moments += later
        if unseen:
            moments += _raise_alarms(handoff, now)
        if handoff.state == Handoff.State.TAKEN:
            came_back, later = _bring_agent_back(handoff, now)
            spoke = spoke or came_back
            moments += later
        _look_again(handoff, moments)
    return conversation.pk if spoke else None


def _lock_of(handoff_id: int) -> Conversation | None:
    """The handoff's conversation, locked; None when somebody else is at it: it stays due."""
    return (
        Conversation.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("tenant", "guest", "account")
        .filter(handoffs__pk=handoff_id)
        .first()
    )


def _look_again(handoff: Handoff, moments: list[dt.datetime]) -> None:
    # What closed meanwhile (the agent came back) needs no further look.
    Handoff.objects.filter(pk=handoff.pk).exclude(state=Handoff.State.CLOSED).update(
        check_at=min(moments, default=None), told_again_at=handoff.told_again_at
    )


# -- the rungs --------------------------------------------------------------------------------------------------------


def _raise_rungs(handoff: Handoff, now: dt.datetime) -> list[dt.datetime]:
    """Write the notices whose time has come; returns when the next ones' does."""
    tenant = handoff.conversation.tenant
    begins = handoff.opened_at if handoff.urgent else desk_hours.staffed_from(tenant, handoff.opened_at)
    later: list[dt.datetime] = []
    for step in steps_of(tenant):
        if step.only_urgent and not handoff.urgent:
            continue
        moment = _within_hours(tenant, step, begins + clock.minutes(step.after_min))
        if moment is None:
            continue
        if moment > now:
            later.append(moment)
        else:
            _notify(handoff, key=f"step:{step.pk}", way=step.way, target=step.target, step=step)
    return later


def _within_hours(tenant: Tenant, step: EscalationStep, moment: dt.datetime) -> dt.datetime | None:
    """The first moment from then on at which the rung's hours hold; None when there is none."""
    match step.hours:
        case EscalationStep.Hours.OPEN:
            return desk_hours.staffed_from(tenant, moment)
        case EscalationStep.Hours.CLOSED:
            return desk_hours.unstaffed_from(tenant, moment)
    return moment


def _notify(handoff: Handoff, *, key: str, way: str, target: str = "", step: EscalationStep | None = None) -> None:
    """One notice per address, once ever. Where there is nobody to tell, the row says so and becomes an alarm."""
    addresses = _addresses(handoff, way, target)
    rows = [
        Escalation(
            tenant_id=handoff.tenant_id,
            handoff=handoff,
            step=step,
            key=key,
            way=way,
            target=address,
            state=WorkState.WAITING if address else WorkState.ORPHAN,
            last_error="" if address else "nobody to tell: no address is known",
            created_at=clock.now(),
        )
        for address in addresses or [""]
    ]
    Escalation.objects.bulk_create(rows, ignore_conflicts=True)
    waiting = Escalation.objects.filter(handoff=handoff, key=key, state=WorkState.WAITING)
    for pk in waiting.values_list("pk", flat=True):
        dispatch.after_commit(NOTIFY_TASK, pk)


def _addresses(handoff: Handoff, way: str, target: str) -> list[str]:
    if way == Way.ASSIGNEE:
        person = handoff.assignee or handoff.conversation.assignee
        return [person.email] if person is not None and person.email else []
    if way == Way.TEAM:
        people = get_user_model().objects.filter(
            memberships__tenant_id=handoff.tenant_id, memberships__role__in=ANSWERS, is_active=True
        )
        return list(people.exclude(email="").order_by("pk").values_list("email", flat=True).distinct()[:MOST_PEOPLE])
    return [target] if target else []


def _raise_alarms(handoff: Handoff, now: dt.datetime) -> list[dt.datetime]:
    """Notices that reached nobody, or that nobody reacted to in time, become alarms, each once."""
    patience = clock.minutes(handoffs.policy_of(handoff.conversation.tenant).acknowledge_within_min)
    later: list[dt.datetime] = []
    for notice in Escalation.objects.filter(
        handoff=handoff, acknowledged_at__isnull=True, alarmed_at__isnull=True
    ).order_by("pk"):
        until = (notice.sent_at or notice.created_at) + patience
        why = ""
        if notice.state in {WorkState.DEAD, WorkState.ORPHAN}:
            why = "not_delivered"
        elif until <= now:
            why = "unanswered" if notice.state == WorkState.DONE else "not_delivered"
        if not why:
            later.append(until)
            continue
        Escalation.objects.filter(pk=notice.pk).update(alarmed_at=now, alarm=why)
        metrics.handoff_alarms.labels(why).inc()
        log.error("handoff_alarm", handoff_id=handoff.pk, notice_id=notice.pk, way=notice.way, reason=why)
    return later


# -- the guest --------------------------------------------------------------------------------------------------------


def _keep_word(handoff: Handoff, now: dt.datetime) -> tuple[bool, list[dt.datetime]]:
    """Tell the guest that it takes longer than they were told, and tell staff again; once per handoff.

    Whoever has written to the guest since has kept the hotel's word. Several promises of one conversation that have
    passed are one message.
    """
    if not handoff.promised or handoff.told_again_at is not None or handoff.due_at is None:
        return False, []
    if handoff.state == Handoff.State.CLOSED:
        return False, []
    if handoff.due_at > now:
        return False, [handoff.due_at]
    conversation = handoff.conversation
    if _staff_wrote_since(conversation, handoff.opened_at):
        return False, []
    _notify(handoff, key=AGAIN, way=Way.TEAM)
    overdue = conversation.handoffs.filter(promised=True, told_again_at__isnull=True, due_at__lte=now)
    overdue.exclude(state=Handoff.State.CLOSED).update(told_again_at=now)
    handoff.told_again_at = now
    taken = handoff.state == Handoff.State.TAKEN
    if allowance.window_closed(conversation, now) and (
        not taken or templates.choose(conversation, conversation.language) is None
    ):
        return False, []  # it could not reach them
    kind = TeamEventKind.STILL_WITH_PERSON if taken else TeamEventKind.STILL_WAITING
    teamwork.tell(conversation, TeamHappened(kind=kind), key=f"handoff:{handoff.pk}:late", at=now)
    return True, []


def _staff_wrote_since(conversation: Conversation, since: dt.datetime) -> bool:
    return _by_staff(conversation).filter(created_at__gte=since).exists()


def _by_staff(conversation: Conversation) -> QuerySet[OutboundMessage]:
    return conversation.outbound.filter(purpose=OutboundMessage.Purpose.STAFF)


def _bring_agent_back(handoff: Handoff, now: dt.datetime) -> tuple[bool, list[dt.datetime]]:
    """Staff who took a conversation and were silent for hours lose it to the agent; the guest hears it when they wait.

    A paused conversation waits for whoever paused it.
    """
    conversation = handoff.conversation
    hours = handoffs.policy_of(conversation.tenant).return_after_hours
    if not hours or conversation.owner != Conversation.Owner.HUMAN:
        return False, []
    last = _by_staff(conversation).order_by("-created_at").values_list("created_at", flat=True).first()
    silent_since = max(filter(None, (last, handoff.taken_at, handoff.opened_at)))
    until = silent_since + clock.hours(hours)
    if until > now:
        return False, [until]
    unread = conversation.messages.filter(
        state=Message.State.FOR_STAFF, received_at__gt=last or handoff.opened_at
    ).exists()
    waits = unread or (handoff.promised and last is None)
    ownership.hand_back(conversation.pk, why=ownership.STAFF_SILENT)
    conversation.refresh_from_db(fields=["owner", "epoch"])
    log.info("agent_came_back", conversation_id=conversation.pk, handoff_id=handoff.pk)
    if not waits or allowance.window_closed(conversation, now):
        return False, []
    teamwork.tell(conversation, TeamHappened(kind=TeamEventKind.AGENT_AGAIN), key=f"handoff:{handoff.pk}:back", at=now)
    return True, []
