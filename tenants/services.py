"""Writes of hotels, people and accounts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction

from hotel_agent.common import clock
from hotel_agent.common.crypto import Secrets
from tenants import history, selectors
from tenants.history import Author
from tenants.models import (
    Channel,
    ChannelAccount,
    Fact,
    HistoryEntry,
    Membership,
    PaymentAccount,
    PmsConnection,
    Role,
    SwitchChange,
    Tenant,
)
from tenants.models.hotels import guest_name, validate_capabilities, validate_test_guests
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)


def create_tenant(
    *, slug: str, name: str, owner: Any | None = None, by: Author = None, reason: str = "", **fields: Any
) -> Tenant:
    """A new hotel, validated, with its owner's membership; who made it is the first line of its history.

    Raises:
        django.core.exceptions.ValidationError: a field is unusable or the slug is taken.
    """
    tenant = Tenant(slug=slug, name=name, **fields)
    tenant.full_clean()
    with transaction.atomic():
        tenant.save()
        made: list[Tenant | Membership] = [tenant]
        if owner is not None:
            made.append(Membership.objects.create(user=owner, tenant=tenant, role=Role.OWNER))
        for row in made if by is not None else ():
            history.note(row, by=by, action=HistoryEntry.Action.ADDED, changes=history.changed({}, row), reason=reason)
    return tenant


def switch(tenant: Tenant, name: str, *, on: bool, by: Any | None = None, reason: str = "") -> bool:
    """Switch the hotel's agent ("live") or one of its capabilities on or off; False when it already was so.

    Counts from the next message on, in every process. Who did it, when and why is kept with it.

    Raises:
        django.core.exceptions.ValidationError: there is no such switch.
    """
    with transaction.atomic():
        row = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        if name == SwitchChange.LIVE:
            if (row.live_since is not None) == on:
                return False
            row.live_since = clock.now() if on else None
        else:
            validate_capabilities({name: on})
            if row.can(name) == on:
                return False
            row.capabilities = {**row.capabilities, name: on}
        row.save(update_fields=["live_since", "capabilities"])
        SwitchChange._base_manager.create(tenant=row, name=name, is_on=on, by=by, reason=reason[:300])
    tenant.live_since, tenant.capabilities = row.live_since, row.capabilities
    selectors.forget_configuration()
    log.info("switched", tenant_id=tenant.pk, switch=name, on=on, user_id=getattr(by, "pk", None))
    return True


def set_test_guests(tenant: Tenant, names: Iterable[str]) -> None:
    """Whom the agent answers before the hotel is live; replaces the list.

    Raises:
        django.core.exceptions.ValidationError: one is neither a number with country code nor an e-mail address.
    """
    wanted = list(dict.fromkeys(guest_name(name) for name in names if name.strip()))
    validate_test_guests(wanted)
    Tenant.objects.filter(pk=tenant.pk).update(test_guests=wanted)
    tenant.test_guests = wanted
    selectors.forget_configuration()


def add_person(tenant: Tenant, *, username: str, password: str, role: str, email: str = "") -> Membership:
    """A new account with a role at one hotel. The password is validated by the caller's form.

    Raises:
        django.db.IntegrityError: the user name is taken.
    """
    with transaction.atomic():
        user = get_user_model().objects.create_user(
            username=username, email=email, password=password, is_staff=True, is_superuser=False
        )
        membership = Membership.objects.create(user=user, tenant=tenant, role=role)
    log.info("person_added", tenant_id=tenant.pk, user_id=user.pk, role=role)
    return membership


def save_fact(tenant: Tenant, fact: Fact, *, by: Author, reason: str = "", **values: Any) -> Fact:
    """Write a fact of the hotel with these values, validated; the next message is answered with it.

    Who wrote it and what it said before are in its history, unless nothing changed.

    Raises:
        django.core.exceptions.ValidationError: a value is unusable.
    """
    before = history.stand(fact) if fact.pk else {}
    for name, value in values.items():
        setattr(fact, name, value)
    with tenant_scope(tenant), transaction.atomic():
        fact.full_clean()
        fact.save()
        action = HistoryEntry.Action.CHANGED if before else HistoryEntry.Action.ADDED
        if changes := history.changed(before, fact):
            history.note(fact, by=by, action=action, changes=changes, reason=reason)
    return fact


def connect_whatsapp(
    tenant: Tenant, *, phone_number_id: str, access_token: str, display_name: str = "", business_account_id: str = ""
) -> ChannelAccount:
    """Link a WhatsApp number of the installation's own Meta app to a hotel. Safe to repeat; the latest token counts."""
    account, _ = ChannelAccount._base_manager.update_or_create(
        channel=Channel.WHATSAPP,
        external_id=phone_number_id,
        defaults={
            "tenant": tenant,
            "credentials": {"access_token": access_token},
            "display_name": display_name,
            "business_account_id": business_account_id,
            "is_active": True,
        },
    )
    return account


