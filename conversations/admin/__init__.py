"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import files, inbox, knowledge, learning, ledgers, whatsapp

__all__ = ["files", "inbox", "knowledge", "learning", "ledgers", "whatsapp"]
