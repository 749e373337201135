"""The calendar: what every night sells, holds and costs, and ranges of nights changed in two steps, look and do."""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money, written
from reservations import occupancy
from reservations.admin.calendar_cells import Squares
from reservations.models import RatePlan, RoomType, SellingChange
from reservations.services import selling
from tenants.back_office.access import has_role, hotels_of
from tenants.back_office.pages import LedgerAdmin, rendered
from tenants.models import Tenant
from tenants.permissions import MANAGERS
from tenants.scoping import every_tenant, tenant_scope

SPANS = (7, 14, 31)
MOST_NIGHTS = 800
KEEP = ""
FIELDS = {
    "amount": _("price"), "extra_adult": _("each extra adult"), "extra_child": _("each extra child"),
    "total": _("rooms on sale"), "stop_sell": _("selling"), "closed_to_arrival": _("arrivals"),
    "closed_to_departure": _("departures"), "min_stay": _("minimum nights"), "max_stay": _("maximum nights"),
}  # fmt: skip


def _switch(label: Any, yes: Any, no: Any) -> forms.TypedChoiceField:
    """Leave it, close it, open it."""
    return forms.TypedChoiceField(
        label=label, required=False, choices=[(KEEP, _("as it is")), ("no", no), ("yes", yes)], empty_value=None,
        coerce=lambda value: value == "no",
    )  # fmt: skip


