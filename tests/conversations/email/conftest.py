"""A hotel with a mailbox, on a mail system in this process or on the real thing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tenants.models import ChannelAccount
from tenants.services import connect_mailbox
from tests.conversations.email.correspondents import HOTEL, PASSWORD, Correspondent, Mails
from tests.factories.reservations import Hotel
from tests.stand_ins.mail import MailSystem
from tests.stand_ins.real_mail import RealMailSystem

GUESTS = [f"guest{number}@guest.example" for number in range(1, 6)]


@pytest.fixture(scope="session")
def real_mail() -> Iterator[RealMailSystem]:
    """Dovecot and Postfix, started once."""
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
    with RealMailSystem(HOTEL, *GUESTS) as system:
        yield system


BOTH = ["in this process", pytest.param("dovecot", marks=pytest.mark.needs_program("dovecot", "postfix"), id="real")]
"""Parameters of a module's own `mails` fixture: what works with ours has to work with the real thing."""


def system(request: pytest.FixtureRequest) -> Iterator[Mails]:
    """The mail system a parameter names."""
    if request.param == "dovecot":
        real: RealMailSystem = request.getfixturevalue("real_mail")
        real.empty()
        yield real
    else:
        with MailSystem(HOTEL, *GUESTS) as ours:
            yield ours


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
