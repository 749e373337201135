"""An answer that could not go out in time is not sent as if it were fresh: it is decided again, and says it is late."""

from __future__ import annotations

import dataclasses
import datetime as dt

from conversations.models import Conversation, Message, OutboundMessage, Session, Turn
from conversations.services.profile import hotel_profile
from conversations.wording.render import late_notice
from hotel_agent.common import clock, dispatch
from integrations.channels import base, outgoing
from tenants.models import Channel

LIMITS = {Channel.WHATSAPP: base.WHATSAPP, Channel.EMAIL: base.EMAIL, Channel.WEBCHAT: base.WEBCHAT}


def is_late(row: OutboundMessage, now: dt.datetime) -> bool:
    """Whether an answer to a guest's question is older than ten minutes and was never tried successfully."""
    if row.purpose != OutboundMessage.Purpose.ANSWER or row.turn_id is None:
        return False
    if str(row.why.get("rule", "")).startswith("team."):
        return False  # a word about the hotel's people answers no question
    return now - row.created_at > clock.minutes(clock.LATE_AFTER_MIN)


def answer_afresh(row: OutboundMessage) -> bool:
    """Supersede the queued late answers of the conversation and make their messages due again as one turn.

    Only turns that did nothing but answer are undone: memory goes back to where it was before the first of them. False
    when something was done in between (a booking, a handoff); such an answer goes out as it is.
    With the conversation locked, inside the caller's transaction.
    """
    conversation = row.conversation
    queued = list(
        conversation.outbound.filter(
            state=OutboundMessage.State.QUEUED, purpose=OutboundMessage.Purpose.ANSWER, id__gte=row.pk
        ).order_by("id")
    )
    if not undo(conversation, queued):
        return False
    now = clock.now()
    conversation.due_at = now
    conversation.pending_since = conversation.pending_since or now
    conversation.save(update_fields=["due_at", "pending_since"])
    dispatch.after_commit("conversations.take_turn", conversation.pk)
    return True


def undo(conversation: Conversation, answers: list[OutboundMessage]) -> bool:
    """Make answers that no guest read undone: their messages wait for a turn again, memory is as before the first.

    False, and nothing changed, when a turn since did more than answer, or an answer since went out. With the
    conversation locked, inside the caller's transaction.
    """
    first = Turn.objects.get(pk=answers[0].turn_id or 0)
    since = Turn.objects.filter(conversation=conversation, id__gte=first.pk)
    if conversation.owner != Conversation.Owner.AGENT or since.filter(has_commands=True).exists():
        return False
    if set(since.values_list("id", flat=True)) - {answer.turn_id for answer in answers}:
        return False
    for answer in answers:
        # The key says what is answered, once: the fresh answer needs it.
        answer.dedupe_key = f"superseded:{answer.pk}"
        answer.state = OutboundMessage.State.SUPERSEDED
    OutboundMessage.objects.bulk_update(answers, ["dedupe_key", "state"])
    Message.objects.filter(turn__in=since).update(state=Message.State.WAITING, turn=None)
    Session.objects.filter(conversation=conversation, status=Session.Status.OPEN).update(state=first.state_before)
    return True


def say_late(row: OutboundMessage) -> None:
    """Put the sentence about the delay before an answer that goes out as it was written; in a letter it follows the
    greeting. Safe to repeat.

    Nothing is changed where the channel has no room for it; the caller saves the row.
    """
    if row.why.get("late_notice"):
        return
    conversation = row.conversation
    notice = late_notice(
        row.created_at, language=row.language, hotel=hotel_profile(conversation.tenant), at=clock.now()
    )
    message = outgoing.from_dict(row.body)
    is_letter = conversation.channel == Channel.EMAIL
    body = _after_greeting(notice, message.body) if is_letter else f"{notice}\n\n{message.body}"
    limits = LIMITS[Channel(conversation.channel)]
    if len(body) > (limits.text if isinstance(message, outgoing.Text) else limits.button_body):
        return
    row.body = dataclasses.replace(message, body=body).as_dict()
    row.text = _after_greeting(notice, row.text) if is_letter else f"{notice}\n\n{row.text}"
    row.why = {**row.why, "late_notice": True}


def _after_greeting(notice: str, letter: str) -> str:
    greeting, _, rest = letter.partition("\n\n")
    return "\n\n".join(part for part in (greeting, notice, rest) if part)
