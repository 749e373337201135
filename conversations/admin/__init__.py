"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import desk, files, inbox, knowledge, learning, ledgers, privacy, whatsapp

__all__ = ["desk", "files", "inbox", "knowledge", "learning", "ledgers", "privacy", "whatsapp"]
