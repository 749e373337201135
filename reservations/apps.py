"""Django app configuration."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """The reservations room."""

    name = "reservations"
