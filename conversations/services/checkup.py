"""What a hotel still lacks before its agent can answer everybody, and what is wrong now.

The checks of `manage.py doctor` and of the set-up page. Reads of our own rows only; inside the tenant's scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conversations.models import ConnectionTest, Mailbox
from conversations.services.email import mailboxes
from conversations.services.knowledge import completeness, contradictions
from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput, HotelAgentError
from reservations.models import CancellationTier, Rate, RatePlan, RoomType
from reservations.services import payment_accounts
from tenants import services
from tenants.models import Channel, ChannelAccount, Fact, Membership, OpeningHours, PmsConnection, SwitchChange, Tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNREAD_AFTER_S = 600
FACTS_ENOUGH = 50
"""Percent of what guests ask; below it most answers would be "I'll ask reception"."""

PROBLEMS: Final = {
    "no_channel": "no channel account",
    "paused": "%(account)s is paused: %(why)s",
    "no_token": "%(account)s has no access token",
    "mailbox_settings": "%(account)s: %(why)s",
    "mailbox_unread": "%(account)s was never read: %(why)s",
    "mailbox_late": "%(account)s was not read for %(minutes)s min %(why)s",
    "test_failed": "the last test failed: %(why)s",
    "pms_settings": "the PMS connection lacks its address or key",
    "no_room_types": "no room types",
    "no_prices": "no prices from tomorrow on",
    "no_terms": "%(plan)s has no terms of cancellation",
    "no_facts": "no facts to answer from",
    "few_facts": "only %(percent)s percent of what guests ask can be answered in %(language)s",
    "differences": "said in two ways: %(count)s",
    "no_hours": "no opening hours: the agent will say that people are always there",
    "no_privacy": "no privacy address for the first message",
    "no_contact": "neither a phone number nor an e-mail address guests can be given",
    "nobody": "nobody answers at the desk: add people",
    "no_payments": "deposits are asked for, and there is no account they are paid to",
    "not_live": "not live: the agent answers test guests only",
}
"""Problems by code, as an operator reads them; the back office translates them."""

TITLES: Final = {
    "channels": "Channels",
    "pms": "PMS",
    "rooms": "Rooms and prices",
    "policies": "Policies",
    "facts": "Facts",
    "hours": "Opening hours",
    "privacy": "Privacy and contact",
    "people": "People at the desk",
    "payments": "Deposits",
    "live": "Live",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is missing or wrong."""

    code: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        text = PROBLEMS[self.code]
        for name, value in self.values.items():
            text = text.replace(f"%({name})s", str(value))
        return text.strip()


@dataclass(frozen=True)
class Check:
    """One part of a hotel's set-up. `required`: the hotel cannot go live without it."""

    code: str
    problems: tuple[Problem, ...]
    required: bool = False

    @property
    def is_fine(self) -> bool:
        """Nothing is missing or wrong."""
        return not self.problems


class NotReady(BadInput):
    """The hotel lacks something it cannot go live without; `missing` names the checks."""

    code = "not_ready"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def checks(tenant: Tenant) -> list[Check]:
    """Everything, in the order a hotel is set up."""
    accounts = list(ChannelAccount.objects.filter(tenant=tenant, is_active=True).order_by("channel", "id"))
    return [
        Check("channels", tuple(_channels(accounts)), required=True),
        Check("pms", tuple(_pms(tenant)), required=True),
        Check("rooms", tuple(_rooms(tenant)), required=True),
        Check("policies", tuple(_policies())),
        Check("facts", tuple(_facts(tenant)), required=not Fact.objects.filter(is_active=True).exists()),
        Check("hours", () if OpeningHours.objects.exists() else (Problem("no_hours"),)),
        Check("privacy", tuple(_privacy(tenant)), required=not tenant.privacy_url),
        Check("people", () if _people(tenant) else (Problem("nobody"),)),
        Check("payments", tuple(_payments(tenant))),
        Check("live", () if tenant.live_since else (Problem("not_live"),)),
    ]


def missing_to_go_live(found: list[Check]) -> list[str]:
    """Codes of the required checks that are not fine."""
    return [check.code for check in found if check.required and not check.is_fine]


