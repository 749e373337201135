"""What managers read of the product's own vocabulary, translatable."""

from __future__ import annotations

import datetime as dt

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.models import MediaFile
from conversations.wording.reasons import reason
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from tenants.models import Channel

CHANNEL_ICONS = {"whatsapp": "chat", "email": "mail", "webchat": "language"}


def channel_icon(channel: str, name: str) -> SafeString:
    """A channel as one sign with its name, for lists."""
    return format_html(
        '<span class="ha-channel"><span class="material-symbols-outlined" aria-hidden="true">{}</span> {}</span>',
        CHANNEL_ICONS.get(channel, "chat"),
        name,
    )


def channel_sign(channel: str) -> SafeString:
    """A channel as one sign; its name is read aloud and shown on hovering."""
    name = dict(Channel.choices).get(channel, channel)
    return format_html(
        '<span class="ha-channel" title="{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
        '<span class="sr-only">{}</span></span>',
        name,
        CHANNEL_ICONS.get(channel, "chat"),
        name,
    )


SOON_AFTER = dt.timedelta(minutes=10)
LATE_AFTER = dt.timedelta(minutes=30)


def wait_colour(since: dt.datetime) -> str:
    """How long a guest waits, as a colour: info, after ten minutes warning, after thirty danger."""
    age = clock.now() - since
    return "danger" if age > LATE_AFTER else "warning" if age > SOON_AFTER else "info"


def short_age(moment: dt.datetime) -> str:
    """How long ago, in the largest unit alone."""
    if clock.now() - moment < dt.timedelta(minutes=1):
        return gettext("now")
    return timesince(moment, clock.now(), depth=1)


STATES = {
    "queued": _("waiting to be sent"),
    "sending": _("being sent"),
    "ambiguous": _("sent, not yet acknowledged"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "read": _("read"),
    "failed": _("not delivered"),
    "withheld": _("withheld: a person answers"),
    "superseded": _("replaced by a fresher answer"),
    "dead": _("given up: needs a person"),
    "suggested": _("suggested: waits for you"),
}
TASK_KINDS = {
    "housekeeping": (_("Housekeeping"), "cleaning_services"),
    "room_service": (_("Room service"), "room_service"),
    "broken": (_("Something broken"), "handyman"),
    "lost_found": (_("Lost and found"), "search"),
    "wake_up": (_("Wake-up call"), "alarm"),
    "transfer": (_("Transfer"), "airport_shuttle"),
    "table": (_("Table"), "restaurant"),
    "spa": (_("Spa"), "spa"),
    "other": (_("Request"), "task_alt"),
}
"""A request's name and sign."""
MESSAGE_STATES = {
    "hearing": _("being listened to"),
    "waiting": _("waiting for an answer"),
    "answered": "",
    "for_staff": _("for a person"),
    "recorded": _("recorded, needs no answer"),
    "stale": _("too old to answer as if live"),
    "dead": _("could not be answered: needs a person"),
}
KINDS = {
    "image": _("Photo"),
    "audio": _("Voice message"),
    "video": _("Video"),
    "document": _("Document"),
    "location": _("Location"),
    "contacts": _("Contact"),
    "sticker": _("Sticker"),
    "reaction": _("Reaction"),
    "order": _("Order"),
    "button": _("Tap"),
    "flow": _("Form"),
    "edit": _("Correction of an earlier message"),
    "revoke": _("Deleted an earlier message"),
    "system": _("New number or user id"),
    "welcome": _("Opened the chat"),
    "unsupported": _("Something WhatsApp cannot pass on"),
    "unknown": _("An unknown kind of message"),
}


def label(name: str) -> str:
    """A name of the understanding's taxonomy as a person reads it."""
    return gettext(name.replace("_", " ")) if name else ""


def kind(code: str) -> str:
    """What a message without text is."""
    return str(KINDS.get(code) or gettext("Message"))


TROUBLES = {
    "too_big": _("too big to be fetched"),
    "hash": _("arrived damaged"),
    "host": _("came from an address that is not WhatsApp's"),
    "gone": _("the provider has it no more"),
    "unreadable": _("cannot be read"),
    "too_long": _("too long to be listened to"),
    "silent": _("nothing was heard"),
    "revoked": _("deleted by the guest"),
}


def file_state(file: MediaFile) -> tuple[str, str]:
    """What became of a file: a code for its colour, and the words."""
    if file.path:
        return "kept", str(TROUBLES.get(file.trouble) or gettext("kept"))
    if file.trouble:
        return "missing", str(TROUBLES.get(file.trouble) or file.trouble)
    if file.erased_at:
        return "erased", gettext("erased after its time")
    if file.state in {WorkState.WAITING, WorkState.WORKING}:
        return "waiting", gettext("being fetched")
    return "missing", gettext("could not be fetched")


def task(kind_of_task: str) -> str:
    """What somebody of the house has to do."""
    return str(TASK_KINDS.get(kind_of_task, TASK_KINDS["other"])[0])


def endings(kind_of_task: str) -> tuple[tuple[str, str], ...]:
    """What a request can end in: the door's name and the words on its button."""
    if kind_of_task == "lost_found":
        return (("found", gettext("Found")), ("not_found", gettext("Not found")))
    return (("done", gettext("Done")),)


def task_icon(kind_of_task: str) -> str:
    """Its sign."""
    return TASK_KINDS.get(kind_of_task, TASK_KINDS["other"])[1]


__all__ = [
    "channel_icon", "endings", "file_state", "kind", "label", "reason", "task", "task_icon",
]  # fmt: skip
