"""Stays as our own API takes and gives them. Dates are the hotel's own, `check_out` is the day of departure."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from rest_framework import serializers

from hotel_agent.common import clock
from hotel_agent.common.serializers import E164, IsoDate, MoneyAmount, Strict, StrictInteger, StrictText
from reservations import snapshots
from reservations.models import Quote, QuoteOption, Reservation
from reservations.services import stay_page
from tenants.models.hotels import default_languages

MAX_ROOMS = 10
MAX_PEOPLE = 40
MAX_CHILD_AGE = 17


def _departs_after_arriving(attrs: dict[str, Any]) -> None:
    if attrs["check_out"] <= attrs["check_in"]:
        raise serializers.ValidationError({"check_out": ["Departure must be after arrival."]})


class RoomParty(Strict):
    """Who sleeps in one room."""

    adults = StrictInteger(min_value=1, max_value=MAX_PEOPLE)
    children_ages = serializers.ListField(
        child=StrictInteger(min_value=0, max_value=MAX_CHILD_AGE), required=False, max_length=MAX_PEOPLE
    )


class AvailabilityQuery(Strict):
    """One room from one day to another. The hotel's own limits (30 nights, 10 guests a room) apply on top."""

    check_in = IsoDate()
    check_out = IsoDate()
    adults = StrictInteger(min_value=1, max_value=MAX_PEOPLE, default=2)
    children_ages = serializers.RegexField(
        r"^[0-9]{1,2}(,[0-9]{1,2}){0,9}$", required=False, help_text="Ages, with commas between them: 5,11"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nights and ages that can be."""
        _departs_after_arriving(attrs)
        ages = [int(age) for age in attrs.pop("children_ages", "").split(",") if age]
        if any(age > MAX_CHILD_AGE for age in ages):
            raise serializers.ValidationError({"children_ages": [f"A child is at most {MAX_CHILD_AGE}."]})
        attrs["rooms"] = [{"adults": attrs.pop("adults"), "children_ages": ages}]
        return attrs


class ExtraWanted(Strict):
    """So many of an extra for the whole stay."""

    id = StrictText(max_length=64)
    quantity = StrictInteger(min_value=1, max_value=100)


class StayWanted(Strict):
    """A stay and, if you like, of which kind."""

    check_in = IsoDate()
    check_out = IsoDate()
    rooms = serializers.ListField(child=RoomParty(), min_length=1, max_length=MAX_ROOMS)
    room_type = StrictText(max_length=64, required=False)
    rate_plan = StrictText(max_length=64, required=False)
    extras = serializers.ListField(child=ExtraWanted(), required=False, max_length=20)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nights that can be; extras belong to one room type at one plan."""
        _departs_after_arriving(attrs)
        if attrs.get("extras") and not (attrs.get("room_type") and attrs.get("rate_plan")):
            raise serializers.ValidationError({"extras": ["Name room_type and rate_plan with extras."]})
        return attrs


class QuoteCreate(StayWanted):
    """What a stay costs; with `reservation`, what changing that one to it costs."""

    reservation = StrictText(max_length=9, required=False, help_text="Code of the reservation to change.")


class GuestIn(Strict):
    """Who the room is for."""

    name = StrictText(max_length=120)
    email = serializers.EmailField(required=False)
    phone = E164(required=False)
    language = serializers.ChoiceField(choices=default_languages(), default="es")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A way to reach them."""
        if not (attrs.get("email") or attrs.get("phone")):
            raise serializers.ValidationError({"email": ["Give an e-mail address or a phone number."]})
        return attrs


class ReservationCreate(Strict):
    """A booking: of a quoted `option`, or of a stay at one `room_type` and `rate_plan`.

    With `expected_total` nothing is booked at another price.
    """

    option = serializers.UUIDField(required=False)
    check_in = IsoDate(required=False)
    check_out = IsoDate(required=False)
    rooms = serializers.ListField(child=RoomParty(), min_length=1, max_length=MAX_ROOMS, required=False)
    room_type = StrictText(max_length=64, required=False)
    rate_plan = StrictText(max_length=64, required=False)
    extras = serializers.ListField(child=ExtraWanted(), required=False, max_length=20)
    guest = GuestIn()
    notes = StrictText(max_length=500, required=False, validators=[MaxLengthValidator(500)])
    expected_total = MoneyAmount(required=False)

    STAY = ("check_in", "check_out", "rooms", "room_type", "rate_plan")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two forms, whole."""
        if "option" in attrs:
            extra = [name for name in (*self.STAY, "extras") if name in attrs]
            if extra:
                raise serializers.ValidationError({name: ["The option says it already."] for name in extra})
            return attrs
        missing = [name for name in self.STAY if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: ["Give an option, or the whole stay."] for name in missing})
        _departs_after_arriving(attrs)
        return attrs


class ReservationChangeIn(Strict):
    """The option of a quote made for this reservation."""

    option = serializers.UUIDField()


class CancelIn(Strict):
    """The most that cancelling may cost; nothing when not given."""

    accepted_fee = MoneyAmount(required=False)
    reason = StrictText(max_length=200, required=False)


# --- what is given ---------------------------------------------------------------------------------------------------


