"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import catalogue, payments, setup, stays

__all__ = ["catalogue", "payments", "setup", "stays"]
