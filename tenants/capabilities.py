"""What a hotel can be given or spared: capabilities that can be tried at one hotel first.

A new capability begins with `default=False` and is switched on hotel by hotel; once it is trusted its default changes
here, in a reviewed line. The choice of a hotel lives on its own row (`Tenant.capabilities`), which every turn has
loaded anyway: asking costs neither a statement nor a call, and works when Redis does not. Why no library: see
docs/adr/0006-capabilities-on-the-hotel.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing the agent can do at a hotel. `needs` names the installation's setting without which it does nothing."""

    default: bool
    title: str
    about: str
    needs: str = ""


CAPABILITIES: Final[dict[str, Capability]] = {
    "voice_notes": Capability(
        True,
        "Voice notes",
        "The agent listens to voice notes. Off: guests are asked to write.",
        needs="STT_PROVIDER",
    ),
    "remote_understanding": Capability(
        True,
        "Remote understanding",
        "Messages the built-in engine is unsure of are read by the remote one. Off: the built-in engine alone.",
        needs="NLP_URL",
    ),
    "deposits": Capability(
        True,
        "Deposits",
        "Rate plans with a deposit ask for it by a payment link. Off: those bookings are confirmed without it.",
    ),
    "reminders": Capability(
        True,
        "Reminders before arrival",
        "Guests hear from the hotel a week and a day before they arrive. Off: nobody is reminded.",
    ),
}