class EditForm(forms.Form):
    """Which nights, and what becomes of them. What is left empty stays as it is."""

    room_types = forms.ModelMultipleChoiceField(
        queryset=RoomType._base_manager.none(), label=_("room types"), widget=forms.CheckboxSelectMultiple
    )
    first = forms.DateField(label=_("first night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("last night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    weekdays = forms.TypedMultipleChoiceField(
        coerce=int, choices=[(number, _(name)) for number, name in enumerate(months.day_name)],
        initial=list(range(7)), label=_("on these days"), widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    plans = forms.ModelMultipleChoiceField(
        queryset=RatePlan._base_manager.none(), required=False, label=_("rate plans"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    amount = forms.DecimalField(
        min_value=Decimal("0.01"), max_digits=12, decimal_places=2, required=False, label=_("price per night")
    )
    percent = forms.DecimalField(
        min_value=-90, max_value=900, max_digits=6, decimal_places=2, required=False, label=_("or change it by %")
    )
    extra_adult = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, required=False, label=_("each extra adult")
    )
    extra_child = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, required=False, label=_("each extra child")
    )
    total = forms.IntegerField(min_value=0, max_value=32_000, required=False, label=_("rooms on sale"))
    stop_sell = _switch(_("selling"), _("on sale"), _("stopped"))
    closed_to_arrival = _switch(_("arrivals"), _("allowed"), _("closed"))
    closed_to_departure = _switch(_("departures"), _("allowed"), _("closed"))
    min_stay = forms.IntegerField(min_value=1, max_value=365, required=False, label=_("minimum nights"))
    max_stay = forms.IntegerField(
        min_value=0, max_value=365, required=False, label=_("maximum nights"), help_text=_("0: no limit")
    )
    reason = forms.CharField(max_length=200, label=_("reason"), help_text=_("Kept in the history with your name."))

    def __init__(self, *args: Any, hotel: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hotel = hotel
        for name, model in (("room_types", RoomType), ("plans", RatePlan)):
            choice: Any = self.fields[name]
            choice.queryset = model._base_manager.filter(tenant=hotel, is_active=True).order_by("position", "id")
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxSelectMultiple):
                field.widget.attrs.setdefault("class", "ha-input")

    def clean(self) -> dict[str, Any]:
        """Nights to come, in order, and something to change."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and first < self.hotel.business_day():
            self.add_error("first", gettext("This night has passed."))
        if first and last and not first <= last <= first + dt.timedelta(days=MOST_NIGHTS):
            self.add_error("last", gettext("It is before the first night, or more than two years after it."))
        if cleaned.get("amount") is not None and cleaned.get("percent") is not None:
            self.add_error("percent", gettext("Give a price or a percentage, not both."))
        prices = [cleaned.get(name) for name in ("amount", "percent", "extra_adult", "extra_child")]
        if any(value is not None for value in prices) and not cleaned.get("plans"):
            self.add_error("plans", gettext("Choose whose price changes."))
        rules = [cleaned.get(name) for name in ("total", "stop_sell", "closed_to_arrival", "closed_to_departure",
                                                "min_stay", "max_stay")]  # fmt: skip
        if not self.errors and all(value is None for value in (*prices, *rules)):
            raise forms.ValidationError(gettext("Nothing changes yet: give a price, rooms or a rule."))
        return cleaned

    def edit(self) -> selling.Edit:
        """What was asked for."""
        data = self.cleaned_data
        same = ("first", "last", "amount", "percent", "extra_adult", "extra_child", "total", "stop_sell",
                "closed_to_arrival", "closed_to_departure", "min_stay", "max_stay")  # fmt: skip
        return selling.Edit(
            room_types=tuple(data["room_types"]), plans=tuple(data["plans"]), weekdays=tuple(data["weekdays"]),
            **{name: data[name] for name in same},
        )  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A change as a person reads it: nights that change alike are one line."""

    room_type: str
    plan: str
    field: str
    nights: str
    before: str
    after: str


def urls(site: admin.AdminSite) -> list[Any]:
    """The calendar's addresses on the back office's site."""
    return [
        path("calendar/", site.admin_view(show), name="calendar"),
        path("calendar/change/", site.admin_view(change), name="calendar_change"),
    ]


def show(request: HttpRequest) -> HttpResponse:
    """`?start=2026-12-04&days=14&hotel=3`; from today for two weeks at the first hotel where nothing is said."""
    hotel = _hotel(request)
    return _page(request, hotel, EditForm(hotel=hotel) if _may_change(request, hotel) else None)


def change(request: HttpRequest) -> HttpResponse:
    """Look at an edit, or do it as it was looked at."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    hotel = _hotel(request)
    if not _may_change(request, hotel):
        raise PermissionDenied
    form = EditForm(request.POST, hotel=hotel)
    if not form.is_valid():
        return _page(request, hotel, form)
    edit = form.edit()
    if "apply" in request.POST:
        done = _apply(request, hotel, form, edit)
        if done is not None:
            return done
    try:
        preview = selling.preview(tenant=hotel, edit=edit)
    except BadInput as error:
        form.add_error(None, str(error))
        return _page(request, hotel, form)
    return _page(request, hotel, form, preview)


def _apply(request: HttpRequest, hotel: Tenant, form: EditForm, edit: selling.Edit) -> HttpResponse | None:
    try:
        done = selling.apply(
            tenant=hotel, edit=edit, reason=form.cleaned_data["reason"], by=str(request.user),
            shown=request.POST.get("shown", "-"),
        )  # fmt: skip
    except selling.EditMoved:
        form.add_error(None, gettext("Something changed meanwhile: look at it again, then apply."))
        return None
    except selling.EditRefused:
        return None  # the preview says what stands against it
    text = ngettext("%(count)d value changed.", "%(count)d values changed.", done.nights) % {"count": done.nights}
    messages.success(request, text)
    return HttpResponseRedirect(f"{_address(hotel, edit.first)}&days={_days(request)}")


def _hotel(request: HttpRequest) -> Tenant:
    """The hotel that was asked for, else the person's first.

    Raises:
        Http404: it is not theirs.
    """
    asked = request.POST.get("hotel") or request.GET.get("hotel") or ""
    hotels = hotels_of(request).filter(is_active=True)
    found = hotels.filter(pk=asked).first() if asked.isdecimal() else None if asked else hotels.first()
    if found is None:
        raise Http404
    return found


def _may_change(request: HttpRequest, hotel: Tenant) -> bool:
    return has_role(request, MANAGERS, hotel.pk) and not occupancy.owner_of_prices(hotel)


def _days(request: HttpRequest) -> int:
    asked = request.POST.get("days") or request.GET.get("days") or ""
    return int(asked) if asked in map(str, SPANS) else 14


def _start(request: HttpRequest, hotel: Tenant) -> dt.date:
    asked = request.POST.get("start") or request.GET.get("start") or ""
    today = hotel.business_day()
    try:
        start = dt.date.fromisoformat(asked)
    except ValueError:
        return today
    return min(max(start, today - dt.timedelta(days=800)), today + dt.timedelta(days=1200))


def _address(hotel: Tenant, start: dt.date) -> str:
    return f"{reverse('admin:calendar')}?hotel={hotel.pk}&start={start:%Y-%m-%d}"


def _page(
    request: HttpRequest, hotel: Tenant, form: EditForm | None, preview: selling.Preview | None = None
) -> HttpResponse:
    start, days = _start(request, hotel), _days(request)
    with tenant_scope(hotel), timezone.override(hotel.zone):
        shown = occupancy.load(hotel, start, days)
        squares = Squares(shown)
        context = {
            **admin.site.each_context(request),
            "title": _("Calendar"),
            "hotel": hotel,
            "hotels": list(hotels_of(request).filter(is_active=True)[:50]),
            "calendar": shown,
            "rows": [
                {
                    "room_type": row.room_type,
                    "nights": squares.nights(row),
                    "prices": [
                        {"plan": one.plan, "cells": squares.prices(one, row.room_type.pk)} for one in row.prices
                    ],
                }
                for row in shown.rows
            ],
            "days": days,
            "spans": SPANS,
            "start": start,
            "today": hotel.business_day(),
            "months": _months(shown.days),
            "earlier": _address(hotel, start - dt.timedelta(days=days)),
            "later": _address(hotel, start + dt.timedelta(days=days)),
            "now": _address(hotel, hotel.business_day()),
            "here": _address(hotel, start),
            "form": form,
            "preview": preview,
            "changes": _lines(preview.lines, hotel) if preview else [],
            "conflicts": _conflicts(preview.conflicts) if preview else [],
            "history": reverse("admin:reservations_sellingchange_changelist"),
        }
        with every_tenant():  # the sidebar counts over the person's hotels; choices are limited to the hotel's rows
            return rendered(TemplateResponse(request, "admin/reservations/calendar.html", context))


def _months(days: Iterable[occupancy.Day]) -> list[tuple[str, int]]:
    """Month names with how many columns they span."""
    found: list[tuple[str, int]] = []
    for day in days:
        name = date_format(day.date, "F Y")
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + 1)
        else:
            found.append((name, 1))
    return found


def _lines(lines: Iterable[selling.Line], hotel: Tenant) -> list[Shown]:
    together: dict[tuple[str, str, str, str, str], list[dt.date]] = {}
    for one in lines:
        key = (str(one.room_type), str(one.plan or ""), one.field, _value(one.field, one.before, hotel),
               _value(one.field, one.after, hotel))  # fmt: skip
        together.setdefault(key, []).append(one.night)
    return [
        Shown(room_type, plan, str(FIELDS[name]), _nights(nights), before, after)
        for (room_type, plan, name, before, after), nights in together.items()
    ]


def _nights(nights: Iterable[dt.date]) -> str:
    return ", ".join(
        date_format(first, "D j M")
        if first == last
        else f"{date_format(first, 'D j M')} – {date_format(last, 'D j M')}"
        for first, last in selling.runs(nights)
    )


def _value(name: str, value: selling.Value, hotel: Tenant) -> str:
    if isinstance(value, bool):
        if name == "stop_sell":
            return gettext("stopped") if value else gettext("on sale")
        return gettext("closed") if value else gettext("allowed")
    if isinstance(value, Decimal):
        return written(Money(value, hotel.currency), (get_language() or "es")[:2])
    return "–" if value is None else str(value)


def _conflicts(conflicts: Iterable[selling.Conflict]) -> list[str]:
    found: dict[tuple[str, str], list[dt.date]] = {}
    for one in conflicts:
        found.setdefault((str(one.room_type), _why(one)), []).append(one.night)
    return [f"{room_type}, {_nights(nights)}: {why}" for (room_type, why), nights in found.items()]


def _why(one: selling.Conflict) -> str:
    match one.why:
        case "taken":
            return gettext(
                "%(sold)d sold, %(held)d kept for guests, %(blocked)d taken elsewhere: %(wanted)d on sale is too few."
            ) % {"sold": one.sold, "held": one.held, "blocked": one.blocked, "wanted": one.wanted}
        case "stay_limits":
            return gettext("the minimum stay would be longer than the maximum.")
        case "no_price":
            return gettext("it has no price at this plan yet: give one instead of a percentage.")
        case _:
            return gettext("no rooms were opened yet: say how many are on sale.")


@admin.register(SellingChange)
class SellingChangeAdmin(LedgerAdmin):
    """Who changed prices, rooms and rules of which nights, and why."""

    list_display = ("at", "by", "range", "nights", "reason")
    search_fields = ("by", "reason")
    ordering = ("-at", "-id")
    date_hierarchy = "at"
    fields = ("at", "by", "reason", ("first", "last"), "nights", "what")
    readonly_fields = ("what",)

    @admin.display(description=_("nights"), ordering="first")
    def range(self, row: SellingChange) -> str:
        return f"{date_format(row.first, 'j M')} – {date_format(row.last, 'j M Y')}"

    @admin.display(description=_("what changed"))
    def what(self, row: SellingChange) -> Any:
        """Each value before and after."""
        body = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class='ha-num'>{}</td><td class='ha-num'>{}</td></tr>",
            (
                (line["room_type"], line["plan"], str(FIELDS.get(line["field"], line["field"])),
                 ", ".join(" – ".join(dict.fromkeys(run.split("/"))) for run in line["nights"]),
                 line["before"] or "–", line["after"] or "–")
                for line in row.lines
            ),
        )  # fmt: skip
        return format_html('<div class="ha-scroll"><table class="ha-table">{}</table></div>', body)
