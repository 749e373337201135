"""Django app configuration."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """The reservations room."""

    name = "reservations"

    def ready(self) -> None:
        """Counters read 0 from the start."""
        from reservations.figures import initialise_labels

        initialise_labels()
