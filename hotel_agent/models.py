"""Tables of the installation itself."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a background process was last heard of; written by `hotel_agent.common.heartbeats`."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "hotel_agent_heartbeat"

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """When a periodic job was last handed to the workers; written by `hotel_agent.beat`."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "hotel_agent_jobrun"

    def __str__(self) -> str:
        return self.name
