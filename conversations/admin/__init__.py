"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import (
    desk,
    files,
    guests,
    handoffs,
    inbox,
    insight,
    knowledge,
    learning,
    ledgers,
    privacy,
    requests,
    setup,
    team,
    whatsapp,
)

__all__ = [
    "desk",
    "files",
    "guests",
    "handoffs",
    "inbox",
    "insight",
    "knowledge",
    "learning",
    "ledgers",
    "privacy",
    "requests",
    "setup",
    "team",
    "whatsapp",
]
