"""The second factor's pages: setting up an authenticator app, its codes, and recovery codes for a lost phone."""

from __future__ import annotations

import io
import secrets
import time
from typing import Any

import segno
from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import devices_for_user
from django_otp import login as mark_verified
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from hotel_agent import sign_in

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is misread: no i, l, o, 0, 1."""


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """As people type it: with blanks and in capitals."""
        return "".join(str(self.cleaned_data["code"]).split()).lower()


class PasswordForm(forms.Form):
    """The password of whoever is signed in."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Asks for a code; of a person without a second factor, to set one up first."""
    user: Any = request.user
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    form = CodeForm(request.POST or None)
    if device is None:
        return _set_up(request, user, form, context)
    if request.method == "POST" and form.is_valid():
        matched = _match(user, form.cleaned_data["code"])
        if matched is not None:
            mark_verified(request, matched)
            return HttpResponseRedirect(sign_in.next_page(request))
        form.add_error("code", _("This code is not right, or was used before. Wait for the next one."))
    shown = {"title": _("Second factor"), "form": form, "next": sign_in.next_page(request), **context}
    return TemplateResponse(request, "admin/second_factor.html", shown)


def _match(user: User, code: str) -> Any:
    """The device whose code it is. Each device waits longer after every failure (its own rows count them)."""
    with transaction.atomic():
        for device in devices_for_user(user, for_verify=True):
            if device.verify_is_allowed()[0] and device.verify_token(code):
                return device
    return None


def _set_up(request: HttpRequest, user: User, form: CodeForm, context: dict[str, Any]) -> HttpResponse:
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        device = TOTPDevice.objects.create(user=user, name="app", confirmed=False)
    if request.method == "POST" and form.is_valid():
        if device.verify_is_allowed()[0] and device.verify_token(form.cleaned_data["code"]):
            with transaction.atomic():
                device.confirmed = True
                device.save()
                codes = new_recovery_codes(user)
            mark_verified(request, device)
            request.session[sign_in.SECOND_FACTOR_DUE] = True
            shown = {"title": _("Recovery codes"), "codes": codes, "next": sign_in.next_page(request), **context}
            return TemplateResponse(request, "admin/recovery_codes.html", shown)
        form.add_error("code", _("This code is not right. Does the phone show the right time?"))
    shown = {
        "title": _("Set up the second factor"),
        "form": form,
        "qr": _qr(device.config_url),
        "secret": _spelled(device),
        "next": sign_in.next_page(request),
        **context,
    }
    return TemplateResponse(request, "admin/second_factor_setup.html", shown)


def recovery(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """New recovery codes in the place of the old ones."""
    if not sign_in.is_confirmed(request):
        return sign_in.ask_password(request)
    user: Any = request.user
    codes = new_recovery_codes(user) if request.method == "POST" else []
    shown = {"title": _("Recovery codes"), "codes": codes, "next": sign_in.next_page(request), **context}
    return TemplateResponse(request, "admin/recovery_codes.html", shown)


def confirm_password(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The password again, before something that cannot be taken back or opens doors."""
    from django.contrib.auth import authenticate

    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        limit = sign_in.may_try(request)
        if not limit.allowed:
            return sign_in.locked_out(request)
        known = authenticate(request, username=user.get_username(), password=form.cleaned_data["password"])
        if known is not None and known.pk == user.pk:
            request.session[sign_in.CONFIRMED] = int(time.time())
            return HttpResponseRedirect(sign_in.next_page(request))
        form.add_error("password", _("This is not your password."))
    shown = {"title": _("Your password again"), "form": form, "next": sign_in.next_page(request), **context}
    return TemplateResponse(request, "admin/confirm_password.html", shown)


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, each for one sign-in; the ones before stop working."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery", confirmed=True)
        codes = ["".join(secrets.choice(_ALPHABET) for _number in range(10)) for _code in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def forget(user: User) -> int:
    """Take a person's second factor away, for a lost phone: the next sign-in sets up a new one."""
    with transaction.atomic():
        return TOTPDevice.objects.filter(user=user).delete()[0] + StaticDevice.objects.filter(user=user).delete()[0]


def _qr(address: str) -> SafeString:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=3, xmldecl=False, dark="#111", light="#fff")
    return mark_safe(out.getvalue().decode())  # noqa: S308 - drawn here, of our own text  # nosec B308 B703


def _spelled(device: TOTPDevice) -> str:
    """The key in groups of four, for who cannot scan."""
    import base64

    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
