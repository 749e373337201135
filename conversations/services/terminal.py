"""A guest at a terminal: the same intake, turns, PMS calls and outbox as any channel, driven here and now."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.models import Conversation, Message, OutboundMessage
from conversations.services import intake, sending, stay_events, turns
from hotel_agent.common import clock
from integrations.channels import outgoing
from integrations.events import MessageType, UnifiedMessage
from reservations.models import PmsCall, StayEvent
from reservations.services import calls
from tenants.models import Channel, ChannelAccount, Tenant
from tenants.selectors import TERMINAL_PREFIX

PATIENCE_S = 60.0


@dataclass
class TerminalGuest:
    """One guest nobody knows yet, writing to a hotel's terminal account. Use inside the tenant's scope."""

    tenant: Tenant
    language: str = ""
    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    seen: int = 0
    choices: tuple[outgoing.Choice, ...] = ()

    def __post_init__(self) -> None:
        self.account, _ = ChannelAccount.objects.get_or_create(
            channel=Channel.WEBCHAT,
            external_id=f"{TERMINAL_PREFIX}{self.tenant.slug}",
            defaults={"tenant": self.tenant, "display_name": "Terminal"},
        )

    def say(self, text: str) -> list[OutboundMessage]:
        """Write a line, or the number of what can be tapped; returns what the hotel answers."""
        picked = self.choices[int(text) - 1] if text.isdecimal() and 0 < int(text) <= len(self.choices) else None
        metadata: Mapping[str, Any] = {"account": self.account.external_id, "aliases": [["visitor", self.visitor]]}
        message = UnifiedMessage(
            message_id=uuid.uuid4().hex,
            canal=Channel.WEBCHAT,
            user_id=self.visitor,
            timestamp_iso=clock.now().isoformat(),
            tipo=MessageType.BUTTON if picked else MessageType.TEXT,
            texto=picked.title if picked else text,
            metadata={**metadata, "reply_id": picked.id} if picked else metadata,
        )
        recorded = intake.take_message(self.account, message)
        if recorded is not None and self.language:
            Conversation.objects.filter(pk=recorded.conversation_id, language="").update(language=self.language)
        return self._answers()

    def _answers(self) -> list[OutboundMessage]:
        conversation = Conversation.objects.get(guest__identities__value=self.visitor)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._work(conversation):
            time.sleep(0.02)
        new = list(OutboundMessage.objects.filter(conversation=conversation, pk__gt=self.seen).order_by("id"))
        if new:
            self.seen = new[-1].pk
            self.choices = outgoing.choices_of(outgoing.from_dict(new[-1].body))
        return new

    def _work(self, conversation: Conversation) -> bool:
        """Do what is due in this conversation; False when nothing is left. A running installation may be faster."""
        turns.take_turn(conversation.pk)
        pending = [call for call in calls.due_calls(50) if _belongs(call, conversation)]
        for call_id in pending:
            calls.run_call(call_id)
        events = StayEvent.objects.filter(conversation_key=conversation.public_id, state__in=["waiting", "working"])
        for event_id in events.values_list("pk", flat=True):
            stay_events.tell(event_id)
        sending.deliver(conversation.pk)
        return bool(
            Message.objects.filter(conversation=conversation, state=Message.State.WAITING).exists()
            or _unsettled(conversation)
            or events.exists()
        )


def _belongs(call_id: int, conversation: Conversation) -> bool:
    return PmsCall.objects.filter(pk=call_id, conversation_key=conversation.public_id).exists()


def _unsettled(conversation: Conversation) -> bool:
    return PmsCall.objects.filter(
        conversation_key=conversation.public_id, outcome="", kind__in=["book", "cancel", "amend"]
    ).exists()
