"""Back office of guests, their threads, handoffs and the ledgers behind them."""

<<<<<<< HEAD
from conversations.admin import desk, files, inbox, learning, ledgers, whatsapp

__all__ = ["desk", "files", "inbox", "learning", "ledgers", "whatsapp"]
=======
from conversations.admin import files, inbox, knowledge, learning, ledgers, privacy, whatsapp

__all__ = ["files", "inbox", "knowledge", "learning", "ledgers", "privacy", "whatsapp"]
>>>>>>> main
