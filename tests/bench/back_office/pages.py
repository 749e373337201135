"""What a manager opens in a day. Another page is another line of `PAGES`."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from conversations.models import Conversation
from reservations.models import Reservation
from tests.bench.back_office.generate import FIRST, LAST

INBOX = "admin:conversations_conversation_changelist"
STAYS = "admin:reservations_reservation_changelist"

STATES = ("unknown", "refused", "no_show", "cancelled", "confirmed", "in_house")


@dataclass(frozen=True)
class Page:
    """A page by name, and an address of it: another thread, night or word each time."""

    name: str
    address: Callable[[random.Random], str]


def _thread(dice: random.Random) -> str:
    return reverse("admin:conversations_conversation_change", args=[_any(Conversation, dice)])


def _far_down(dice: random.Random) -> str:
    """A page of the open threads months back, as its key says."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=dice.randrange(30, 300))
    return f"{reverse(INBOX)}?{urlencode({'view': 'open', 'after': f'{moment.isoformat()}~1'})}"


def _stay(dice: random.Random) -> str:
    return reverse("admin:reservations_reservation_change", args=[_any(Reservation, dice)])


def _calendar(dice: random.Random, days: int) -> str:
    start = _today() + dt.timedelta(days=dice.randrange(-60, 200))
    return f"{reverse('admin:calendar')}?start={start}&days={days}"


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _any(model: type[Conversation] | type[Reservation], dice: random.Random) -> int:
    """One of the manager's hotel; every twentieth is another hotel's."""
    highest = model._base_manager.order_by("-pk").values_list("pk", flat=True)[0]
    return dice.randrange(1, highest) // 20 * 20 + 7


def _found(name: str, word: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    return lambda dice: f"{reverse(name)}?q={word(dice)}"


PAGES = (
    Page("home", lambda dice: reverse("admin:index")),
    Page("inbox", lambda dice: reverse(INBOX)),
    Page("inbox, all open", lambda dice: f"{reverse(INBOX)}?view=open"),
    Page("inbox, far down", _far_down),
    Page("inbox, resolved", lambda dice: f"{reverse(INBOX)}?view=resolved"),
    Page("inbox, a rare filter", lambda dice: f"{reverse(INBOX)}?view=open&language=pt&owner=paused"),
    Page("thread", _thread),
    Page("thread, what is new", lambda dice: _thread(dice).replace("/change/", "/messages/")),
    Page("search words", _found(INBOX, lambda dice: dice.choice(("desayun", "piscina+aquec", "dobl", "cochera")))),
    Page("search a rare word", _found(INBOX, lambda dice: f"zzz{dice.randrange(1000)}")),
    Page("search a name", _found(INBOX, lambda dice: f"{dice.choice(FIRST)}+{dice.choice(LAST)}")),
    Page("search a rare name", _found(INBOX, lambda dice: f"Nobody{dice.randrange(10_000)}")),
    Page("search a phone", _found(INBOX, lambda dice: f"%2B54911{dice.randrange(100_000):08d}")),
    Page("search an e-mail", _found(INBOX, lambda dice: f"guest{dice.randrange(100_000)}")),
    Page("search a code", _found(INBOX, lambda dice: f"HT-{dice.randrange(1, 200_000):06X}")),
    Page("calendar", lambda dice: _calendar(dice, 14)),
    Page("calendar, a month", lambda dice: _calendar(dice, 31)),
    Page("insight", lambda dice: reverse("admin:insight")),
    Page("insight, a year", lambda dice: f"{reverse('admin:insight')}?first={_today() - dt.timedelta(days=364)}"),
    Page("reservations", lambda dice: reverse(STAYS)),
    Page("search a stay", _found(STAYS, lambda dice: f"HT-{dice.randrange(1, 200_000):06X}")),
    Page("search stays by name", _found(STAYS, lambda dice: f"{dice.choice(FIRST)}+{dice.choice(LAST)}")),
    Page("search stays, common word", _found(STAYS, lambda dice: dice.choice(("g", "5491100", *LAST)))),
    Page("search stays, rare word", _found(STAYS, lambda dice: f"Nobody{dice.randrange(10_000)}")),
    Page("reservations, this week", lambda dice: f"{reverse(STAYS)}?arrival=week"),
    Page("reservations, a state", lambda dice: f"{reverse(STAYS)}?state__exact={dice.choice(STATES)}"),
    Page("reservations, page 90", lambda dice: f"{reverse(STAYS)}?p=90"),
    Page("reservation", _stay),
)
