"""Bringing the room types of an outside PMS into ours, so that they can be quoted.

What a manager wrote about a type (name, kind, description) is never overwritten; what only the PMS knows (occupancy,
whether it is sold) always is. A type the PMS does not have any more is switched off, never deleted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from integrations.pms.base import PmsRoomType
from reservations.models import RatePlan, RoomType
from reservations.services import inventory, pms
from reservations.services.builtin import BuiltinPms
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope

WORDS = (
    ("junior", RoomType.Kind.JUNIOR_SUITE), ("suite", RoomType.Kind.SUITE), ("famil", RoomType.Kind.FAMILY),
    ("single", RoomType.Kind.SINGLE), ("individual", RoomType.Kind.SINGLE), ("solteiro", RoomType.Kind.SINGLE),
    ("twin", RoomType.Kind.TWIN), ("triple", RoomType.Kind.TRIPLE), ("triplo", RoomType.Kind.TRIPLE),
    ("quad", RoomType.Kind.QUADRUPLE), ("cuádruple", RoomType.Kind.QUADRUPLE), ("delux", RoomType.Kind.DELUXE),
    ("superior", RoomType.Kind.SUPERIOR), ("double", RoomType.Kind.DOUBLE), ("doble", RoomType.Kind.DOUBLE),
    ("duplo", RoomType.Kind.DOUBLE), ("standard", RoomType.Kind.STANDARD), ("general", RoomType.Kind.STANDARD),
)  # fmt: skip
"""What a type's name says about its kind, the more telling word first."""
FIRST_PLAN = "standard"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, by code."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    switched_off: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def import_room_types(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> Imported:
    """Read the PMS's room types and make ours say the same. The built-in PMS's are ours already.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked; nothing is changed.
    """
    with tenant_scope(tenant):
        _need_a_plan(tenant)
        adapter = connect(tenant)
        if isinstance(adapter, BuiltinPms):
            return Imported((), (), ())
        found = pms.call(adapter, "room_types", adapter.room_types)
        with transaction.atomic():
            known = {row.code: row for row in RoomType.objects.select_for_update(of=("self",))}
            added = [_add(tenant, one, len(known)) for one in found if one.room_type_id not in known]
            changed = [one.room_type_id for one in found if _bring_up_to_date(known.get(one.room_type_id), one)]
            gone = [code for code in known if code not in {one.room_type_id for one in found}]
            off = [code for code in gone if known[code].is_active]
            RoomType.objects.filter(code__in=off).update(is_active=False)
    return Imported(tuple(added), tuple(changed), tuple(off))


def _need_a_plan(tenant: Tenant) -> None:
    """A hotel behind an outside PMS sells under conditions of its own: a first plan, free until arrival."""
    if not RatePlan.objects.filter(is_active=True).exists() and PmsConnection.objects.filter(tenant=tenant).exists():
        inventory.set_rate_plan(tenant=tenant, code=FIRST_PLAN, names=inventory.Names("Estándar", "Standard", "Padrão"))


def _add(tenant: Tenant, one: PmsRoomType, position: int) -> str:
    RoomType.objects.create(
        tenant=tenant,
        code=one.room_type_id,
        kind=_kind(one),
        name_es=one.name[:80] or one.room_type_id,
        position=position,
        **_facts(one),
    )
    return one.room_type_id


def _bring_up_to_date(row: RoomType | None, one: PmsRoomType) -> bool:
    if row is None:
        return False
    facts = _facts(one)
    if all(getattr(row, name) == value for name, value in facts.items()):
        return False
    RoomType.objects.filter(pk=row.pk).update(**facts)
    return True


def _facts(one: PmsRoomType) -> dict[str, Any]:
    """What the PMS decides, within what our own rules allow."""
    most = max(one.max_guests, one.max_adults, 1)
    return {
        "base_occupancy": min(max(one.base_occupancy, 1), most),
        "max_adults": max(one.max_adults, 1),
        "max_children": one.max_children,
        "max_guests": most,
        "is_active": one.is_active,
    }


def _kind(one: PmsRoomType) -> str:
    name = one.name.lower()
    by_size = {1: RoomType.Kind.SINGLE, 2: RoomType.Kind.DOUBLE, 3: RoomType.Kind.TRIPLE}
    return next((kind for word, kind in WORDS if word in name), by_size.get(one.max_adults, RoomType.Kind.OTHER))
