"""The built-in PMS's own records: what it keeps and what it has booked.

Only `reservations.services.builtin` writes them, and everything else reads them through the PMS contract (or to audit
it): to the rest of the product they are as far away as an outside PMS's tables.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from integrations.pms.base import BookingStatus
from reservations.models.blocks import Block
from reservations.models.inventory import RatePlan, Room, RoomType
from tenants.models import TenantOwned

BOOKING_STATUSES = [
    (status.value, status.value.replace("_", " ")) for status in BookingStatus if status is not BookingStatus.EMPTY
]


class BuiltinHold(TenantOwned):
    """Rooms counted as `held` on each night of a stay until it is released or booked.

    `rooms` are of `room_type`; where `is_mixed`, `BuiltinMoreRooms` has those of further types.
    """

    hold_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=64)
    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="+")
    check_in = models.DateField()
    check_out = models.DateField()
    rooms = models.PositiveSmallIntegerField()
    is_mixed = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "reference"], name="reservations_builtin_hold_reference"),
        ]

    def __str__(self) -> str:
        return self.reference


class BuiltinBooking(TenantOwned):
    """A booking counted as `sold` on each of its nights while it is not cancelled.

    `rooms` are of `room_type`; where `is_mixed`, `BuiltinMoreRooms` has those of further types.
    """

    booking_id = models.CharField(max_length=20, help_text="What the PMS calls it.")
    reference = models.CharField(max_length=64, help_text="The caller's name for it.")
    status = models.CharField(max_length=9, choices=BOOKING_STATUSES, default=BookingStatus.ACTIVE.value)
    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="+")
    rate_plan = TenantForeignKey(RatePlan, on_delete=models.PROTECT, related_name="+")
    check_in = models.DateField()
    check_out = models.DateField()
    parties = models.JSONField()
    rooms = models.PositiveSmallIntegerField()
    is_mixed = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    nightly = models.JSONField()
    taxes = models.JSONField(default=list)
    extras = models.JSONField(default=list)
    terms = models.JSONField()
    guest_name = models.CharField(max_length=120)
    guest_email = models.EmailField(blank=True)
    guest_phone = models.CharField(max_length=20, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancellation_fee = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    released_from = models.DateField(
        null=True, blank=True, help_text="Nights from here on are sold again: it left early or never came."
    )
    last_reference = models.CharField(max_length=64, blank=True, help_text="The last change made to it.")

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "reference"], name="reservations_builtin_reference"),
            models.UniqueConstraint(fields=["tenant", "booking_id"], name="reservations_builtin_booking_id"),
            models.CheckConstraint(
                condition=Q(check_out__gt=models.F("check_in")) & Q(rooms__gte=1), name="reservations_builtin_nights"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "check_in"], name="rsv_builtin_arrivals")]

    def __str__(self) -> str:
        return self.booking_id


class BuiltinMoreRooms(TenantOwned):
    """Rooms of a further type that a booking or a hold has, beside those of its own `room_type`."""

    booking = TenantForeignKey(
        BuiltinBooking, null=True, blank=True, on_delete=models.CASCADE, related_name="more_rooms"
    )
    hold = TenantForeignKey(BuiltinHold, null=True, blank=True, on_delete=models.CASCADE, related_name="more_rooms")
    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="+")
    rooms = models.PositiveSmallIntegerField()

    class Meta(TenantOwned.Meta):
        ordering = ["id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=(Q(booking__isnull=True) ^ Q(hold__isnull=True)) & Q(rooms__gte=1),
                name="reservations_more_rooms_subject",
            ),
            models.UniqueConstraint(fields=["booking", "room_type"], name="reservations_more_rooms_of_booking"),
            models.UniqueConstraint(fields=["hold", "room_type"], name="reservations_more_rooms_of_hold"),
        ]

    def __str__(self) -> str:
        return f"{self.rooms} × {self.room_type_id}"


class RoomAssignment(TenantOwned):
    """Which physical room a booking or a block gets. The database refuses two live ones of a room that overlap."""

    booking = TenantForeignKey(
        BuiltinBooking, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments"
    )
    block = TenantForeignKey(Block, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments")
    room = TenantForeignKey(Room, on_delete=models.PROTECT, related_name="assignments")
    stay = DateRangeField(help_text="Nights, the last day excluded.")
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(booking__isnull=True) ^ Q(block__isnull=True), name="reservations_assignment_subject"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "room"], name="rsv_assigned_room")]

    def __str__(self) -> str:
        return f"{self.room_id} {self.stay}"
