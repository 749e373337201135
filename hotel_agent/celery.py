"""The Celery application. Its settings are `CELERY_*` of Django's settings; tasks are found in the apps."""

import os

from celery import Celery, Task
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections

from hotel_agent.common import metric_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")

app = Celery("hotel_agent")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery closes the database connection before and after each task: a new PostgreSQL session for each, which cost more
# than the task's own statements. Never by itself, then; `keep_connections` does what Django does around a request.
app.conf.CELERY_DB_REUSE_MAX = 1_000_000_000


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery leaves logging to Django's LOGGING: one format for every process."""


@task_prerun.connect
@task_postrun.connect
def keep_connections(sender: Task, **_: object) -> None:
    """Keep connections up to `CONN_MAX_AGE`, checked before their first use in a task; drop those that failed."""
    if not sender.request.is_eager:
        close_old_connections()


@worker_process_init.connect
def take_over_numbers_of_the_dead(**_: object) -> None:
    """A child was recycled or died: what it counted stays, in one file."""
    metric_files.fold_dead()
