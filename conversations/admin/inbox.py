"""The inbox: threads as a front desk works with them."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import doors, sidebar, thread, why, words
from conversations.models import Conversation, Handoff, OutboundMessage
from conversations.selectors import inbox
from conversations.services import allowance, canned, desk, ownership, staff, suggesting, templates, writing_now
from conversations.understanding.types import INTENTS
from hotel_agent.common import clock
from tenants.back_office.access import has_role, hotels_of, own_rows
from tenants.back_office.pages import LedgerAdmin, rendered
from tenants.models import Channel, ChannelAccount, Membership, Tenant
from tenants.permissions import DESK
from tenants.scoping import every_tenant, tenant_scope

VIEWS = {
    "person": (_("Needs a person"), "support_agent"),
    "mine": (_("Mine"), "person"),
    "unassigned": (_("Nobody's"), "person_off"),
    "open": (_("All open"), "forum"),
    "snoozed": (_("Snoozed"), "snooze"),
    "resolved": (_("Resolved"), "task_alt"),
}
PAGE = "admin/conversations/conversation"


@admin.register(Conversation)
class ConversationAdmin(doors.ThreadDoors, LedgerAdmin):
    """One row per thread; its page is the thread itself with what a person can do about it."""

    keeps_history = False  # the thread tells who did what
    ordering = ("-updated_at",)
    actions = ("take_over_selected", "hand_back_selected", "assign_to_me", "resolve_selected")

    # -- the list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The inbox by view, filters and search; `?rows` gives the rows alone, 204 while they are as `seen`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._do_with_selected(request)
        hotels = list(hotels_of(request).order_by("name"))
        chosen = [one.pk for one in hotels if request.GET.get("hotel") in (None, "", str(one.pk))]
        wanted = _wanted(request, hotels)
        me = doors.person(request).pk
        page = inbox.page(wanted, hotels=chosen, me=me)
        context = {
            "inbox": page,
            "wanted": wanted,
            "several_hotels": len(hotels) > 1,
            "may_answer": has_role(request, DESK),
            "next_page": _address(request, after=page.next_key) if page.next_key else "",
        }
        with every_tenant(), timezone.override(self._zone(request)):
            if "rows" in request.GET:
                return self._rows_if_new(request, context)
            counts = inbox.counts(hotels=chosen, me=me)
            context |= {
                **self.admin_site.each_context(request),
                "title": gettext("Inbox"),
                "subtitle": None,
                "opts": self.opts,
                "media": self.media,
                "fingerprint": _fingerprint(page),
                "views": [
                    {
                        "name": name, "title": title, "icon": icon, "count": getattr(counts, name, 0),
                        "address": "?" + urlencode({"view": name}),
                        "is_here": name == wanted.view and not wanted.typed,
                    }
                    for name, (title, icon) in VIEWS.items()
                ],
                "most": inbox.COUNTED,
                "hotels": hotels,
                "channels": _channels(request, chosen),
                "languages": sorted({code for one in hotels for code in one.languages}),
                "owners": Conversation.Owner.choices,
                "rows_url": _address(request, rows="1"),
                **(extra_context or {}),
            }  # fmt: skip
            return rendered(TemplateResponse(request, f"{PAGE}/inbox.html", context))

    def _rows_if_new(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context["fingerprint"] = _fingerprint(context["inbox"])
        if context["fingerprint"] == request.GET.get("seen"):
            return HttpResponse(status=204)
        return rendered(TemplateResponse(request, f"{PAGE}/rows.html", context))

    def _do_with_selected(self, request: HttpRequest) -> HttpResponse:
        """What is done with the ticked threads; those of other hotels are not among them."""
        action = self.get_actions(request).get(request.POST.get("action", ""))
        ids = [int(one) for one in request.POST.getlist("_selected_action") if one.isdecimal() and len(one) < 19]
        if action is not None and ids:
            action[0](self, request, self.get_queryset(request).filter(pk__in=ids[: inbox.PAGE]))
        return HttpResponseRedirect(request.get_full_path())

    @admin.action(description=_("Take over"), permissions=["answer"])
    def take_over_selected(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: ownership.take_over(row.pk, by=doors.person(request)))

    @admin.action(description=_("Hand back to the agent"), permissions=["answer"])
    def hand_back_selected(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: ownership.hand_back(row.pk))

    @admin.action(description=_("Assign to me"), permissions=["answer"])
    def assign_to_me(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: desk.assign(row.pk, to=doors.person(request).pk))

    @admin.action(description=_("Resolve"), permissions=["answer"])
    def resolve_selected(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        self._each(request, rows, lambda row: desk.resolve(row.pk))

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may write to guests."""
        return has_role(request, DESK, obj.tenant_id if obj is not None else None)

    def _each(self, request: HttpRequest, rows: QuerySet[Any, Any], act: doors.Act) -> None:
        mine = list(self.may(request, rows, DESK).select_related("tenant"))
        for row in mine:
            with tenant_scope(row.tenant):
                act(row)
        count = len(mine)
        text = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    # -- the thread

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("by-key/<uuid:key>/", wrap(self.by_key), name="conversations_conversation_by_key"),
            path("<int:object_id>/messages/", wrap(self.messages_since), name="conversations_conversation_messages"),
            path("<int:object_id>/why/<int:row>/", wrap(self.why), name="conversations_conversation_why"),
            *self.door_urls(),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The thread instead of a form: a conversation is answered, never edited."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        conversation = doors.find(request, object_id)
        shown = thread.MOST if "everything" in request.GET else thread.SHOWN
        with tenant_scope(conversation.tenant), timezone.override(conversation.tenant.zone):
            built = thread.build(conversation, limit=shown)
            context = {
                **self.admin_site.each_context(request),
                **self._context(request, conversation, built),
                **self._composer(request, conversation),
                "title": str(conversation.guest),
                "subtitle": None,
                "opts": self.opts,
                "original": conversation,
                "media": self.media,
                "colleagues": _colleagues(conversation),
                "beside": sidebar.sections(request, conversation),
                **(extra_context or {}),
            }
            if context["may_answer"]:
                desk.mark_seen(conversation.pk, at=clock.now())
            with every_tenant():  # the sidebar counts over the person's hotels
                return rendered(TemplateResponse(request, f"{PAGE}/thread.html", context))

    def messages_since(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What is new in an open thread, as JSON: bubbles and bar unless they are as `seen`, and who else is here."""
        conversation = doors.find(request, object_id)
        may_answer = self.has_answer_permission(request, conversation)
        with tenant_scope(conversation.tenant), timezone.override(conversation.tenant.zone):
            ends = _window_ends(conversation)
            found: dict[str, Any] = {
                "fingerprint": thread.fingerprint(conversation),
                "window_ends": ends.isoformat() if ends else None,
                "window_closed": staff.window_closed(conversation) if _is_near(ends) else False,
                "others": self._others(request, conversation) if may_answer else "",
            }
            if found["fingerprint"] != request.GET.get("seen"):
                built = thread.build(conversation)
                context = {**self._context(request, conversation, built), "colleagues": _colleagues(conversation)}
                found |= {
                    "fingerprint": built.fingerprint,
                    "seen_message": built.seen.message,
                    "seen_outbound": built.seen.outbound,
                    "bubbles": render_to_string(f"{PAGE}/bubbles.html", context, request),
                    "bar": render_to_string(f"{PAGE}/bar.html", context, request),
                }
                if may_answer and request.GET.get("visible") == "1":
                    desk.mark_seen(conversation.pk, at=clock.now())
        return JsonResponse(found)

    def _others(self, request: HttpRequest, conversation: Conversation) -> str:
        """Who else has the thread open, in words."""
        here = writing_now.note(conversation.pk, by=doors.person(request), writes=request.GET.get("writing") == "1")
        writing = [name for name, writes in here if writes]
        if writing:
            return gettext("%(names)s is writing…") % {"names": ", ".join(writing)}
        looking = [name for name, _writes in here]
        return gettext("%(names)s has this open too") % {"names": ", ".join(looking)} if looking else ""

    def why(self, request: HttpRequest, object_id: int, row: int) -> HttpResponse:
        """Why one message was said, as a part of the thread's page."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        conversation = doors.find(request, object_id)
        with tenant_scope(conversation.tenant), timezone.override(conversation.tenant.zone):
            rows = OutboundMessage.objects.filter(conversation=conversation).select_related("turn")
            message = rows.filter(pk=row).first()
            if message is None:
                raise Http404
            context = {
                "why": why.explain(message),
                "row": message,
                "conversation": conversation,
                "may_answer": self.has_answer_permission(request, conversation),
                "intents": sorted(((name, words.label(name)) for name in INTENTS), key=lambda one: one[1]),
            }
            return rendered(TemplateResponse(request, f"{PAGE}/why.html", context))

    def _context(self, request: HttpRequest, conversation: Conversation, built: thread.Thread) -> dict[str, Any]:
        since = min(
            [one.opened_at for one in built.handoffs if one.state == Handoff.State.OPEN]
            + ([conversation.waiting_since] if conversation.waiting_since else []),
            default=None,
        )
        return {
            "conversation": conversation,
            "thread": built,
            "waiting": since,
            "snoozed": conversation.snoozed_until is not None and conversation.snoozed_until > clock.now(),
            "suggests": suggesting.is_on(conversation),
            "may_answer": self.has_answer_permission(request, conversation),
        }

    def _composer(self, request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
        """What the form below the thread needs; nothing for those who only read."""
        if not self.has_answer_permission(request, conversation):
            return {}
        closed = allowance.window_closed(conversation, clock.now())
        approved = staff.approved_templates(conversation)
        stays = sidebar.stays_of(conversation)
        conversation.guests_stays = stays  # type: ignore[attr-defined]  # read once for page and sidebar
        coming = next((stay for stay in stays if stay.state in canned.COMING), None)
        spoken = (conversation.language, conversation.tenant.default_language)
        no_words = closed and templates.first_spoken(approved, spoken) is None
        return {
            "reply_token": secrets.token_urlsafe(16),
            "max_length": staff.MAX_LENGTH,
            "window_closed": no_words,
            "as_template": closed and not no_words,
            "sends_files": conversation.channel in staff.SHOWS_FILES,
            "window_ends": _window_ends(conversation),
            "templates": approved,
            "canned": canned.answers_for(conversation, by=doors.person(request), stay=coming),
        }

    def by_key(self, request: HttpRequest, key: Any) -> HttpResponse:
        """The thread behind the key that stays, quotes and PMS calls carry."""
        found = own_rows(request, Conversation).filter(public_id=key).values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return doors.back(found)


def _wanted(request: HttpRequest, hotels: list[Tenant]) -> inbox.Wanted:
    """The list's address, as far as it means something."""
    given = {name: request.GET.get(name, "") for name in ("view", "channel", "language", "owner", "after")}
    return inbox.Wanted(
        view=given["view"] if given["view"] in VIEWS else "person",
        typed=request.GET.get("q", "").replace("\x00", "").strip()[:100],
        channel=given["channel"] if given["channel"] in Channel.values else "",
        language=given["language"] if given["language"] in {"es", "en", "pt"} else "",
        owner=given["owner"] if given["owner"] in Conversation.Owner.values else "",
        after=given["after"],
    )


def _address(request: HttpRequest, **changed: str) -> str:
    """This list with some of its address changed."""
    kept = {name: value for name, value in request.GET.items() if value and name not in {"rows", "seen"}}
    return "?" + urlencode({**kept, **changed})


def _fingerprint(page: inbox.Page) -> str:
    """Whether the rows would look the same; minutes count, for the waiting times."""
    minute = int(clock.now().timestamp() // 60)
    rows = [
        (row.conversation.pk, row.conversation.updated_at, row.conversation.owner, row.conversation.assignee_id,
         row.is_unread, row.suggested, len(row.handoffs), row.since and minute)
        for row in page.rows
    ]  # fmt: skip
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def _channels(request: HttpRequest, hotel_ids: list[int]) -> list[tuple[str, str]]:
    """The channels these hotels have."""
    accounts = own_rows(request, ChannelAccount).filter(tenant_id__in=hotel_ids).order_by("channel")
    present = set(accounts.values_list("channel", flat=True).distinct())
    return [(value, label) for value, label in Channel.choices if value in present]


def _colleagues(conversation: Conversation) -> list[tuple[int, str]]:
    """Who answers guests of this hotel."""
    members = Membership.objects.filter(
        tenant_id=conversation.tenant_id, role__in=desk.ANSWERING, user__is_active=True
    ).select_related("user")
    return sorted(
        ((one.user_id, one.user.get_full_name() or one.user.get_username()) for one in members[:200]),
        key=lambda one: one[1].casefold(),
    )


def _window_ends(conversation: Conversation) -> Any:
    last = conversation.last_inbound_at
    return last + clock.hours(allowance.WINDOW_H) if last is not None and conversation.channel == "whatsapp" else None


def _is_near(ends: Any) -> bool:
    return ends is not None and ends < clock.now()
