"""What a hotel sells, what was offered, kept and booked, and what the built-in PMS itself remembers."""

from reservations.models.arrangements import Arrangement
from reservations.models.blocks import Block, CalendarFeed
from reservations.models.builtin import BuiltinBooking, BuiltinHold, BuiltinMoreRooms, RoomAssignment
from reservations.models.catalogue import ChildBand, Extra, StayTax
from reservations.models.events import PmsCall, StayEvent
from reservations.models.inquiries import Inquiry
from reservations.models.inventory import CancellationTier, Rate, RatePlan, Room, RoomNight, RoomType
from reservations.models.payments import DemoCheckout, Payment, PaymentDelivery, Refund
from reservations.models.pms import DriftReport, RoomTypeLease
from reservations.models.quotes import Quote, QuoteOption
from reservations.models.selling import SellingChange
from reservations.models.sheets import SheetImport
from reservations.models.stays import Hold, Reservation, ReservationChange, StayAccess

__all__ = [
    "Arrangement", "Block", "BuiltinBooking", "BuiltinHold", "BuiltinMoreRooms", "CalendarFeed", "CancellationTier",
    "ChildBand", "DemoCheckout", "DriftReport", "Extra", "Hold", "Inquiry", "Payment", "PaymentDelivery", "PmsCall",
    "Quote", "QuoteOption", "Rate", "RatePlan", "Refund", "Reservation", "ReservationChange", "Room", "RoomAssignment",
    "RoomNight", "RoomType", "RoomTypeLease", "SellingChange", "SheetImport", "StayAccess", "StayEvent", "StayTax",
]  # fmt: skip