def go_live(tenant: Tenant, *, by: User | None, reason: str = "") -> bool:
    """Let the agent answer everybody; False when it already does.

    Raises:
        NotReady: something it cannot do without is missing; nothing was changed.
    """
    missing = missing_to_go_live(checks(tenant))
    if missing:
        raise NotReady(missing)
    return services.switch(tenant, SwitchChange.LIVE, on=True, by=by, reason=reason)


def last_test(target: str, account: ChannelAccount | None = None) -> ConnectionTest | None:
    """The latest test of a connection that was tried."""
    tests = ConnectionTest.objects.filter(target=target, account=account, worked__isnull=False)
    return tests.order_by("-id").first()


def _failed(target: str, account: ChannelAccount | None = None) -> Iterator[Problem]:
    test = last_test(target, account)
    if test is not None and not test.worked:
        yield Problem("test_failed", {"why": test.outcome})


def _channels(accounts: list[ChannelAccount]) -> Iterator[Problem]:
    if not accounts:
        yield Problem("no_channel")
    for account in accounts:
        if account.paused_at is not None:
            yield Problem("paused", {"account": account, "why": account.paused_reason})
        if account.channel == Channel.WHATSAPP and not account.credentials.get("access_token"):
            yield Problem("no_token", {"account": account})
        if account.channel == Channel.EMAIL:
            yield from _mailbox(account)
        if account.channel != Channel.WEBCHAT:
            yield from _failed(ConnectionTest.Target.CHANNEL, account)


def _mailbox(account: ChannelAccount) -> Iterator[Problem]:
    try:
        mailboxes.mail_account(account)
    except HotelAgentError as error:
        yield Problem("mailbox_settings", {"account": account, "why": error})
        return
    mailbox = Mailbox.objects.filter(account=account).first()
    trouble = mailbox.last_error if mailbox is not None else ""
    if mailbox is None or mailbox.checked_at is None:
        yield Problem("mailbox_unread", {"account": account, "why": trouble or "is the sweeper running?"})
    elif (clock.now() - mailbox.checked_at).total_seconds() > UNREAD_AFTER_S:
        minutes = round((clock.now() - mailbox.checked_at).total_seconds() / 60)
        yield Problem("mailbox_late", {"account": account, "minutes": minutes, "why": trouble})


def _pms(tenant: Tenant) -> Iterator[Problem]:
    connection = PmsConnection.objects.filter(tenant=tenant).first()
    if connection is not None and connection.kind != "builtin":
        if not connection.base_url or not connection.credentials.get("api_key"):
            yield Problem("pms_settings")
        yield from _failed(ConnectionTest.Target.PMS)


def _rooms(tenant: Tenant) -> Iterator[Problem]:
    if not RoomType.objects.filter(is_active=True).exists():
        yield Problem("no_room_types")
    outside = PmsConnection.objects.filter(tenant=tenant).exclude(kind="builtin").exists()
    if not outside and not Rate.objects.filter(night__gt=tenant.business_day()).exists():
        yield Problem("no_prices")


def _policies() -> Iterator[Problem]:
    with_terms = set(CancellationTier.objects.values_list("rate_plan_id", flat=True))
    for plan in RatePlan.objects.filter(is_active=True):
        if plan.pk not in with_terms:
            yield Problem("no_terms", {"plan": plan})


def _facts(tenant: Tenant) -> Iterator[Problem]:
    if not Fact.objects.filter(is_active=True).exists():
        yield Problem("no_facts")
        return
    for language, percent in completeness.measure(tenant).percent.items():
        if percent < FACTS_ENOUGH:
            yield Problem("few_facts", {"percent": percent, "language": language})
    found = len(contradictions.differences(tenant))
    if found:
        yield Problem("differences", {"count": found})


def _privacy(tenant: Tenant) -> Iterator[Problem]:
    if not tenant.privacy_url:
        yield Problem("no_privacy")
    if not (tenant.phone or tenant.email):
        yield Problem("no_contact")


def _people(tenant: Tenant) -> bool:
    return Membership.objects.filter(tenant=tenant, user__is_active=True).exclude(role="read_only").exists()


def _payments(tenant: Tenant) -> Iterator[Problem]:
    asked = RatePlan.objects.filter(is_active=True).exclude(deposit=RatePlan.Deposit.NONE).exists()
    if not asked or not tenant.can("deposits"):
        return
    if payment_accounts.account_of(tenant) is None:
        yield Problem("no_payments")
    yield from _failed(ConnectionTest.Target.PAYMENTS)
