"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import setup, stays

__all__ = ["setup", "stays"]
