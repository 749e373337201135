"""The front desk of the built-in PMS: who arrives, who leaves, in which room, and rooms that are off sale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from hotel_agent.common import dispatch
from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money, written
from reservations.admin.setup import MOST_NIGHTS, ByRange
from reservations.models import Block, BuiltinBooking, CalendarFeed, Room, RoomAssignment, RoomType
from reservations.models.blocks import CLASHES
from reservations.services import calendars
from reservations.services.builtin import blocks, desk
from tenants.back_office.access import has_role, hotels_of, own_rows
from tenants.back_office.exports import Exports
from tenants.back_office.pages import LedgerAdmin, TenantAdmin, rendered
from tenants.permissions import DESK, MANAGERS
from tenants.scoping import every_tenant, tenant_scope

BOOKING_COLOURS = {"active": "info", "in_house": "success", "departed": "info", "no_show": "warning",
                   "cancelled": "danger"}  # fmt: skip


class DayFilter(admin.SimpleListFilter):
    """Bookings by what the desk does with them today, each hotel's own day."""

    title = _("today")
    parameter_name = "today"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("arriving", _("arriving")), ("leaving", _("leaving")), ("in_house", _("in the house"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        value = self.value()
        if value == "in_house":
            return rows.filter(status="in_house")
        if value not in {"arriving", "leaving"}:
            return rows
        column, status = ("check_in__lte", "active") if value == "arriving" else ("check_out__lte", "in_house")
        wanted = Q(pk__in=[])
        for hotel in hotels_of(request):
            wanted |= Q(**{column: hotel.business_day()}, tenant=hotel)
        return rows.filter(wanted, status=status)


class RoomsForm(forms.Form):
    """Which rooms a booking gets."""

    rooms = forms.ModelMultipleChoiceField(
        queryset=Room._base_manager.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=_("rooms"),
        help_text=_("Only rooms of the type that are free on every night of the stay."),
    )


@admin.register(BuiltinBooking)
class BuiltinBookingAdmin(Exports, LedgerAdmin):
    """Every booking the built-in PMS has; guests arrive, leave and get their rooms here."""

    list_display = ("who", "arrival", "departure", "rooms_booked", "numbers", "condition", "price_said")
    list_filter = (DayFilter, "status", "room_type")
    list_select_related = ("room_type",)
    search_fields = ("guest_name", "booking_id", "reference", "guest_email", "guest_phone")
    date_hierarchy = "check_in"
    ordering = ("check_in", "guest_name")
    fields = (
        "guest_name", "status", ("check_in", "check_out"), "rooms_booked", "rate_plan", "numbers",
        "price_said", "notes", ("guest_email", "guest_phone"), ("booking_id", "reference"), "released_from",
        "cancellation_fee",
    )  # fmt: skip
    readonly_fields = ("numbers", "price_said", "rooms_booked")
    actions = ("arrive", "leave", "never_came")
    export_columns = (
        "booking_id", "status", "guest_name", "guest_email", "guest_phone", "room_type__code", "rate_plan__code",
        "check_in", "check_out", "rooms", "currency", "total", "cancellation_fee", "reference", "notes",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        assigned = RoomAssignment._base_manager.filter(is_active=True).select_related("room")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", assigned, to_attr="given"))

    def get_urls(self) -> list[Any]:
        name = "reservations_builtinbooking_rooms"
        mine = path("<path:object_id>/rooms/", self.admin_site.admin_view(self.choose_rooms), name=name)
        return [mine, *super().get_urls()]

    @display(description=_("guest"), header=True, ordering="guest_name")
    def who(self, row: BuiltinBooking) -> list[str]:
        return [row.guest_name, row.booking_id]

    @admin.display(description=_("check in"), ordering="check_in")
    def arrival(self, row: BuiltinBooking) -> str:
        return date_format(row.check_in, "D j M")

    @admin.display(description=_("check out"), ordering="check_out")
    def departure(self, row: BuiltinBooking) -> str:
        return date_format(row.check_out, "D j M")

    @admin.display(description=_("room type"), ordering="room_type")
    def rooms_booked(self, row: BuiltinBooking) -> str:
        """Every type with its number of rooms."""
        return desk.booked(row)

    @admin.display(description=_("rooms"))
    def numbers(self, row: BuiltinBooking) -> Any:
        """The rooms it has, or a way to give it some."""
        given = ", ".join(sorted(one.room.number for one in row.given))  # type: ignore[attr-defined]
        if row.status not in {"active", "in_house"}:
            return given or "–"
        link = reverse("admin:reservations_builtinbooking_rooms", args=[row.pk])
        return TenantAdmin.link(link, given or gettext("choose"))

    @display(description=_("state"), label=BOOKING_COLOURS, ordering="status")
    def condition(self, row: BuiltinBooking) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description=_("total"), ordering="total")
    def price_said(self, row: BuiltinBooking) -> str:
        return written(Money(row.total, row.currency), "es")

    def has_desk_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who receives guests."""
        return has_role(request, DESK, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("The guests have arrived"), permissions=["desk"])
    def arrive(self, request: HttpRequest, rows: QuerySet[BuiltinBooking]) -> None:
        self._each(request, rows, desk.check_in)

    @admin.action(description=_("The guests have left"), permissions=["desk"])
    def leave(self, request: HttpRequest, rows: QuerySet[BuiltinBooking]) -> None:
        self._each(request, rows, desk.check_out)

    @admin.action(description=_("They never came (no-show)"), permissions=["desk"])
    def never_came(self, request: HttpRequest, rows: QuerySet[BuiltinBooking]) -> None:
        self._each(request, rows, desk.no_show)

    def _each(self, request: HttpRequest, rows: QuerySet[BuiltinBooking], do: Callable[..., Any]) -> None:
        done = 0
        for row in self.may(request, rows, DESK).select_related("tenant"):
            try:
                do(tenant=row.tenant, booking_id=row.booking_id, actor=str(request.user))
            except BadInput as error:
                self.message_user(request, f"{row.guest_name}: {error}", messages.ERROR)
                continue
            self.log_change(request, row, do.__name__)
            done += 1
        if done:
            text = ngettext("%(count)d booking changed.", "%(count)d bookings changed.", done) % {"count": done}
            self.message_user(request, text, messages.SUCCESS)

    def choose_rooms(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give a booking its rooms."""
        rows = own_rows(request, BuiltinBooking, DESK).select_related("tenant", "room_type")
        booking: BuiltinBooking | None = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        if booking is None:
            raise Http404
        with tenant_scope(booking.tenant):
            form = RoomsForm(request.POST or None, initial={"rooms": self._given(booking)})
            choice: Any = form.fields["rooms"]
            choice.queryset = desk.free_rooms(booking)
            if request.method == "POST" and form.is_valid():
                try:
                    chosen = list(form.cleaned_data["rooms"])
                    desk.assign(tenant=booking.tenant, booking_id=booking.booking_id, rooms=chosen)
                except desk.RoomTaken:
                    form.add_error("rooms", gettext("Somebody else got one of them meanwhile."))
                except BadInput:
                    form.add_error("rooms", gettext("It has fewer rooms booked, or it has ended."))
                else:
                    self.log_change(request, booking, ", ".join(room.number for room in chosen) or "–")
                    return HttpResponseRedirect(reverse("admin:reservations_builtinbooking_changelist"))
            context = {
                **self.admin_site.each_context(request),
                "title": f"{booking.guest_name} · {desk.booked(booking)}",
                "opts": self.opts,
                "form": form,
                "media": self.media + form.media,
                "back": reverse("admin:reservations_builtinbooking_changelist"),
            }
            with every_tenant():  # the sidebar counts over the person's hotels
                return rendered(TemplateResponse(request, "admin/reservations/range_form.html", context))

    @staticmethod
    def _given(booking: BuiltinBooking) -> list[int]:
        rows = RoomAssignment.objects.filter(booking=booking, is_active=True)
        return list(rows.values_list("room_id", flat=True))


# --- rooms off sale --------------------------------------------------------------------------------------------------


class BlockForm(forms.Form):
    """Rooms that are not sold from a first to a last night."""

    room_type = forms.ModelChoiceField(
        queryset=RoomType._base_manager.none(), widget=UnfoldAdminSelectWidget, label=_("room type")
    )
    room = forms.ModelChoiceField(
        queryset=Room._base_manager.none(), required=False, widget=UnfoldAdminSelectWidget, label=_("room"),
        help_text=_("Empty: any room of the type."),
    )  # fmt: skip
    first = forms.DateField(label=_("first night"), widget=UnfoldAdminSingleDateWidget)
    last = forms.DateField(label=_("last night"), widget=UnfoldAdminSingleDateWidget)
    rooms = forms.IntegerField(
        min_value=1, max_value=999, initial=1, label=_("rooms"), widget=UnfoldAdminIntegerFieldWidget
    )
    reason = forms.CharField(max_length=120, required=False, label=_("reason"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made_by = str(request.user)
        for name, model in (("room_type", RoomType), ("room", Room)):
            choice: Any = self.fields[name]
            choice.queryset = own_rows(request, model, MANAGERS).select_related("tenant").filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        """A range in order, a room of the type, and one room where one is named."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not 0 <= (last - first).days <= MOST_NIGHTS:
            self.add_error("last", gettext("It is before the first night, or more than two years after it."))
        room, room_type = cleaned.get("room"), cleaned.get("room_type")
        if room and room_type and room.room_type_id != room_type.pk:
            self.add_error("room", gettext("It is not a room of this type."))
        if room and cleaned.get("rooms") != 1:
            self.add_error("rooms", gettext("One, where a room is named."))
        return cleaned

    def save(self) -> int:
        """Block the nights; returns how many.

        Raises:
            blocks.BlockClash: a room is missing on some of them.
        """
        data = self.cleaned_data
        blocks.block(
            tenant=data["room_type"].tenant,
            room_type=data["room_type"],
            room=data["room"],
            check_in=data["first"],
            check_out=data["last"] + dt.timedelta(days=1),
            rooms=data["rooms"],
            reason=data["reason"],
            made_by=self.made_by,
        )
        return int((data["last"] - data["first"]).days) + 1


class ClashFilter(admin.SimpleListFilter):
    """Blocks for which there is no room."""

    title = _("clash")
    parameter_name = "clash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return rows.filter(CLASHES) if self.value() == "yes" else rows


@admin.register(Block)
class BlockAdmin(ByRange):
    """Rooms taken by other sellers or by the hotel itself, and where they clash with what was sold."""

    range_form = BlockForm
    range_title = _("Take rooms off sale")
    date_hierarchy = "check_in"
    list_display = ("nights", "room_type", "room", "rooms", "origin", "reason", "condition")
    list_filter = (ClashFilter, "is_active", "source", "room_type")
    list_select_related = ("room_type", "room", "feed__room_type", "feed__room")
    ordering = ("-is_active", "check_in")
    fields = (
        ("check_in", "check_out"), ("room_type", "room", "rooms"), "reason", ("source", "feed"), "made_by",
        "uncounted", "room_taken", "is_active", "created_at", "ended_at",
    )  # fmt: skip
    actions = ("sell_again",)

    @admin.display(description=_("nights"), ordering="check_in")
    def nights(self, row: Block) -> str:
        return f"{date_format(row.check_in, 'j M')} – {date_format(row.check_out, 'j M Y')}"

    @admin.display(description=_("taken by"))
    def origin(self, row: Block) -> str:
        return str(row.feed.name) if row.feed else row.made_by or gettext("the hotel")

    @display(description=_("state"), label={"clash": "danger", "blocked": "info", "ended": "success"})
    def condition(self, row: Block) -> tuple[str, str]:
        if row.clashes:
            days = ", ".join(date_format(night, "j M") for night in row.uncounted[:5])
            return "clash", gettext("no room on %(days)s") % {"days": days} if days else gettext("the room is taken")
        return ("blocked", gettext("off sale")) if row.is_active else ("ended", gettext("ended"))

    def has_free_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may put rooms back on sale."""
        return has_role(request, MANAGERS, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("Put back on sale"), permissions=["free"])
    def sell_again(self, request: HttpRequest, rows: QuerySet[Block]) -> None:
        mine = self.may(request, rows, MANAGERS).filter(is_active=True).select_related("tenant", "room_type")
        by_hand = [row for row in mine if row.feed_id is None]
        if len(by_hand) < len(mine):
            self.message_user(request, gettext("What a calendar reports ends in that calendar."), messages.WARNING)
        count = sum(blocks.free(tenant=row.tenant, row=row) for row in by_hand)
        text = ngettext("%(count)d block ended.", "%(count)d blocks ended.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(TenantAdmin):
    """Calendars of other sellers; read every quarter of an hour."""

    list_display = ("name", "room_type", "room", "checked_at", "health", "is_active")
    list_filter = ("is_active", "room_type")
    list_select_related = ("room_type", "room")
    fields = ("name", ("room_type", "room"), "url", "is_active", "checked_at", "problem", "skipped")
    readonly_fields = ("checked_at", "problem", "skipped")
    search_fields = ("name",)
    actions = ("read_now", "forget")

    @display(description=_("state"), label={"fine": "success", "problem": "danger", "new": "info"})
    def health(self, row: CalendarFeed) -> tuple[str, str]:
        if row.problem:
            return "problem", row.problem
        return ("fine", gettext("read")) if row.checked_at else ("new", gettext("not read yet"))

    @admin.action(description=_("Read now"), permissions=["change"])
    def read_now(self, request: HttpRequest, rows: QuerySet[CalendarFeed]) -> None:
        mine = list(self.may(request, rows, MANAGERS).values_list("pk", flat=True))
        for feed_id in mine:
            dispatch.publish(calendars.READ_TASK, feed_id)
        self.message_user(request, gettext("They are being read; look again in a minute."), messages.SUCCESS)

    @admin.action(description=_("Forget it: sell its rooms again"), permissions=["change"])
    def forget(self, request: HttpRequest, rows: QuerySet[CalendarFeed]) -> None:
        for feed in self.may(request, rows, MANAGERS).select_related("tenant"):
            calendars.forget(tenant=feed.tenant, feed=feed)
            self.log_change(request, feed, "forgotten")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its blocks are a record of what was off sale; `forget` ends them."""
        return False
