"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import catalogue, desk, payments, setup, stays

__all__ = ["catalogue", "desk", "payments", "setup", "stays"]
