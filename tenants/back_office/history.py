"""Pages that write down what was changed on them, ask why, and show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from hotel_agent.common.crypto import EncryptedSecretsField
from tenants import history
from tenants.history import Change
from tenants.models import HistoryEntry

REASON = "change_reason"
SHOWN = 100
"""Entries on a row's own page; all of them are in the list."""


class KeepsHistory:
    """An admin page whose changes are kept with their before, after and reason (`tenants.history`)."""

    keeps_history: ClassVar[bool] = True
    """False where the row has a timeline of its own."""

    def asks_reason(self, request: HttpRequest, obj: Any) -> bool:
        """Changing a row asks why; making one explains itself."""
        return self.keeps_history and obj is not None and self.has_change_permission(request, obj)  # type: ignore[attr-defined]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django asks for it after everything is saved and before it logs: the moment to compare."""
        request._changed = [*_of_form(form, add=add), *_of_formsets(formsets or ())]  # type: ignore[attr-defined]
        request._why = form.cleaned_data.get(REASON, "")  # type: ignore[attr-defined]
        if REASON in form.changed_data:
            form.changed_data.remove(REASON)
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note(request, obj, HistoryEntry.Action.ADDED, message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note(request, obj, HistoryEntry.Action.CHANGED, message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        if self.keeps_history:
            for row in queryset:
                history.note(
                    row, by=request.user, action=HistoryEntry.Action.DELETED, changes=history.values_of(row)
                )  # fmt: skip
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    @staticmethod
    def remember(request: HttpRequest, *, changes: list[Change], reason: str) -> None:
        """What the next `log_change` of this request is about, where no form of a row was compared."""
        request._changed, request._why = changes, reason  # type: ignore[attr-defined]

    def _note(self, request: HttpRequest, obj: models.Model, action: str, message: Any) -> None:
        if not self.keeps_history:
            return
        changed: list[Change] = request.__dict__.pop("_changed", [])
        why = request.__dict__.pop("_why", "")
        if isinstance(message, str):  # a button or an action: it says itself what it did
            history.note(
                obj, by=request.user, action=HistoryEntry.Action.DONE, what=message, changes=changed, reason=why
            )
        elif changed or why or action == HistoryEntry.Action.ADDED:
            history.note(obj, by=request.user, action=action, changes=changed, reason=why)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A row's history, newest first, each value before and after."""
        row = self.get_object(request, object_id) if self.keeps_history else None  # type: ignore[attr-defined]
        found = {"entries": [shown(one) for one in history.of_row(row)[:SHOWN]]} if row is not None else {}
        return super().history_view(request, object_id, {**found, **(extra_context or {})})  # type: ignore[misc]


def reason_field() -> forms.CharField:
    """The field of a form that asks why."""
    return forms.CharField(
        required=False,
        max_length=300,
        label=_("Reason"),
        help_text=_("Kept in the history with who changed what."),
        widget=UnfoldAdminTextInputWidget(),
    )


def reason_fieldset() -> tuple[Any, dict[str, Any]]:
    """Where it stands on the page: last, above the buttons."""
    return _("Why it changes"), {"fields": [REASON]}


# --- comparing -------------------------------------------------------------------------------------------------------


def _of_form(form: Any, *, add: bool) -> list[Change]:
    return [_change(form, name, add=add) for name in form.changed_data if name != REASON]


def _of_formsets(formsets: Any) -> list[Change]:
    found: list[Change] = []
    for formset in formsets:
        label = formset.model._meta.label_lower
        fresh = {id(one) for one in getattr(formset, "new_objects", [])}
        touched = fresh | {id(one) for one, _names in getattr(formset, "changed_objects", [])}
        for form in formset.forms:
            if id(form.instance) in touched:
                lines = _of_form(form, add=id(form.instance) in fresh)
                found += [{"row": str(form.instance)[:200], "model": label, **line} for line in lines]
        for row in getattr(formset, "deleted_objects", []):
            found.append({"row": str(row)[:200], "model": label, "field": "", "before": str(row)[:200], "after": None})
    return found


def _change(form: Any, name: str, *, add: bool) -> Change:
    if _is_secret(form, name):
        return {"field": name, "secret": True}
    field = form.fields[name]
    after = history.plain(form.cleaned_data.get(name))
    if add:
        return {"field": name, "before": None, "after": after}
    before = form.get_initial_for_field(field, name)
    one_of = field.queryset if isinstance(field, forms.ModelChoiceField) else None
    if one_of is not None and before not in (None, "") and not isinstance(before, list):
        before = one_of.model._base_manager.filter(pk=getattr(before, "pk", before)).first()
    return {"field": name, "before": history.plain(before), "after": after}


def _is_secret(form: Any, name: str) -> bool:
    """Credentials are written, never read: neither what they were nor what they are is kept."""
    if isinstance(form.fields[name].widget, forms.PasswordInput) or name in getattr(form, "secret_names", ()):
        return True
    try:
        return isinstance(form._meta.model._meta.get_field(name), EncryptedSecretsField)
    except FieldDoesNotExist:
        return False


# --- showing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownChange:
    """A value as a person reads it."""

    label: str
    before: str
    after: str
    secret: bool = False


@dataclass(frozen=True)
class ShownEntry:
    """An entry with its values."""

    entry: HistoryEntry
    who: str
    changes: list[ShownChange]


def shown(entry: HistoryEntry) -> ShownEntry:
    """An entry in the reader's language."""
    who = (entry.by.get_full_name() or entry.by.get_username()) if entry.by is not None else entry.by_name or "–"
    return ShownEntry(entry, who, [_shown(one, entry.model) for one in entry.changes])


def model_name(label: str) -> str:
    """What a kind of row is called; its label where it is gone."""
    try:
        return capfirst(gettext(str(apps.get_model(label)._meta.verbose_name)))
    except LookupError:
        return label


def _shown(change: Change, label: str) -> ShownChange:
    name, field = change.get("field", ""), None
    try:
        field = apps.get_model(change.get("model", label))._meta.get_field(name) if name else None
    except (LookupError, FieldDoesNotExist):
        field = None
    title = gettext(str(getattr(field, "verbose_name", "")) or name.replace("_", " ")) if name else ""
    title = " · ".join(filter(None, [change.get("row", ""), capfirst(title)]))
    return ShownChange(
        title, _value(change.get("before"), field), _value(change.get("after"), field), change.get("secret", False)
    )


def _value(value: Any, field: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    choices = dict(getattr(field, "flatchoices", ()) or ())
    return gettext(str(choices[value])) if value in choices else str(value)
