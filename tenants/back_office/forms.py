"""Forms of a hotel's rows: links stay within the hotel, credentials are written and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from tenants.models import Tenant, TenantOwned


class TenantForm(forms.ModelForm):
    """A form of one hotel's row: its links stay within the hotel, unique keys are checked with the hotel in them."""

    only_hotel_id: ClassVar[int | None] = None
    """The hotel of a new row when the person has no other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.only_hotel_id and getattr(self.instance, "tenant_id", 0) is None:
            self.instance.tenant_id = self.only_hotel_id

    def clean(self) -> dict[str, Any]:
        """Refuses a link to a row of another hotel, which the database would refuse with an error page."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        hotel = cleaned.get("tenant")
        hotel_id = hotel.pk if hotel is not None else getattr(self.instance, "tenant_id", None)
        for name, value in list(cleaned.items()):  # an error takes its field out
            if isinstance(value, TenantOwned) and hotel_id is not None and value.tenant_id != hotel_id:
                self.add_error(name, ValidationError(gettext("It belongs to another hotel.")))
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with the hotel the form does not ask for is said above the form."""
        if field is None and hasattr(error, "error_dict"):
            for name, problems in error.error_dict.items():
                super().add_error(name if name in self.fields else None, problems)
            return
        super().add_error(field, error)

    def _get_validation_exclusions(self) -> set[str]:
        """The hotel is known even when the form does not ask for it; unique keys begin with it."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        if getattr(self.instance, "tenant_id", None) is not None:
            exclusions.discard("tenant")
        return exclusions


class TenantFormSet(PaginationInlineFormSet):
    """Rows inside another page belong to that page's hotel."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        parent = self.instance
        form.instance.tenant_id = parent.pk if isinstance(parent, Tenant) else parent.tenant_id
        return form


class CredentialsForm(TenantForm):
    """Credentials are written, never shown: an empty field keeps what is stored.

    What is stored with them but is no secret (`open_labels`: a user name, a server's address) is shown, may be emptied.
    """

    secret_names: tuple[str, ...] = ()
    open_labels: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.credentials if self.instance.pk else {}
        for name in self.secret_names:
            known = stored.get(name, "")
            if known:
                tail = known[-4:] if len(known) > 8 else ""
                hint = gettext("Stored, ends in …%(tail)s. Leave empty to keep it.") % {"tail": tail}
            else:
                hint = gettext("Not stored yet.")
            self.fields[name] = forms.CharField(
                required=False,
                label=gettext(name.replace("_", " ").capitalize()),
                help_text=hint,
                widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            )
        for name, label in self.open_labels.items():
            self.fields[name] = forms.CharField(
                required=False,
                label=label,
                initial=stored.get(name, ""),
                widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            )

    def save(self, commit: bool = True) -> Any:
        stored = dict(self.instance.credentials or {})
        stored |= {name: self.cleaned_data[name] for name in self.secret_names if self.cleaned_data.get(name)}
        given = {name: self.cleaned_data.get(name, "").strip() for name in self.open_labels if name in self.data}
        stored = {name: value for name, value in {**stored, **given}.items() if value}
        self.instance.credentials = stored
        return super().save(commit)


class WritesSecrets:
    """Pages whose form has fields that are no columns: the rest of the form is exactly what the page shows."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))  # type: ignore[attr-defined]
        hidden = {*self.form.secret_names, *self.form.open_labels, *self.get_readonly_fields(request, obj)}  # type: ignore[attr-defined]
        kwargs["fields"] = [name for name in shown if name not in hidden]
        return super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
