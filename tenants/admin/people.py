"""Who works at a hotel, for its owners and managers; accounts, for operators."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from tenants import services
from tenants.back_office.access import is_superuser, roles_of
from tenants.back_office.forms import TenantForm
from tenants.back_office.pages import OperatorAdmin, TenantAdmin
from tenants.models import Membership, Role
from tenants.permissions import MANAGERS


class PersonForm(TenantForm):
    """A person's role at a hotel; adding one makes their account."""

    username = forms.CharField(max_length=150, label=_("User name"), widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(required=False, label=_("E-mail"), widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(
        label=_("First password"),
        help_text=_("At least 12 characters; the person changes it after the first login."),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    manageable: ClassVar[dict[int, frozenset[str]] | None] = None
    """Roles this visitor may give, by hotel; None for all."""

    class Meta:
        model = Membership
        fields = ("tenant", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("username", "email", "password"):
                self.fields.pop(name, None)
        if self.manageable is not None and "role" in self.fields:
            given = frozenset().union(*self.manageable.values())
            role: Any = self.fields["role"]
            role.choices = [(value, label) for value, label in role.choices if value in given]

    def clean_username(self) -> str:
        """A name nobody has. Linking an existing account to another hotel is the operators' decision."""
        username: str = self.cleaned_data["username"].strip()
        if get_user_model().objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(gettext("This user name is taken."))
        return username

    def clean_password(self) -> str:
        """The installation's rules for passwords hold here too."""
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        """Nobody gives a role above what they may manage at that very hotel."""
        cleaned = super().clean()
        hotel_id = cleaned["tenant"].pk if cleaned.get("tenant") else self.instance.tenant_id
        allowed = self.manageable.get(hotel_id, frozenset()) if self.manageable is not None else None
        if allowed is not None and cleaned.get("role") not in allowed:
            self.add_error("role", gettext("You cannot give this role."))
        return cleaned


@admin.register(Membership)
class PersonAdmin(TenantAdmin):
    """Who works at a hotel. Owners manage everybody, managers the desk; nobody their own role."""

    form = PersonForm
    list_display = ("person", "role", "tenant", "last_login")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    readonly_fields = ("person",)
    DESK = frozenset({Role.RECEPTION.value, Role.READ_ONLY.value})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["person", "role"] if obj else ["username", "email", "password", "role"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        return [(None, {"fields": shown})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = [name for name in ("tenant", "role") if obj is None or name == "role"]
        if obj is None and not self._asks_for_hotel(request):
            kwargs["fields"].remove("tenant")
        manageable = None if is_superuser(request) else self._manageable(request)
        kwargs["form"] = type("PersonForm", (PersonForm,), {"manageable": manageable})
        return super().get_form(request, obj, change, **kwargs)

    def _manageable(self, request: HttpRequest) -> dict[int, frozenset[str]]:
        every = frozenset(Role.values)
        return {
            hotel: every if role == Role.OWNER else self.DESK
            for hotel, role in roles_of(request).items()
            if role in MANAGERS
        }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_manage(request, obj)

    def _may_manage(self, request: HttpRequest, obj: Any) -> bool:
        """Nobody manages themselves or somebody above the roles they may give."""
        if obj is None or is_superuser(request):
            return True
        return obj.user_id != request.user.pk and obj.role in self._manageable(request).get(obj.tenant_id, ())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = services.add_person(
            obj.tenant,
            username=form.cleaned_data["username"],
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            role=form.cleaned_data["role"],
        )
        obj.pk, obj.user_id = made.pk, made.user_id
        obj._state.adding = False

    @admin.display(description=_("person"), ordering="user__username")
    def person(self, row: Membership) -> str:
        return row.user.get_full_name() or row.user.get_username()

    @admin.display(description=_("last login"), ordering="user__last_login")
    def last_login(self, row: Membership) -> Any:
        return row.user.last_login


User = get_user_model()
admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(OutstandingToken)  # marks of spent tokens: nothing a person reads or mends
admin.site.unregister(BlacklistedToken)


@admin.register(User)
class AccountAdmin(UserAdmin, OperatorAdmin):
    """Accounts of people, for operators; a hotel's owners work with its people."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        (None, {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
