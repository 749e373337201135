"""Tables of the conversations room, by topic: what came in, who wrote, the thread, what goes out, who takes over."""

from conversations.models.connections import ConnectionTest
from conversations.models.desk import CannedAnswer, StaffNote
from conversations.models.erasure import Erasure
from conversations.models.handoff import Escalation, EscalationStep, Handoff, HandoffPolicy
from conversations.models.inbound import InboundDelivery, Message
from conversations.models.insight import DayFigures, VisitAudit
from conversations.models.knowledge import SettledDifference, UnansweredQuestion
from conversations.models.learning import TrainingExample
from conversations.models.mailboxes import Mailbox, PushKey
from conversations.models.media import MediaFile
from conversations.models.modes import AnswerMode
from conversations.models.outbound import OutboundMessage
from conversations.models.people import Guest, GuestIdentity
from conversations.models.proofs import StayProof
from conversations.models.staff_tasks import StaffTask
from conversations.models.templates import AccountEvent, MessageTemplate, WhatsAppNumber
from conversations.models.thread import Conversation, Session, Turn
from conversations.models.wording import WordingOverride

__all__ = [
    "AccountEvent",
    "AnswerMode",
    "CannedAnswer",
    "ConnectionTest",
    "Conversation",
    "DayFigures",
    "Erasure",
    "Escalation",
    "EscalationStep",
    "Guest",
    "GuestIdentity",
    "Handoff",
    "HandoffPolicy",
    "InboundDelivery",
    "Mailbox",
    "MediaFile",
    "Message",
    "MessageTemplate",
    "OutboundMessage",
    "PushKey",
    "Session",
    "SettledDifference",
    "StaffNote",
    "StaffTask",
    "StayProof",
    "TrainingExample",
    "Turn",
    "UnansweredQuestion",
    "VisitAudit",
    "WhatsAppNumber",
    "WordingOverride",
]
