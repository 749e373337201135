"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import catalogue, drift, payments, setup, stays

__all__ = ["catalogue", "drift", "payments", "setup", "stays"]
