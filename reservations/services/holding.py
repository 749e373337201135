"""Keeping a room while a guest decides: 20 minutes, twice 10 more, at most two per guest.

A hold is a committed row before the PMS is asked, so that a crash in between leaves something that is found and given
back. Giving back is a `PmsCall` of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection, models, transaction

from hotel_agent.common import clock
from hotel_agent.common.exceptions import DependencyDown, HotelAgentError
from integrations.pms.base import Done, OwnRooms, PmsHold, Reason, Refused, Unknown
from reservations.models import Hold, PmsCall, Quote, QuoteOption, Reservation, StayEvent
from reservations.services import calls, ledger, pms, quoting
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope

HOLD_MINUTES = 20
EXTENSION_MINUTES = 10
MAX_EXTENSIONS = 2
MAX_OPEN = 2
PLACING_S = 120.0
"""A hold still being placed after this long has lost its worker (the lease of a turn is 90 s)."""

LIVE = (Hold.State.PLACING, Hold.State.OPEN)


class HoldProblem(StrEnum):
    """Why no room is kept. Closed: the dialogue has a sentence for each."""

    SOLD_OUT = "sold_out"
    QUOTE_EXPIRED = "quote_expired"
    TOO_MANY = "too_many"
    NOT_SUPPORTED = "not_supported"
    LAPSED = "lapsed"
    NO_MORE_EXTENSIONS = "no_more_extensions"
    ALREADY_BOOKED = "already_booked"
    CLOSED = "closed"
    """The hotel changed its rules since the quote (closed, minimum stay): ask again."""


@dataclass(frozen=True, slots=True)
class HoldRefused:
    """No room is kept, and why. `reason` is the PMS's own where the PMS refused."""

    problem: HoldProblem
    reason: Reason | None = None


def place_hold(
    *,
    tenant: Tenant,
    option: QuoteOption,
    conversation_key: uuid.UUID | None,
    guest_key: str,
    replaces: Hold | None = None,
    connect: pms.Connect = pms.connect,
) -> Hold | HoldRefused:
    """Keep the option's rooms for 20 minutes; its quote lives as long. No transaction may be open.

    Safe to repeat: the same option has at most one live hold, and a repeated call returns it, also when the first one
    died halfway. `replaces` is given back first. A third open hold gives back the guest's oldest one in the same
    conversation, or is refused.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked; nothing is kept.
    """
    adapter = connect(tenant)
    if not adapter.capabilities.hold:
        return HoldRefused(HoldProblem.NOT_SUPPORTED)
    if replaces is not None and replaces.option_id != option.pk:
        release_hold(tenant=tenant, hold=replaces, connect=connect)
    with tenant_scope(tenant):
        hold, release = _register(tenant, option, conversation_key, guest_key)
        if release is not None:
            calls.run_call(release.pk, connect=connect)
        if isinstance(hold, HoldRefused) or hold.state != Hold.State.PLACING:
            return hold
        kept, wanted = hold, hold.option
        stay, code = wanted.quote.stay, wanted.room_type.code
        try:
            result = pms.call(adapter, "hold", lambda: adapter.hold(kept.reference, stay, code, kept.expires_at))
        except HotelAgentError:
            # Certainly nothing was sent (the contract); the option may be tried again at once.
            _end(kept, Hold.State.REFUSED)
            raise
        return _placed(kept, result)


