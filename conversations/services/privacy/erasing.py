"""Forgetting a guest: steps that are each safe to repeat, in an order that never needs what an earlier one erased.

Silence first (no turn, no send, no download may write about them again), then bytes outside the tables, then rows, then
mentions in others' rows, and the names by which all that was found last. A crash anywhere leaves a row that says how
far it came, and the next run goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, Q

from conversations.models import Conversation, Erasure, Guest, GuestIdentity, MediaFile, Message, OutboundMessage
from conversations.services import files
from conversations.services.privacy import blanking, raw, traces
from conversations.services.privacy.traces import Names, Rows
from hotel_agent.common import claims, clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.crypto import EncryptedSecretsField
from hotel_agent.common.exceptions import LostClaim, Permanent
from reservations.models import Payment, Reservation, StayEvent
from reservations.services import payment_deliveries
from tenants.models import HistoryEntry, Tenant
from tenants.permissions import label_of
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)

BATCH = 500
RESERVATIONS_OPEN = ("awaiting", "pending", "unknown", "confirmed", "in_house")
CONFIGURATION = frozenset(
    {
        "conversations.messagetemplate", "conversations.wordingoverride", "conversations.erasure",
        "reservations.roomtype", "reservations.room", "reservations.rateplan", "reservations.rate",
        "reservations.roomnight", "reservations.cancellationtier", "reservations.childband", "reservations.extra",
        "reservations.staytax", "reservations.calendarfeed", "reservations.reservationchange",
        "reservations.quoteoption", "reservations.roomtypelease",
    }
)  # fmt: skip
"""Tables without a guest's words, not searched for mentions; so are all of the `tenants` room but its history."""
OTHER_PEOPLE = frozenset(
    {
        "conversations.guest", "conversations.guestidentity", "reservations.reservation", "reservations.builtinbooking",
    }
)  # fmt: skip
"""Whoever has the same address or number there is another guest, or the same under another name: a person decides."""


class StayAhead(Permanent):
    """The guest has a stay that is not over: the hotel needs to know who comes."""

    code = "stay_ahead"


def ask(guest: Guest, *, by: str, reason: str = "", despite_stays: bool = False) -> Erasure:
    """Commit the wish; the erasure that is already under way when there is one. Inside the tenant's scope.

    Raises:
        StayAhead: a stay of theirs is not over, and `despite_stays` was not said.
    """
    if not despite_stays:
        codes = [stay.code for stay in _open_stays(guest)]
        if codes:
            raise StayAhead(f"the guest has stays that are not over: {', '.join(codes)}")
    with transaction.atomic():
        Guest.objects.select_for_update(no_key=True).get(pk=guest.pk)
        under_way = Erasure.objects.filter(guest_id=guest.pk, state__in=[WorkState.WAITING, WorkState.WORKING]).first()
        if under_way is not None:
            return under_way
        return Erasure.objects.create(tenant=guest.tenant, guest_id=guest.pk, asked_by=by[:150], reason=reason[:200])


def _open_stays(guest: Guest) -> Iterable[Reservation]:
    threads = Conversation.objects.filter(guest=guest).values("public_id")
    mine = Q(guest_key=str(guest.public_id)) | Q(conversation_key__in=threads)
    today = guest.tenant.business_day()
    return Reservation.objects.filter(mine, state__in=RESERVATIONS_OPEN, check_out__gte=today).order_by("check_in")


