"""What Meta says about accounts: kept for the hotel, and applied where it changes what may be sent.

Meta documents the fields of a notice loosely and adds to them: an unknown notice is kept as information.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from conversations.models import AccountEvent, MessageTemplate
from integrations.channels.whatsapp.errors import error_of
from integrations.channels.whatsapp.reading import child, number, objects, text
from integrations.events import AccountNotice
from integrations.exceptions import AccountRefused
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tenants.selectors import accounts_of_business
from tenants.services import clear_account_pause, pause_account

log = structlog.get_logger(__name__)

Severity = AccountEvent.Severity
PAUSING = frozenset(
    {
        "DISABLED_UPDATE", "ACCOUNT_RESTRICTION", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED",
        "PARTNER_APP_UNINSTALLED",
    }
)  # fmt: skip
"""Events of `account_update` after which nothing can be sent until somebody acts."""
RESUMING = frozenset({"ACCOUNT_RECONNECTED", "ACCOUNT_REINSTATED"})
TEMPLATE_STATUS = {
    "APPROVED": MessageTemplate.Status.APPROVED,
    "REINSTATED": MessageTemplate.Status.APPROVED,
    "UNPAUSED": MessageTemplate.Status.APPROVED,
    "FLAGGED": MessageTemplate.Status.APPROVED,
    "PENDING": MessageTemplate.Status.PENDING,
    "IN_APPEAL": MessageTemplate.Status.PENDING,
    "REJECTED": MessageTemplate.Status.REJECTED,
    "PAUSED": MessageTemplate.Status.PAUSED,
    "DISABLED": MessageTemplate.Status.DISABLED,
    "PENDING_DELETION": MessageTemplate.Status.DISABLED,
    "DELETED": MessageTemplate.Status.DISABLED,
}
MAX_KEPT = 4000
"""Characters of a notice that are kept: enough to read, not a store for a flood."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a notice says, and how loudly."""

    severity: str
    summary: str


def record(notice: AccountNotice, *, app_key: str, accounts: Mapping[str, ChannelAccount]) -> int:
    """Keep a notice with every account it is about and apply it; returns how many. Inside the caller's transaction.

    `accounts` are those of the signing app by phone number id; a notice about a business account concerns all of its
    numbers that the same app signs for.
    """
    business_id = text(dict(notice.detail), "business_account_id")
    if notice.account:
        concerned = [accounts[notice.account]] if notice.account in accounts else []
    else:
        concerned = accounts_of_business(app_key, business_id) if business_id else []
    concerned = _of_number(concerned, text(dict(notice.detail), "display_phone_number"))
    if not concerned:
        log.warning("account_notice_of_nobody", kind=notice.kind)
    for account in concerned:
        with tenant_scope(account.tenant):
            detail = dict(notice.detail)
            verdict = APPLY.get(notice.kind, _information)(account, detail)
            if len(str(detail)) > MAX_KEPT:
                detail = {"shortened": str(detail)[:MAX_KEPT]}
            AccountEvent.objects.create(
                tenant=account.tenant,
                account=account,
                kind=notice.kind[:80],
                severity=verdict.severity,
                summary=verdict.summary[:300],
                detail=detail,
            )
            log.warning("account_notice", kind=notice.kind, account_id=account.pk, severity=verdict.severity)
    return len(concerned)


def _of_number(accounts: list[ChannelAccount], shown: str) -> list[ChannelAccount]:
    """Those of the accounts whose name is the number a notice shows; all of them when none is."""
    digits = re.sub(r"\D", "", shown)
    named = [one for one in accounts if digits and re.sub(r"\D", "", one.display_name) == digits]
    return named or accounts


Detail = dict[str, Any]


def _information(account: ChannelAccount, detail: Detail) -> Verdict:
    words = [text(detail, name) for name in ("event", "decision", "title", "message", "reason")]
    return Verdict(Severity.INFO, " · ".join(word for word in words if word) or "–")


def _unreadable(account: ChannelAccount, detail: Detail) -> Verdict:
    return Verdict(Severity.WARNING, "a part of a delivery could not be read")


