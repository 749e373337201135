"""Loading prices and nights on sale from a file: take a template, upload it, look at what it would do, load it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from reservations.models import SheetImport
from reservations.services import sheets
from reservations.services.sheets.files import MAX_BYTES, MAX_ROWS
from reservations.services.sheets.rows import COLUMNS, HEADERS, LANGUAGES
from tenants.back_office.access import has_role, hotels_of, own_rows
from tenants.back_office.pages import LedgerAdmin, rendered
from tenants.models import Tenant
from tenants.permissions import MANAGERS
from tenants.scoping import every_tenant

SHOWN = 200
UNREADABLE = {
    "empty": _("The file is empty."),
    "too_big": _("The file is too big: at most 2 MB."),
    "too_many_rows": _("The file has too many rows: at most 3000."),
    "too_many_columns": _("The file has too many columns."),
    "not_a_sheet": _("This is not an Excel (.xlsx) or CSV file."),
}
PROBLEMS = {
    "column_missing": _("this column is missing"),
    "no_rows": _("there are no rows below the titles"),
    "empty": _("is empty"),
    "unknown": _("the hotel has none by this code or name"),
    "not_a_date": _("is not a date (write 2027-01-31 or 31/01/2027)"),
    "not_days": _("are not days (write mon tue, or fri-sun)"),
    "not_an_amount": _("is not a price"),
    "not_a_number": _("is not a number that makes sense here"),
    "not_yes_or_no": _("write x for yes, nothing for no"),
    "before_first": _("is before the first night"),
    "too_long": _("is more than two years after the first night"),
    "over": _("these nights are over"),
    "no_such_nights": _("none of these days is between the two nights"),
    "below_minimum": _("is less than the minimum"),
    "too_many_nights": _("the file sets too many nights; split it"),
    "oversold": _("more rooms are taken already"),
}


class UploadForm(forms.Form):
    """A file, and of which hotel where there is a choice."""

    hotel = forms.ModelChoiceField(queryset=Tenant.objects.none(), widget=UnfoldAdminSelectWidget, label=_("hotel"))
    file = forms.FileField(
        label=_("file"), widget=UnfoldAdminFileFieldWidget, help_text=_("Excel (.xlsx) or CSV, at most 2 MB.")
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hotels = hotels_of(request, MANAGERS)
        choice: Any = self.fields["hotel"]
        choice.queryset = hotels
        if len(only := list(hotels[:2])) == 1:
            choice.required, choice.widget, choice.initial = False, forms.HiddenInput(), only[0].pk
            self.only_hotel: Tenant | None = only[0]
        else:
            self.only_hotel = None

    def clean_file(self) -> Any:
        """Not more than is read anyway."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(UNREADABLE["too_big"])
        return file

    @property
    def chosen_hotel(self) -> Tenant:
        """Whose file it is."""
        hotel: Tenant = self.only_hotel or self.cleaned_data["hotel"]
        return hotel


