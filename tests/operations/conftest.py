"""The hotel with a WhatsApp number and its guests, as the conversation tests know them."""

from tests.conversations.conftest import (
    fresh_process,
    graph,
    guest,
    hotel,
    installation,
    new_guest,
)

__all__ = ["fresh_process", "graph", "guest", "hotel", "installation", "new_guest"]
