"""Lists that can be taken along: what the list shows now (filters, search) as CSV or Excel, for whoever may export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import structlog
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext

from hotel_agent.common import clock
from tenants import exporting
from tenants.back_office.access import has_role, hotels_of, is_superuser
from tenants.exporting import Column
from tenants.permissions import access_to
from tenants.scoping import every_tenant

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": "CSV", "xlsx": "Excel"}

log = structlog.get_logger("tenants.exports")


class Exports:
    """Of an admin class of a hotel's rows. `export_columns` are paths of fields, with a title where the name of the
    path's first field is not the one."""

    export_columns: ClassVar[Sequence[str | tuple[str, Any]]] = ()
    list_before_template = "admin/export_links.html"

    def get_urls(self) -> list[Any]:
        """The file's address beside the list's."""
        opts: Any = self.opts  # type: ignore[attr-defined]
        view = self.admin_site.admin_view(self.export)  # type: ignore[attr-defined]
        mine = path("export.<slug:form>", view, name=f"{opts.app_label}_{opts.model_name}_export")
        return [mine, *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with its links to the files for whoever may have them."""
        shown: dict[str, Any] = {}
        if has_role(request, self._export_roles):
            asked = request.GET.urlencode()
            shown["exports"] = [
                (form, label, f"{self._address('export', form)}{'?' if asked else ''}{asked}")
                for form, label in FORMS.items()
            ]
        found: HttpResponse = super().changelist_view(request, {**shown, **(extra_context or {})})  # type: ignore[misc]
        return found

    def export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """`export.csv?…` with the list's own query. A CSV begins at once; a workbook comes when it is written."""
        if form not in FORMS:
            raise Http404
        if not has_role(request, self._export_roles):
            raise PermissionDenied
        back = f"{self._address('changelist')}?{request.GET.urlencode()}"
        with every_tenant():  # bounded by get_queryset and by the hotels where the person may export
            try:
                rows = self.get_changelist_instance(request).get_queryset(request)  # type: ignore[attr-defined]
            except IncorrectLookupParameters:
                return HttpResponseRedirect(back)  # the list says what is wrong
            if not is_superuser(request):
                rows = rows.filter(tenant__in=list(hotels_of(request, self._export_roles).values_list("pk", flat=True)))
            most = exporting.MOST_XLSX
            if form == "xlsx" and rows.order_by()[: most + 1].count() > most:
                text = gettext("An Excel file has at most %(count)s rows here: narrow the list, or take the CSV.")
                self.message_user(request, text % {"count": number_format(most, force_grouping=True)}, messages.WARNING)  # type: ignore[attr-defined]
                return HttpResponseRedirect(back)
            columns = self.columns(request)
        model: Any = self.model  # type: ignore[attr-defined]
        log.info("exported", model=model._meta.label_lower, form=form, user_id=request.user.pk)
        name = f"{model._meta.model_name}-{clock.now():%Y-%m-%d}.{form}"
        found = exporting.lines(rows, columns)
        if form == "xlsx":
            from tenants.workbook import as_xlsx  # loaded with the first one

            return FileResponse(as_xlsx(columns, found), as_attachment=True, filename=name, content_type=XLSX)
        return StreamingHttpResponse(
            exporting.as_csv(columns, found), content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    def columns(self, request: HttpRequest) -> list[Column]:
        """The file's columns in the reader's language; the hotel first where there is a choice."""
        wanted: list[str | tuple[str, Any]] = list(self.export_columns)
        if self._asks_for_hotel(request):  # type: ignore[attr-defined]
            wanted.insert(0, "tenant__name")
        return [self._column(*((one, "") if isinstance(one, str) else one)) for one in wanted]

    def _column(self, where: str, title: Any) -> Column:
        fields: list[Any] = get_fields_from_path(self.model, where)  # type: ignore[attr-defined]
        names = {value: str(label) for value, label in fields[-1].choices or ()}
        return Column(where, str(title or fields[0].verbose_name), names)

    @property
    def _export_roles(self) -> frozenset[str]:
        return access_to(self.model).export  # type: ignore[attr-defined]

    def _address(self, page: str, *args: str) -> str:
        opts: Any = self.opts  # type: ignore[attr-defined]
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)
