"""Telling staff: one claimed notice, one call outside, and what came of it. No transaction is open during a call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.urls import reverse

from conversations.models import Escalation, EscalationStep, Handoff
from conversations.services import handoffs, notice_text, templates
from conversations.services.channels import whatsapp
from conversations.services.email import mailboxes
from hotel_agent.common import claims, clock, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import (
    DependencyDown,
    LostClaim,
    Misconfigured,
    Permanent,
    UnknownOutcome,
)
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.email.client import EmailClient
from integrations.channels.email.letter import Letter, Thread
from integrations.notices import webhook
from tenants.models import Channel, ChannelAccount

log = structlog.get_logger(__name__)

Way = EscalationStep.Way
NOT_NEEDED = "somebody had come by then"


def due_notices(limit: int) -> list[int]:
    """Notices to be sent now; across all tenants, ids only."""
    return list(claims.due(Escalation._base_manager.all()).order_by("not_before").values_list("pk", flat=True)[:limit])


def notify(notice_id: int) -> bool:
    """Send one notice if it is due; False when somebody else has it, or it is settled.

    Inside the tenant's scope. What nobody needs any more is not sent. A notice that cannot be delivered ends dead and
    becomes an alarm at once. After a worker's death in the middle it goes once more under the same id (a WhatsApp
    message may then arrive twice).
    """
    notice = claims.claim(Escalation.objects.filter(pk=notice_id))
    if notice is None:
        return False
    notice = Escalation.objects.select_related("handoff__conversation__guest", "tenant", "step").get(pk=notice.pk)
    with structlog.contextvars.bound_contextvars(notice_id=notice.pk, way=notice.way):
        try:
            _notify(notice)
        except LostClaim:
            return False
    return True


def _notify(notice: Escalation) -> None:
    if notice.handoff.state != Handoff.State.OPEN and notice.key != "again":
        claims.finish(notice, state=WorkState.DONE, error=NOT_NEEDED, acknowledged_at=clock.now())
        return
    try:
        provider_id, seen = _WAYS[notice.way](notice)
    except UnknownOutcome as error:
        if notice.way != Way.WHATSAPP:
            _again(notice, error)  # the same id: whoever has it knows it
            return
        claims.finish(notice, error=f"may have arrived: {error}", sent_at=clock.now())
        metrics.handoff_notices.labels(notice.way, "unknown").inc()
    except (Permanent, Misconfigured) as error:
        _dead(notice, error)
    except OperationalError:
        raise
    except Exception as error:  # one bad notice must not stop the others
        if not isinstance(error, DependencyDown):
            log.exception("notice_failed", error_type=type(error).__name__)
        _again(notice, error)
    else:
        claims.finish(notice, sent_at=clock.now(), provider_id=provider_id[:250])
        metrics.handoff_notices.labels(notice.way, "sent").inc()
        if seen:
            _seen(notice)


def _again(notice: Escalation, error: BaseException) -> None:
    claims.fail(notice, error)
    metrics.handoff_notices.labels(notice.way, "postponed" if notice.state == WorkState.WAITING else "failed").inc()
    if notice.state == WorkState.DEAD:
        _look_now(notice)


def _dead(notice: Escalation, error: BaseException) -> None:
    claims.finish(notice, state=WorkState.DEAD, error=f"{type(error).__name__}: {error}")
    metrics.handoff_notices.labels(notice.way, "failed").inc()
    log.error("notice_undeliverable", error=str(error))
    _look_now(notice)


def _look_now(notice: Escalation) -> None:
    """The ladder makes an alarm of it, and raises the next rung in its time."""
    Handoff.objects.filter(pk=notice.handoff_id, state=Handoff.State.OPEN).update(check_at=clock.now())


def _seen(notice: Escalation) -> None:
    """The hotel's own system says that somebody sees to it."""
    now = clock.now()
    with transaction.atomic():
        Handoff.objects.filter(pk=notice.handoff_id, acknowledged_at__isnull=True).update(
            acknowledged_at=now, check_at=now
        )
        handoffs.react([notice.handoff_id], now)


