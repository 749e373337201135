"""A hotel with a mailbox, on a mail system in this process or on the real thing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tenants.models import ChannelAccount
from tenants.services import connect_mailbox
from tests.conversations.email.correspondents import HOTEL, PASSWORD, Correspondent, Mails
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import MailSystem

_numbers = itertools.count(1)
GUESTS = [f"guest{number}@guest.example" for number in range(1, 6)]


@pytest.fixture
def mails() -> Iterator[MailSystem]:
    """SMTP and IMAP in this process."""
    with MailSystem(HOTEL, *GUESTS) as system:
        yield system


@pytest.fixture
def mailbox(hotel: Hotel, mails: Mails) -> ChannelAccount:
    """The hotel's mailbox, connected before anybody writes."""
    return connect_mailbox(
        hotel.tenant,
        address=HOTEL,
        credentials={"password": PASSWORD, "imap_url": mails.imap_url, "smtp_url": mails.smtp_url},
    )


@pytest.fixture
def new_writer(mailbox: ChannelAccount, mails: Mails) -> Callable[[], Correspondent]:
    """Makes people with a mailbox of their own."""
    free = iter(GUESTS)
    return lambda: Correspondent(mails, next(free))


@pytest.fixture
def writer(new_writer: Callable[[], Correspondent]) -> Correspondent:
    """One person with a mailbox."""
    return new_writer()
