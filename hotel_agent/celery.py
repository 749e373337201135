"""The Celery application. Its settings are `CELERY_*` of Django's settings; tasks are found in the apps."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")

app = Celery("hotel_agent")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery leaves logging to Django's LOGGING: one format for every process."""
