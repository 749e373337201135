"""Django app configuration."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The tenants room."""

    name = "tenants"
