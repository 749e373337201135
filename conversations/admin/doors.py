"""What a person can do in a thread, each a POST and each a service; a refusal keeps what they had written."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext

from conversations.models import Conversation, Message
from conversations.services import desk, files, learning, ownership, staff, suggesting, templates
from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from integrations.exceptions import FileRefused
from tenants.back_office.access import has_role, own_rows
from tenants.permissions import DESK, EVERYBODY
from tenants.scoping import tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Act = Callable[[Conversation], object]


def person(request: HttpRequest) -> User:
    """Who asks; the site lets nobody else in."""
    return cast("User", request.user)


def find(request: HttpRequest, object_id: int | str, roles: frozenset[str] = EVERYBODY) -> Conversation:
    """The conversation when it is the person's to see and their role suffices.

    Raises:
        Http404: there is none, or it is another hotel's.
        PermissionDenied: it is there, but reading is all the person may do.
    """
    rows = own_rows(request, Conversation).select_related("tenant", "guest", "account", "assignee")
    found: Conversation | None = rows.filter(pk=object_id).first() if str(object_id).isdecimal() else None
    if found is None:
        raise Http404
    if not has_role(request, roles, found.tenant_id):
        raise PermissionDenied
    return found


def back(object_id: int | str, anchor: str = "") -> HttpResponseRedirect:
    """To the thread's page."""
    return HttpResponseRedirect(reverse("admin:conversations_conversation_change", args=[object_id]) + anchor)


