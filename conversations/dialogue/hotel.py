"""Who is talking: the hotel as the dialogue needs it, the guest as the channel knows them, and what was heard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from conversations.understanding.types import LANGUAGES, Language, Understanding
from integrations.events import MessageType


class Tone(StrEnum):
    """How the hotel's Spanish addresses the guest."""

    FORMAL = "formal"
    """usted; tú for a guest who uses it."""
    CLOSE = "close"
    """tú"""
    VOSEO = "voseo"
    """vos"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotelProfile:
    """What the dialogue knows about the hotel before asking anything. Limits are the tenant's."""

    name: str
    zone: str
    country: str
    currency: str
    languages: tuple[Language, ...] = LANGUAGES
    default_language: Language = "es"
    tone: Tone = Tone.FORMAL
    portuguese_variant: str = "pt-BR"
    rollover_hour: int = 4
    check_in_from: dt.time = dt.time(15)
    check_out_until: dt.time = dt.time(11)
    max_nights: int = 30
    max_guests_per_room: int = 10
    group_rooms_from: int = 5
    late_after: dt.timedelta = dt.timedelta(minutes=10)
    """An answer later than this says so and quotes afresh (promise 8)."""
    booking_prefix: str = "HT"
    phone: str = ""
    email: str = ""
    privacy_url: str = ""
    room_type_names: Mapping[str, str] = field(default_factory=dict)
    """The hotel's own room names, folded, to taxonomy types; handed to the understanding engine."""

    def local(self, instant: dt.datetime) -> dt.datetime:
        """An instant on the hotel's wall clock."""
        return instant.astimezone(ZoneInfo(self.zone))

    def business_day(self, at: dt.datetime) -> dt.date:
        """The hotel's "today"."""
        return (self.local(at) - dt.timedelta(hours=self.rollover_hour)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What is known about the guest before they say anything: from the channel and from earlier stays."""

    channel: str = "whatsapp"
    phone: str = ""
    """E.164 when the channel shows it."""
    email: str = ""
    name: str = ""
    """From an earlier stay of the same identity; a WhatsApp profile name is not a name for a booking."""
    opted_out: bool = False
    """Wants no reminders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One inbound message of a turn."""

    message_id: str
    type: MessageType
    text: str = ""
    reply_id: str = ""
    """The id of a tapped button or list row."""
    sent_at: dt.datetime
    understanding: Understanding | None = None
    """None for taps and for messages without text."""
    unsure: bool = False
    """The words are what a recogniser may have heard in a voice note: asked about, never acted on."""
    trouble: str = ""
    """Why a message has no content to go by: "no_listener", "too_long", "silent", "failed", "too_big", "send_again"."""
