"""Setting up what a hotel sells, in bulk. Everything here may be repeated; counters of sold and held rooms are never
touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from hotel_agent.common.exceptions import BadInput
from integrations.pms.base import ExtraUnit
from reservations.models import (
    CancellationTier,
    ChildBand,
    Extra,
    Rate,
    RatePlan,
    Room,
    RoomNight,
    RoomType,
    StayTax,
)
from reservations.services.builtin import blocks, counters
from tenants.models import Tenant
from tenants.scoping import tenant_scope

BATCH = 1_000
EVERY_DAY = range(7)


class Oversold(BadInput):
    """Fewer rooms than are already sold and held cannot be offered on some nights; nothing was changed."""

    code = "oversold"

    def __init__(self, message: str, *, nights: Collection[dt.date] = ()) -> None:
        super().__init__(message)
        self.nights = frozenset(nights)


@dataclass(frozen=True, slots=True)
class Names:
    """A name and a description in three languages; Spanish is required."""

    es: str
    en: str = ""
    pt: str = ""
    description_es: str = ""
    description_en: str = ""
    description_pt: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """As the models' fields."""
        return {
            "name_es": self.es,
            "name_en": self.en,
            "name_pt": self.pt,
            "description_es": self.description_es,
            "description_en": self.description_en,
            "description_pt": self.description_pt,
        }


@dataclass(frozen=True, slots=True)
class Tier:
    """What cancelling costs within `hours_before` hours of check-in (None: always). Exactly one of the two fees."""

    hours_before: int | None
    fee_percent: int | None = None
    fee_nights: int | None = None


def set_room_type(
    *,
    tenant: Tenant,
    code: str,
    kind: str,
    names: Names,
    base_occupancy: int = 2,
    max_adults: int = 2,
    max_children: int = 0,
    max_guests: int = 2,
    also_kinds: Collection[str] = (),
    cots: int = 0,
    beds: dict[str, int] | None = None,
    area_m2: int | None = None,
    overbooking: int = 0,
    position: int = 0,
) -> RoomType:
    """Create the room type with this code, or bring it up to date."""
    with tenant_scope(tenant):
        row, _ = RoomType.objects.update_or_create(
            tenant=tenant,
            code=code,
            defaults={
                **names.columns,
                "kind": kind,
                "also_kinds": list(also_kinds),
                "base_occupancy": base_occupancy,
                "max_adults": max_adults,
                "max_children": max_children,
                "max_guests": max_guests,
                "cots": cots,
                "beds": beds or {},
                "area_m2": area_m2,
                "overbooking": overbooking,
                "position": position,
                "is_active": True,
            },
        )
    return row


def set_rooms(*, tenant: Tenant, room_type: RoomType, numbers: Collection[str], floor: str = "") -> None:
    """Create the physical rooms with these numbers, or move them to this type."""
    with tenant_scope(tenant):
        Room.objects.bulk_create(
            [Room(tenant=tenant, room_type=room_type, number=number, floor=floor) for number in numbers],
            update_conflicts=True,
            unique_fields=["tenant", "number"],
            update_fields=["room_type", "floor"],
        )


def set_rate_plan(
    *,
    tenant: Tenant,
    code: str,
    names: Names,
    tiers: Collection[Tier] = (),
    breakfast_included: bool = False,
    min_stay: int = 1,
    max_stay: int | None = None,
    tax_percent: Decimal = Decimal(0),
    children_free_under: int = 3,
    adult_from: int = 13,
    child_bands: Mapping[int, int] | None = None,
    position: int = 0,
    deposit: RatePlan.Deposit = RatePlan.Deposit.NONE,
    deposit_percent: int | None = None,
) -> RatePlan:
    """Create the plan with this code, or bring it and its tiers up to date. What is sold keeps its terms.

    `child_bands` says what children under an age pay of the night's price for a child, in percent: `{6: 50}`.
    """
    with tenant_scope(tenant), transaction.atomic():
        plan, _ = RatePlan.objects.update_or_create(
            tenant=tenant,
            code=code,
            defaults={
                **names.columns,
                "breakfast_included": breakfast_included,
                "min_stay": min_stay,
                "max_stay": max_stay,
                "tax_percent": tax_percent,
                "children_free_under": children_free_under,
                "adult_from": adult_from,
                "position": position,
                "deposit": deposit,
                "deposit_percent": deposit_percent,
                "is_active": True,
            },
        )
        plan.tiers.all().delete()
        CancellationTier.objects.bulk_create(
            CancellationTier(
                tenant=tenant,
                rate_plan=plan,
                hours_before=tier.hours_before,
                fee_percent=tier.fee_percent,
                fee_nights=tier.fee_nights,
            )
            for tier in tiers
        )
        plan.child_bands.all().delete()
        ChildBand.objects.bulk_create(
            ChildBand(tenant=tenant, rate_plan=plan, under=under, percent=percent)
            for under, percent in (child_bands or {}).items()
        )
    return plan


def set_extra(
    *,
    tenant: Tenant,
    code: str,
    kind: str,
    names: Names,
    price: Decimal,
    unit: ExtraUnit = ExtraUnit.STAY,
    most: int = 1,
    position: int = 0,
) -> Extra:
    """Create the extra with this code, or bring it up to date. `price` is gross, per unit, in the hotel's currency."""
    with tenant_scope(tenant):
        row, _ = Extra.objects.update_or_create(
            tenant=tenant,
            code=code,
            defaults={
                **names.columns,
                "kind": kind,
                "price": price,
                "unit": unit.value,
                "most": most,
                "position": position,
                "is_active": True,
            },
        )
    return row


