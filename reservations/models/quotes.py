"""What was offered: the only place prices of the dialogue come from (promise 4)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.money import Money
from hotel_agent.common.tenant_keys import TenantForeignKey
from integrations.pms.base import CancellationTerms, ExtraLine, OfferPart, Stay, TaxLine
from reservations import snapshots
from reservations.models.inventory import RatePlan, RoomType, rooms_of
from tenants.models import TenantOwned


class Quote(TenantOwned):
    """Offers for one stay, given to one guest in one conversation. Never edited but to live longer with a hold."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation_key = models.UUIDField(null=True, blank=True)
    guest_key = models.CharField(max_length=190, blank=True)
    check_in = models.DateField()
    check_out = models.DateField()
    parties = models.JSONField(help_text="People per room: adults and children's ages.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(condition=Q(check_out__gt=models.F("check_in")), name="reservations_quote_nights"),
        ]
        indexes = [models.Index(fields=["tenant", "conversation_key", "-created_at"], name="rsv_quote_thread")]

    def __str__(self) -> str:
        return f"{self.check_in} – {self.check_out}"

    @property
    def stay(self) -> Stay:
        """The stay that was priced."""
        return snapshots.stay(self.check_in, self.check_out, self.parties)


class QuoteOption(TenantOwned):
    """One room type (or the rooms of several, `parts`) at one rate, with the price that was said and the terms it was
    said under."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quote = TenantForeignKey(Quote, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField(default=0)
    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="+")
    rate_plan = TenantForeignKey(RatePlan, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    net_total = models.DecimalField(max_digits=14, decimal_places=2)
    deposit = models.DecimalField(
        max_digits=14, decimal_places=2, default=0, help_text="To be paid before it is confirmed; 0: nothing."
    )
    nightly = models.JSONField(help_text="Gross price of each night for all rooms, in order.")
    parts = models.JSONField(
        default=list, help_text="Rooms and nightly prices of each type, where the quote's rooms are of several."
    )
    taxes_included = models.BooleanField()
    breakfast_included = models.BooleanField()
    taxes = models.JSONField(default=list, help_text="Taxes named on their own, in the total or due at the hotel.")
    extras = models.JSONField(default=list, help_text="Extras in the total: what, how many and what they cost.")
    left = models.PositiveSmallIntegerField(help_text="Rooms free when it was offered.")
    terms = models.JSONField()

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["quote", "position"], name="reservations_option_position"),
            models.CheckConstraint(condition=Q(total__gte=0) & Q(net_total__gte=0), name="reservations_option_price"),
            models.CheckConstraint(
                condition=Q(deposit__gte=0) & Q(deposit__lte=models.F("total")), name="reservations_option_deposit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_type_id}/{self.rate_plan_id}: {self.currency} {self.total}"

    @property
    def rooms_said(self) -> str:
        """The room type as the desk reads it, or every type of a mixed offer: "Doble × 2, Familiar × 1"."""
        parts = {part.room_type_id: part.rooms for part in self.type_parts}
        return rooms_of(self.tenant_id, parts) if parts else str(self.room_type)

    @property
    def price(self) -> Money:
        """The gross total that booking charges."""
        return Money(self.total, self.currency)

    @property
    def deposit_price(self) -> Money:
        """What has to be paid before it is confirmed; zero for nothing."""
        return Money(self.deposit, self.currency)

    @property
    def nightly_prices(self) -> tuple[Money, ...]:
        """Gross price of each night for all rooms."""
        return snapshots.nightly(self.nightly, self.currency)

    @property
    def type_parts(self) -> tuple[OfferPart, ...]:
        """The rooms of each type with their nightly prices; empty where all are of `room_type`."""
        return snapshots.parts(self.parts, self.currency)

    @property
    def tax_lines(self) -> tuple[TaxLine, ...]:
        """Taxes named on their own; those not `due_at_hotel` are part of `price`."""
        return snapshots.taxes(self.taxes)

    @property
    def extra_lines(self) -> tuple[ExtraLine, ...]:
        """Extras that are part of `price`."""
        return snapshots.extras(self.extras)

    @property
    def cancellation_terms(self) -> CancellationTerms:
        """The terms as offered."""
        return snapshots.terms(self.terms)
