"""`/api/v1/availability` and `/api/v1/quotes`: what is free and what it costs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotel_agent.common.api import Refusal, checked
from hotel_agent.common.claims import WorkState
from reservations import codes, snapshots
from reservations.models import Inquiry, Quote, Reservation
from reservations.serializers import AvailabilityOut, AvailabilityQuery, PendingOut, QuoteCreate, QuoteOut
from reservations.services import inquiries, quoting
from tenants.views.base import TenantView

KEY_HEADER = "Idempotency-Key"
KEY = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Your name for this request, at most 80 characters: the same again is the same, not a second one.",
)
OPTIONAL_KEY = OpenApiParameter(KEY_HEADER, str, OpenApiParameter.HEADER, description=KEY.description)
PENDING_S = 1

STAY_FIELDS = {
    quoting.StayProblem.PAST_DATE: ("check_in", "Arrival is before the hotel's day."),
    quoting.StayProblem.NO_NIGHTS: ("check_out", "Departure must be after arrival."),
    quoting.StayProblem.TOO_MANY_NIGHTS: ("check_out", "The stay is too long."),
    quoting.StayProblem.NO_ADULT: ("rooms", "Every room needs an adult."),
    quoting.StayProblem.TOO_MANY_GUESTS: ("rooms", "Too many people for one room."),
    quoting.StayProblem.BAD_CHILD_AGE: ("rooms", "A child's age cannot be."),
    quoting.StayProblem.TOO_MANY_ROOMS: ("rooms", "A group of this size is for the hotel's people."),
}
NOT_FOUND = frozenset({"option_not_found", "reservation_not_found"})
AWAY = frozenset({"dependency_down", "breaker_open", "throttled", "misconfigured"})


class StayView(TenantView):
    """What views about stays have in common."""

    about = Reservation

    def stay_request(self, asked: dict[str, Any], *, check: bool = True) -> dict[str, Any]:
        """The question as it is stored, after the hotel's own limits were kept.

        Raises:
            ValidationError: a limit is broken; the field is named.
        """
        stay = inquiries.stay_of(asked["check_in"], asked["check_out"], asked["rooms"])
        try:
            if check:
                quoting.check_stay(tenant=self.tenant, stay=stay)
        except quoting.BadStay as error:
            field, message = STAY_FIELDS[error.problem]
            at_most = f" At most {error.limit}." if error.limit and error.problem != "no_nights" else ""
            raise ValidationError({field: [f"{message}{at_most}"]}) from None
        rest = {name: value for name, value in asked.items() if name not in {"check_in", "check_out", "rooms"}}
        return {**snapshots.dump_stay(stay), **rest}

    def key(self, request: Request, *, required: bool) -> str:
        """The caller's name for the request.

        Raises:
            Refusal: it is missing or unusable.
        """
        key = request.headers.get(KEY_HEADER, "").strip()
        if not key and not required:
            return ""
        if not 1 <= len(key) <= 80 or not key.isprintable():
            raise Refusal(400, "idempotency_key_required", f"Send {KEY_HEADER}: at most 80 characters of your own.")
        return key

    def refuse_if_over(self, inquiry: Inquiry) -> None:
        """Say why there is no answer, if there is none.

        Raises:
            Refusal, NotFound, ValidationError: by what it is.
        """
        reason = inquiry.refusal
        if inquiry.state == WorkState.DEAD:
            raise Refusal(503, "dependency_down", "The hotel's system could not be asked.", retry_after=60)
        if not reason:
            return
        if reason in NOT_FOUND:
            raise NotFound("There is no such thing at this hotel.", reason)
        if reason in AWAY:
            raise Refusal(503, reason, "The hotel's system could not be asked.", retry_after=30)
        if reason in {"bad_name", "bad_email", "bad_phone"}:
            raise ValidationError({"guest": {reason.removeprefix("bad_"): ["It cannot be used."]}})
        raise Refusal(409, reason, f"Not possible: {reason}" + (f" ({inquiry.detail})" if inquiry.detail else ""))

    @staticmethod
    def pending(inquiry: Inquiry, location: str) -> Response:
        """The PMS is being asked."""
        return Response(
            {"id": str(inquiry.public_id), "state": "asking"},
            status=status.HTTP_202_ACCEPTED,
            headers={"Retry-After": str(PENDING_S), "Location": location},
        )


def is_pending(inquiry: Inquiry) -> bool:
    """Whether the PMS is still to be asked."""
    return inquiry.state in {WorkState.WAITING, WorkState.WORKING}


class AvailabilityView(StayView):
    """What is free."""

    @extend_schema(
        parameters=[AvailabilityQuery], responses={200: AvailabilityOut, 202: PendingOut}, tags=["availability"]
    )
    def get(self, request: Request) -> Response:
        """What one room costs and how many are left; asked again within a minute it is the same answer.

        202 while a PMS outside this product is being asked: repeat the same request.
        """
        asked = checked(AvailabilityQuery(data=request.query_params.dict()))
        inquiry = inquiries.ask(
            tenant=self.tenant, kind=Inquiry.Kind.AVAILABILITY, by=self.person, request=self.stay_request(asked)
        )
        if is_pending(inquiry):
            return self.pending(inquiry, request.get_full_path())
        self.refuse_if_over(inquiry)
        return Response(
            {
                "check_in": _iso(asked["check_in"]),
                "check_out": _iso(asked["check_out"]),
                "offers": inquiry.answer,
                "why_nothing": inquiry.detail,
                "as_of": inquiry.answered_at,
            }
        )


class QuotesView(StayView):
    """Prices that stand for half an hour."""

    @extend_schema(
        request=QuoteCreate, parameters=[OPTIONAL_KEY], responses={201: QuoteOut, 202: PendingOut}, tags=["quotes"]
    )
    def post(self, request: Request) -> Response:
        """Quote a stay, or a change of a reservation. 409 `nothing_free` when it cannot be had."""
        asked = checked(QuoteCreate(data=request.data))
        if asked.get("reservation"):
            asked["reservation"] = codes.normalised(asked["reservation"]) or asked["reservation"]
        inquiry = inquiries.ask(
            tenant=self.tenant,
            kind=Inquiry.Kind.QUOTE,
            by=self.person,
            request=self.stay_request(asked),
            key=self.key(request, required=False),
        )
        return _quoted(self, inquiry, status.HTTP_201_CREATED)


class QuoteView(StayView):
    """One of them."""

    @extend_schema(responses={200: QuoteOut, 202: PendingOut}, tags=["quotes"])
    def get(self, request: Request, quote_id: uuid.UUID) -> Response:
        """A quote of this hotel, whoever it was made for."""
        inquiry = Inquiry.objects.filter(tenant=self.tenant, public_id=quote_id, kind=Inquiry.Kind.QUOTE).first()
        if inquiry is not None:
            return _quoted(self, inquiry, status.HTTP_200_OK)
        return Response(_shown(get_object_or_404(_quotes(), tenant=self.tenant, public_id=quote_id)))


def _quoted(view: StayView, inquiry: Inquiry, code: int) -> Response:
    location = f"/api/v1/quotes/{inquiry.public_id}"
    if is_pending(inquiry):
        return view.pending(inquiry, location)
    view.refuse_if_over(inquiry)
    return Response(_shown(_quotes().get(public_id=inquiry.public_id)), status=code, headers={"Location": location})


def _quotes() -> Any:
    return Quote.objects.prefetch_related("options__room_type", "options__rate_plan")


def _shown(quote: Quote) -> Any:
    return QuoteOut(quote).data


def _iso(day: dt.date) -> str:
    return day.isoformat()
