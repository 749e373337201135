"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import (
    desk,
    files,
    inbox,
    insight,
    knowledge,
    learning,
    ledgers,
    privacy,
    requests,
    team,
    whatsapp,
)

__all__ = [
    "desk",
    "files",
    "inbox",
    "insight",
    "knowledge",
    "learning",
    "ledgers",
    "privacy",
    "requests",
    "team",
    "whatsapp",
]
