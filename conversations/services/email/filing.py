"""Copies of our letters in the mailbox's Sent folder, where people at the desk look for them.

Gmail and some others put them there by themselves; elsewhere we do, after asking. Best effort: a letter that could not
be filed was sent all the same.
"""

from __future__ import annotations

import structlog

from conversations.models import Mailbox, OutboundMessage
from conversations.services.channels.email import letter_of
from conversations.services.email import mailboxes
from hotel_agent.common import clock
from hotel_agent.common.exceptions import HotelAgentError
from integrations.channels.email import letter
from integrations.channels.email.mailbox import Mailbox as ImapMailbox

log = structlog.get_logger(__name__)

WAIT_S = 30.0
"""A server that files by itself has done so by then."""
BATCH = 50

_GONE = (OutboundMessage.State.SENT, OutboundMessage.State.DELIVERED, OutboundMessage.State.READ)


def file_copies(mailbox: Mailbox, box: ImapMailbox, folder: str) -> int:
    """Put letters that are missing in the selected Sent folder there; returns how many. Safe to repeat."""
    now = clock.now()
    if mailbox.filed_until is None:
        mailboxes.move(mailbox, filed_until=now)
        return 0
    rows = (
        OutboundMessage.objects.select_related("conversation")
        .filter(
            conversation__account=mailbox.account,
            state__in=_GONE,
            sent_at__gt=mailbox.filed_until,
            sent_at__lte=now - clock.seconds(WAIT_S),
        )
        .exclude(body={})  # written in the mail program: they are there
        .order_by("sent_at")[:BATCH]
    )
    account = mailboxes.mail_account(mailbox.account)
    filed = 0
    for row in rows:
        if not box.holds(letter.message_id(str(row.public_id), account.domain)):
            try:
                raw = letter.composed(letter_of(row), account)
            except HotelAgentError as error:
                log.warning("copy_not_filed", outbound_id=row.pk, reason=str(error)[:200])
            else:
                box.append(folder, raw, at=row.sent_at or now)
                filed += 1
        mailboxes.move(mailbox, filed_until=row.sent_at)
    return filed
