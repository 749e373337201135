"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import files, inbox, learning, ledgers, team, whatsapp

__all__ = ["files", "inbox", "learning", "ledgers", "team", "whatsapp"]
