"""One look at a mailbox: every new mail becomes a stored delivery, and only then is marked as read.

Nothing is understood here. The bytes and the new position are committed together; a crash in between repeats a mail,
whose unique key makes it the same row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Sequence
from contextlib import ExitStack

import structlog
from django.db import transaction

from conversations.models import Conversation, GuestIdentity, InboundDelivery, Mailbox
from conversations.services.email import filing, mailboxes
from hotel_agent.common import cards, clock, dispatch, metrics
from hotel_agent.common.exceptions import BadInput, LostClaim, Misconfigured, Retryable
from integrations import breakers
from integrations.channels.email import mailbox as imap
from integrations.channels.email.kinds import Kind
from integrations.channels.email.mailbox import Fetched, Folder
from integrations.channels.email.parse import parse_inbox
from tenants.scoping import tenant_scope
from tenants.services import clear_account_pause, pause_account

log = structlog.get_logger(__name__)

INBOX_ROUTE = "email"
SENT_ROUTE = "email_sent"
ROUTES = frozenset({INBOX_ROUTE, SENT_ROUTE})

BATCH = 100
BUDGET_S = 60.0
"""After this many mails or seconds the look ends and another follows: a task may run 120 s."""
FIRST_LOOK_H = 24.0
"""A mailbox is connected with unread mail in it: guests of the last day are answered, older mail stays the staff's."""
OVERLAP_DAYS = 2
"""After the server renumbered a folder its mails since the last look, and this much before, are met again."""


def read_mailbox(mailbox_id: int) -> int:
    """Take in what is new in a mailbox if it is due; returns how many mails were stored. Never raises for the server.

    Safe to call at any time by any number of workers.
    """
    mailbox = mailboxes.claim(mailbox_id)
    if mailbox is None:
        return 0
    account = mailbox.account
    with structlog.contextvars.bound_contextvars(account_id=account.pk), tenant_scope(account.tenant):
        try:
            stored, more = _look(mailbox)
        except LostClaim:
            return 0
        except Misconfigured as error:
            metrics.mailbox_looks.labels("refused").inc()
            pause_account(account, reason=str(error))
            mailboxes.failed(mailbox, str(error), wait=clock.seconds(mailboxes.MAX_WAIT_S))
            return 0
        except Retryable as error:
            metrics.mailbox_looks.labels("failed").inc()
            log.warning("mailbox_not_read", error_type=type(error).__name__, reason=str(error)[:200])
            mailboxes.failed(mailbox, str(error), wait=clock.seconds(error.retry_after or 0))
            return 0
        metrics.mailbox_looks.labels("ok").inc()
        if account.paused_at is not None:
            clear_account_pause(account)
        mailboxes.finished(mailbox, more=more)
        return stored


def _look(mailbox: Mailbox) -> tuple[int, bool]:
    """Both folders; how many mails were stored and whether more wait."""
    until = time.monotonic() + BUDGET_S
    server = mailboxes.mail_account(mailbox.account)
    with ExitStack() as stack:
        # The breaker learns from reaching the server; what follows includes our own database.
        box = breakers.call(
            breakers.Service.IMAP,
            mailbox.account.external_id,
            lambda: stack.enter_context(imap.opened(server)),
        )
        stored, more = _read_inbox(mailbox, box, until)
        if not more:
            sent, more = _read_sent(mailbox, box, until)
            stored += sent
        if not more and mailbox.sent_folder:
            filing.file_copies(mailbox, box, mailbox.sent_folder)
    return stored, more


def _read_inbox(mailbox: Mailbox, box: imap.Mailbox, until: float) -> tuple[int, bool]:
    folder = box.select(imap.INBOX)
    is_known = mailbox.inbox_validity == folder.validity
    if is_known:
        uids = box.after(mailbox.inbox_uid)
    elif mailbox.inbox_validity is None:
        uids = box.since(_day(clock.now() - clock.hours(FIRST_LOOK_H)), unseen=True)
    else:
        log.warning("mailbox_renumbered")
        uids = box.since(_day(mailbox.checked_at or clock.now()) - dt.timedelta(days=OVERLAP_DAYS))
    read: list[int] = []
    count = 0
    for uid in uids[:BATCH] if is_known else uids:
        fetched = box.fetch(uid)
        if fetched is None:  # deleted since the search: the position moves over it
            if is_known:
                _move(mailbox, {"inbox_uid": uid})
            continue
        if mailbox.inbox_validity is None and clock.now() - fetched.received_at > clock.hours(FIRST_LOOK_H):
            continue
        count += _store(mailbox, INBOX_ROUTE, fetched, {"inbox_uid": uid} if is_known else {})
        if _is_for_the_agent(mailbox, fetched):
            read.append(uid)
        if is_known and time.monotonic() > until:
            break
    box.mark_seen(read)
    if not is_known:
        _start(mailbox, "inbox", folder, uids)
        return count, False
    return count, any(uid > mailbox.inbox_uid for uid in uids)


