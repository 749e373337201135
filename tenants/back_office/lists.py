"""Pages of long lists: how many rows there are is counted up to a bound only, and said so."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

COUNTED = 5000
"""A hundred pages of fifty. Whoever looks for something beyond narrows the list; counting a million rows takes longer
than everything else on the page."""


class BoundedPaginator(Paginator):
    """As Django's, but `count` is at most `COUNTED`; `more` says that there are more rows than that."""

    template_name = "admin/pages.html"

    @cached_property
    def count(self) -> int:
        """Rows that have a page."""
        return min(self._found, COUNTED)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond the last page."""
        return self._found > COUNTED

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        rows = rows.order_by()
        if hasattr(rows.model, "tenant_id") and not rows.query.distinct:
            rows = rows.values_list("tenant_id")  # in every index of a hotel's rows: those are read, not the rows
        return rows[: COUNTED + 1].count()


class LongLists:
    """Of an admin class: a list that may have millions of rows. What is done with "all" of them is done with all or,
    where they are more than were counted, with none."""

    paginator: type = BoundedPaginator

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> Any:
        """Django's, for as many rows as the page said."""
        if request.POST.get("select_across") == "1" and BoundedPaginator(queryset, 1).more:
            text = gettext("There are more than %(count)d of them: narrow the list first. Nothing was done.")
            self.message_user(request, text % {"count": COUNTED}, messages.WARNING)  # type: ignore[attr-defined]
            return None
        return super().response_action(request, queryset)  # type: ignore[misc]
