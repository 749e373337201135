"""The outside services by name, and how long we wait for each and how often it may fail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    """What we depend on. Closed: the values are metric labels."""

    WHATSAPP = "whatsapp"
    PMS = "pms"
    NLU = "nlu"
    SMTP = "smtp"
    IMAP = "imap"
    GMAIL = "gmail"
    """Google's key and token addresses."""
    SPEECH = "speech"
    PAYMENTS = "payments"
    CALENDAR = "calendar"
    """Other sellers' calendars of what they sold."""
    STAFF_WEBHOOK = "staff_webhook"
    """A hotel's own system that is told when a guest needs a person."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to connect and to wait for an answer, and the breaker: so many failures in a row, then a pause."""

    connect_s: float
    read_s: float
    failures: int = 5
    pause_s: float = 30.0


PATIENCE = {
    Service.WHATSAPP: Patience(5, 30),
    Service.PMS: Patience(5, 15),
    Service.NLU: Patience(3, 8, failures=3, pause_s=60),  # rules answer meanwhile, so it may rest longer
    Service.SMTP: Patience(30, 30),
    Service.IMAP: Patience(30, 30),
    Service.GMAIL: Patience(5, 10),
    Service.SPEECH: Patience(5, 60),  # a long voice note takes its time
    Service.PAYMENTS: Patience(5, 20),
    Service.CALENDAR: Patience(5, 20),
    Service.STAFF_WEBHOOK: Patience(5, 10),
}
