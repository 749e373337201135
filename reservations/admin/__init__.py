"""Back office of what a hotel sells and what it has sold."""

from reservations.admin import arrivals, calendar, catalogue, drift, inquiries, payments, setup, sheets, stays

__all__ = ["arrivals", "calendar", "catalogue", "drift", "inquiries", "payments", "setup", "sheets", "stays"]