@admin.register(SheetImport)
class SheetImportAdmin(LedgerAdmin):
    """Files that were uploaded, what they set, and what was wrong with those that could not be loaded."""

    list_display = ("file_name", "kind", "condition", "nights", "made_by", "created_at", "loaded_at")
    list_filter = ("kind", "state")
    ordering = ("-created_at",)
    list_before_template = "admin/reservations/sheet_links.html"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("upload/<slug:kind>/", wrap(self.upload), name="reservations_sheetimport_upload"),
            path("template/<slug:kind>.<slug:form>", wrap(self.template), name="reservations_sheetimport_template"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"sheet_kinds": _kinds()} if has_role(request, MANAGERS) else {}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @display(description=_("state"), label={"bad": "danger", "ready": "warning", "loaded": "success"}, ordering="state")
    def condition(self, row: SheetImport) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def upload(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Take a file in and go on to its preview."""
        wanted = _kind(kind)
        if not has_role(request, MANAGERS):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, request=request)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                sheet = sheets.preview(
                    tenant=form.chosen_hotel,
                    kind=wanted,
                    file_name=file.name,
                    content=file.read(),
                    made_by=str(request.user),
                )
            except sheets.Unreadable as error:
                form.add_error("file", str(UNREADABLE[error.why]))
            else:
                return HttpResponseRedirect(reverse("admin:reservations_sheetimport_change", args=[sheet.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{gettext('Load a file')}: {wanted.label}",
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "kind": wanted.value,
            "titles": _titles(wanted),
            "most_rows": MAX_ROWS,
            "back": reverse("admin:reservations_sheetimport_changelist"),
        }
        with every_tenant():  # the sidebar counts over the person's hotels
            return rendered(TemplateResponse(request, "admin/reservations/sheet_upload.html", context))

    def template(self, request: HttpRequest, kind: str, form: str) -> HttpResponse:
        """The present prices or nights as a file that can be changed and loaded again."""
        wanted, hotel = _kind(kind), hotels_of(request, MANAGERS).first()
        if form not in {"xlsx", "csv"}:
            raise Http404
        chosen = request.GET.get("hotel", "")
        if chosen.isdecimal():
            hotel = hotels_of(request, MANAGERS).filter(pk=chosen).first()
        if hotel is None:
            raise PermissionDenied
        body = sheets.template(tenant=hotel, kind=wanted, language=get_language() or "en", as_csv=form == "csv")
        kinds = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
        name = f"{hotel.slug}-{wanted.value}-{hotel.business_day():%Y-%m-%d}.{form}"
        return HttpResponse(
            body, content_type=kinds[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the file would do (or did), and the button that does it."""
        rows = own_rows(request, SheetImport, self.read_roles).select_related("tenant")
        sheet: SheetImport | None = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        if sheet is None:
            raise Http404
        may_load = has_role(request, MANAGERS, sheet.tenant_id)
        if request.method == "POST":
            if not may_load:
                raise PermissionDenied
            return self._load(request, sheet)
        kind = SheetImport.Kind(sheet.kind)
        columns = COLUMNS[kind]
        context = {
            **self.admin_site.each_context(request),
            "title": sheet.file_name,
            "opts": self.opts,
            "original": sheet,
            "media": self.media,
            "sheet": sheet,
            "may_load": may_load and sheet.state == SheetImport.State.READY,
            "titles": _titles(kind),
            "lines": [_line(row, columns) for row in sheet.rows[:SHOWN]],
            "more": max(len(sheet.rows) - SHOWN, 0),
            "problems": [_problem(one) for one in sheet.problems[:SHOWN]],
            "more_problems": max(len(sheet.problems) - SHOWN, 0),
            "upload_link": reverse("admin:reservations_sheetimport_upload", args=[sheet.kind]),
            **(extra_context or {}),
        }
        with every_tenant():  # the sidebar counts over the person's hotels
            return rendered(TemplateResponse(request, "admin/reservations/sheet.html", context))

    def _load(self, request: HttpRequest, sheet: SheetImport) -> HttpResponse:
        try:
            nights = sheets.load(tenant=sheet.tenant, sheet=sheet)
        except sheets.NotLoadable as error:
            text = gettext("Nothing was loaded: %(problem)s. Upload the file again to see why.")
            self.message_user(request, text % {"problem": error}, messages.ERROR)
        else:
            text = ngettext("%(count)d night changed.", "%(count)d nights changed.", nights) % {"count": nights}
            self.log_change(request, sheet, f"{sheet.file_name}: {nights}")
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:reservations_sheetimport_change", args=[sheet.pk]))


def _kind(name: str) -> SheetImport.Kind:
    if name not in SheetImport.Kind.values:
        raise Http404
    return SheetImport.Kind(name)


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.value, _(str(kind.label))) for kind in SheetImport.Kind]


def _titles(kind: SheetImport.Kind) -> list[str]:
    return [_title(name) for name in COLUMNS[kind]]


def _title(name: str) -> str:
    language = (get_language() or "en")[:2]
    return HEADERS[name][LANGUAGES.index(language if language in LANGUAGES else "en")]


def _line(row: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    cells = []
    for name in columns:
        value = row.get(name)
        if name == "days":
            cells.append("" if len(value or ()) == 7 else " ".join(_day(day) for day in value or ()))
        else:
            cells.append("✓" if value is True else "" if value in (None, False) else str(value))
    return {"row": row["row"], "cells": cells, "now": " – ".join(dict.fromkeys(row.get("now", ())))}


def _day(number: int) -> str:
    return date_format(dt.date(2024, 1, 1 + number), "D")  # the first of January 2024 is a Monday


def _problem(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": one["row"],
        "column": _title(one["column"]) if one["column"] in HEADERS else one["column"],
        "what": PROBLEMS.get(one["what"], one["what"]),
        "value": one["value"],
    }
