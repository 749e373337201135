"""Who may do what in the back office: one table, read by every page, action, inline, export and autocomplete.

A page without a row here is for owners and managers only, and a test asks for the row. Superusers (operators of the
installation) may do everything at every hotel and are not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from django.db import models

from tenants.models import Role

Roles: TypeAlias = frozenset[str]

NOBODY: Roles = frozenset()
OWNERS: Roles = frozenset({Role.OWNER.value})
MANAGERS: Roles = OWNERS | {Role.MANAGER.value}
DESK: Roles = MANAGERS | {Role.RECEPTION.value}
EVERYBODY: Roles = frozenset(Role.values)


@dataclass(frozen=True, slots=True)
class Access:
    """Roles that may look at a kind of row, work with it (forms, actions, its own pages' POSTs), and take it out."""

    read: Roles = EVERYBODY
    change: Roles = MANAGERS
    export: Roles = MANAGERS


UNLISTED = Access(read=MANAGERS)

# What everybody at the hotel works with every day: read by all, worked with by the desk.
AT_THE_DESK = Access(change=DESK)
# How the hotel is run: read by all, set by those who run it.
HOUSE_RULES = Access()
# Addresses and secrets by which others reach into the hotel: not for the desk's eyes.
CONNECTION = Access(read=MANAGERS)

ACCESS: Mapping[str, Access] = {
    "tenants.tenant": HOUSE_RULES,
    "tenants.membership": Access(read=MANAGERS),
    "tenants.openinghours": HOUSE_RULES,
    "tenants.holiday": HOUSE_RULES,
    "tenants.fact": HOUSE_RULES,
    "tenants.picture": HOUSE_RULES,
    "tenants.channelaccount": CONNECTION,
    "tenants.pmsconnection": CONNECTION,
    "tenants.paymentaccount": Access(read=MANAGERS, change=OWNERS),  # where the money goes
    "conversations.conversation": AT_THE_DESK,
    "conversations.handoff": AT_THE_DESK,
    "conversations.escalation": AT_THE_DESK,
    "conversations.escalationstep": CONNECTION,  # addresses of people, and secrets
    "conversations.handoffpolicy": HOUSE_RULES,
    "conversations.answermode": HOUSE_RULES,
    "conversations.stafftask": AT_THE_DESK,
    "conversations.guest": AT_THE_DESK,
    "conversations.guestidentity": AT_THE_DESK,
    "conversations.cannedanswer": AT_THE_DESK,
    "conversations.staffnote": HOUSE_RULES,
    "conversations.message": HOUSE_RULES,
    "conversations.outboundmessage": HOUSE_RULES,
    "conversations.mediafile": HOUSE_RULES,
    "conversations.turn": HOUSE_RULES,
    "conversations.session": HOUSE_RULES,
    "conversations.trainingexample": HOUSE_RULES,
    "conversations.dayfigures": Access(read=MANAGERS),
    "conversations.visitaudit": Access(read=MANAGERS),
    "conversations.wordingoverride": HOUSE_RULES,
    "tenants.historyentry": Access(read=MANAGERS, change=NOBODY),
    "tenants.switchchange": CONNECTION,
    "conversations.connectiontest": CONNECTION,  # and the set-up page, which shows what a hotel is connected to
    "conversations.unansweredquestion": HOUSE_RULES,
    "conversations.settleddifference": HOUSE_RULES,
    "conversations.messagetemplate": HOUSE_RULES,
    "conversations.erasure": Access(read=MANAGERS, change=NOBODY, export=NOBODY),
    "conversations.accountevent": HOUSE_RULES,
    "conversations.whatsappnumber": CONNECTION,
    "reservations.reservation": AT_THE_DESK,
    "reservations.builtinbooking": AT_THE_DESK,
    "reservations.arrangement": AT_THE_DESK,
    "reservations.quote": HOUSE_RULES,
    "reservations.quoteoption": HOUSE_RULES,
    "reservations.hold": HOUSE_RULES,
    "reservations.payment": HOUSE_RULES,
    "reservations.refund": HOUSE_RULES,
    "reservations.inquiry": HOUSE_RULES,
    "reservations.pmscall": HOUSE_RULES,
    "reservations.stayevent": HOUSE_RULES,
    "reservations.driftreport": HOUSE_RULES,
    "reservations.roomtype": HOUSE_RULES,
    "reservations.room": HOUSE_RULES,
    "reservations.rateplan": HOUSE_RULES,
    "reservations.cancellationtier": HOUSE_RULES,
    "reservations.childband": HOUSE_RULES,
    "reservations.rate": HOUSE_RULES,
    "reservations.roomnight": HOUSE_RULES,
    "reservations.block": HOUSE_RULES,
    "reservations.extra": HOUSE_RULES,
    "reservations.staytax": HOUSE_RULES,
    "reservations.sheetimport": HOUSE_RULES,
    "reservations.sellingchange": HOUSE_RULES,
    "reservations.calendarfeed": CONNECTION,  # whoever has such an address reads the hotel's bookings
}

EXCEPTIONS: Mapping[tuple[str, str], Roles] = {
    # (model, action or page): where one door differs from its model's row, whatever the method.
    ("conversations.connectiontest", "live"): OWNERS,  # from then on the agent speaks for the hotel
    ("conversations.connectiontest", "switch"): OWNERS,
    ("reservations.rate", "range"): MANAGERS,
    ("reservations.roomnight", "range"): MANAGERS,
    ("reservations.block", "range"): MANAGERS,
    ("reservations.builtinbooking", "rooms"): DESK,
    ("reservations.sheetimport", "upload"): MANAGERS,
    ("reservations.sheetimport", "template"): MANAGERS,
}

SITE_PAGES: Mapping[str, Roles] = {
    # Pages of the site itself; what they list is bounded by the rows above.
    "index": EVERYBODY,
    "app_list": EVERYBODY,
    "search": EVERYBODY,
    "autocomplete": EVERYBODY,
    "jsi18n": EVERYBODY,
    "view_on_site": NOBODY,
    "calendar": EVERYBODY,
    "calendar_change": MANAGERS,
    "insight": MANAGERS,
    "stay_lines": EVERYBODY,
    "insight_csv": MANAGERS,
    "insight_judge": MANAGERS,
}
ANYBODY_LOGGED_IN = frozenset(
    {
        "logout", "password_change", "password_change_done", "second_factor", "second_factor_recovery",
        "confirm_password",
    }
)  # fmt: skip
"""A person's own account: no role is needed."""

PASSWORD_AGAIN = frozenset(
    {
        "tenants.channelaccount", "tenants.pmsconnection", "tenants.paymentaccount", "tenants.metaapp",
        "tenants.membership", "auth.user",
    }
)  # fmt: skip
"""Keys to the outside, and who may come in: forms and posts ask for the password when it was given long ago."""
LISTS = frozenset({"changelist", "history"})

STANDARD_PAGES = frozenset({"changelist", "add", "change", "delete", "history"})
"""Django's own pages, which ask the admin class itself."""


def label_of(model: type[models.Model]) -> str:
    """The model's name in the table. A proxy has its own."""
    return model._meta.label_lower


def access_to(model: type[models.Model]) -> Access:
    """The model's row; owners and managers only when it has none."""
    return ACCESS.get(label_of(model), UNLISTED)


def roles_for_action(model: type[models.Model], action: str) -> Roles:
    """Who may run an action on selected rows."""
    access = access_to(model)
    usual = access.export if "export" in action else access.change
    return EXCEPTIONS.get((label_of(model), action), usual)


def roles_for_page(model: type[models.Model], page: str, method: str) -> Roles:
    """Who may open a page that a model's admin adds to Django's: to look is reading, to post is changing."""
    access = access_to(model)
    if "export" in page:
        usual = access.export
    else:
        usual = access.read if method in {"GET", "HEAD", "OPTIONS"} else access.change
    return EXCEPTIONS.get((label_of(model), page), usual)


def asks_password(model: type[models.Model], page: str, method: str) -> bool:
    """Whether a page of a model is for people who gave their password a moment ago."""
    is_look = page in LISTS and method in {"GET", "HEAD", "OPTIONS"}
    return label_of(model) in PASSWORD_AGAIN and not is_look


def roles_for_site_page(page: str) -> Roles:
    """Who may open a page of the site that belongs to no model."""
    return SITE_PAGES.get(page, MANAGERS)


__all__ = [
    "ACCESS", "ANYBODY_LOGGED_IN", "DESK", "EVERYBODY", "EXCEPTIONS", "MANAGERS", "NOBODY", "OWNERS", "SITE_PAGES",
    "STANDARD_PAGES", "Access", "Roles", "access_to", "asks_password", "label_of", "roles_for_action", "roles_for_page",
    "roles_for_site_page",
]  # fmt: skip
