"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import files, inbox, ledgers, whatsapp

__all__ = ["files", "inbox", "ledgers", "whatsapp"]
