"""Why a person is needed, as staff read it in their own language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HANDOFF_REASONS = {
    "asked": _("asked for a person"),
    "unknown_fact": _("a question we have no answer to"),
    "not_understood": _("not understood several times"),
    "complaint": _("complaint"),
    "emergency": _("emergency"),
    "modification": _("wants to change a stay"),
    "cancellation": _("wants to cancel a stay"),
    "identity": _("could not prove whose stay it is"),
    "group": _("group request"),
    "event": _("event request"),
    "in_stay_request": _("request from the room"),
    "problem": _("something is wrong in the room"),
    "policy_exception": _("asks for an exception"),
    "taken_over": _("a person wrote first"),
    "task_late": _("a request is late"),
    "approval": _("an answer waits for your approval"),
    "left_to_person": _("by your rule a person answers this"),
    "payment": _("about a payment"),
    "attachment": _("sent a file"),
    "pms_down": _("the PMS could not be asked"),
    "booking_failed": _("a booking failed"),
    "message_failed": _("a message could not be answered"),
    "send_failed": _("an answer could not be sent"),
    "window_closed": _("the 24-hour window is closed"),
    "suspect_sender": _("the sender's address may be forged"),
    "mail_loop": _("too many mails from one address"),
    "old_message": _("an old message arrived late"),
    "file_missing": _("a file of the guest's could not be fetched"),
    "not_live": _("the agent is not live at this hotel yet"),
    "daily_limit": _("the day's limit of messages to this guest is reached"),
}


def reason(code: str) -> str:
    """Why a person is needed."""
    return str(HANDOFF_REASONS.get(code) or code.replace("_", " "))