class ThreadDoors:
    """The doors of `ConversationAdmin`."""

    admin_site: Any
    log_change: Callable[..., Any]
    message_user: Callable[..., None]
    change_view: Callable[..., HttpResponse]

    def door_urls(self) -> list[Any]:
        """Their addresses, under a thread's own."""
        doors: list[tuple[str, Callable[..., HttpResponse]]] = [
            ("take-over", self.take_over), ("hand-back", self.hand_back), ("pause", self.pause),
            ("reply", self.reply), ("place", self.place), ("template", self.template), ("note", self.note),
            ("assign", self.assign), ("snooze", self.snooze), ("wake", self.wake), ("resolve", self.resolve),
            ("mode", self.mode), ("discard", self.discard), ("compose-again", self.compose_again),
            ("correct", self.correct),
        ]  # fmt: skip
        wrap = self.admin_site.admin_view
        return [
            path(f"<int:object_id>/{slug}/", wrap(view), name=f"conversations_conversation_{slug.replace('-', '_')}")
            for slug, view in doors
        ]

    # -- who answers

    def take_over(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person answers from now on."""
        return self._act(
            request, object_id, gettext("Taken over: the agent is silent here until you hand back."),
            lambda row: ownership.take_over(row.pk, by=person(request)),
        )  # fmt: skip

    def hand_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The agent answers the guest's next message, or also what they wrote last."""
        now = request.POST.get("answer_now") == "1"
        said = (
            gettext("Handed back: the agent answers what the guest wrote last.")
            if now
            else gettext("Handed back: the agent answers the guest's next message.")
        )
        return self._act(request, object_id, said, lambda row: ownership.hand_back(row.pk, answer_now=now))

    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Nobody answers until somebody decides who does."""
        return self._act(
            request, object_id, gettext("Paused: nothing is answered here until you take over or hand back."),
            lambda row: ownership.take_over(row.pk, by=person(request), owner=Conversation.Owner.PAUSED),
        )  # fmt: skip

    def mode(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Whether the agent answers by itself here, or suggests."""
        wanted = request.POST.get("mode", "")
        said = (
            gettext("From now on the agent only suggests here; you send.")
            if wanted == Conversation.ReplyMode.SUGGEST
            else gettext("The agent answers here by the hotel's rules.")
        )
        return self._act(request, object_id, said, lambda row: desk.set_reply_mode(row.pk, mode=wanted))

    # -- what the guest reads

    def reply(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person's message to the guest, or a suggestion they changed; the same form sent twice is one message."""

        def write(row: Conversation) -> None:
            by, text, token, seen = person(request), request.POST.get("text", ""), _token(request), _seen(request)
            upload, suggestion = request.FILES.get("file"), request.POST.get("suggestion", "")
            if suggestion.isdecimal():
                suggesting.approve(row.pk, int(suggestion), by=by, text=text, seen=seen)
            elif upload is not None:
                staff.send_file(
                    row.pk, by=by, content=upload.read(), filename=upload.name or "", caption=text, token=token,
                    seen=seen,
                )  # fmt: skip
            else:
                staff.reply(row.pk, by=by, text=text, token=token, seen=seen)

        return self._send(request, object_id, write)

    def place(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Where the hotel is, as a message; the same form sent twice is one message."""
        token = f"place:{_token(request)}"
        return self._send(request, object_id, lambda row: staff.send_place(row.pk, by=person(request), token=token))

    def template(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """An approved text, also after the 24 hours; the same form sent twice is one message."""
        chosen = request.POST.get("template", "")

        def write(row: Conversation) -> None:
            staff.send_template(
                row.pk, by=person(request), template_id=int(chosen) if chosen.isdecimal() else 0,
                text=request.POST.get("text", ""), token=f"template:{_token(request)}",
            )  # fmt: skip

        return self._send(request, object_id, write)

    def discard(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A suggestion is not sent."""
        row_id = _number(request, "suggestion")
        return self._act(
            request, object_id, gettext("Discarded: the guest still waits for an answer."),
            lambda row: suggesting.discard(row.pk, row_id, by=person(request)),
        )  # fmt: skip

    def compose_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The agent suggests anew, with prices and rooms of now."""
        return self._act(
            request, object_id, gettext("The agent composes a new suggestion."),
            lambda row: suggesting.compose_again(row.pk),
        )  # fmt: skip

    # -- what only the desk reads

    def note(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A remark for colleagues."""
        text, token = request.POST.get("text", ""), _token(request)
        return self._send(request, object_id, lambda row: desk.note(row.pk, by=person(request), text=text, token=token))

    def assign(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Whose thread it is."""
        to = request.POST.get("to", "")
        chosen = person(request).pk if to == "me" else int(to) if to.isdecimal() else None
        said = gettext("Assigned.") if chosen else gettext("Nobody cares for it now.")
        return self._act(request, object_id, said, lambda row: desk.assign(row.pk, to=chosen))

    def snooze(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Out of the way until a moment on the hotel's clock."""

        def put_aside(row: Conversation) -> None:
            desk.snooze(row.pk, until=moment(request.POST.get("until", ""), row))

        return self._act(request, object_id, gettext("Snoozed: it comes back by itself."), put_aside, to_list=True)

    def wake(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Back among the open ones."""
        return self._act(request, object_id, gettext("Back in the inbox."), lambda row: desk.wake(row.pk))

    def resolve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The matter is done."""
        return self._act(
            request, object_id, gettext("Resolved: the agent answers if the guest writes again."),
            lambda row: desk.resolve(row.pk), to_list=True,
        )  # fmt: skip

    def correct(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What a message really meant: an example for the next training, once a manager approves it."""

        def propose(row: Conversation) -> None:
            message = Message.objects.filter(conversation=row, pk=_number(request, "message")).first()
            if message is None:
                raise learning.NothingToLearn("there is no such message")
            learning.propose(message, intents=request.POST.getlist("intent"), by=person(request))

        said = gettext("Noted: a manager decides whether the agent learns from it.")
        return self._act(request, object_id, said, propose)

    # -- how a door answers

    def _act(self, request: HttpRequest, object_id: int, said: str, act: Act, *, to_list: bool = False) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        conversation = find(request, object_id, DESK)
        try:
            with tenant_scope(conversation.tenant):
                act(conversation)
        except BadInput as error:
            self.message_user(request, problem(error), messages.ERROR)
            return back(object_id)
        if said:
            self.log_change(request, conversation, said)
            self.message_user(request, said, messages.SUCCESS)
        if to_list:
            return HttpResponseRedirect(reverse("admin:conversations_conversation_changelist"))
        return back(object_id)

    def _send(self, request: HttpRequest, object_id: int, write: Act) -> HttpResponse:
        """Let a service queue a message; what it refuses is said above the thread, and the words are kept."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        conversation = find(request, object_id, DESK)
        try:
            with tenant_scope(conversation.tenant):
                write(conversation)
        except (BadInput, FileRefused) as error:
            kept = {"draft": request.POST.get("text", ""), "refused": problem(error),
                    "is_stale": isinstance(error, staff.SomebodyWrote)}  # fmt: skip
            response = self.change_view(_as_get(request), str(object_id), extra_context=kept)
            response.status_code = 409 if kept["is_stale"] else 422
            return response
        return back(object_id)


def problem(error: Exception) -> str:
    """Why something was refused, in the reader's language."""
    match error:
        case staff.EmptyReply() | desk.EmptyNote():
            return gettext("Write something first.")
        case staff.ReplyTooLong():
            return gettext("The message is too long: at most %(limit)d characters.") % {"limit": staff.MAX_LENGTH}
        case staff.WindowClosed():
            return gettext("WhatsApp takes free text only within 24 hours of the guest's last message.")
        case staff.SomebodyWrote():
            return gettext("Not sent: something newer was written meanwhile. Read it and send again if it still fits.")
        case staff.Unfilled():
            return gettext("Not sent: fill in %(places)s first.") % {"places": str(error)}
        case FileRefused():
            limit = files.MOST_BYTES["document"] // files.MEGABYTE
            return gettext("The file is too big: at most %(limit)d MB.") % {"limit": limit}
        case suggesting.Outdated():
            return gettext("This suggestion no longer fits: the conversation went on, or a price expired.")
        case templates.WrongValues():
            return gettext("WhatsApp would refuse this text: every place needs words on one line.")
        case desk.NotOfThisHotel():
            return gettext("This person does not answer guests here.")
        case desk.BadMoment():
            return gettext("Choose a moment within the next year.")
        case learning.UnknownIntent() | learning.NothingToLearn():
            return gettext("Nothing can be learned from this message.")
    return gettext("This cannot be sent in this conversation.")


def moment(wanted: str, conversation: Conversation) -> dt.datetime:
    """When a snoozed thread comes back: "hour", "evening", "tomorrow", "week", or a date and time of the hotel.

    Raises:
        desk.BadMoment: it is none of these.
    """
    now = conversation.tenant.local(clock.now())
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    match wanted:
        case "hour":
            return now + dt.timedelta(hours=1)
        case "evening":
            evening = morning.replace(hour=18)
            return evening if evening > now else evening + dt.timedelta(days=1)
        case "tomorrow":
            return morning + dt.timedelta(days=1)
        case "week":
            return morning + dt.timedelta(days=7 - now.weekday())
    try:
        typed = dt.datetime.fromisoformat(wanted)
    except ValueError as error:
        raise desk.BadMoment(wanted[:40]) from error
    return typed.replace(tzinfo=conversation.tenant.zone)


def _token(request: HttpRequest) -> str:
    return request.POST.get("token", "") or secrets.token_urlsafe(16)


def _number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def _seen(request: HttpRequest) -> staff.Seen | None:
    """The last rows the writer had before them, as their form says."""
    if "seen_message" not in request.POST:
        return None
    return staff.Seen(message=_number(request, "seen_message"), outbound=_number(request, "seen_outbound"))


def _as_get(request: HttpRequest) -> HttpRequest:
    """The same request, to show the page again with what was written."""
    request.method = "GET"
    return request
