"""Back office of guests, their threads, handoffs and the ledgers behind them."""

from conversations.admin import inbox, ledgers

__all__ = ["inbox", "ledgers"]
