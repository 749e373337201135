"""Doors of the reservations room: the payment provider's webhook, the page to pay on, the page of a stay."""
