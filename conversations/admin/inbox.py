"""The inbox: conversations as a front desk works with them, and who is waiting for a person."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin import thread, words
from conversations.models import Conversation, Guest, GuestIdentity, Handoff
from conversations.services import files, handoffs, ownership, staff
from hotel_agent.common import clock
from integrations.exceptions import FileRefused
from reservations.models import Reservation
from tenants.admin_base import (
    EVERY_ROLE,
    MAY_ANSWER,
    LedgerAdmin,
    LedgerInline,
    TenantAdmin,
    has_role,
    own_rows,
    rendered,
)
from tenants.scoping import every_tenant, tenant_scope

CODE = re.compile(r"^[A-Z]{2}-?[A-Z0-9]{0,6}$")
UNANSWERED = Q(last_inbound_at__isnull=False) & (
    Q(last_outbound_at__isnull=True) | Q(last_outbound_at__lt=F("last_inbound_at"))
)
OWNER_COLOURS = {"agent": "info", "human": "success", "paused": "warning"}


class NeedsFilter(admin.SimpleListFilter):
    """What a person at the desk looks for first."""

    title = _("needs")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("person", _("a person (open handoff)")),
            ("answer", _("an answer (the guest wrote last)")),
            ("urgent", _("somebody at once (urgent)")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        waiting = Handoff._base_manager.filter(state=Handoff.State.OPEN)
        match self.value():
            case "person":
                return queryset.filter(pk__in=waiting.values("conversation_id"))
            case "urgent":
                return queryset.filter(pk__in=waiting.filter(urgent=True).values("conversation_id"))
            case "answer":
                return queryset.filter(UNANSWERED)
        return queryset


@admin.register(Conversation)
class ConversationAdmin(LedgerAdmin):
    """One row per thread; its page is the thread itself with what a person can do about it."""

    list_display = ("who", "line", "needs", "waiting", "owned_by", "came_by", "language")
    list_filter = (NeedsFilter, "owner", "channel", "language")
    search_fields = ("guest__name", "guest__profile_name", "guest__phone", "guest__email")
    search_help_text = _("Name, phone, e-mail or booking code")
    list_select_related = ("guest", "tenant")
    ordering = ("-updated_at",)
    actions = ("take_over_selected", "hand_back_selected")

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        waiting = Handoff._base_manager.filter(state=Handoff.State.OPEN).order_by("opened_at")
        return super().get_queryset(request).prefetch_related(Prefetch("handoffs", waiting, to_attr="open_handoffs"))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any, Any], search_term: str) -> Any:
        """A booking code finds the thread it was booked in; anything else is a name, a phone or an e-mail."""
        code = search_term.strip().upper()
        if CODE.match(code) and ("-" in code or any(char.isdigit() for char in code)):
            wanted = code if "-" in code else f"{code[:2]}-{code[2:]}"
            stays = own_rows(request, Reservation).filter(code__startswith=wanted)
            found = queryset.filter(public_id__in=stays.values("conversation_key"))
            if found.exists():
                return found, False
        digits = re.sub(r"\D", "", search_term)
        if len(digits) >= 6 and re.fullmatch(r"[\d\s()+.-]+", search_term.strip()):
            search_term = digits
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("guest"), header=True, ordering="guest__name")
    def who(self, row: Conversation) -> list[str]:
        contact = row.guest.phone or row.guest.email or row.recipient.get("wa_id", "")
        several = len(getattr(self.request, "_hotel_zones", ())) > 1
        return [str(row.guest), f"{contact} · {row.tenant.name}" if several else str(contact)]

    @admin.display(description=_("last line"))
    def line(self, row: Conversation) -> str:
        return row.last_text if len(row.last_text) <= 70 else row.last_text[:69] + "…"

    @display(description=_("needs"), label={"urgent": "danger", "open": "warning"})
    def needs(self, row: Conversation) -> tuple[str, str] | str:
        waiting: list[Handoff] = row.open_handoffs  # type: ignore[attr-defined]
        if not waiting:
            return ""
        urgent = any(one.urgent for one in waiting)
        return "urgent" if urgent else "open", words.reason(waiting[0].reason)

    @admin.display(description=_("waiting"), ordering="last_inbound_at")
    def waiting(self, row: Conversation) -> str:
        since = waiting_since(row)
        return timesince(since, clock.now(), depth=1) if since else ""

    @display(description=_("answers"), label=OWNER_COLOURS, ordering="owner")
    def owned_by(self, row: Conversation) -> tuple[str, str]:
        return row.owner, row.get_owner_display()

    @admin.display(description=_("channel"), ordering="channel")
    def came_by(self, row: Conversation) -> Any:
        return words.channel_icon(row.channel, row.get_channel_display())

    @admin.action(description=_("Take over"), permissions=["answer"])
    def take_over_selected(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: ownership.take_over(row.pk, by=request.user))  # type: ignore[arg-type]

    @admin.action(description=_("Hand back to the agent"), permissions=["answer"])
    def hand_back_selected(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: ownership.hand_back(row.pk))

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may write to guests."""
        return has_role(request, MAY_ANSWER, obj.tenant_id if obj is not None else None)

    def _each(self, request: HttpRequest, rows: QuerySet[Any, Any], act: Callable[[Conversation], None]) -> None:
        mine = list(self.may(request, rows, MAY_ANSWER))
        for row in mine:
            with tenant_scope(row.tenant):
                act(row)
        count = len(mine)
        text = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    # -- the thread

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        doors = [
            ("take-over", "take_over", self.take_over),
            ("hand-back", "hand_back", self.hand_back),
            ("pause", "pause", self.pause),
            ("reply", "reply", self.reply),
            ("place", "place", self.place),
            ("messages", "messages", self.messages_since),
        ]
        own = [
            path(f"<int:object_id>/{slug}/", wrap(view), name=f"conversations_conversation_{name}")
            for slug, name, view in doors
        ]
        by_key = path("by-key/<uuid:key>/", wrap(self.by_key), name="conversations_conversation_by_key")
        return [by_key, *own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The thread instead of a form: a conversation is answered, never edited."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        conversation = self._find(request, object_id)
        shown = thread.MOST if "everything" in request.GET else thread.SHOWN
        with tenant_scope(conversation.tenant), timezone.override(conversation.tenant.zone):
            built = thread.build(conversation, limit=shown)
            context = {
                **self.admin_site.each_context(request),
                **self._context(request, conversation, built),
                "title": str(conversation.guest),
                "subtitle": None,
                "opts": self.opts,
                "original": conversation,
                "media": self.media,
                "identities": list(GuestIdentity.objects.filter(guest=conversation.guest)),
                "reply_token": secrets.token_urlsafe(16),
                "max_length": staff.MAX_LENGTH,
                "window_closed": staff.window_closed(conversation),
                "as_template": staff.goes_as_template(conversation),
                "sends_files": conversation.channel in staff.SHOWS_FILES,
                "window_ends": _window_ends(conversation),
                **(extra_context or {}),
            }
            with every_tenant():  # the sidebar counts over the person's hotels
                return rendered(TemplateResponse(request, "admin/conversations/conversation/thread.html", context))

    def messages_since(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The thread's bubbles when anything changed since `seen`, else 204: the page asks every few seconds."""
        conversation = self._find(request, object_id)
        with tenant_scope(conversation.tenant), timezone.override(conversation.tenant.zone):
            built = thread.build(conversation)
            if built.fingerprint == request.GET.get("seen"):
                return HttpResponse(status=204)
            context = self._context(request, conversation, built)
            return rendered(TemplateResponse(request, "admin/conversations/conversation/bubbles.html", context))

    def _context(self, request: HttpRequest, conversation: Conversation, built: thread.Thread) -> dict[str, Any]:
        return {
            "conversation": conversation,
            "thread": built,
            "waiting": waiting_since(conversation),
            "may_answer": self.has_answer_permission(request, conversation),
        }

    def _find(self, request: HttpRequest, object_id: int | str, roles: frozenset[str] = EVERY_ROLE) -> Conversation:
        """The conversation when it is the person's to see and their role suffices.

        Raises:
            Http404: there is none, or it is another hotel's.
            PermissionDenied: it is there, but reading is all the person may do.
        """
        rows = own_rows(request, Conversation).select_related("tenant", "guest", "account")
        found: Conversation | None = rows.filter(pk=object_id).first() if str(object_id).isdecimal() else None
        if found is None:
            raise Http404
        if not has_role(request, roles, found.tenant_id):
            raise PermissionDenied
        return found

    # -- what a person does; every one a POST, and every one a service

    def take_over(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person answers from now on."""
        return self._act(
            request, object_id, gettext("Taken over: the agent is silent here until you hand back."),
            lambda row: ownership.take_over(row.pk, by=request.user),  # type: ignore[arg-type]
        )  # fmt: skip

    def hand_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The agent answers the guest's next message."""
        return self._act(
            request, object_id, gettext("Handed back: the agent answers the guest's next message."),
            lambda row: ownership.hand_back(row.pk),
        )  # fmt: skip

    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Nobody answers until somebody decides who does."""
        return self._act(
            request, object_id, gettext("Paused: nothing is answered here until you take over or hand back."),
            lambda row: ownership.take_over(row.pk, by=request.user, owner=Conversation.Owner.PAUSED),  # type: ignore[arg-type]
        )  # fmt: skip

    def reply(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person's message to the guest; the same form sent twice is one message."""

        def write(row: Conversation) -> None:
            by: Any = request.user
            text = request.POST.get("text", "")
            token = request.POST.get("token", "") or secrets.token_urlsafe(16)
            upload = request.FILES.get("file")
            if upload is None:
                staff.reply(row.pk, by=by, text=text, token=token)
                return
            staff.send_file(row.pk, by=by, content=upload.read(), filename=upload.name or "", caption=text, token=token)

        return self._send(request, object_id, write)

    def place(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Where the hotel is, as a message; the same form sent twice is one message."""
        token = request.POST.get("token", "") or secrets.token_urlsafe(16)
        return self._send(
            request, object_id, lambda row: staff.send_place(row.pk, by=request.user, token=f"place:{token}")  # type: ignore[arg-type]
        )  # fmt: skip

    def _send(self, request: HttpRequest, object_id: int, write: Callable[[Conversation], object]) -> HttpResponse:
        """Let a service queue a message; what it refuses is said above the thread."""
        try:
            return self._act(request, object_id, "", write)
        except staff.EmptyReply:
            problem = gettext("Write something first.")
        except staff.CannotShow:
            problem = gettext("This cannot be sent in this conversation.")
        except FileRefused:
            problem = gettext("The file is too big: at most %(limit)d MB.") % {
                "limit": files.MOST_BYTES["document"] // files.MEGABYTE
            }
        except staff.ReplyTooLong:
            problem = gettext("The message is too long: at most %(limit)d characters.") % {"limit": staff.MAX_LENGTH}
        except staff.WindowClosed:
            problem = gettext("WhatsApp takes free text only within 24 hours of the guest's last message.")
        self.message_user(request, problem, messages.ERROR)
        return _back(object_id)

    def _act(
        self, request: HttpRequest, object_id: int, said: str, act: Callable[[Conversation], object]
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        conversation = self._find(request, object_id, MAY_ANSWER)
        with tenant_scope(conversation.tenant):
            act(conversation)
        if said:
            self.log_change(request, conversation, said)
            self.message_user(request, said, messages.SUCCESS)
        return _back(object_id)

    def by_key(self, request: HttpRequest, key: Any) -> HttpResponse:
        """The thread behind the key that stays, quotes and PMS calls carry."""
        found = own_rows(request, Conversation).filter(public_id=key).values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return _back(found)


def waiting_since(conversation: Conversation) -> Any:
    """Since when the guest waits for an answer; None when the hotel spoke last."""
    heard, spoke = conversation.last_inbound_at, conversation.last_outbound_at
    return heard if heard is not None and (spoke is None or spoke < heard) else None


def _window_ends(conversation: Conversation) -> Any:
    last = conversation.last_inbound_at
    return last + clock.hours(24) if last is not None and conversation.channel == "whatsapp" else None


def _back(object_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:conversations_conversation_change", args=[object_id]))


# --- who waits, and who they are -------------------------------------------------------------------------------------


@admin.register(Handoff)
class HandoffAdmin(LedgerAdmin):
    """Everything a person was asked to look at, open ones first."""

    list_display = ("why", "who", "summary_line", "condition", "age", "assignee")
    list_filter = ("state", "urgent", "reason")
    search_fields = ("conversation__guest__name", "conversation__guest__phone", "summary")
    list_select_related = ("conversation__guest", "assignee")
    ordering = ("-opened_at",)
    fields = ("thread_link", "why", "summary", "urgent", "state", "assignee", "opened_at", "taken_at", "closed_at")
    readonly_fields = ("thread_link", "why")
    actions = ("take_selected",)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, row: Handoff) -> str:
        return words.reason(row.reason)

    @admin.display(description=_("guest"))
    def who(self, row: Handoff) -> str:
        return str(row.conversation.guest)

    @admin.display(description=_("summary"))
    def summary_line(self, row: Handoff) -> str:
        return row.summary if len(row.summary) <= 80 else row.summary[:79] + "…"

    @display(
        description=_("state"), label={"urgent": "danger", "open": "warning", "taken": "info", "closed": "success"}
    )
    def condition(self, row: Handoff) -> tuple[str, str]:
        if row.urgent and row.state == Handoff.State.OPEN:
            return "urgent", gettext("urgent")
        return row.state, row.get_state_display()

    @admin.display(description=_("age"), ordering="opened_at")
    def age(self, row: Handoff) -> str:
        return timesince(row.opened_at, clock.now(), depth=1)

    @admin.display(description=_("conversation"))
    def thread_link(self, row: Handoff) -> Any:
        return TenantAdmin.link(reverse("admin:conversations_conversation_change", args=[row.conversation_id]),
                                str(row.conversation.guest))  # fmt: skip

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may write to guests."""
        return has_role(request, MAY_ANSWER, obj.tenant_id if obj is not None else None)

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(self.acknowledge)
        name = "conversations_handoff_acknowledge"
        return [path("<int:object_id>/acknowledge/", door, name=name), *super().get_urls()]

    def acknowledge(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Somebody sees to it: no further notices go out. The guest is not answered by that."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        handoff = own_rows(request, Handoff, MAY_ANSWER).select_related("tenant").filter(pk=object_id).first()
        if handoff is None:
            raise Http404
        with tenant_scope(handoff.tenant):
            handoffs.acknowledge(handoff.pk, by=request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse("admin:index"))

    @admin.action(description=_("Take over these conversations"), permissions=["answer"])
    def take_selected(self, request: HttpRequest, rows: QuerySet[Handoff]) -> None:
        mine = list(self.may(request, rows, MAY_ANSWER).select_related("tenant"))
        for row in mine:
            with tenant_scope(row.tenant):
                ownership.take_over(row.conversation_id, by=request.user)  # type: ignore[arg-type]
        count = len(mine)
        text = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


class IdentityInline(LedgerInline):
    model = GuestIdentity
    fields = ("kind", "value")
    show_change_link = False


@admin.register(Guest)
class GuestAdmin(LedgerAdmin):
    """People who wrote."""

    list_display = ("__str__", "phone", "email", "language", "created_at")
    search_fields = ("name", "profile_name", "phone", "email")
    ordering = ("-created_at",)
    fields = ("name", "profile_name", "phone", "email", "language", "created_at")
    inlines = (IdentityInline,)
