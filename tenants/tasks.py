"""Thin doors for the workers."""

from __future__ import annotations

from celery import shared_task

from tenants import tokens


@shared_task(name="tenants.forget_spent_tokens")
def forget_spent_tokens() -> None:
    """Remove marks of refresh tokens that have ended by themselves."""
    tokens.forget_ended()
