"""What a hotel sells: room types, rooms, rate plans, and prices and rooms per night, changed for whole ranges."""

from __future__ import annotations

import datetime as dt
from calendar import day_name
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from hotel_agent.common.money import Money, written
from reservations.models import CancellationTier, ChildBand, Rate, RatePlan, Room, RoomNight, RoomType
from reservations.services import inventory
from reservations.services.builtin.blocks import BlockClash
from tenants.back_office.access import own_rows
from tenants.back_office.pages import LedgerAdmin, TenantAdmin, TenantInline, rendered
from tenants.back_office.pictures import FIELDS, HasPicturePage, PictureForm
from tenants.history import Change
from tenants.permissions import MANAGERS
from tenants.scoping import every_tenant

MOST_NIGHTS = 800


class RoomInline(TenantInline):
    model = Room
    fields = ("number", "floor", "notes", "is_active")


@admin.register(RoomType)
class RoomTypeAdmin(HasPicturePage, TenantAdmin):
    """A kind of room that is sold as one."""

    form = PictureForm
    list_display = ("__str__", "code", "kind", "max_guests", "position", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("name_es", "name_en", "name_pt", "code")
    inlines = (RoomInline,)
    fieldsets = (
        (None, {"fields": (("code", "kind"), "also_kinds", ("position", "is_active"))}),
        (_("Name"), {"fields": (("name_es", "name_en", "name_pt"),)}),
        (_("Description"), {"fields": ("description_es", "description_en", "description_pt")}),
        (
            _("Who fits"),
            {"fields": (("base_occupancy", "max_guests"), ("max_adults", "max_children", "cots"), "beds", "area_m2")},
        ),
        (_("Picture, shown beside the room in the web chat"), {"fields": (*FIELDS, "photo")}),
        (_("Selling"), {"fields": ("overbooking",)}),
    )


@admin.register(Room)
class RoomAdmin(TenantAdmin):
    """A physical room."""

    list_display = ("number", "room_type", "floor", "is_active", "notes")
    list_filter = ("room_type", "is_active")
    list_select_related = ("room_type",)
    search_fields = ("number", "notes")
    fields = ("room_type", ("number", "floor"), "notes", "is_active")


class TierInline(TenantInline):
    model = CancellationTier
    fields = ("hours_before", "fee_percent", "fee_nights")
    verbose_name_plural = _("cancellation: what it costs")


class BandInline(TenantInline):
    model = ChildBand
    fields = ("under", "percent")
    verbose_name_plural = _("children: what they pay of the price for a child")


@admin.register(RatePlan)
class RatePlanAdmin(TenantAdmin):
    """Conditions under which rooms are sold."""

    list_display = ("__str__", "code", "breakfast_included", "min_stay", "tax_percent", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name_es", "name_en", "name_pt", "code")
    inlines = (TierInline, BandInline)
    fieldsets = (
        (None, {"fields": ("code", ("position", "is_active"))}),
        (_("Name"), {"fields": (("name_es", "name_en", "name_pt"),)}),
        (_("Description"), {"fields": ("description_es", "description_en", "description_pt")}),
        (
            _("Conditions"),
            {"fields": ("breakfast_included", ("min_stay", "max_stay"), "tax_percent",
                        ("children_free_under", "adult_from"), ("deposit", "deposit_percent"))},
        ),
        (_("Price follows another plan"), {"fields": ("derived_from", ("derived_percent", "derived_amount"))}),
    )  # fmt: skip


# --- nights: changed by ranges ---------------------------------------------------------------------------------------


class _NightsForm(forms.Form):
    """Which nights of which room type."""

    room_type = forms.ModelChoiceField(
        queryset=RoomType._base_manager.none(), widget=UnfoldAdminSelectWidget(), label=_("room type")
    )
    first = forms.DateField(label=_("first night"), widget=UnfoldAdminSingleDateWidget)
    last = forms.DateField(label=_("last night"), widget=UnfoldAdminSingleDateWidget)
    weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=[(number, _(name)) for number, name in enumerate(day_name)],
        initial=list(range(7)),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=_("on these days"),
    )
    reason = forms.CharField(max_length=200, label=_("reason"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("room_type", RoomType), ("plan", RatePlan)):
            if name in self.fields:
                choice: Any = self.fields[name]
                choice.queryset = own_rows(request, model, MANAGERS).select_related("tenant").filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        """A range in order, of a sensible length, within one hotel."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not first <= last <= first + dt.timedelta(days=MOST_NIGHTS):
            self.add_error("last", gettext("It is before the first night, or more than two years after it."))
        plan, room_type = cleaned.get("plan"), cleaned.get("room_type")
        if plan and room_type and plan.tenant_id != room_type.tenant_id:
            self.add_error("plan", gettext("It belongs to another hotel."))
        return cleaned


class PricesForm(_NightsForm):
    """One price for all nights of a range."""

    plan = forms.ModelChoiceField(
        queryset=RatePlan._base_manager.none(), widget=UnfoldAdminSelectWidget(), label=_("rate plan")
    )
    amount = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, label=_("price per night"), widget=UnfoldAdminDecimalFieldWidget
    )
    extra_adult = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, initial=0, label=_("each extra adult"),
        widget=UnfoldAdminDecimalFieldWidget,
    )  # fmt: skip
    extra_child = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, initial=0, label=_("each extra child"),
        widget=UnfoldAdminDecimalFieldWidget,
    )  # fmt: skip
    field_order = ("room_type", "plan", "first", "last", "weekdays", "amount", "extra_adult", "extra_child", "reason")

    def save(self) -> int:
        """Set the prices; returns how many nights."""
        data = self.cleaned_data
        return inventory.set_rates(
            tenant=data["room_type"].tenant,
            room_type=data["room_type"],
            plan=data["plan"],
            first=data["first"],
            last=data["last"],
            weekdays=data["weekdays"],
            amount=data["amount"],
            extra_adult=data["extra_adult"],
            extra_child=data["extra_child"],
        )


class OpenNightsForm(_NightsForm):
    """How many rooms are sold on all nights of a range, and under which restrictions."""

    total = forms.IntegerField(
        min_value=0,
        max_value=32_000,
        required=False,
        label=_("rooms on sale"),
        help_text=_("Empty: every active room of the type."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    min_stay = forms.IntegerField(
        min_value=1, max_value=365, initial=1, label=_("minimum nights"), widget=UnfoldAdminIntegerFieldWidget
    )
    max_stay = forms.IntegerField(
        min_value=1, max_value=365, required=False, label=_("maximum nights"), widget=UnfoldAdminIntegerFieldWidget
    )
    stop_sell = forms.BooleanField(required=False, label=_("stop selling"), widget=UnfoldBooleanSwitchWidget)
    closed_to_arrival = forms.BooleanField(required=False, label=_("no arrivals"), widget=UnfoldBooleanSwitchWidget)
    closed_to_departure = forms.BooleanField(required=False, label=_("no departures"), widget=UnfoldBooleanSwitchWidget)
    field_order = ("room_type", "first", "last", "weekdays", "total", "min_stay", "max_stay", "stop_sell",
                   "closed_to_arrival", "closed_to_departure", "reason")  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A longest stay is not shorter than the shortest."""
        cleaned = super().clean()
        shortest, longest = cleaned.get("min_stay"), cleaned.get("max_stay")
        if shortest and longest and longest < shortest:
            self.add_error("max_stay", gettext("It is less than the minimum."))
        return cleaned

    def save(self) -> int:
        """Open the nights; returns how many.

        Raises:
            inventory.Oversold: more are sold already.
        """
        data = self.cleaned_data
        return inventory.open_nights(
            tenant=data["room_type"].tenant,
            room_type=data["room_type"],
            first=data["first"],
            last=data["last"],
            weekdays=data["weekdays"],
            total=data["total"],
            stop_sell=data["stop_sell"],
            closed_to_arrival=data["closed_to_arrival"],
            closed_to_departure=data["closed_to_departure"],
            min_stay=data["min_stay"],
            max_stay=data["max_stay"],
        )


class ByRange(LedgerAdmin):
    """Rows per night: looked at one by one, changed by ranges through the inventory service."""

    range_form: type[Any]
    range_title: Any
    compared: tuple[str, ...] = ()
    """Columns whose values over the range are kept in the history, before and after."""
    sheet_kind = ""
    """Which files change these rows too."""
    list_before_template = "admin/reservations/range_link.html"
    date_hierarchy = "night"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_range"
        return [path("range/", self.admin_site.admin_view(self.change_range), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        link = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_range")
        shown = {}
        if self._may_change(request):
            shown = {"range_link": link, "range_title": self.range_title, "sheet_kind": self.sheet_kind}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def _may_change(self, request: HttpRequest) -> bool:
        return bool(own_rows(request, RoomType, MANAGERS).exists())

    def change_range(self, request: HttpRequest) -> HttpResponse:
        """Set something for a room type from a first to a last night."""
        if not self._may_change(request):
            raise PermissionDenied
        with every_tenant():  # choices are limited to own rows; the service opens the hotel's scope
            form = self.range_form(request.POST or None, request=request)
            if request.method == "POST" and form.is_valid():
                done = self._save(request, form)
                if done is not None:
                    return done
            context = {
                **self.admin_site.each_context(request),
                "title": self.range_title,
                "opts": self.opts,
                "form": form,
                "media": self.media + form.media,
                "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            }
            return rendered(TemplateResponse(request, "admin/reservations/range_form.html", context))

    def _save(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        save: Callable[[], int] = form.save
        before = self._values(form)
        try:
            nights = save()
        except inventory.Oversold as error:
            form.add_error("total", gettext("More rooms are sold already: %(problem)s") % {"problem": error})
            return None
        except BlockClash as error:
            problem = gettext("No room is left on: %(problem)s") if error.nights else gettext("The room is taken.")
            form.add_error("rooms", problem % {"problem": error})
            return None
        room_type = form.cleaned_data["room_type"]
        text = ngettext("%(count)d night changed.", "%(count)d nights changed.", nights) % {"count": nights}
        after = self._values(form)
        changes: list[Change] = [
            {"model": self.opts.label_lower, "field": name, "before": before[name], "after": after[name]}
            for name in self.compared if before[name] != after[name]
        ]  # fmt: skip
        self.remember(request, changes=changes, reason=form.cleaned_data.get("reason", ""))
        self.log_change(request, room_type, f"{self.range_title}: {form.cleaned_data['first']} – "
                        f"{form.cleaned_data['last']}, {nights}")  # fmt: skip
        self.message_user(request, text, messages.SUCCESS)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{back}?room_type__id__exact={room_type.pk}")

    def _values(self, form: Any) -> dict[str, str]:
        """What the nights of the range hold, lowest to highest, column by column."""
        if not self.compared:
            return {}
        chosen = form.cleaned_data
        rows = self.model._base_manager.filter(
            room_type=chosen["room_type"], night__range=(chosen["first"], chosen["last"]),
            night__iso_week_day__in=[day + 1 for day in chosen["weekdays"]],
        )  # fmt: skip
        if "plan" in chosen:
            rows = rows.filter(rate_plan=chosen["plan"])
        found = {}
        for name in self.compared:
            values = sorted(set(rows.values_list(name, flat=True)), key=lambda value: (value is None, value))
            found[name] = " – ".join(str(value) for value in dict.fromkeys((values[0], values[-1]))) if values else ""
        return found


@admin.register(Rate)
class RateAdmin(ByRange):
    """The price of one night in one room type at one plan."""

    range_form = PricesForm
    sheet_kind = "rates"
    compared = ("amount", "extra_adult", "extra_child")
    range_title = _("Set prices for a range of nights")
    list_display = ("night", "room_type", "rate_plan", "price", "extra_adult", "extra_child")
    list_filter = ("room_type", "rate_plan")
    list_select_related = ("room_type", "rate_plan", "tenant")
    ordering = ("night", "room_type", "rate_plan")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).filter(night__gte=_yesterday())

    @admin.display(description=_("price"), ordering="amount")
    def price(self, row: Rate) -> str:
        return written(Money(row.amount, row.tenant.currency), "es")


@admin.register(RoomNight)
class RoomNightAdmin(ByRange):
    """How many rooms of a type a night has, has sold and keeps."""

    range_form = OpenNightsForm
    sheet_kind = "nights"
    compared = ("total", "stop_sell", "closed_to_arrival", "closed_to_departure", "min_stay", "max_stay")
    range_title = _("Open or close a range of nights")
    list_display = ("night", "room_type", "total", "sold", "held", "blocked", "free", "selling", "min_stay", "max_stay")
    list_filter = ("room_type", "stop_sell")
    list_select_related = ("room_type",)
    ordering = ("night", "room_type")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).filter(night__gte=_yesterday())

    @admin.display(description=_("left"))
    def free(self, row: RoomNight) -> int:
        return row.left

    @display(description=_("selling"), label={"open": "success", "full": "warning", "stopped": "danger"})
    def selling(self, row: RoomNight) -> tuple[str, str]:
        if row.stop_sell:
            return "stopped", gettext("stopped")
        return ("open", gettext("on sale")) if row.left else ("full", gettext("full"))


def _yesterday() -> dt.date:
    """Past nights are not worked with; a day of grace covers every time zone and rollover hour."""
    from hotel_agent.common import clock

    return clock.now().date() - dt.timedelta(days=1)
