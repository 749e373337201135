"""The e-mail adapter: one mailbox's door out (see `ChannelAdapter`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from integrations.channels.base import EMAIL, Abilities, SendResult
from integrations.channels.email import letter, smtp
from integrations.channels.email.accounts import MailAccount
from integrations.channels.email.letter import Letter, Thread
from integrations.channels.outgoing import Outgoing, readable
from integrations.exceptions import RecipientRefused


@dataclass(frozen=True, slots=True)
class EmailClient:
    """Sends letters from one mailbox."""

    account: MailAccount
    abilities: Abilities = EMAIL

    def send(
        self,
        recipient: Mapping[str, str],
        message: Outgoing,
        *,
        reference: str,
        reply_to: str | None = None,
        thread: Thread | None = None,
        language: str = "",
        written_at: dt.datetime | None = None,
        is_automatic: bool = True,
    ) -> SendResult:
        """Send one letter; see `ChannelAdapter.send` for the promise and the errors.

        The Message-ID follows from `reference`: a second try after an unknown outcome is the same mail, which mail
        programs show once.

        Args:
            reply_to: Message-ID of the mail answered, when `thread` does not say more.
        """
        return self.post(
            Letter(
                reference=reference,
                recipient=recipient.get("email", ""),
                text=readable(message),
                thread=thread or Thread(message_id=reply_to or ""),
                language=language or "en",
                written_at=written_at or dt.datetime.now(dt.UTC),
                is_automatic=is_automatic,
            )
        )

    def post(self, written: Letter) -> SendResult:
        """Send a letter as it is. Promises and errors as `send`.

        Raises:
            RecipientRefused: there is no usable address.
        """
        if not written.recipient:
            raise RecipientRefused("the guest has no e-mail address")
        smtp.hand_over(self.account, letter.composed(written, self.account), recipient=written.recipient)
        return SendResult(
            message_id=letter.message_id(written.reference, self.account.domain),
            recipient_id=written.recipient,
            sent_to=written.recipient,
        )
