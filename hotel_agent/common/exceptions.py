"""The error tree. A class says who has to act: retry later, give up, fix the configuration, or find out first.

Texts are for operators; what a guest reads is a message key chosen by the dialogue, never `str(error)`.
"""

from __future__ import annotations


class HotelAgentError(Exception):
    """Base of everything we raise on purpose. `code` is stable and goes to logs, rows and metrics."""

    code = "error"


class Retryable(HotelAgentError):  # noqa: N818 - a property of the failure, read as `except Retryable`
    """Trying the same thing later may work; nothing has happened. `retry_after` is a hint in seconds."""

    code = "retryable"

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DependencyDown(Retryable):
    """An outside service is unreachable, refuses by its breaker, answers 5xx/429, or rejects our credentials.

    Never counts against the item that met it: the item is retried until its own deadline.
    """

    code = "dependency_down"


class Permanent(HotelAgentError):  # noqa: N818
    """Repeating it cannot work; the item is finished as failed."""

    code = "permanent"


class Misconfigured(HotelAgentError):  # noqa: N818
    """Someone has to change settings or credentials; the account is paused and staff alerted."""

    code = "misconfigured"


class UnknownOutcome(HotelAgentError):  # noqa: N818
    """The effect may or may not have happened (timeout after sending, reset, 5xx on a write).

    Never retried blindly: settled by a receipt or a look-up by our reference.
    """

    code = "unknown_outcome"


class BadInput(HotelAgentError):  # noqa: N818
    """What came from outside cannot be used; it is answered 4xx or quarantined, never a 500."""

    code = "bad_input"


class LostClaim(HotelAgentError):  # noqa: N818
    """Someone else owns the row now (lease expired, epoch moved on); drop the work silently."""

    code = "lost_claim"
