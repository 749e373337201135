"""Wiring of Hotel Agent: settings, URLs, Celery, admin site. Business rules live in the apps."""

from hotel_agent.celery import app as celery_app

__all__ = ["celery_app"]