def extend_hold(*, tenant: Tenant, hold: Hold, connect: pms.Connect = pms.connect) -> Hold | HoldRefused:
    """Keep an open hold, and its quote, ten minutes longer, at most twice. No transaction may be open.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked; the hold is as it was.
    """
    with tenant_scope(tenant):
        hold = Hold.objects.select_related("option__quote", "option__room_type").get(pk=hold.pk)
        if not hold.is_open():
            return HoldRefused(HoldProblem.LAPSED)
        if hold.extensions >= MAX_EXTENSIONS:
            return HoldRefused(HoldProblem.NO_MORE_EXTENSIONS)
        expires_at = hold.expires_at + clock.minutes(EXTENSION_MINUTES)
        adapter = connect(tenant)
        stay, code, reference = hold.option.quote.stay, hold.option.room_type.code, hold.reference
        result = pms.call(adapter, "hold", lambda: adapter.hold(reference, stay, code, expires_at))
        if isinstance(result, Refused):
            return HoldRefused(HoldProblem.LAPSED, result.reason)
        if isinstance(result, Unknown):
            raise DependencyDown(f"extending hold {hold.pk}: {result.detail}")
        with transaction.atomic():
            extended = Hold.objects.filter(
                pk=hold.pk, state=Hold.State.OPEN, extensions=hold.extensions, expires_at__gt=clock.now()
            ).update(extensions=hold.extensions + 1, expires_at=expires_at)
            if extended:
                _let_quote_live(hold.option.quote_id, expires_at)
        hold.refresh_from_db()
        # Another turn may have extended it meanwhile; what matters is whether the room is kept.
        return hold if hold.is_open() else HoldRefused(HoldProblem.LAPSED)


def release_hold(*, tenant: Tenant, hold: Hold, connect: pms.Connect = pms.connect) -> None:
    """Give the room back now; harmless for a hold that has ended or is being booked. No transaction may be open.

    A PMS that cannot be reached gets its room back later, by itself.
    """
    with tenant_scope(tenant):
        with transaction.atomic():
            release = _release(hold)
        if release is not None:
            calls.run_call(release.pk, connect=connect)


def request_release(*, tenant: Tenant, hold: Hold) -> None:
    """`release_hold` as part of the caller's transaction; the PMS gets its room back right after the commit."""
    with tenant_scope(tenant):
        _release(hold)


def lapse_due_holds(limit: int = 200, *, connect: pms.Connect = pms.connect) -> int:
    """End the holds whose time is over, give their rooms back and tell their guests, once. Returns how many ended.

    Serves all hotels: a sweeper's work. Holds whose worker died while placing them are given back without a word: the
    guest was never told that a room is kept.
    """
    with every_tenant(), transaction.atomic():
        now = clock.now()
        lapsed = _lock_due(Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=now), limit)
        stuck = _lock_due(
            Hold.objects.filter(state=Hold.State.PLACING, created_at__lte=now - clock.seconds(PLACING_S)), limit
        )
        releases = []
        for hold in lapsed:
            hold.state, hold.ended_at = Hold.State.LAPSED, now
            ledger.add_event(
                StayEvent.Kind.HOLD_LAPSED,
                key=f"hold_lapsed:{hold.pk}",
                conversation_key=hold.conversation_key,
                hold=hold,
                payload={"option_id": str(hold.option.public_id), "hold_id": str(hold.public_id)},
            )
            releases.append(ledger.add_release(hold))
        for hold in stuck:
            hold.state, hold.ended_at = Hold.State.RELEASED, now
            releases.append(ledger.add_release(hold))
        Hold.objects.bulk_update([*lapsed, *stuck], ["state", "ended_at"])
    for release in releases:
        calls.run_call(release.pk, connect=connect)
    return len(releases)


def own_rooms(*, conversation_key: uuid.UUID, guest_key: str) -> OwnRooms:
    """What is kept for the guest in this conversation: choosing something else replaces it, so a search leaves it out.

    Inside the tenant's scope.
    """
    kept = Hold.objects.filter(
        guest_key=guest_key, conversation_key=conversation_key, state=Hold.State.OPEN, expires_at__gt=clock.now()
    )
    return OwnRooms(hold_ids=tuple(kept.values_list("pms_hold_id", flat=True)))


