"""Django app configuration of the wiring: system checks and operators' commands."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class HotelAgentConfig(AppConfig):
    """Registers the deploy checks."""

    name = "hotel_agent"
    verbose_name = "Hotel Agent"

    def ready(self) -> None:
        """Production does not go on with unsafe settings; Django tells of every sign-in, whichever way it came."""
        from django.contrib.auth.signals import user_logged_in

        from hotel_agent import checks

        checks.insist()
        user_logged_in.connect(_began, dispatch_uid="hotel_agent.sign_in")


def _began(sender: object, request: Any, user: Any, **_: object) -> None:
    from hotel_agent import sign_in

    if hasattr(request, "session"):
        sign_in.began(request, user)
