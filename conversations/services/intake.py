"""From a stored delivery to messages of conversations: split, attribute, deduplicate, make due.

One transaction per delivery. Taking a delivery in twice changes nothing (unique keys under the conversation's lock).
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import DatabaseError, transaction

from conversations.models import Conversation, Guest, InboundDelivery, Message
from conversations.services import (
    corrections,
    fetching,
    files,
    golive,
    guests,
    handoffs,
    notices,
    ownership,
    receipts,
    standing,
)
from conversations.services.channels import READERS
from conversations.services.email import arriving, reading, restraint
from conversations.services.privacy import raw, tombstones
from hotel_agent.common import cards, claims, clock, dispatch, limits, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput, LostClaim
from integrations.events import Delivery, MessageType, UnifiedMessage
from tenants.models import Channel, ChannelAccount
from tenants.scoping import tenant_scope
from tenants.selectors import account_exists, accounts_of_app

log = structlog.get_logger(__name__)

DEBOUNCE_S = 1.0
"""A text waits this long for the guest's next line …"""
DEBOUNCE_CAP_S = 3.0
"""… but the first line of a burst never longer than this."""
FLOOD_RATE = "120/m"
FLOOD_DELAY_S = 30.0
STALE_AFTER_H = 24.0
"""WhatsApp's customer-service window; Meta replays up to 7 days of messages after an outage."""

UNUSABLE_BEFORE = dt.datetime(2009, 1, 1, tzinfo=dt.UTC)
"""WhatsApp began in 2009: an earlier time is a provider's mistake, and the time of receipt counts."""

ANSWERED = frozenset(
    {
        MessageType.TEXT, MessageType.BUTTON, MessageType.IMAGE, MessageType.AUDIO, MessageType.VIDEO,
        MessageType.DOCUMENT, MessageType.LOCATION, MessageType.CONTACTS, MessageType.ORDER, MessageType.FLOW,
        MessageType.UNSUPPORTED,
    }
)  # fmt: skip
"""Kinds a guest expects an answer to; the others are recorded only."""
AWAITED = frozenset({Message.State.WAITING, Message.State.HEARING})
"""States of a message whose answer is still to come."""
GESTURES = frozenset({"reaction", "edit", "revoke", "pin", "keep_in_chat", "poll_update"})


def take_in(delivery_id: int) -> list[Message]:
    """Process one stored delivery if it is due; nothing happens when someone else has it or it is finished.

    Never raises for the delivery's content: what cannot be used ends quarantined, orphaned or dead, visible to staff.
    Returns the new messages whose answer is still to come.
    """
    row = claims.claim(InboundDelivery.objects.filter(pk=delivery_id))
    if row is None:
        return []
    with structlog.contextvars.bound_contextvars(correlation_id=row.correlation_id, delivery_id=row.pk):
        try:
            return _process(row)
        except LostClaim:
            return []
        except BadInput as error:
            metrics.quarantined_deliveries.labels("unreadable").inc()
            log.warning("delivery_quarantined", reason=str(error))
            claims.finish(row, state=WorkState.QUARANTINED, error=f"unreadable: {error}")
        except DatabaseError as error:
            log.exception("delivery_failed", error_type=type(error).__name__)
            claims.fail(row, error)
    return []


def _process(row: InboundDelivery) -> list[Message]:
    if row.route in reading.ROUTES:
        arriving.process(row)
        return []
    reader = READERS.get(row.route)
    if reader is None:
        raise BadInput(f"nothing reads route {row.route}")
    content = reader.parse(bytes(row.body))
    wanted = _account_ids(content)
    accounts = accounts_of_app(row.app_key, reader.channel, wanted)
    state, note = _verdict(reader.channel, wanted, accounts)
    with transaction.atomic():
        new, failed = _record(content, accounts, row)
        if failed:
            state, note = WorkState.DEAD, f"{failed} of {len(content.messages)} messages could not be recorded"
        claims.finish(row, state=state, error=note)
    for account in accounts.values():
        metrics.messages_by_channel.labels(account.channel, "in").inc(
            sum(message.metadata.get("account") == account.external_id for message in content.messages)
        )
    return [message for message in new if message.state in AWAITED]


