"""Reads of hotels and accounts. Configuration that every message needs is cached per process for a few seconds."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from django.conf import settings
from django.core.cache import caches
from django.db.models import Q

from hotel_agent.common import clock
from tenants.models import Channel, ChannelAccount, Fact, Holiday, MetaApp, OpeningHours, Tenant
from tenants.scoping import every_tenant

CONFIGURATION_TTL_S = 5.0
LOOK_EVERY_S = 0.5
"""How often a process that uses its caches looks whether somebody asked all to read anew."""
GENERATION = "configuration-generation"

Value = TypeVar("Value")

log = structlog.get_logger(__name__)


class ConfigurationCache(Generic[Value]):
    """Values by key for `CONFIGURATION_TTL_S`; a change of configuration is seen everywhere within that time, and
    within `LOOK_EVERY_S` after `forget_configuration_everywhere`."""

    every: ClassVar[list[ConfigurationCache[Any]]] = []
    """All caches of this process, for `forget_configuration`."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, Value]] = {}
        self.every.append(self)

    def get(self, key: str, load: Callable[[], Value]) -> Value:
        _generation.look()
        found = self._values.get(key)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        value = load()
        if len(self._values) > 1000:
            self._values.clear()
        self._values[key] = (time.monotonic() + CONFIGURATION_TTL_S, value)
        return value

    def forget(self, key: str) -> None:
        self._values.pop(key, None)

    def clear(self) -> None:
        self._values.clear()


@dataclass(frozen=True, slots=True)
class MetaAppSecrets:
    """What is needed to believe a delivery: current and previous app secret, and the verify token."""

    key: str
    app_secrets: tuple[str, ...]
    verify_token: str


_meta_apps: ConfigurationCache[MetaAppSecrets | None] = ConfigurationCache()
_facts: ConfigurationCache[list[Fact]] = ConfigurationCache()
_hours: ConfigurationCache[list[OpeningHours]] = ConfigurationCache()
_holidays: ConfigurationCache[list[Holiday]] = ConfigurationCache()
_tenants: ConfigurationCache[Tenant] = ConfigurationCache()


def forget_configuration() -> None:
    """Drop this process's cached configuration."""
    for cache in ConfigurationCache.every:
        cache.clear()


def forget_configuration_everywhere() -> int | None:
    """Have every process read its configuration anew within half a second; the number of this refresh.

    None when the others could not be told (Redis is away): they read anew within `CONFIGURATION_TTL_S` as always.
    """
    forget_configuration()
    try:
        return _generation.next()
    except Exception as error:  # a cache's errors share no base; nothing but the half second depends on it
        log.warning("refresh_not_shared", error_type=type(error).__name__)
        return None


class _Generation:
    """The number of the last refresh as this process knows it, read at most every `LOOK_EVERY_S`."""

    def __init__(self) -> None:
        self._known: int | None = None
        self._look_at = 0.0

    def look(self) -> None:
        """Drop what is cached here when somebody asked for it since the last look. Never raises; 100 ms at most."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        try:
            found = int(caches["limits"].get(GENERATION) or 0)
        except Exception as error:  # see above; not asked again for as long as a value lives
            self._look_at = now + CONFIGURATION_TTL_S
            log.debug("refresh_not_read", error_type=type(error).__name__)
            return
        if self._known is not None and found != self._known:
            forget_configuration()
        self._known = found

    def next(self) -> int:
        cache = caches["limits"]
        cache.add(GENERATION, 0, timeout=None)
        self._known = int(cache.incr(GENERATION))
        return self._known


_generation = _Generation()


def meta_app(key: str) -> MetaAppSecrets | None:
    """The app that signs for a webhook path; "" is the installation's own. None when there is no such app."""
    if key == "":
        return MetaAppSecrets("", tuple(settings.WHATSAPP_APP_SECRETS), settings.WHATSAPP_VERIFY_TOKEN)
    return _meta_apps.get(key, lambda: _load_meta_app(key))


def _load_meta_app(key: str) -> MetaAppSecrets | None:
    app = MetaApp.objects.filter(key=key).first()
    if app is None:
        return None
    secrets = app.credentials
    return MetaAppSecrets(
        key,
        tuple(filter(None, (secrets.get("app_secret", ""), secrets.get("previous_app_secret", "")))),
        secrets.get("verify_token", ""),
    )