def run_due() -> int:
    """Go on with every erasure that waits or whose worker died; returns how many were worked on."""
    ids = list(claims.due(Erasure._base_manager.all()).order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(run(one) for one in ids)


def run(erasure_id: int) -> bool:
    """Do one erasure to its end; False when somebody else has it or it is done. Safe to repeat at any point."""
    row = claims.claim(Erasure._base_manager.filter(pk=erasure_id))
    if row is None:
        return False
    try:
        with tenant_scope(row.tenant):
            _do(row)
    except LostClaim:
        return False
    except Exception as error:
        log.exception("erasure_failed", error_type=type(error).__name__)
        claims.fail(row, error)
        raise
    return True


def _do(row: Erasure) -> None:
    guest = Guest.objects.select_related("tenant").get(pk=row.guest_id)
    done = [name for name, _step in STEPS].index(row.step) + 1 if row.step else 0
    for name, step in STEPS[done:]:
        rows = traces.rows_of(guest)
        work = Work(row, guest, rows, traces.names_of(guest, rows))
        step(work)
        updated = Erasure.objects.filter(pk=row.pk, claim=row.claim, state=WorkState.WORKING).update(
            step=name,
            counts=row.counts,
            elsewhere=row.elsewhere,
            lease_until=clock.now() + clock.seconds(claims.LEASE_S),
        )
        if not updated:
            raise LostClaim(f"erasure {row.pk}")
    claims.finish(row, done_at=clock.now())
    log.info("guest_erased", tenant_id=row.tenant_id)


class Work:
    """One erasure under way."""

    def __init__(self, row: Erasure, guest: Guest, rows: Rows, names: Names) -> None:
        self.row = row
        self.guest = guest
        self.rows = rows
        self.names = names

    def ids(self, model: type[models.Model]) -> set[int]:
        """The guest's rows of a model."""
        return self.rows.get(model, set())

    def count(self, what: str, number: int) -> None:
        """Add to what the erasure reports."""
        self.row.counts[what] = self.row.counts.get(what, 0) + number


# --- the steps -------------------------------------------------------------------------------------------------------


def _silence(work: Work) -> None:
    """Nothing that is queued or running says or fetches anything more: epochs move on, waiting work ends."""
    with transaction.atomic():
        threads = Conversation.objects.select_for_update(no_key=True).filter(guest=work.guest)
        for thread in threads.order_by("pk"):
            Conversation.objects.filter(pk=thread.pk).update(
                epoch=F("epoch") + 1, owner=Conversation.Owner.PAUSED, due_at=None, pending_since=None, lease_until=None
            )
        Message.objects.filter(
            pk__in=work.ids(Message), state__in=[Message.State.WAITING, Message.State.HEARING]
        ).update(state=Message.State.RECORDED)
        OutboundMessage.objects.filter(pk__in=work.ids(OutboundMessage), state__in=OutboundMessage.OPEN).update(
            state=OutboundMessage.State.WITHHELD, claim=F("claim") + 1, lease_until=None
        )
        waiting = [WorkState.WAITING, WorkState.WORKING]
        MediaFile.objects.filter(pk__in=work.ids(MediaFile), state__in=waiting).update(
            state=WorkState.DEAD, trouble="erased", claim=F("claim") + 1, lease_until=None
        )
        StayEvent.objects.filter(pk__in=work.ids(StayEvent), state__in=waiting).update(
            state=WorkState.DONE, claim=F("claim") + 1, lease_until=None
        )


def _files(work: Work) -> None:
    """Bytes of photos, documents and voice notes, written ones and those still under a row."""
    for file in MediaFile.objects.filter(pk__in=work.ids(MediaFile)).exclude(path="").iterator(chunk_size=BATCH):
        files.erase(file)
        work.count("files", 1)


def _deliveries(work: Work) -> None:
    """Raw bytes, as the channels and the payment provider delivered them."""
    count = raw.erase_from_deliveries(tenant_id=work.guest.tenant_id, names=work.names, message_ids=work.ids(Message))
    work.count("inbound deliveries", count)
    payments = Payment.objects.filter(pk__in=work.ids(Payment))
    needles = {one for pair in payments.values_list("reference", "checkout_id", "payment_id") for one in pair if one}
    needles |= {one.decode() for one in work.names.needles}
    work.count("payment deliveries", payment_deliveries.erase(tenant=work.guest.tenant, needles=needles))


def _elsewhere(work: Work) -> None:
    """What other systems keep under their own rules, named so that a person can ask them too."""
    stays = Reservation.objects.filter(pk__in=work.ids(Reservation)).exclude(pms_booking_id="")
    found = [f"PMS: booking {booking}" for booking in stays.values_list("pms_booking_id", flat=True)]
    payments = Payment.objects.filter(pk__in=work.ids(Payment)).exclude(payment_id="")
    found += [f"payment provider: {payment}" for payment in payments.values_list("payment_id", flat=True)]
    if GuestIdentity.objects.filter(guest=work.guest, kind=GuestIdentity.Kind.EMAIL).exists():
        found.append("the hotel's mailbox: letters from and to the guest")
    stays = Reservation.objects.exclude(pk__in=work.ids(Reservation)).filter(tenant=work.guest.tenant)
    same = Q(guest_email__in=work.names.verbatim) | Q(guest_phone__in=[f"+{one}" for one in work.names.numbers])
    found += [f"another guest's stay with the same address or number: {stay.code}" for stay in stays.filter(same)]
    work.row.elsewhere = found


def _mentions(work: Work) -> None:
    """Numbers, addresses and full names in rows that are not the guest's: notices, files loaded, others' messages."""
    pattern = work.names.pattern()
    if pattern is None:
        return
    compiled = re.compile(pattern, re.IGNORECASE)
    for model in traces.tables_of_hotels():
        if model._meta.app_label == "tenants" and model is not HistoryEntry:
            continue
        if label_of(model) in CONFIGURATION | OTHER_PEOPLE:
            continue
        fields = [field for field in model._meta.local_fields if _holds_words(field)]
        if fields:
            work.count("mentions", _take_out(model, fields, work, compiled))


def _take_out(model: type[models.Model], fields: list[Any], work: Work, pattern: re.Pattern[str]) -> int:
    mentioned = Q()
    for field in fields:
        mentioned |= Q(**{f"{field.name}__iregex": work.names.pattern()})
    others = model._base_manager.filter(mentioned, tenant_id=work.guest.tenant_id).exclude(pk__in=work.ids(model))
    count = 0
    for row in others.iterator(chunk_size=BATCH):
        changed = []
        for field in fields:
            old = getattr(row, field.name)
            new = blanking.without(old, pattern)
            if new != old:
                limit = getattr(field, "max_length", None)
                setattr(row, field.name, new[:limit] if limit and isinstance(new, str) else new)
                changed.append(field.name)
        if changed:
            row.save(update_fields=changed)
            count += 1
    return count


def _holds_words(field: Any) -> bool:
    if field.choices or field.unique or field.primary_key or isinstance(field, EncryptedSecretsField):
        return False
    words = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return words and getattr(field, "max_length", None) not in range(1, 20)


def _log_entries(work: Work) -> None:
    """The back office's own log names rows by their text."""
    for model, ids in work.rows.items():
        kind = ContentType.objects.get_for_model(model)
        entries = LogEntry.objects.filter(content_type=kind, object_id__in=[str(one) for one in ids])
        work.count("log entries", entries.update(object_repr=blanking.GONE, change_message=""))
        kept = HistoryEntry.objects.filter(model=model._meta.label_lower, row_id__in=[str(one) for one in ids])
        work.count("history", kept.update(row_text=blanking.GONE, what="", reason="", changes=[]))


def _rows(work: Work) -> None:
    """The guest's own rows: blanked where a trace of work or money has to stay, deleted where not."""
    for model, ids in reversed(list(work.rows.items())):
        if model in {Guest, GuestIdentity}:
            continue  # by these all the others were found
        values = blanking.remains_of(model)
        if values is None:
            _delete(model, ids, work)
        elif values:
            _blank(model, ids, values, work)


def _delete(model: type[models.Model], ids: set[int], work: Work) -> None:
    for batch in _batches(ids):
        with transaction.atomic():
            work.count(label_of(model), model._base_manager.filter(pk__in=batch).delete()[0])


def _blank(model: type[models.Model], ids: set[int], values: blanking.Blank, work: Work) -> None:
    for batch in _batches(ids):
        with transaction.atomic():
            for row in model._base_manager.select_for_update(no_key=True).filter(pk__in=batch):
                changed = blanking.blank(row, values)
                if changed:
                    model._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in changed})
                    work.count(label_of(model), 1)


