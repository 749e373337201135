"""Where a guest is in the database: their rows, found by the links between tables, and the words that name them.

New tables need no line here: whatever points at a guest's conversation, message or stay is theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Guest, GuestIdentity
from reservations.models import BuiltinBooking, BuiltinHold, Hold, PmsCall, Quote, Reservation, StayEvent
from tenants.models import TenantOwned

Model: TypeAlias = type[models.Model]
Rows: TypeAlias = dict[Model, set[int]]

SHORTEST_NAME = 7
"""A name is looked for in others' texts when it has two words and this many letters: "Ana" is in "semana"."""
SHORTEST_NUMBER = 8
NATIONAL_DIGITS = 10


def rows_of(guest: Guest) -> Rows:
    """Ids of all rows that are about one guest, by model, in the order they were reached."""
    own = Q(tenant_id=guest.tenant_id)
    keys = list(Conversation._base_manager.filter(own, guest=guest).values_list("public_id", flat=True))
    mine = own & (Q(guest_key=str(guest.public_id)) | Q(conversation_key__in=keys))
    found: Rows = {Guest: {guest.pk}}
    for model, which in (
        (Quote, mine),
        (Hold, mine),
        (Reservation, mine),
        (PmsCall, own & Q(conversation_key__in=keys)),
        (StayEvent, own & Q(conversation_key__in=keys)),
    ):
        _add(found, model, which)
    _follow(found)
    stays = Reservation._base_manager.filter(pk__in=found.get(Reservation, ()))
    references = list(stays.values_list("reference", flat=True))
    booked = [one for one in stays.values_list("pms_booking_id", flat=True) if one]
    held = list(Hold._base_manager.filter(pk__in=found.get(Hold, ())).values_list("reference", flat=True))
    _add(found, BuiltinBooking, own & (Q(reference__in=references) | Q(booking_id__in=booked)))
    _add(found, BuiltinHold, own & Q(reference__in=held))
    _follow(found)
    return {model: ids for model, ids in found.items() if ids}


def _add(found: Rows, model: Model, which: Q) -> bool:
    known = found.setdefault(model, set())
    before = len(known)
    known |= set(model._base_manager.filter(which).values_list("pk", flat=True))
    return len(known) > before


def _follow(found: Rows) -> None:
    """Everything that points at what was found, and at that, until nothing new comes."""
    grew = True
    while grew:
        grew = False
        for model in tables_of_hotels():
            for link in model._meta.local_fields:
                target: Any = link.related_model
                if isinstance(link, models.ForeignKey) and found.get(target):
                    grew |= _add(found, model, Q(**{f"{link.name}__in": found[target]}))


def tables_of_hotels() -> list[Model]:
    """Every table whose rows belong to a hotel."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TenantOwned) and not model._meta.proxy and model._meta.managed
    ]


@dataclass(frozen=True)
class Names:
    """The words by which a guest is found in texts and bytes that are not rows of theirs."""

    verbatim: frozenset[str]
    """Ids of channels and e-mail addresses, in small letters."""
    numbers: frozenset[str]
    """Telephone numbers, digits only."""
    full_names: frozenset[str] = field(default_factory=frozenset)

    @property
    def needles(self) -> list[bytes]:
        """What raw deliveries are searched for."""
        return sorted({one.encode() for one in self.verbatim | self.numbers})

    def pattern(self) -> str | None:
        """One regular expression for all of them, of the kind Python and PostgreSQL both read; None for no names."""
        ends = [rf"(?<![0-9]){_spaced(number)}(?![0-9])" for number in sorted(self.numbers | self._national())]
        ends += [re.escape(one) for one in sorted(self.verbatim)]
        ends += [rf"(?<!\w){_words(name)}(?!\w)" for name in sorted(self.full_names)]
        return "|".join(ends) or None

    def _national(self) -> set[str]:
        return {number[-NATIONAL_DIGITS:] for number in self.numbers if len(number) > NATIONAL_DIGITS}


def names_of(guest: Guest, rows: Rows) -> Names:
    """What a guest is called, by themselves, by their channels and in their stays."""
    identities = GuestIdentity._base_manager.filter(guest=guest).values_list("value", flat=True)
    stays = Reservation._base_manager.filter(pk__in=rows.get(Reservation, ()))
    people = list(stays.values_list("guest_name", "guest_email", "guest_phone"))
    said = [guest.email, *identities, *(email for _name, email, _phone in people)]
    phones = [guest.phone, *identities, *(phone for _name, _email, phone in people)]
    names = [guest.name, guest.profile_name, *(name for name, _email, _phone in people)]
    return Names(
        verbatim=frozenset(one.lower() for one in said if len(one) >= SHORTEST_NUMBER and not one.isdecimal()),
        numbers=frozenset(_digits(one) for one in phones if _is_number(one)),
        full_names=frozenset(
            " ".join(one.split()) for one in names if " " in one.strip() and len(one) >= SHORTEST_NAME
        ),
    )


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+\d\s().-]+", text)) and len(_digits(text)) >= SHORTEST_NUMBER


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _spaced(number: str) -> str:
    """A number as people write it: blanks, points and brackets between its digits."""
    return r"[\s().-]{0,2}".join(number)


def _words(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))