class TermsOut(serializers.Serializer[Any]):
    """Free until an instant, then a fee."""

    free_until = serializers.DateTimeField(allow_null=True)
    fee_after = MoneyAmount()
    tiers = serializers.ListField(child=serializers.DictField())


class OfferOut(serializers.Serializer[Any]):
    """A room type at one plan, free and priced at `as_of`; only a quote's option can be booked."""

    room_type = serializers.CharField()
    rate_plan = serializers.CharField()
    total = MoneyAmount()
    nightly = serializers.ListField(child=serializers.CharField(), help_text="Gross, in the total's currency.")
    taxes_included = serializers.BooleanField()
    breakfast_included = serializers.BooleanField()
    left = serializers.IntegerField(help_text="Rooms free on every night.")
    terms = TermsOut()


class AvailabilityOut(serializers.Serializer[Any]):
    """Everything that can be booked, cheapest first."""

    check_in = serializers.DateField()
    check_out = serializers.DateField()
    offers = OfferOut(many=True)
    why_nothing = serializers.CharField(help_text="The nearest miss when there is nothing: sold_out, min_stay, …")
    as_of = serializers.DateTimeField()


class PendingOut(serializers.Serializer[Any]):
    """Not answered yet: ask again, with the same key or at `Location`, after `Retry-After`."""

    id = serializers.UUIDField()
    state = serializers.CharField()


class OptionOut(serializers.ModelSerializer[QuoteOption]):
    """What can be booked at this price until the quote expires."""

    id = serializers.UUIDField(source="public_id")
    room_type = serializers.CharField(source="room_type.code")
    rate_plan = serializers.CharField(source="rate_plan.code")
    total = serializers.SerializerMethodField()
    deposit = serializers.SerializerMethodField(help_text="To be paid before it is confirmed.")
    terms = serializers.SerializerMethodField()

    class Meta:
        model = QuoteOption
        fields = (
            "id", "room_type", "rate_plan", "total", "deposit", "nightly", "taxes_included", "breakfast_included",
            "taxes", "extras", "left", "terms",
        )  # fmt: skip

    def get_total(self, option: QuoteOption) -> MoneyAmount:
        """Gross."""
        return snapshots.dump_money(option.price)  # type: ignore[return-value]  # the annotation is the schema's

    def get_deposit(self, option: QuoteOption) -> MoneyAmount:
        """Zero for nothing."""
        return snapshots.dump_money(option.deposit_price)  # type: ignore[return-value]

    def get_terms(self, option: QuoteOption) -> TermsOut:
        """As offered."""
        return option.terms


class QuoteOut(serializers.ModelSerializer[Quote]):
    """Prices of one stay that stand until `expires_at`."""

    id = serializers.UUIDField(source="public_id")
    rooms = serializers.JSONField(source="parties")
    valid = serializers.SerializerMethodField()
    options = OptionOut(many=True)

    class Meta:
        model = Quote
        fields = ("id", "check_in", "check_out", "rooms", "created_at", "expires_at", "valid", "options")

    def get_valid(self, quote: Quote) -> bool:
        """Whether its prices still stand."""
        return quote.expires_at > clock.now()


class ReservationOut(serializers.ModelSerializer[Reservation]):
    """A stay as we know it. `state` is `confirmed` only once the hotel's PMS has it."""

    id = serializers.UUIDField(source="public_id")
    room_type = serializers.CharField(source="room_type.code")
    rate_plan = serializers.CharField(source="rate_plan.code")
    rooms = serializers.JSONField(source="parties")
    total = serializers.SerializerMethodField()
    deposit = serializers.SerializerMethodField()
    guest = serializers.SerializerMethodField()
    terms = serializers.SerializerMethodField()
    fee_now = serializers.SerializerMethodField(help_text="What cancelling costs now, by the terms it was sold under.")
    page_url = serializers.SerializerMethodField(help_text="The guest's own page: deposit, calendar, arrival.")

    class Meta:
        model = Reservation
        fields = (
            "id", "code", "state", "check_in", "check_out", "rooms", "room_type", "rate_plan", "total", "deposit",
            "guest", "language", "notes", "channel", "refusal", "terms", "fee_now", "page_url", "created_at",
            "confirmed_at", "cancelled_at",
        )  # fmt: skip

    def get_total(self, stay: Reservation) -> MoneyAmount:
        """Gross."""
        return snapshots.dump_money(stay.price)  # type: ignore[return-value]

    def get_deposit(self, stay: Reservation) -> MoneyAmount:
        """Zero for nothing."""
        return snapshots.dump_money(stay.deposit_price)  # type: ignore[return-value]

    def get_guest(self, stay: Reservation) -> dict[str, str]:
        """Who it is for."""
        return {"name": stay.guest_name, "email": stay.guest_email, "phone": stay.guest_phone}

    def get_terms(self, stay: Reservation) -> TermsOut:
        """As sold."""
        return stay.terms

    def get_fee_now(self, stay: Reservation) -> MoneyAmount:
        """Zero while it is free."""
        return snapshots.dump_money(stay.cancellation_terms.fee_at(clock.now()))  # type: ignore[return-value]

    def get_page_url(self, stay: Reservation) -> str:
        """Whoever has it may see the stay."""
        return stay_page.url_of(stay)
