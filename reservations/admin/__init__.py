"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import payments, setup, stays

__all__ = ["payments", "setup", "stays"]
