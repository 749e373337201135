"""Trying out a connection: asked for in the back office, done by a worker, written down without secrets.

A test is a row before it is a call, and only reads: it may be done twice. The web thread that asks for it calls nobody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from conversations.models import ConnectionTest
from conversations.services.channels import whatsapp
from conversations.services.email import mailboxes
from hotel_agent.common import claims, clock, dispatch
from hotel_agent.common.exceptions import HotelAgentError, LostClaim, Misconfigured
from integrations import http
from integrations.channels.email import mailbox, smtp
from reservations.services import payment_accounts, pms
from tenants.models import Channel, ChannelAccount, PaymentAccount, PmsConnection, Tenant
from tenants.scoping import every_tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger(__name__)

TASK = "conversations.try_connection"
Target = ConnectionTest.Target
HIDDEN = "•••"
KEPT = 20
"""Tests of one connection that are kept; older ones go when a new one is asked for."""


def ask(
    tenant: Tenant, target: str, *, account: ChannelAccount | None = None, by: User | None = None
) -> ConnectionTest:
    """Ask for a test; one that is still to be done is returned instead of a second one. Inside the tenant's scope."""
    tests = ConnectionTest.objects.filter(tenant=tenant, target=target, account=account)
    waiting = tests.filter(state__in=[claims.WorkState.WAITING, claims.WorkState.WORKING]).first()
    if waiting is not None:
        return waiting
    old = list(tests.order_by("-id").values_list("pk", flat=True)[KEPT - 1 :])
    if old:
        ConnectionTest.objects.filter(pk__in=old).delete()
    test: ConnectionTest = ConnectionTest.objects.create(tenant=tenant, target=target, account=account, asked_by=by)
    dispatch.after_commit(TASK, test.pk)
    return test


def due_tests(limit: int) -> list[int]:
    """Tests to be done now; across all tenants, ids only."""
    with every_tenant():
        return list(claims.due(ConnectionTest.objects.all()).order_by("id").values_list("pk", flat=True)[:limit])


def run(test_id: int) -> bool:
    """Do one test if it is due; False when there is nothing to do. Never raises for what is tried.

    Inside the tenant's scope; no transaction may be open.
    """
    test = claims.claim(ConnectionTest.objects.filter(pk=test_id).select_related(None))
    if test is None:
        return False
    worked, outcome = True, ""
    with http.recorded() as exchanges:
        try:
            outcome = _try(test)
        except HotelAgentError as error:
            worked, outcome = False, str(error)
        except Exception as error:
            log.exception("connection_test_failed", error_type=type(error).__name__)
            worked, outcome = False, f"our own mistake: {type(error).__name__}"
    secrets = _secrets(test)
    shown = [{name: hidden(value, secrets) for name, value in dataclasses.asdict(one).items()} for one in exchanges]
    try:
        claims.finish(
            test, worked=worked, outcome=str(hidden(outcome, secrets))[:500], exchanges=shown, tried_at=clock.now()
        )
    except LostClaim:
        return False
    return True


def hidden(value: Any, secrets: Iterable[str]) -> Any:
    """A text without the secrets in it."""
    if not isinstance(value, str):
        return value
    for secret in secrets:
        value = value.replace(secret, HIDDEN)
    return value


def _secrets(test: ConnectionTest) -> list[str]:
    rows: list[Any] = [test.account] if test.account is not None else []
    if test.target == Target.PMS:
        rows += PmsConnection.objects.filter(tenant_id=test.tenant_id)
    if test.target == Target.PAYMENTS:
        rows += PaymentAccount.objects.filter(tenant_id=test.tenant_id)
    found = {str(value) for row in rows for value in row.credentials.values() if len(str(value)) >= 4}
    return sorted(found, key=len, reverse=True)


def _try(test: ConnectionTest) -> str:
    """What the other side says of itself, in a few words.

    Raises:
        HotelAgentError: it does not answer, or refuses us.
    """
    if test.target == Target.PMS:
        adapter = pms.connect(test.tenant)
        types = pms.call(adapter, "room_types", adapter.room_types)
        return f"{len(types)} room types: {', '.join(one.name for one in types)}"[:300]
    if test.target == Target.PAYMENTS:
        provider = payment_accounts.connect(test.tenant)
        payment_accounts.call(
            provider, "find_checkout", lambda: provider.find_checkout("connection-test", since=clock.now())
        )
        return "the account answers"
    return _try_channel(test.account)


def _try_channel(account: ChannelAccount | None) -> str:
    if account is None:
        raise Misconfigured("the test names no account")
    if account.channel == Channel.WHATSAPP:
        said = whatsapp.client(account).describe()
        return " · ".join(str(said[name]) for name in ("display_phone_number", "verified_name") if said.get(name))
    if account.channel == Channel.EMAIL:
        reached = mailboxes.mail_account(account)
        with mailbox.opened(reached) as box:
            folder = box.select(mailbox.INBOX, readonly=True)
            sent = box.sent_folder()
        greeting = smtp.try_login(reached)
        return f"IMAP: {folder.name}, next mail {folder.next_uid}, sent mail in {sent or '–'}. SMTP: {greeting}"
    return "the widget is ours: there is nobody outside to ask"