def connect_payments(
    tenant: Tenant, *, kind: str, secret_key: str = "", webhook_secret: str = "", uses_installation: bool = False
) -> PaymentAccount:
    """Where the hotel's deposits are paid from now on. Safe to repeat; the latest keys count."""
    credentials = {name: key for name, key in (("secret_key", secret_key), ("webhook_secret", webhook_secret)) if key}
    account, _ = PaymentAccount._base_manager.update_or_create(
        tenant=tenant,
        defaults={
            "kind": kind,
            "credentials": credentials,
            "uses_installation": uses_installation,
            "is_active": True,
        },
    )
    return account


def connect_pms(
    tenant: Tenant, *, kind: str, base_url: str = "", hotel_id: str = "", api_key: str = ""
) -> PmsConnection:
    """Where the hotel's stays are kept from now on. Safe to repeat; the latest address and key count, other settings
    stay. Stays already made remain where they are."""
    connection, _ = PmsConnection._base_manager.update_or_create(
        tenant=tenant,
        defaults={
            "kind": kind,
            "base_url": base_url,
            "hotel_id": hotel_id,
            "credentials": {"api_key": api_key} if api_key else {},
        },
    )
    selectors.forget_configuration()  # this process would otherwise write to the old PMS for some seconds
    return connection


def connect_mailbox(
    tenant: Tenant, *, address: str, credentials: dict[str, str], display_name: str = ""
) -> ChannelAccount:
    """Link a mailbox to a hotel: its address and how to reach it (password or refresh token, server addresses).

    Safe to repeat; the latest credentials count.
    """
    account, _ = ChannelAccount._base_manager.update_or_create(
        channel=Channel.EMAIL,
        external_id=address.strip(),
        defaults={
            "tenant": tenant,
            "credentials": {name: value for name, value in credentials.items() if value},
            "display_name": display_name,
            "is_active": True,
        },
    )
    return account


def connect_webchat(
    tenant: Tenant, *, key: str = "", allowed_origins: Sequence[str] = (), display_name: str = "", accent: str = ""
) -> ChannelAccount:
    """Give a hotel a chat widget. With a key it is safe to repeat, and what is given replaces what was there.

    The secret that signs known visitors is made once and kept.

    Raises:
        django.core.exceptions.ValidationError: a site or the colour is unusable.
    """
    key = key or f"w{secrets.token_urlsafe(15)}"
    account = ChannelAccount._base_manager.filter(channel=Channel.WEBCHAT, external_id=key).first()
    account = account or ChannelAccount(channel=Channel.WEBCHAT, external_id=key)
    account.tenant = tenant
    account.allowed_origins = list(allowed_origins)
    account.display_name = display_name
    account.accent = accent or account.accent
    account.is_active = True
    if not account.credentials.get("identity_secret"):
        account.credentials = Secrets({**account.credentials, "identity_secret": secrets.token_urlsafe(32)})
    account.clean_fields(exclude=["credentials"])
    account.save()
    return account


def pause_account(account: ChannelAccount, *, reason: str) -> None:
    """The provider refuses the account (token, payment, ban): show it, keep the queue, try again rarely."""
    updated = ChannelAccount._base_manager.filter(pk=account.pk).update(
        paused_reason=reason[:200], paused_at=account.paused_at or clock.now()
    )
    if updated:
        log.error("account_paused", account_id=account.pk, tenant_id=account.tenant_id, reason=reason[:200])


def clear_account_pause(account: ChannelAccount) -> None:
    """The provider accepts the account again."""
    ChannelAccount._base_manager.filter(pk=account.pk).update(paused_reason="", paused_at=None)
    log.info("account_resumed", account_id=account.pk, tenant_id=account.tenant_id)