def _batches(ids: set[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _names(work: Work) -> None:
    """Last, because everything before was found by them: identities go, and the guest's row is left empty."""
    with transaction.atomic():
        GuestIdentity.objects.filter(guest=work.guest).delete()
        _blank(Guest, {work.guest.pk}, blanking.REMAINS["conversations.guest"], work)


STEPS: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("silenced", _silence),
    ("elsewhere", _elsewhere),
    ("files", _files),
    ("deliveries", _deliveries),
    ("mentions", _mentions),
    ("log_entries", _log_entries),
    ("rows", _rows),
    ("names", _names),
)


def find(tenant: Tenant, text: str) -> list[Guest]:
    """Guests of a hotel by number, public id, e-mail address, telephone number or channel id. Exact, never by name."""
    with tenant_scope(tenant):
        by = Q(email__iexact=text) | Q(phone=text) | Q(identities__value__iexact=text)
        digits = re.sub(r"\D", "", text)
        if len(digits) >= traces.SHORTEST_NUMBER:
            by |= Q(phone__in=[digits, f"+{digits}"]) | Q(identities__value=digits)
        if text.isdecimal() and len(text) < traces.SHORTEST_NUMBER:
            by |= Q(pk=int(text))
        if re.fullmatch(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", text.lower()):
            by |= Q(public_id=text)
        return list(Guest.objects.filter(by).select_related("tenant").distinct().order_by("pk"))


__all__ = ["STEPS", "StayAhead", "ask", "find", "run", "run_due"]
