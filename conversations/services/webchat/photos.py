"""Pictures beside what can be chosen: the room type's, where the hotel gave one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from reservations import selectors

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
