"""Django app configuration of the wiring: system checks and operators' commands."""

from django.apps import AppConfig


class HotelAgentConfig(AppConfig):
    """Registers the deploy checks."""

    name = "hotel_agent"
    verbose_name = "Hotel Agent"

    def ready(self) -> None:
        """Registering happens at import; production does not go on with unsafe settings."""
        from hotel_agent import checks

        checks.insist()
