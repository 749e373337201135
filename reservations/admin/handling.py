"""The buttons of a stay's page: what a person does to it, each a POST that goes through the services."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money, written
from integrations.pms.base import Party, Stay
from reservations.models import Inquiry, PmsCall, QuoteOption, Reservation
from reservations.services import by_hand
from reservations.services.booking import ChangeProblem, ChangeRefused
from reservations.services.builtin import desk
from reservations.services.by_hand import Action
from reservations.services.reconciliation import NoBooking, OtherBooking
from tenants.back_office.access import has_role, own_rows
from tenants.permissions import DESK, MANAGERS
from tenants.scoping import tenant_scope

PROBLEMS = {
    ChangeProblem.NOT_CONFIRMED: _("The stay is not confirmed."),
    ChangeProblem.ALREADY_CANCELLED: _("The stay is cancelled already."),
    ChangeProblem.BEGUN: _("The stay has begun."),
    ChangeProblem.IN_PROGRESS: _("Another change of this stay is still on its way to the PMS."),
    ChangeProblem.QUOTE_EXPIRED: _("These prices have expired: look again."),
    ChangeProblem.NOT_SUPPORTED: _("The PMS changes no stays: change it there."),
    ChangeProblem.TERMS: _("Cancelling costs something by now, and this would give up nights or money of the stay."),
}

QUESTIONS: dict[str, tuple[Any, Any, Any]] = {
    PmsCall.Kind.BOOK: (
        _("The PMS never said whether it booked this stay, and the guest waits for an answer."),
        _("It is booked"),
        _("It is not booked"),
    ),
    PmsCall.Kind.AMEND: (
        _("The PMS never said whether it changed this stay, and the guest waits for an answer."),
        _("It was changed"),
        _("It was not changed"),
    ),
    PmsCall.Kind.CANCEL: (
        _("The PMS never said whether it cancelled this stay, and the guest waits for an answer."),
        _("It is cancelled"),
        _("It is not cancelled"),
    ),
}
"""What only a person can find out, and the two things they can have found."""


class ChangeForm(forms.Form):
    """What the stay should become; one room's people, as most stays have."""

    check_in = forms.DateField(label=_("check in"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    check_out = forms.DateField(label=_("check out"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    adults = forms.IntegerField(min_value=1, max_value=20, label=_("adults"))
    children_ages = forms.CharField(required=False, max_length=60, label=_("ages of children"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "ha-input")

    def clean_children_ages(self) -> tuple[int, ...]:
        """Numbers from 0 to 17, with commas or spaces between them."""
        parts = self.cleaned_data["children_ages"].replace(",", " ").split()
        if not all(part.isdecimal() and int(part) < 18 for part in parts):
            raise forms.ValidationError(gettext("Ages from 0 to 17, with commas between them."))
        return tuple(int(part) for part in parts)

    def clean(self) -> dict[str, Any]:
        """At least one night."""
        cleaned = super().clean() or self.cleaned_data
        check_in, check_out = cleaned.get("check_in"), cleaned.get("check_out")
        if check_in and check_out and check_out <= check_in:
            self.add_error("check_out", gettext("It is not after the day of arrival."))
        return cleaned

    @property
    def stay(self) -> Stay:
        """As the PMS is asked."""
        data = self.cleaned_data
        return Stay(data["check_in"], data["check_out"], (Party(data["adults"], data["children_ages"]),))


def context(request: HttpRequest, stay: Reservation, form: ChangeForm | None = None) -> dict[str, Any]:
    """What the page's buttons need. Inside the tenant's scope."""
    if not has_role(request, DESK, stay.tenant_id):
        return {"actions": []}
    fee = stay.cancellation_terms.fee_at(clock.now())
    actions = [action.value for action in by_hand.possible(stay)]
    question = _question(request, stay)
    if question is None:
        actions = [action for action in actions if action != Action.SETTLE]
    if len(stay.parties) > 1:  # several rooms are changed one by one, in the PMS
        actions = [action for action in actions if action != Action.CHANGE]
    party: dict[str, Any] = stay.parties[0] if stay.parties else {"adults": 1, "children_ages": []}
    return {
        "actions": actions,
        "question": question,
        "fee": written(fee, "es") if fee.amount else "",
        "fee_amount": str(fee.amount),
        "may_waive": bool(fee.amount) and has_role(request, MANAGERS, stay.tenant_id),
        "token": secrets.token_urlsafe(12),
        "change_form": form or ChangeForm(
            initial={
                "check_in": stay.check_in, "check_out": stay.check_out, "adults": party["adults"],
                "children_ages": ", ".join(map(str, party["children_ages"])),
            }
        ),
    }  # fmt: skip


def do(page: Any, request: HttpRequest, object_id: int, what: str) -> HttpResponse:
    """One action on one stay."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    stay: Reservation | None = (
        own_rows(request, Reservation).select_related("tenant", "room_type").filter(pk=object_id).first()
    )
    if stay is None or what not in frozenset(Action):
        raise Http404
    if not has_role(request, DESK, stay.tenant_id):
        raise PermissionDenied
    action = Action(what)
    with tenant_scope(stay.tenant):
        if action not in by_hand.possible(stay):
            return _back(request, stay, gettext("This cannot be done with the stay as it is now."), messages.ERROR)
    if action is Action.CHANGE and "option" not in request.POST:
        return _offer(page, request, stay)
    steps: dict[Action, Callable[[HttpRequest, Reservation], str]] = {
        Action.CANCEL: _cancel, Action.CHANGE: _change, Action.TELL_AGAIN: _tell_again, Action.SETTLE: _settle,
    }  # fmt: skip
    try:
        said = steps.get(action, lambda request, stay: _move(request, stay, action))(request, stay)
    except _NotDoneError as refusal:
        return _back(request, stay, str(refusal), messages.ERROR)
    except desk.NotNow:
        return _back(request, stay, gettext("It is not the day for that, or no room is free."), messages.ERROR)
    except BadInput:
        return _back(request, stay, gettext("Say why: the reason is kept in the history."), messages.ERROR)
    page.log_change(request, stay, f"{action.value}: {request.POST.get('reason', '')[:200]}")
    return _back(request, stay, said, messages.SUCCESS)


class _NotDoneError(Exception):
    """What a person is told instead."""


def _cancel(request: HttpRequest, stay: Reservation) -> str:
    try:
        shown = Decimal(request.POST.get("fee", ""))
    except InvalidOperation:
        raise Http404 from None
    now = stay.cancellation_terms.fee_at(clock.now())
    if not shown.is_finite() or shown != now.amount:
        raise _NotDoneError(gettext("Cancelling costs %(fee)s by now: look at it again.") % {"fee": written(now, "es")})
    waive = "waive" in request.POST
    if waive and not has_role(request, MANAGERS, stay.tenant_id):
        raise PermissionDenied
    done = by_hand.cancel(
        tenant=stay.tenant, reservation=stay, fee=Money(shown, now.currency), reason=request.POST.get("reason", ""),
        by=str(request.user), waive=waive,
    )  # fmt: skip
    _accepted(done)
    return gettext("The cancellation is on its way to the PMS; the guest is told when it is done.")


def _change(request: HttpRequest, stay: Reservation) -> str:
    done = by_hand.change(
        tenant=stay.tenant, reservation=stay, option_id=request.POST.get("option", ""),
        reason=request.POST.get("reason", ""), by=str(request.user),
    )  # fmt: skip
    _accepted(done)
    return gettext("The change is on its way to the PMS; the guest is told when it is done.")


def _tell_again(request: HttpRequest, stay: Reservation) -> str:
    by_hand.tell_again(
        tenant=stay.tenant, reservation=stay, shown=request.POST.get("token", ""), by=str(request.user)
    )  # fmt: skip
    return gettext("The confirmation is being sent again.")


def _settle(request: HttpRequest, stay: Reservation) -> str:
    if not has_role(request, MANAGERS, stay.tenant_id):
        raise PermissionDenied
    is_there = request.POST.get("found") == "yes"
    number = request.POST.get("booking", "").strip()[:60] or stay.pms_booking_id
    if is_there and not number:
        raise _NotDoneError(gettext("Write the number it has in the PMS."))
    asked = by_hand.settle(
        reservation=stay, booking_id=number if is_there else None, reason=request.POST.get("reason", ""),
        by=cast(User, request.user),
    )  # fmt: skip
    if asked is None or (asked.state == WorkState.DONE and not asked.refusal):
        return gettext("Noted; the guest is told.")
    if asked.refusal:
        raise _NotDoneError(_what_came_of(asked, PmsCall._base_manager.get(pk=asked.request["call"]).kind))
    return gettext("Being looked up in the PMS; this page says what comes of it.")


def _what_came_of(asked: Inquiry, kind: str) -> str:
    number = asked.request["booking"]
    if asked.state in {WorkState.WAITING, WorkState.WORKING}:
        return gettext("Booking %(number)s is being looked up in the PMS.") % {"number": number}
    if asked.refusal == OtherBooking.code and kind == PmsCall.Kind.CANCEL:
        return gettext("The PMS still has booking %(number)s.") % {"number": number}
    if asked.refusal == OtherBooking.code:
        return gettext(
            "Booking %(number)s is another stay, or not what the guest was promised in dates, rooms or price: put it "
            "right in the PMS first."
        ) % {"number": number}
    if asked.refusal == BadInput.code:  # somebody else was faster
        return gettext("This cannot be done with the stay as it is now.")
    if asked.refusal == NoBooking.code:
        return gettext("The PMS has no booking %(number)s.") % {"number": number}
    return gettext("The PMS cannot be asked now: try again later.")


def _question(request: HttpRequest, stay: Reservation) -> dict[str, Any] | None:
    """What only a person can find out in the PMS, and what came of the last attempt."""
    call = by_hand.open_question(stay)
    if call is None or not has_role(request, MANAGERS, stay.tenant_id):
        return None
    asked = by_hand.last_settling(call)
    return {
        "words": QUESTIONS[call.kind],
        "reference": call.reference,
        "number": stay.pms_booking_id,
        "waits": asked is not None and asked.state in {WorkState.WAITING, WorkState.WORKING},
        "came_of": _what_came_of(asked, call.kind) if asked is not None else "",
    }


def _move(request: HttpRequest, stay: Reservation, action: Action) -> str:
    by_hand.move(
        tenant=stay.tenant, reservation=stay, action=action, reason=request.POST.get("reason", ""), by=str(request.user)
    )
    return gettext("Done.")


def _accepted(done: object) -> None:
    if isinstance(done, ChangeRefused):
        raise _NotDoneError(str(PROBLEMS[done.problem]))


def _offer(page: Any, request: HttpRequest, stay: Reservation) -> HttpResponse:
    """The stay's page with what it can become, and what each costs more or less."""
    form = ChangeForm(request.POST)
    extra: dict[str, Any] = {"changing": True}
    if form.is_valid():
        try:
            quote = by_hand.look_for_change(tenant=stay.tenant, reservation=stay, stay=form.stay)
        except BadInput:
            form.add_error(None, gettext("The hotel does not sell such a stay: look at its limits."))
        else:
            if isinstance(quote, ChangeRefused):
                form.add_error(None, str(PROBLEMS[quote.problem]))
            else:
                with tenant_scope(stay.tenant):
                    rows = QuoteOption.objects.filter(quote=quote).select_related("room_type", "rate_plan")
                    extra["options"] = [(row, written(row.price, "es"), _difference(row, stay)) for row in rows]
                extra["looked"] = True
    return page.stay_page(request, stay, {**extra, "change_form": form})


def _difference(option: QuoteOption, stay: Reservation) -> str:
    more = option.total - stay.total
    if not more or option.currency != stay.currency:
        return gettext("the same price") if not more else ""
    amount = written(Money(abs(more), stay.currency), "es")
    return (
        gettext("%(amount)s more") % {"amount": amount} if more > 0 else gettext("%(amount)s less") % {"amount": amount}
    )


def _back(request: HttpRequest, stay: Reservation, said: str, level: int) -> HttpResponse:
    messages.add_message(request, level, said)
    return HttpResponseRedirect(reverse("admin:reservations_reservation_change", args=[stay.pk]))
