"""Pages of rows that have a picture: it is seen, given, described and taken away in the row's own form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from tenants import pictures
from tenants.back_office.forms import TenantForm

ALTS = ("alt_es", "alt_en", "alt_pt")
FIELDS = ("shown_picture", "new_picture", "remove_picture", *ALTS)
"""What a page's fieldset names."""
REFUSED = {
    "too_big": _("The picture is too big: at most 9 MB."),
    "too_many_pixels": _("The picture has too many pixels: at most 50 million."),
    "too_small": _("The picture is too small: at least 80 pixels on each side."),
    "not_a_picture": _("This is not a JPEG, PNG or WebP picture, or it is damaged."),
}


def _about(language: str) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=200,
        label=_("What is on it (%(language)s)") % {"language": language},
        widget=UnfoldAdminTextInputWidget(),
    )


class PictureForm(TenantForm):
    """A row's form with its picture: what is uploaded is read when the form is checked, and kept when it is saved."""

    new_picture = forms.FileField(
        required=False,
        label=_("New picture"),
        help_text=_("JPEG, PNG or WebP. It is made smaller, and where and when it was taken is left out."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_picture = forms.BooleanField(
        required=False, label=_("Take the picture away"), widget=UnfoldBooleanSwitchWidget()
    )
    alt_es = _about("Español")
    alt_en = _about("English")
    alt_pt = _about("Português")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        picture = self.instance.picture if self.instance.pk else None
        for name in ALTS:
            if name in self.fields:
                self.initial[name] = getattr(picture, name, "")
        if "alt_es" in self.fields:
            self.fields["alt_es"].help_text = gettext("For guests who cannot see it, and where it cannot be shown.")

    def clean_new_picture(self) -> pictures.Prepared | None:
        """What is kept of it; why it is refused is said at the field."""
        given = self.cleaned_data.get("new_picture")
        if not given:
            return None
        try:
            return pictures.prepare(given.read(pictures.MOST_BYTES + 1))
        except pictures.Refused as error:
            raise forms.ValidationError(str(REFUSED[error.why])) from error

    def clean(self) -> dict[str, Any]:
        """Words about a picture need one."""
        cleaned = super().clean()
        stays = self.instance.pk and self.instance.picture_id and not cleaned.get("remove_picture")
        if not stays and not cleaned.get("new_picture") and "new_picture" not in self.errors:
            for name in ALTS:
                if name in self.changed_data and cleaned.get(name):
                    self.add_error(name, gettext("There is no picture."))
        return cleaned


class HasPicturePage:
    """Of an admin class whose form is a `PictureForm` and whose fieldsets name `FIELDS`."""

    class Media:
        js = ("admin_office/picture.js",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing to take away where there is none, and nothing to give for those who may only look."""
        hidden: set[Any] = set() if obj is not None and obj.picture_id else {"remove_picture"}
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        if not may:
            hidden = {"new_picture", "remove_picture", *ALTS}
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)  # type: ignore[misc]
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "shown_picture"]  # type: ignore[misc]

    @admin.display(description=_("Picture"))
    def shown_picture(self, row: Any) -> Any:
        """The picture, or where the chosen one will be shown."""
        picture = row.picture if row is not None and row.pk else None
        if picture is None:
            return format_html('<img class="ha-picture" alt="" hidden><span class="ha-soft">{}</span>', gettext("none"))
        return format_html(
            '<a href="{0}" target="_blank" rel="noopener"><img class="ha-picture" src="{0}" alt="{1}"></a>',
            picture.address,
            picture.alt_es or gettext("Picture"),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """In Django's transaction around the whole form."""
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        given = form.cleaned_data
        pictures.keep(
            obj,
            given.get("new_picture"),
            remove=bool(given.get("remove_picture")),
            alts={name.removeprefix("alt_"): given[name] for name in ALTS if name in given},
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The picture goes with its row."""
        with transaction.atomic():
            picture = obj.picture
            super().delete_model(request, obj)  # type: ignore[misc]
            pictures.forget([picture])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> None:
        """As one by one."""
        with transaction.atomic():
            gone = [row.picture for row in queryset.select_related("picture").defer("picture__content")]
            super().delete_queryset(request, queryset)  # type: ignore[misc]
            pictures.forget(gone)
