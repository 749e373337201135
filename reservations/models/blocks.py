"""Rooms that other sellers or the hotel itself took: from the calendars of booking sites, or entered by hand."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.inventory import Room, RoomType
from tenants.models import TenantOwned


class CalendarFeed(TenantOwned):
    """An iCalendar address of another seller; every event in it is a room that is taken there.

    `problem` says why it could not be read last time; what had been read before stays until it can be.
    """

    name = models.CharField(max_length=60, help_text="Who sells there, e.g. Booking.com.")
    room_type = TenantForeignKey(RoomType, on_delete=models.CASCADE, related_name="calendar_feeds")
    room = TenantForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
        help_text="Where the calendar is one room's; empty: any room of the type.",
    )
    url = models.URLField(max_length=500, help_text="The private iCal address the seller gives; https.")
    is_active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=200, blank=True, editable=False)
    skipped = models.PositiveIntegerField(default=0, editable=False, help_text="Events that made no sense.")

    class Meta(TenantOwned.Meta):
        ordering = ["name", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["room_type", "room", "url"], name="reservations_calendar_feed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.room or self.room_type}"

    def clean(self) -> None:
        """The room is of the type."""
        if self.room is not None and self.room.room_type_id != self.room_type_id:
            raise ValidationError({"room": "It is not a room of this type."})


class Block(TenantOwned):
    """Rooms of a type that cannot be sold on some nights, counted as `blocked` on each of them.

    What a calendar reports has already happened: where no room was left, the night is in `uncounted`, and staff see a
    clash until there is room. A block entered by hand is refused instead.
    """

    class Source(models.TextChoices):
        HAND = "hand", "by hand"
        CALENDAR = "calendar", "calendar"

    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="blocks")
    room = TenantForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="blocks")
    check_in = models.DateField(help_text="First night.")
    check_out = models.DateField(help_text="Free again from this day on.")
    rooms = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.HAND)
    feed = TenantForeignKey(CalendarFeed, null=True, blank=True, on_delete=models.CASCADE, related_name="blocks")
    uid = models.CharField(max_length=255, blank=True, help_text="What the calendar calls it.")
    reason = models.CharField(max_length=120, blank=True)
    uncounted = ArrayField(models.DateField(), default=list, blank=True, help_text="Nights without a room left.")
    room_taken = models.BooleanField(default=False, help_text="The room is somebody else's on these nights.")
    is_active = models.BooleanField(default=True)
    made_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["check_in", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["feed", "uid"], condition=Q(is_active=True, feed__isnull=False), name="reservations_block_uid"
            ),
            models.CheckConstraint(
                condition=Q(check_out__gt=F("check_in")) & Q(rooms__gte=1), name="reservations_block_nights"
            ),
            models.CheckConstraint(condition=Q(room__isnull=True) | Q(rooms=1), name="reservations_block_one_room"),
        ]
        indexes = [
            models.Index(fields=["tenant", "room_type", "check_in"], name="rsv_block", condition=Q(is_active=True))
        ]

    def __str__(self) -> str:
        return f"{self.check_in} – {self.check_out}"

    @property
    def clashes(self) -> bool:
        """Whether more is taken than there is."""
        return bool(self.is_active and (self.uncounted or self.room_taken))


CLASHES = Q(is_active=True) & (Q(uncounted__len__gt=0) | Q(room_taken=True))
"""Blocks for which there is no room."""