def _register(
    tenant: Tenant, option: QuoteOption, conversation_key: uuid.UUID | None, guest_key: str
) -> tuple[Hold | HoldRefused, PmsCall | None]:
    """Commit the hold's row, or find the one there is. The second value is the release of the hold it pushed out."""
    with transaction.atomic():
        _one_at_a_time(tenant, guest_key)
        option = (
            QuoteOption.objects.select_related("quote", "room_type").select_for_update(of=("self",)).get(pk=option.pk)
        )
        now = clock.now()
        if Reservation.objects.filter(option=option).exists():
            return HoldRefused(HoldProblem.ALREADY_BOOKED), None
        known = Hold.objects.filter(option=option, state__in=LIVE).first()
        if known is not None and (known.state == Hold.State.PLACING or known.is_open(now)):
            known.option = option
            return known, None
        if known is not None or not quoting.is_valid(option, now):
            # A hold past its time that the sweeper has not met yet: its quote ended with it.
            return HoldRefused(HoldProblem.QUOTE_EXPIRED), None
        mine = list(Hold.objects.filter(guest_key=guest_key, state__in=LIVE, expires_at__gt=now).order_by("created_at"))
        release = None
        if len(mine) >= MAX_OPEN:
            oldest = next(
                (one for one in mine if one.conversation_key == conversation_key and one.state == Hold.State.OPEN), None
            )
            if oldest is None:
                return HoldRefused(HoldProblem.TOO_MANY), None
            release = _release(oldest)
        hold = Hold.objects.create(
            tenant=tenant,
            option=option,
            conversation_key=conversation_key,
            guest_key=guest_key,
            reference=ledger.new_reference("hold"),
            expires_at=now + clock.minutes(HOLD_MINUTES),
        )
        return hold, release


def _placed(hold: Hold, result: Done[PmsHold] | Refused | Unknown) -> Hold | HoldRefused:
    """Record the PMS's answer."""
    if isinstance(result, Refused):
        _end(hold, Hold.State.REFUSED)
        problem = HoldProblem.SOLD_OUT if result.reason == Reason.SOLD_OUT else HoldProblem.CLOSED
        if result.reason in {Reason.HOLD_EXPIRED, Reason.NOT_SUPPORTED}:
            problem = HoldProblem.LAPSED if result.reason == Reason.HOLD_EXPIRED else HoldProblem.NOT_SUPPORTED
        return HoldRefused(problem, result.reason)
    if isinstance(result, Unknown):
        # Left `placing`: a repeated turn asks again with the same reference, else the sweeper gives it back.
        raise DependencyDown(f"placing hold {hold.pk}: {result.detail}")
    with transaction.atomic():
        opened = Hold.objects.filter(pk=hold.pk, state=Hold.State.PLACING).update(
            state=Hold.State.OPEN, pms_hold_id=result.value.hold_id
        )
        if opened:
            hold.state, hold.pms_hold_id = Hold.State.OPEN, result.value.hold_id
            _let_quote_live(hold.option.quote_id, hold.expires_at)
            return hold
        hold.refresh_from_db()
        if hold.is_open():
            return hold
        # The sweeper gave up on us meanwhile and its release may have come before our hold.
        ledger.add_release(hold)
        return HoldRefused(HoldProblem.LAPSED)


def _release(hold: Hold) -> PmsCall | None:
    """End a live hold and write down that the PMS must get its room back; None when there is nothing to give back."""
    hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if hold.state not in LIVE:
        return None
    hold.state, hold.ended_at = Hold.State.RELEASED, clock.now()
    hold.save(update_fields=["state", "ended_at"])
    return ledger.add_release(hold)


def _end(hold: Hold, state: Hold.State) -> None:
    Hold.objects.filter(pk=hold.pk, state=Hold.State.PLACING).update(state=state, ended_at=clock.now())


def _let_quote_live(quote_id: int, until: object) -> None:
    Quote.objects.filter(pk=quote_id, expires_at__lt=until).update(expires_at=until)


def _lock_due(queryset: models.QuerySet[Hold], limit: int) -> list[Hold]:
    rows = queryset.select_for_update(skip_locked=True, of=("self",)).select_related("option")
    return list(rows.order_by("expires_at")[:limit])


def _one_at_a_time(tenant: Tenant, guest_key: str) -> None:
    """Holds of one guest are counted one after the other: without this two turns could each see one open hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"hold:{guest_key}", tenant.pk])