def accounts_of_app(app_key: str, channel: str, external_ids: set[str]) -> dict[str, ChannelAccount]:
    """Accounts by external id among those of one signing app (promise 7). Tenants come along."""
    # Before the account is found no tenant is known: this query decides it.
    with every_tenant():
        found = ChannelAccount.objects.select_related("tenant").filter(
            channel=channel, external_id__in=external_ids, is_active=True, tenant__is_active=True
        )
        found = found.filter(meta_app__key=app_key) if app_key else found.filter(meta_app__isnull=True)
        return {account.external_id: account for account in found}


def accounts_of_business(app_key: str, business_account_id: str) -> list[ChannelAccount]:
    """The numbers of a WhatsApp business account among those of one signing app (promise 7). Tenants come along."""
    with every_tenant():  # a notice names no hotel: this query decides whom it concerns
        found = ChannelAccount.objects.select_related("tenant").filter(
            channel=Channel.WHATSAPP, business_account_id=business_account_id, is_active=True, tenant__is_active=True
        )
        return list(found.filter(meta_app__key=app_key) if app_key else found.filter(meta_app__isnull=True))


_widgets: ConfigurationCache[ChannelAccount | None] = ConfigurationCache()

WIDGET_KEY = re.compile(r"(?!terminal-)[A-Za-z0-9_-]{4,64}")
TERMINAL_PREFIX = "terminal-"
"""Web-chat accounts of `manage.py chat`, which no browser may use."""


def widget(key: str) -> ChannelAccount | None:
    """The web-chat account behind a widget key, with its tenant, cached for a few seconds; None when it is not live."""
    if key.startswith(TERMINAL_PREFIX):
        return None
    return _widgets.get(key, lambda: _load_widget(key))


def _load_widget(key: str) -> ChannelAccount | None:
    with every_tenant():  # the key decides the tenant
        return (
            ChannelAccount.objects.select_related("tenant")
            .filter(channel=Channel.WEBCHAT, external_id=key, is_active=True, tenant__is_active=True)
            .first()
        )


def account_exists(channel: str, external_id: str) -> bool:
    """Whether anybody has this account, whichever app signs for it."""
    with every_tenant():
        return ChannelAccount.objects.filter(channel=channel, external_id=external_id).exists()


def tenant_by_id(tenant_id: int) -> Tenant:
    """A hotel, cached for a few seconds.

    Raises:
        Tenant.DoesNotExist: there is none with this id.
    """
    return _tenants.get(str(tenant_id), lambda: Tenant.objects.get(pk=tenant_id))


def current_facts(tenant: Tenant, day: dt.date) -> list[Fact]:
    """Facts that are true on a day. A change is seen by whoever has loaded the hotel's row after it."""
    facts = _facts.get(
        tenant.configuration_key,
        lambda: list(Fact._base_manager.filter(tenant=tenant, is_active=True).order_by("topic", "id")),
    )
    return [
        fact
        for fact in facts
        if (fact.valid_from is None or fact.valid_from <= day) and (fact.valid_until is None or day <= fact.valid_until)
    ]


def opening_hours(tenant: Tenant) -> list[OpeningHours]:
    """When people are at the desk. A change is seen by whoever has loaded the hotel's row after it."""
    return _hours.get(
        tenant.configuration_key,
        lambda: list(OpeningHours._base_manager.filter(tenant=tenant).order_by("weekday", "opens")),
    )


def holidays(tenant: Tenant) -> dict[dt.date, Holiday]:
    """Dates with hours of their own, by date, cached for a few seconds. Yesterday's may still run over midnight."""
    since = tenant.local(clock.now()).date() - dt.timedelta(days=2)
    rows = _holidays.get(
        str(tenant.pk), lambda: list(Holiday._base_manager.filter(tenant=tenant, date__gte=since).order_by("date"))
    )
    return {row.date: row for row in rows}


def tenants_of(user_id: int) -> Q:
    """Filter of tenants where the user has a role."""
    return Q(memberships__user_id=user_id)
