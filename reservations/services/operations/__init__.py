"""What each kind of PMS write sends, how its outcome is looked up, and what follows from it."""

from __future__ import annotations

from integrations.pms.base import Pms
from reservations.models import PmsCall
from reservations.services.operations.amend import Amend
from reservations.services.operations.base import Operation, Sent
from reservations.services.operations.book import Book
from reservations.services.operations.cancel import Cancel
from reservations.services.operations.note import Note
from reservations.services.operations.release import Release

KINDS: dict[str, type[Operation]] = {
    PmsCall.Kind.BOOK: Book,
    PmsCall.Kind.CANCEL: Cancel,
    PmsCall.Kind.AMEND: Amend,
    PmsCall.Kind.RELEASE: Release,
    PmsCall.Kind.NOTE: Note,
}


def operation_for(call: PmsCall, adapter: Pms | None) -> Operation:
    """The operation behind a call. Without an adapter it can record outcomes but not ask."""
    return KINDS[call.kind](call, adapter)


__all__ = ["Operation", "Sent", "operation_for"]
