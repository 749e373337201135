"""What providers refuse, beyond the common tree: who has to wait, and who has to act.

Each carries `provider_code`, the provider's own number for it, for rows, metrics and people.
"""

from __future__ import annotations

from hotel_agent.common.exceptions import DependencyDown, Misconfigured, Permanent


class BreakerOpen(DependencyDown):
    """The breaker refused the call: the dependency failed too often. `retry_after` is when a probe may go."""

    code = "breaker_open"


class Throttled(DependencyDown):
    """The provider asks this account, or all of us, to slow down. Every call under the breaker's key waits."""

    code = "throttled"

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, provider_code: int | None = None
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.provider_code = provider_code


class RecipientThrottled(DependencyDown):
    """Too many messages to one recipient; the account may go on writing to others."""

    code = "recipient_throttled"

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, provider_code: int | None = None
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.provider_code = provider_code


class AccountRefused(Misconfigured):
    """The provider refuses our account: token, permission, payment, ban. Pause it, tell people, lose nothing.

    `reason` is one of "token", "permission", "number", "payment", "policy", "settings".
    """

    code = "account_refused"

    def __init__(self, message: str = "", *, reason: str = "settings", provider_code: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.provider_code = provider_code


class _Refused(Permanent):
    def __init__(self, message: str = "", *, provider_code: int | None = None) -> None:
        super().__init__(message)
        self.provider_code = provider_code


class RecipientRefused(_Refused):
    """This recipient cannot be written to; nothing is wrong with the message or the account."""

    code = "recipient_refused"


class OtherFormMayWork(RecipientRefused):
    """Refused for a number that has a second written form (AR, MX, BR): try that form once."""

    code = "recipient_other_form"


class WindowClosed(_Refused):
    """The guest wrote more than 24 hours ago: only a template or a person may go on."""

    code = "window_closed"


class ContentRefused(_Refused):
    """The message itself is not acceptable: our mistake or a template's."""

    code = "content_refused"


class FileRefused(Permanent):
    """A guest's file cannot be had. `reason`: "too_big", "hash", "host", "gone", "unreadable", "too_long"."""

    code = "file_refused"

    def __init__(self, message: str = "", *, reason: str = "unreadable") -> None:
        super().__init__(message)
        self.reason = reason
