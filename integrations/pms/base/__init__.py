"""The PMS contract: what any property management system is asked, and the three ways it can answer a write.

Dates are the hotel's local dates, `check_out` exclusive. Ids are opaque strings of the PMS. Money is
`hotel_agent.common.money.Money`, gross unless said. Every write carries our `reference`, findable in the PMS where the
adapter says `can_look_up`.

An adapter translates and never decides: it validates what its PMS does not, reads back what its PMS may have got wrong,
and undoes its own booking when it finds that the PMS sold the room twice.

Reads raise `DependencyDown` (nothing known), `Misconfigured` (credentials) or `Permanent` (the question is wrong).
Writes never raise for an answer of the PMS: they return `Done`, `Refused` or `Unknown`. A write that raises
`DependencyDown` or `Misconfigured` certainly did nothing (nothing was sent, or the PMS refused to talk to us).
"""

from integrations.pms.base.bookings import (
    AmendRequest,
    BookingRequest,
    BookingStatus,
    Guest,
    PmsBooking,
    PmsHold,
)
from integrations.pms.base.contract import Capabilities, CountsOwnRooms, Pms, TellsDoubleSales
from integrations.pms.base.offers import (
    CancellationTerms,
    Extra,
    ExtraLine,
    ExtraOrder,
    ExtraUnit,
    Fee,
    Offer,
    OfferPart,
    PmsRoomType,
    TaxLine,
)
from integrations.pms.base.outcomes import Done, Reason, Refused, Unknown
from integrations.pms.base.stays import OwnRooms, Party, Stay

__all__ = [
    "AmendRequest", "BookingRequest", "BookingStatus", "CancellationTerms", "Capabilities", "CountsOwnRooms", "Done",
    "Extra", "ExtraLine", "ExtraOrder", "ExtraUnit", "Fee", "Guest", "Offer", "OfferPart", "OwnRooms", "Party", "Pms",
    "PmsBooking", "PmsHold", "PmsRoomType", "Reason", "Refused", "Stay", "TaxLine", "TellsDoubleSales", "Unknown",
]  # fmt: skip