def _read_sent(mailbox: Mailbox, box: imap.Mailbox, until: float) -> tuple[int, bool]:
    name = mailbox.sent_folder or box.sent_folder()
    if not name:
        return 0, False
    folder = box.select(name, readonly=True)
    if mailbox.sent_validity is None or mailbox.sent_folder != name:
        mailboxes.move(mailbox, sent_folder=name)
        _start(mailbox, "sent", folder, [])
        return 0, False
    is_known = mailbox.sent_validity == folder.validity
    uids = (
        box.after(mailbox.sent_uid)
        if is_known
        else box.since(_day(mailbox.checked_at or clock.now()) - dt.timedelta(days=OVERLAP_DAYS))
    )
    count = 0
    for uid in uids[:BATCH] if is_known else uids:
        fetched = box.fetch(uid)
        if fetched is not None:
            count += _store(mailbox, SENT_ROUTE, fetched, {"sent_uid": uid} if is_known else {})
        elif is_known:
            _move(mailbox, {"sent_uid": uid})
        if is_known and time.monotonic() > until:
            break
    if not is_known:
        _start(mailbox, "sent", folder, uids)
        return count, False
    return count, any(uid > mailbox.sent_uid for uid in uids)


def _start(mailbox: Mailbox, folder_of: str, folder: Folder, uids: Sequence[int]) -> None:
    """Begin, or begin anew, behind everything the folder holds now."""
    last = max([folder.next_uid - 1, 0, *uids])
    _move(mailbox, {f"{folder_of}_validity": folder.validity, f"{folder_of}_uid": last})


def _move(mailbox: Mailbox, position: dict[str, int]) -> None:
    if not mailboxes.move(mailbox, **position):
        raise LostClaim(f"mailbox {mailbox.pk}")


def _store(mailbox: Mailbox, route: str, fetched: Fetched, position: dict[str, int]) -> int:
    """Commit one mail's bytes together with the new position; 0 when we already have it."""
    key = mailbox.account.public_id.hex
    row = InboundDelivery(
        route=route,
        app_key=key,
        body=cards.redacted_mail(fetched.raw),
        sha256=hashlib.sha256(fetched.raw).hexdigest(),
        provider_time=fetched.received_at,
        correlation_id=f"mail-{mailbox.pk}-{fetched.uid}",
    )
    with transaction.atomic():
        known = InboundDelivery.objects.filter(route=route, app_key=key, sha256=row.sha256).exists()
        if not known:
            InboundDelivery.objects.bulk_create([row], ignore_conflicts=True)
            row_id = InboundDelivery.objects.values_list("pk", flat=True).get(
                route=route, app_key=key, sha256=row.sha256
            )
            dispatch.after_commit("conversations.take_in", row_id)
        if position:
            _move(mailbox, position)
    metrics.deliveries.labels(route, "duplicate" if known else "stored").inc()
    return int(not known)


def _is_for_the_agent(mailbox: Mailbox, fetched: Fetched) -> bool:
    """Whether the mail is a guest's whom the agent answers: only that is marked as read.

    What is left to people — newsletters, bounces, threads a person has taken over — stays unread in their mail program.
    """
    try:
        received = parse_inbox(fetched.raw, account=mailbox.account.external_id, received_at=fetched.received_at)
    except BadInput:
        return False
    if received.kind is not Kind.HUMAN or not received.delivery.messages:
        return False
    writer = received.delivery.messages[0].user_id
    identity = GuestIdentity.objects.filter(kind=GuestIdentity.Kind.EMAIL, value=writer).first()
    if identity is None:
        return True
    threads = Conversation.objects.filter(account=mailbox.account, guest_id=identity.guest_id)
    return not threads.exclude(owner=Conversation.Owner.AGENT).exists()


def _day(instant: dt.datetime) -> dt.date:
    return instant.astimezone(dt.UTC).date()