def set_stay_tax(
    *,
    tenant: Tenant,
    code: str,
    names: Names,
    basis: StayTax.Basis,
    amount: Decimal,
    from_age: int = 0,
    most_nights: int | None = None,
    due_at_hotel: bool = True,
) -> StayTax:
    """Create the tax with this code, or bring it up to date."""
    with tenant_scope(tenant):
        row, _ = StayTax.objects.update_or_create(
            tenant=tenant,
            code=code,
            defaults={
                **names.columns,
                "basis": basis.value,
                "amount": amount,
                "from_age": from_age,
                "most_nights": most_nights,
                "due_at_hotel": due_at_hotel,
                "is_active": True,
            },
        )
    return row


def open_nights(
    *,
    tenant: Tenant,
    room_type: RoomType,
    first: dt.date,
    last: dt.date,
    total: int | None = None,
    weekdays: Collection[int] = EVERY_DAY,
    stop_sell: bool = False,
    closed_to_arrival: bool = False,
    closed_to_departure: bool = False,
    min_stay: int = 1,
    max_stay: int | None = None,
) -> int:
    """Sell the nights from `first` to `last` (both included): how many rooms (default: the type's active rooms) and
    under which restrictions. Returns the number of nights.

    Raises:
        Oversold: a night has more rooms sold and held than it would have; nothing was changed.
    """
    nights = list(_days(first, last, weekdays))
    with tenant_scope(tenant):
        if total is None:
            total = rooms_of(room_type)
        write_nights(
            room_type,
            [
                RoomNight(
                    tenant=tenant,
                    room_type=room_type,
                    night=night,
                    total=total,
                    overbooking=room_type.overbooking,
                    stop_sell=stop_sell,
                    closed_to_arrival=closed_to_arrival,
                    closed_to_departure=closed_to_departure,
                    min_stay=min_stay,
                    max_stay=max_stay,
                )
                for night in nights
            ],
        )
    return len(nights)


def rooms_of(room_type: RoomType) -> int:
    """How many rooms of a type there are. In the tenant's scope."""
    return Room.objects.filter(room_type=room_type, is_active=True).count()


def write_nights(room_type: RoomType, rows: Sequence[RoomNight]) -> None:
    """Sell the nights of one room type as the rows say, each night once, in a few statements. In the tenant's scope.

    Raises:
        Oversold: nights have more rooms sold, held and blocked than they would have; nothing was changed.
    """
    if not rows:
        return
    first, last = min(row.night for row in rows), max(row.night for row in rows)
    held = RoomNight.objects.filter(room_type=room_type, night__gte=first, night__lte=last)
    try:
        with transaction.atomic():
            # Locked first and in the order of every other writer of these rows.
            list(held.order_by("room_type_id", "night").select_for_update(no_key=True).values_list("pk"))
            RoomNight.objects.bulk_create(
                rows,
                batch_size=BATCH,
                update_conflicts=True,
                unique_fields=["room_type", "night"],
                update_fields=[
                    "total", "overbooking", "stop_sell", "closed_to_arrival", "closed_to_departure", "min_stay",
                    "max_stay",
                ],
            )  # fmt: skip
            opened = counters.lock(counters.Span(room_type, first, last + dt.timedelta(days=1), 1))
            blocks.count_again(room_type, opened)
    except IntegrityError as error:
        taken = dict(held.values_list("night", F("sold") + F("held") + F("blocked")))
        over = [row for row in rows if taken.get(row.night, 0) > row.total + row.overbooking]
        if not over:
            raise
        worst = min(over, key=lambda row: row.night)
        text = f"{room_type.code} has more than {worst.total} rooms taken on {worst.night}"
        raise Oversold(text, nights=[row.night for row in over]) from error


def set_rates(
    *,
    tenant: Tenant,
    room_type: RoomType,
    plan: RatePlan,
    first: dt.date,
    last: dt.date,
    amount: Decimal,
    extra_adult: Decimal = Decimal(0),
    extra_child: Decimal = Decimal(0),
    weekdays: Collection[int] = EVERY_DAY,
) -> int:
    """Price the nights from `first` to `last` (both included) that fall on `weekdays` (0 is Monday), per room and
    night in the hotel's currency. Later calls replace earlier ones: seasons first, then their weekends. Returns the
    number of nights. Quotes already given keep their price until they expire or the PMS refuses it.
    """
    nights = list(_days(first, last, weekdays))
    with tenant_scope(tenant):
        write_rates(
            [
                Rate(
                    tenant=tenant,
                    room_type=room_type,
                    rate_plan=plan,
                    night=night,
                    amount=amount,
                    extra_adult=extra_adult,
                    extra_child=extra_child,
                )
                for night in nights
            ]
        )
    return len(nights)


def write_rates(rows: Sequence[Rate]) -> None:
    """Price nights as the rows say, each room type, plan and night once, in a few statements. In the tenant's scope."""
    Rate.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["room_type", "rate_plan", "night"],
        update_fields=["amount", "extra_adult", "extra_child"],
    )


def _days(first: dt.date, last: dt.date, weekdays: Collection[int]) -> Iterator[dt.date]:
    wanted = set(weekdays)
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return (day for day in days if day.weekday() in wanted)
