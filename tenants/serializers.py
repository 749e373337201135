"""Hotels, facts and tokens as our own API takes and gives them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from hotel_agent.common.serializers import IsoDate, Strict, StrictText, TenantSlug
from tenants.models import Fact, Tenant
from tenants.models.hotels import TONES, default_languages

LANGUAGES = default_languages()


class Credentials(Strict):
    """What a token is given for."""

    username = StrictText(max_length=150)
    password = StrictText(max_length=200, style={"input_type": "password"})
    code = StrictText(max_length=20, required=False, help_text="Of the second factor, for accounts that have one.")


class RefreshRequest(Strict):
    """The refresh token of the last pair; it is spent by this."""

    refresh = StrictText(max_length=4096)


class TokenPair(serializers.Serializer[Any]):
    """What a program carries from now on."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token ends.")
    token_type = serializers.CharField(default="Bearer")


class TenantCreate(Strict):
    """A new hotel."""

    slug = TenantSlug()
    name = StrictText(max_length=120)
    time_zone = StrictText(max_length=64, help_text="A zone of the IANA database.")
    country = serializers.RegexField(r"^[A-Z]{2}$")
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGES), min_length=1, max_length=len(LANGUAGES), required=False
    )
    default_language = serializers.ChoiceField(choices=LANGUAGES, required=False)
    tone = serializers.ChoiceField(choices=TONES, required=False)
    code_prefix = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    rollover_hour = serializers.IntegerField(min_value=0, max_value=12, required=False)
    address = StrictText(max_length=200, required=False)
    owner = StrictText(max_length=150, required=False, help_text="User name of the account that will own it.")


class TenantOut(serializers.ModelSerializer[Tenant]):
    """A hotel."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    business_day = serializers.SerializerMethodField(help_text="The hotel's today.")

    class Meta:
        model = Tenant
        fields = (
            "id", "slug", "name", "time_zone", "country", "currency", "languages", "default_language", "tone",
            "rollover_hour", "code_prefix", "check_in_from", "check_out_until", "max_nights", "max_guests_per_room",
            "address", "business_day",
        )  # fmt: skip
        read_only_fields = fields

    def get_business_day(self, tenant: Tenant) -> str:
        """ISO date."""
        return tenant.business_day().isoformat()


class Refreshed(serializers.Serializer[Any]):
    """Which configuration every process reads again from now on."""

    generation = serializers.IntegerField(
        allow_null=True, help_text="Grows with every refresh. Null: other processes could not be told; 5 s at most."
    )


class FactIn(Strict):
    """Something true about the hotel. `text_es` is the wording of last resort."""

    kind = serializers.ChoiceField(choices=Fact.Kind.choices, required=False)
    topic = serializers.SlugField(max_length=40)
    text_es = StrictText(max_length=4000)
    text_en = StrictText(max_length=4000, required=False, allow_blank=True)
    text_pt = StrictText(max_length=4000, required=False, allow_blank=True)
    keywords = StrictText(max_length=300, required=False, allow_blank=True)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, allow_blank=True)
    valid_from = IsoDate(required=False, allow_null=True)
    valid_until = IsoDate(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class FactOut(serializers.ModelSerializer[Fact]):
    """A fact."""

    class Meta:
        model = Fact
        fields = (
            "id", "kind", "topic", "text_es", "text_en", "text_pt", "keywords", "amount", "currency", "valid_from",
            "valid_until", "is_active", "updated_at",
        )  # fmt: skip
        read_only_fields = fields
