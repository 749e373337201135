"""Whether the agent may answer at all: a hotel that is not live is answered for by people, but for its test guests.

Everything asked here is on rows that intake and turns have loaded anyway; the gate costs no statement.
"""

from __future__ import annotations

from conversations.models import Conversation, Guest
from tenants.selectors import TERMINAL_PREFIX

NOT_LIVE = "not_live"
"""Why a person is asked: the agent may not answer this guest yet."""


def may_answer(conversation: Conversation, guest: Guest) -> bool:
    """Whether the agent answers this guest: the hotel is live, or the guest is one of its test guests, or it is an
    operator at the terminal."""
    reached_at = [str(conversation.recipient.get(kind, "")) for kind in ("wa_id", "send_to", "email")]
    at_terminal: bool = conversation.account.external_id.startswith(TERMINAL_PREFIX)
    return at_terminal or conversation.tenant.answers((guest.phone, guest.email, *reached_at))
