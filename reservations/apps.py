"""Django app configuration."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """The reservations room."""

    name = "reservations"

    def ready(self) -> None:
        """Counters read 0 from the start."""
        from hotel_agent.common import metric_files
        from reservations.figures import initialise_labels

        if metric_files.announces():
            initialise_labels()
