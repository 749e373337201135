"""What a colleague reads when a guest needs a person, in the hotel's own language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conversations.models import Handoff
from conversations.wording.reasons import reason as in_words

LINE = 300


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Subject and body."""

    subject: str
    body: str


def letter(handoff: Handoff, link: str, *, again: bool) -> NoticeText:
    """A few lines: who, what, since when, and where to answer. `again`: the time promised to the guest has passed."""
    tenant = handoff.conversation.tenant
    with translation.override(tenant.default_language):
        guest, reason = str(handoff.conversation.guest), in_words(handoff.reason)
        subject = _("%(guest)s needs a person: %(reason)s") % {"guest": guest, "reason": reason}
        if handoff.urgent:
            subject = _("Urgent") + " · " + subject
        lines = [subject]
        if again:
            lines.append(_("The time the guest was promised has passed; they were told that you were reminded."))
        if room := handoff.brief.get("room"):
            lines.append(_("Room %(room)s") % {"room": room})
        if handoff.summary:
            lines.append(f"“{handoff.summary[:LINE]}”")
        since = date_format(tenant.local(handoff.opened_at), "SHORT_DATETIME_FORMAT")
        lines.append(_("Waiting since %(since)s.") % {"since": since})
        lines.append(_("Answer here (not by replying to this message): %(link)s") % {"link": link})
        return NoticeText(subject=f"{tenant.name}: {subject}", body="\n".join(lines))