# -- the ways ---------------------------------------------------------------------------------------------------------


def link_to(handoff: Handoff) -> str:
    """The conversation in the back office."""
    path = reverse("admin:conversations_conversation_change", args=[handoff.conversation_id])
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{path}"


def _account(notice: Escalation, channel: str) -> ChannelAccount:
    account = (
        ChannelAccount.objects.filter(channel=channel, is_active=True, paused_at__isnull=True).order_by("pk").first()
    )
    if account is None:
        raise Misconfigured(f"the hotel has no {channel} account that can send")
    account.tenant = notice.tenant
    return account


def _by_email(notice: Escalation) -> tuple[str, bool]:
    account = _account(notice, Channel.EMAIL)
    text = notice_text.letter(notice.handoff, link_to(notice.handoff), again=notice.key == "again")
    language = notice.tenant.default_language
    letter = Letter(
        reference=str(notice.public_id),
        recipient=notice.target,
        text=text.body,
        thread=Thread(subject=text.subject),
        language=language,
        written_at=notice.created_at,
    )
    client = EmailClient(mailboxes.mail_account(account))
    result = breakers.call(breakers.Service.SMTP, account.external_id, lambda: client.post(letter))
    return result.message_id, False


def _by_whatsapp(notice: Escalation) -> tuple[str, bool]:
    """By an approved text where the hotel has one: a colleague rarely wrote to the number in the last 24 hours."""
    account = _account(notice, Channel.WHATSAPP)
    text = notice_text.letter(notice.handoff, link_to(notice.handoff), again=notice.key == "again")
    template = templates.of_account(account.pk, (notice.tenant.default_language,))
    message: outgoing.Outgoing = outgoing.Text(text.body)
    if template is not None:
        conversation = notice.handoff.conversation
        conversation.tenant = notice.tenant
        message = templates.fill(template, conversation, text.body)
    graph = whatsapp.client(account)
    recipient = {"wa_id": notice.target.lstrip("+")}
    result = breakers.call(
        breakers.Service.WHATSAPP,
        account.external_id,
        lambda: graph.send(recipient, message, reference=f"notice:{notice.public_id}"),
    )
    return result.message_id, False


def _by_webhook(notice: Escalation) -> tuple[str, bool]:
    handoff = notice.handoff
    secret = notice.step.credentials.get("secret", "") if notice.step is not None else ""
    content: dict[str, Any] = {
        "event": "handoff.waiting",
        "id": str(notice.public_id),
        "hotel": notice.tenant.slug,
        "handoff": handoff.pk,
        "reason": handoff.reason,
        "urgent": handoff.urgent,
        "guest": str(handoff.conversation.guest),
        "language": handoff.conversation.language,
        "channel": handoff.conversation.channel,
        "room": handoff.brief.get("room", ""),
        "summary": handoff.summary,
        "opened_at": _iso(handoff.opened_at),
        "answer_by": _iso(handoff.due_at),
        "link": link_to(handoff),
    }
    host = urlsplit(notice.target).hostname or "?"
    reference, timestamp = str(notice.public_id), int(clock.now().timestamp())

    def call() -> bool:
        return webhook.post(notice.target, content, secret=secret, reference=reference, timestamp=timestamp)

    return reference, breakers.call(breakers.Service.STAFF_WEBHOOK, host, call)


def _iso(at: dt.datetime | None) -> str:
    return at.isoformat() if at is not None else ""


_WAYS: dict[str, Callable[[Escalation], tuple[str, bool]]] = {
    Way.ASSIGNEE: _by_email,
    Way.TEAM: _by_email,
    Way.EMAIL: _by_email,
    Way.WHATSAPP: _by_whatsapp,
    Way.WEBHOOK: _by_webhook,
}
