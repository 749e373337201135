"""What the rooms of the demo hotels cost by season and weekday, and under which conditions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.staticfiles import finders
from django.db.models import Max

from hotel_agent.demo.rooms import DemoExtra, DemoType
from reservations.models import RatePlan, RoomNight, RoomType
from reservations.services import inventory
from reservations.services.inventory import Names, Tier
from tenants.models import Tenant
from tenants.scoping import tenant_scope

MONTHS_OPEN = 18
HIGH_SEASON = Decimal("1.35")
SHOULDER_SEASON = Decimal("1.15")
WEEKEND = Decimal("1.10")
WEEKEND_NIGHTS = (4, 5)  # Friday and Saturday
NON_REFUNDABLE = Decimal("0.90")
VENTO_DEPOSIT = 30
"""Per cent of the stay, paid by a link: in the second hotel the whole way of a deposit can be tried."""
WITHOUT_BREAKFAST = Decimal("0.85")
HALF_UNDER_SIX = {6: 50}


def sell_extras(tenant: Tenant, extras: tuple[DemoExtra, ...]) -> None:
    """What a hotel sells with a room, in this order."""
    for position, one in enumerate(extras):
        inventory.set_extra(
            tenant=tenant,
            code=one.code,
            kind=one.kind,
            names=one.names,
            price=one.price,
            unit=one.unit,
            most=one.most,
            position=position,
        )


def _plans(tenant: Tenant, *, saver_without_breakfast: bool) -> list[tuple[RatePlan, Decimal]]:
    """The hotel's rate plans, and what share of the flexible price each costs."""
    tax_percent = Decimal(21) if tenant.country == "AR" else Decimal(5)
    flexible = inventory.set_rate_plan(
        tenant=tenant,
        code="flexible",
        names=Names("Flexible", "Flexible", "Flexível"),
        tiers=[Tier(hours_before=48, fee_nights=1)],
        breakfast_included=True,
        tax_percent=tax_percent,
        child_bands=HALF_UNDER_SIX,
        deposit=RatePlan.Deposit.PERCENT if tenant.country == "BR" else RatePlan.Deposit.NONE,
        deposit_percent=VENTO_DEPOSIT if tenant.country == "BR" else None,
    )
    names = Names("No reembolsable", "Non-refundable", "Não reembolsável")
    if saver_without_breakfast:
        names = Names(
            "No reembolsable, sin desayuno", "Non-refundable, without breakfast", "Não reembolsável, sem café da manhã"
        )
    saver = inventory.set_rate_plan(
        tenant=tenant,
        code="saver",
        names=names,
        tiers=[Tier(hours_before=None, fee_percent=100)],
        breakfast_included=not saver_without_breakfast,
        tax_percent=tax_percent,
        child_bands=HALF_UNDER_SIX,
        position=1,
    )
    return [(flexible, Decimal(1)), (saver, WITHOUT_BREAKFAST if saver_without_breakfast else NON_REFUNDABLE)]


def sell(tenant: Tenant, types: tuple[DemoType, ...], *, saver_without_breakfast: bool) -> None:
    """Rooms with their rates, open for `MONTHS_OPEN` from yesterday; nights that are on sale already are left alone."""
    plans = _plans(tenant, saver_without_breakfast=saver_without_breakfast)
    first = tenant.business_day() - dt.timedelta(days=1)
    last = first + dt.timedelta(days=MONTHS_OPEN * 30 + 15)
    with tenant_scope(tenant):
        open_until = RoomNight.objects.aggregate(last=Max("night"))["last"]
    if open_until is not None:
        first = open_until + dt.timedelta(days=1)  # managers may have changed what is already on sale
    if first > last:
        return
    for position, one in enumerate(types):
        room_type = inventory.set_room_type(
            tenant=tenant,
            code=one.code,
            kind=one.kind,
            names=one.names,
            base_occupancy=one.base,
            max_adults=one.adults,
            max_children=one.children,
            max_guests=one.guests,
            also_kinds=one.also,
            cots=1,
            beds=dict(one.beds),
            area_m2=one.area,
            position=position,
        )
        _picture(tenant, room_type)
        inventory.set_rooms(tenant=tenant, room_type=room_type, numbers=one.rooms, floor=one.rooms[0][0])
        inventory.open_nights(tenant=tenant, room_type=room_type, first=first, last=last)
        for plan, factor in plans:
            _price(tenant, room_type, plan, one.price * factor, first, last)


def _picture(tenant: Tenant, room_type: RoomType) -> None:
    """A drawing of the room where we have one; a manager's own picture is left alone."""
    drawing = f"demo/rooms/{room_type.code}.svg"
    if finders.find(drawing) and not room_type.photo:
        with tenant_scope(tenant):
            RoomType.objects.filter(pk=room_type.pk).update(photo=f"/static/{drawing}")


def _price(tenant: Tenant, room_type: RoomType, plan: RatePlan, low: Decimal, first: dt.date, last: dt.date) -> None:
    """Month by month: summer dearest, shoulder months between, Friday and Saturday nights a tenth more."""
    start = first
    while start <= last:
        month_end = (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        end = min(month_end, last)
        season = {12: HIGH_SEASON, 1: HIGH_SEASON, 2: HIGH_SEASON, 3: SHOULDER_SEASON, 7: SHOULDER_SEASON}
        amount = _round(low * season.get(start.month, Decimal(1)))
        for price, weekdays in ((amount, inventory.EVERY_DAY), (_round(amount * WEEKEND), WEEKEND_NIGHTS)):
            inventory.set_rates(
                tenant=tenant,
                room_type=room_type,
                plan=plan,
                first=start,
                last=end,
                amount=price,
                weekdays=weekdays,
                extra_adult=_round(amount / 4),
                extra_child=_round(amount / 8),
            )
        start = end + dt.timedelta(days=1)


def _round(amount: Decimal) -> Decimal:
    """Prices as hotels write them: to the thousand where a night costs tens of thousands, else to five."""
    step = Decimal(1000) if amount > 10_000 else Decimal(5)
    return (amount / step).quantize(Decimal(1)) * step