def _account_ids(content: Delivery) -> set[str]:
    ids = {str(message.metadata.get("account", "")) for message in content.messages}
    ids |= {receipt.account for receipt in content.receipts}
    ids |= {echo.account for echo in content.echoes}
    ids |= {notice.account for notice in content.notices}
    return ids - {""}


def _verdict(channel: str, wanted: set[str], accounts: dict[str, ChannelAccount]) -> tuple[WorkState, str]:
    """done, or orphan (nobody's number), or quarantined (somebody's number, but not of the app that signed)."""
    missing = sorted(wanted - set(accounts))
    if not missing:
        return WorkState.DONE, ""
    if any(account_exists(channel, external_id) for external_id in missing):
        metrics.quarantined_deliveries.labels("other_app").inc()
        log.error("delivery_of_other_app", count=len(missing))
        return WorkState.QUARANTINED, f"signed by another app than that of account {', '.join(missing)}"[:500]
    metrics.orphan_deliveries.inc()
    log.error("delivery_orphaned", count=len(missing))
    return WorkState.ORPHAN, f"nobody has account {', '.join(missing)}"[:500]


def _record(content: Delivery, accounts: dict[str, ChannelAccount], row: InboundDelivery) -> tuple[list[Message], int]:
    """Write everything; after a first failure each message stands alone. Returns the new messages, and how many could
    not be written."""
    alone = row.failures > 0
    written: list[Message | None] = []
    failed = 0
    for message in content.messages:
        account = accounts.get(str(message.metadata.get("account", "")))
        if account is None:
            continue
        try:
            if alone:
                with transaction.atomic():
                    written.append(record_message(account, message, delivery=row))
            else:
                written.append(record_message(account, message, delivery=row))
        except DatabaseError:
            if not alone:
                raise
            log.exception("message_not_recorded")
            failed += 1
    for receipt in content.receipts:
        if receipt.account in accounts:
            receipts.apply_receipt(accounts[receipt.account], receipt)
    for echo in content.echoes:
        if echo.account in accounts:
            ownership.record_staff_echo(accounts[echo.account], echo)
    for notice in content.notices:
        notices.record(notice, app_key=row.app_key, accounts=accounts)
    return [message for message in written if message is not None], failed


def take_message(account: ChannelAccount, message: UnifiedMessage) -> Message | None:
    """Take one message in that did not come by a stored delivery; None when we already have it. Commits."""
    with transaction.atomic():
        return record_message(account, message)


def record_message(
    account: ChannelAccount, message: UnifiedMessage, *, delivery: InboundDelivery | None = None
) -> Message | None:
    """Add one message to its conversation inside the caller's transaction; None when we already have it."""
    if not message.user_id and not message.metadata.get("aliases"):
        log.warning("message_without_sender", kind=message.tipo.value)
        return None
    with tenant_scope(account.tenant):
        try:
            guest = guests.resolve(account, message)
        except guests.ErasedMessage:
            _stay_erased(account, message, delivery)
            return None
        conversation = guests.lock_conversation(account, guest, message)
        if not guest.is_new and _is_known(account, message, delivery):
            return None
        sent_at = dt.datetime.fromisoformat(message.timestamp_iso)
        if sent_at < UNUSABLE_BEFORE:
            sent_at = clock.now()
        conversation.tenant, conversation.account = account.tenant, account
        state = _initial_state(conversation, guest, message, sent_at)
        row = Message.objects.create(
            tenant=account.tenant,
            conversation=conversation,
            account=account,
            delivery=delivery,
            provider_id=message.message_id,
            kind=message.tipo.value,
            text=cards.redacted(message.texto),
            metadata=dict(message.metadata),
            state=state,
            sent_at=sent_at,
            correlation_id=delivery.correlation_id if delivery else "",
        )
        _note_language(conversation, message)
        corrections.apply(row)
        if message.metadata.get("group"):
            return row
        _update_conversation(conversation, message, row)
        file = files.expect(row)
        if file is not None:
            dispatch.after_commit("conversations.fetch_file", file.pk)
        return row


def _is_known(account: ChannelAccount, message: UnifiedMessage, delivery: InboundDelivery | None) -> bool:
    """Whether the message came before; an erased one leaves nothing this time either."""
    stone = tombstones.of(account.tenant_id, message.message_id)
    known = Message.objects.filter(account=account, provider_id__in=[message.message_id, stone]).order_by()
    had_as = list(known.values_list("provider_id", flat=True)[:1])
    if had_as == [stone]:
        _stay_erased(account, message, delivery)
    return bool(had_as)


