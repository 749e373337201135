"""`/api/v1/reservations`: making, reading, changing and cancelling stays, through the same services as the agent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from hotel_agent.common import clock
from hotel_agent.common.api import Refusal, checked
from hotel_agent.common.money import Money
from hotel_agent.common.serializers import IsoDate
from reservations import codes
from reservations.models import Inquiry, PmsCall, QuoteOption, Reservation
from reservations.serializers import CancelIn, PendingOut, ReservationChangeIn, ReservationCreate, ReservationOut
from reservations.services import booking, inquiries
from reservations.views.inquiries import KEY, StayView, is_pending
from tenants.views.base import Newest

FILTERS = ("arrives_from", "arrives_until")


def _stays() -> QuerySet[Reservation]:
    return Reservation.objects.select_related("room_type", "rate_plan", "option", "tenant")


class ReservationsView(StayView, ListAPIView[Reservation]):
    """All of them, and new ones."""

    serializer_class = ReservationOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Reservation]:
        """Filtered as asked."""
        if getattr(self, "swagger_fake_view", False):
            return Reservation._base_manager.none()
        rows = _stays().filter(tenant=self.tenant)
        asked = self.request.query_params
        state = asked.get("state", "")
        if state:
            if state not in Reservation.State.values:
                raise ValidationError({"state": [f"One of {', '.join(Reservation.State.values)}."]})
            rows = rows.filter(state=state)
        for name, lookup in zip(FILTERS, ("check_in__gte", "check_in__lte"), strict=True):
            if name in asked:
                rows = rows.filter(**{lookup: _day(name, asked[name])})
        return rows

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=Reservation.State.values),
            *(OpenApiParameter(name, OpenApiTypes.DATE) for name in FILTERS),
        ],
        tags=["reservations"],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The hotel's stays, latest made first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request=ReservationCreate,
        parameters=[KEY],
        responses={201: ReservationOut, 202: PendingOut},
        tags=["reservations"],
    )
    def post(self, request: Request) -> Response:
        """Quote, hold and book in one go. Read `state`: only `confirmed` is booked in the hotel's PMS.

        The same key again is the same reservation. 202 while a PMS outside this product is being asked: repeat the
        request with its key. 409 says why nothing was booked.
        """
        key = self.key(request, required=True)
        asked = checked(ReservationCreate(data=request.data))
        known = Inquiry.objects.filter(
            tenant=self.tenant, asked_by=self.person, kind=Inquiry.Kind.BOOKING, key=key
        ).exists()
        if "option" in asked:
            asked["option"] = str(asked["option"])
        else:
            # Repeated a day later its dates may have passed; they were checked when it was first asked.
            asked = self.stay_request(asked, check=not known)
        if total := asked.get("expected_total"):
            asked["expected_total"] = {"amount": str(total["amount"]), "currency": total["currency"]}
        inquiry = inquiries.ask(tenant=self.tenant, kind=Inquiry.Kind.BOOKING, by=self.person, request=asked, key=key)
        if is_pending(inquiry):
            return self.pending(inquiry, request.path)
        self.refuse_if_over(inquiry)
        if inquiry.reservation_id is None:
            raise NotFound("This reservation was erased.", "reservation_not_found")
        made = _stays().get(pk=inquiry.reservation_id)
        return Response(
            ReservationOut(made).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/api/v1/reservations/{made.code}"},
        )


class ReservationView(StayView):
    """One of them, by its code."""

    def stay(self, code: str) -> Reservation:
        """The hotel's reservation with this code, however it is typed."""
        return get_object_or_404(_stays(), tenant=self.tenant, code=codes.normalised(code) or code)

    @extend_schema(responses=ReservationOut, tags=["reservations"])
    def get(self, request: Request, code: str) -> Response:
        """A stay of the hotel."""
        return Response(ReservationOut(self.stay(code)).data)

    @extend_schema(request=ReservationChangeIn, responses={200: ReservationOut, 202: ReservationOut},
                   tags=["reservations"])  # fmt: skip
    def patch(self, request: Request, code: str) -> Response:
        """Make it what the option of a quote for this reservation says. 202 until the PMS has changed it.

        Safe to repeat: a reservation that is this option already is answered with 200.
        """
        asked = checked(ReservationChangeIn(data=request.data))
        reservation = self.stay(code)
        options = QuoteOption.objects.select_related("quote")
        option = options.filter(tenant=self.tenant, public_id=asked["option"]).first()
        if option is None:
            raise NotFound("There is no such option at this hotel.", "option_not_found")
        if reservation.option_id == option.pk:
            return Response(ReservationOut(reservation).data)
        result = booking.request_change(
            tenant=self.tenant, reservation=reservation, option=option, conversation_key=None
        )
        return self.told(reservation, result)

    def told(self, reservation: Reservation, result: PmsCall | booking.ChangeRefused) -> Response:
        """The stay after a change was asked for.

        Raises:
            Refusal: nothing was changed, and why.
        """
        if isinstance(result, booking.ChangeRefused):
            raise Refusal(409, str(result.problem), f"Not possible: {result.problem}")
        inquiries.run_now(reservation)
        result.refresh_from_db()
        fresh = _stays().get(pk=reservation.pk)
        if result.outcome == PmsCall.Outcome.REFUSED:
            raise Refusal(409, result.reason or "refused", f"The hotel's system refused: {result.reason}")
        done = result.outcome == PmsCall.Outcome.DONE
        return Response(ReservationOut(fresh).data, status=status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED)


class CancelView(ReservationView):
    """Ending one."""

    http_method_names = ("post", "options")

    @extend_schema(request=CancelIn, responses={200: ReservationOut, 202: ReservationOut}, tags=["reservations"])
    def post(self, request: Request, code: str) -> Response:
        """Cancel it, for at most `accepted_fee`. 202 until the PMS has done it; safe to repeat.

        409 `fee_due` when it costs more than accepted: `fee_now` of the reservation says how much.
        """
        asked = checked(CancelIn(data=request.data))
        reservation = self.stay(code)
        if reservation.state == Reservation.State.CANCELLED:
            return Response(ReservationOut(reservation).data)
        given = asked.get("accepted_fee")
        accepted = Money(given["amount"], given["currency"]) if given else Money(Decimal(0), reservation.currency)
        if accepted.currency != reservation.currency:
            raise ValidationError({"accepted_fee": {"currency": [f"The stay is in {reservation.currency}."]}})
        fee = reservation.cancellation_terms.fee_at(clock.now())
        if fee.amount > accepted.amount:
            raise Refusal(409, "fee_due", f"Cancelling costs {fee.currency} {fee.amount} now: accept it to go on.")
        result = booking.request_cancellation(
            tenant=self.tenant,
            reservation=reservation,
            expected_fee=accepted,
            conversation_key=None,
            reason=asked.get("reason", ""),
        )
        return self.told(reservation, result)


def _day(name: str, written: str) -> Any:
    try:
        return IsoDate().run_validation(written)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from None
