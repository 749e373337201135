"""Pictures in the page: the room type's beside what can be chosen, the fact's under the answer it gave."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conversations.models import OutboundMessage
from reservations import selectors
from tenants import pictures
from tenants.models import Picture

OPTION = "option:"


def of_choices(bodies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Photo addresses by choice id, for the room options among stored messages. Inside the tenant's scope."""
    wanted: dict[uuid.UUID, str] = {}
    for body in bodies:
        for choice in body.get("choices", ()) if isinstance(body, Mapping) else ():
            written = str(choice.get("id", ""))
            if written.startswith(OPTION):
                try:
                    wanted[uuid.UUID(written.removeprefix(OPTION))] = written
                except ValueError:
                    continue
    if not wanted:
        return {}
    found = selectors.photos_of_options(list(wanted))
    return {wanted[option]: photo for option, photo in found.items()}


def of_facts(rows: Sequence[OutboundMessage]) -> dict[int, list[dict[str, Any]]]:
    """Pictures of the facts each of the agent's messages was answered from, by row: the ones the facts have now.

    What a person wrote shows none. Inside the tenant's scope.
    """
    asked: dict[int, list[int]] = {}
    for row in rows:
        why = row.why if isinstance(row.why, dict) and row.purpose != OutboundMessage.Purpose.STAFF else {}
        ids = [int(one) for one in why.get("fact_ids", ()) if str(one).isdecimal()]
        if ids:
            asked[row.pk] = list(dict.fromkeys(ids))
    if not asked:
        return {}
    found = pictures.of_facts({one for ids in asked.values() for one in ids})
    languages = {row.pk: row.language for row in rows}
    return {pk: [_shown(found[one], languages[pk]) for one in ids if one in found] for pk, ids in asked.items()}


def _shown(picture: Picture, language: str) -> dict[str, Any]:
    return {"url": picture.address, "alt": picture.alt(language), "width": picture.width, "height": picture.height}