def _account_update(account: ChannelAccount, detail: Detail) -> Verdict:
    event = text(detail, "event")
    ban = text(child(detail, "ban_info"), "waba_ban_state")
    words = " · ".join(word for word in (event, ban, text(child(detail, "violation_info"), "violation_type")) if word)
    if event in RESUMING or ban == "REINSTATE":
        clear_account_pause(account)
        return Verdict(Severity.INFO, words)
    if event in PAUSING:
        pause_account(account, reason=f"Meta: {words}")
        return Verdict(Severity.ALERT, words)
    return Verdict(Severity.ALERT if "VIOLATION" in event else Severity.INFO, words or "–")


def _review(account: ChannelAccount, detail: Detail) -> Verdict:
    decision = text(detail, "decision")
    return Verdict(Severity.ALERT if decision == "REJECTED" else Severity.INFO, f"review: {decision}")


def _quality(account: ChannelAccount, detail: Detail) -> Verdict:
    event = text(detail, "event")
    limit = text(detail, "current_limit") or text(detail, "max_daily_conversations_per_business")
    if event in {"FLAGGED", "UNFLAGGED"}:
        account.quality = "flagged" if event == "FLAGGED" else ""
        ChannelAccount._base_manager.filter(pk=account.pk).update(quality=account.quality)
    worse = event in {"FLAGGED", "DOWNGRADE"}
    return Verdict(
        Severity.WARNING if worse else Severity.INFO, " · ".join(word for word in (event, limit) if word) or "–"
    )


def _template_status(account: ChannelAccount, detail: Detail) -> Verdict:
    event, reason = text(detail, "event"), text(detail, "reason")
    name, language = text(detail, "message_template_name"), text(detail, "message_template_language")
    status = TEMPLATE_STATUS.get(event)
    if status is not None:
        note = f"{event}: {reason}" if reason not in {"", "NONE"} else event
        _templates(account, detail).update(status=status, status_note=note[:200])
    lost = status in {
        MessageTemplate.Status.REJECTED, MessageTemplate.Status.PAUSED, MessageTemplate.Status.DISABLED,
    }  # fmt: skip
    return Verdict(Severity.WARNING if lost else Severity.INFO, f"{name} ({language}): {event}")


def _template_quality(account: ChannelAccount, detail: Detail) -> Verdict:
    score = text(detail, "new_quality_score")
    _templates(account, detail).update(quality=score[:10])
    name = text(detail, "message_template_name")
    return Verdict(Severity.WARNING if score in {"RED", "YELLOW"} else Severity.INFO, f"{name}: {score}")


def _template_category(account: ChannelAccount, detail: Detail) -> Verdict:
    category = text(detail, "new_category").lower()
    if category in MessageTemplate.Category.values:
        _templates(account, detail).update(category=category)
    return Verdict(Severity.WARNING, f"{text(detail, 'message_template_name')}: {category}")


def _templates(account: ChannelAccount, detail: Detail) -> Any:
    return MessageTemplate.objects.filter(
        account=account,
        name=text(detail, "message_template_name"),
        language=text(detail, "message_template_language"),
    )


def _errors(account: ChannelAccount, detail: Detail) -> Verdict:
    """Errors without a message: the account's own. Those a send would be refused for pause it, as a send would."""
    first = next(iter(objects(detail.get("errors"))), {})
    code = number(first, "code")
    title = text(first, "title") or text(first, "message")
    error = error_of(code, title)
    words = f"{title} ({code})"
    if code is not None and isinstance(error, AccountRefused):
        pause_account(account, reason=str(error))
        return Verdict(Severity.ALERT, words)
    return Verdict(Severity.WARNING, words)


def _alert(account: ChannelAccount, detail: Detail) -> Verdict:
    return Verdict(Severity.WARNING, _information(account, detail).summary)


APPLY: Mapping[str, Callable[[ChannelAccount, Detail], Verdict]] = {
    "account_update": _account_update,
    "account_review_update": _review,
    "phone_number_quality_update": _quality,
    "business_capability_update": _quality,
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "template_category_update": _template_category,
    "errors": _errors,
    "unreadable": _unreadable,
    "account_alerts": _alert,
    "security": _alert,
}
