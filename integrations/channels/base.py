"""The channel contract: what a channel can show, and the one thing an adapter does — send.

An adapter translates a channel-neutral message into the provider's format and the provider's answer into our errors.
It decides nothing, keeps nothing and never touches the database. Incoming data is the other half: a `parse` function
per adapter that returns `integrations.events.Delivery` and raises only `BadInput`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from integrations.channels.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Abilities:
    """A channel's limits. Lengths in characters; 0 buttons or rows: options are written as numbered text."""

    buttons: int
    button_title: int
    button_body: int
    """Longest body of a message with buttons."""
    rows: int
    row_title: int
    row_description: int
    list_body: int
    list_button: int
    footer: int
    text: int
    media: bool
    markdown: Literal["none", "whatsapp", "html"]
    location: bool = False
    """Whether a place is shown as a map; else it is written out."""
    templates: bool = False
    """Whether texts approved beforehand exist; else a template is its text."""
    cards: bool = False
    """Whether a list's rows are shown in full below the text; lines of the text that say the same are left out."""
    reactions: bool = False


WHATSAPP = Abilities(
    # Meta: interactive reply buttons, interactive list and text message pages, 2026-09.
    buttons=3, button_title=20, button_body=1024, rows=10, row_title=24, row_description=72, list_body=4096,
    list_button=20, footer=60, text=4096, media=True, markdown="whatsapp", location=True, templates=True,
    reactions=True,
)  # fmt: skip
EMAIL = Abilities(
    buttons=0, button_title=0, button_body=0, rows=0, row_title=0, row_description=0, list_body=0,
    list_button=0, footer=200, text=100_000, media=True, markdown="html",
)  # fmt: skip
WEBCHAT = Abilities(
    # Our own page: wide enough for everything the dialogue offers.
    buttons=6, button_title=40, button_body=4096, rows=20, row_title=80, row_description=200, list_body=4096,
    list_button=40, footer=200, text=4096, media=True, markdown="none", cards=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider accepted the message: its id there, and the recipient's id as the provider writes it.

    Accepted is not delivered; receipts tell the rest. `recipient_id` may differ from what was asked for. `sent_to` is
    the form that worked; stored as the recipient's "send_to" it is used first the next time.
    """

    message_id: str
    recipient_id: str
    sent_to: str


class ChannelAdapter(Protocol):
    """One account of a channel. Cheap to make, holds nothing between calls."""

    abilities: Abilities

    def send(
        self, recipient: Mapping[str, str], message: Outgoing, *, reference: str, reply_to: str | None = None
    ) -> SendResult:
        """Hand one message to the provider.

        Args:
            recipient: the recipient's ids by kind ("wa_id", "bsuid", "email", "visitor"), verbatim as the provider
                gave them; optionally "send_to", the form that worked before.
            reference: our own id of the message, found again in receipts; at most 512 characters.
            reply_to: provider id of the message this one quotes.

        Raises:
            DependencyDown: nothing was sent; try later (`retry_after` when the provider said when).
            UnknownOutcome: it may have been sent; wait for the receipt with our reference before anything else.
            Misconfigured: the provider refuses the account; pause it and tell people.
            Permanent: this message to this recipient will never go.
        """
        ...