def _stay_erased(account: ChannelAccount, message: UnifiedMessage, delivery: InboundDelivery | None) -> None:
    """A late duplicate of an erased message leaves nothing, not even the bytes that brought it."""
    if delivery is not None:
        raw.erase_message(delivery, account=account, message=message)
    log.info("erased_message_came_again")


def _note_language(conversation: Conversation, message: UnifiedMessage) -> None:
    """A page is in some language: it is the guest's until their words say otherwise."""
    language = str(message.metadata.get("language", ""))
    if language in conversation.tenant.languages and not conversation.language:
        conversation.language = language
        conversation.save(update_fields=["language"])


def _initial_state(conversation: Conversation, guest: Guest, message: UnifiedMessage, sent_at: dt.datetime) -> str:
    if message.tipo not in ANSWERED or message.metadata.get("group") or _asks_nothing(message):
        return Message.State.RECORDED
    if conversation.owner != Conversation.Owner.AGENT and not ownership.give_back_if_asked(conversation, message.texto):
        return Message.State.FOR_STAFF
    if not golive.may_answer(conversation, guest):
        handoffs.open_handoff(conversation, reason=golive.NOT_LIVE, summary=message.texto[:500])
        return Message.State.FOR_STAFF
    if conversation.channel == Channel.EMAIL:
        reason = restraint.reason_to_leave(conversation, message)
        if reason:
            handoffs.open_handoff(conversation, reason=reason, summary=message.texto[:500])
            return Message.State.FOR_STAFF
    if clock.now() - sent_at > clock.hours(STALE_AFTER_H):
        handoffs.open_handoff(conversation, reason="old_message", summary=message.texto[:500])
        return Message.State.STALE
    media = message.metadata.get("media", {})
    if message.tipo is MessageType.AUDIO and media.get("id") and fetching.can_hear(conversation.tenant):
        return Message.State.HEARING
    return Message.State.WAITING


def _asks_nothing(message: UnifiedMessage) -> bool:
    """Whether it comes from a machine, or is a gesture that Meta could not pass on rather than a message."""
    if message.metadata.get("unanswered"):
        return True
    return message.tipo is MessageType.UNSUPPORTED and message.metadata.get("original_type") in GESTURES


def _update_conversation(conversation: Conversation, message: UnifiedMessage, row: Message) -> None:
    now = clock.now()
    conversation.updated_at = now
    fields = {"updated_at"} | standing.heard(conversation, row, row.text or f"[{message.tipo.value}]")
    if row.state != Message.State.RECORDED:
        conversation.last_inbound_at = max(conversation.last_inbound_at or row.sent_at, row.sent_at)
        fields.add("last_inbound_at")
    if row.state == Message.State.HEARING:
        # What the guest writes meanwhile waits with it: one turn hears all of it.
        conversation.due_at = max(conversation.due_at or now, now + clock.seconds(fetching.HEAR_WITHIN_S))
        fields.add("due_at")
    elif row.state == Message.State.WAITING:
        conversation.pending_since = conversation.pending_since or now
        conversation.due_at = _due_at(conversation, message, now)
        fields |= {"pending_since", "due_at"}
        if conversation.due_at <= now:
            dispatch.after_commit("conversations.take_turn", conversation.pk)
    conversation.save(update_fields=sorted(fields))


def _due_at(conversation: Conversation, message: UnifiedMessage, now: dt.datetime) -> dt.datetime:
    """A tap is due at once; text a second after the last line, the burst's first line at most three seconds later."""
    if not limits.check("sender", str(conversation.public_id), FLOOD_RATE).allowed:
        return now + clock.seconds(FLOOD_DELAY_S)
    if message.tipo is MessageType.BUTTON or conversation.channel != Channel.WHATSAPP:
        return now
    if conversation.due_at is not None and conversation.due_at > now + clock.seconds(DEBOUNCE_CAP_S):
        return conversation.due_at  # a voice note before it is being written down, or a flood is slowed
    started = conversation.pending_since or now
    return min(now + clock.seconds(DEBOUNCE_S), started + clock.seconds(DEBOUNCE_CAP_S))
