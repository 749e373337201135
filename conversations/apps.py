"""Django app configuration."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """The conversations room."""

    name = "conversations"

    def ready(self) -> None:
        """Counters read 0 from the start."""
        from conversations.figures import initialise_labels
        from hotel_agent.common import metric_files

        if metric_files.announces():
            initialise_labels()
