"""A hotel with a chat widget, and visitors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tenants.models import ChannelAccount
from tenants.services import connect_webchat
from tests.conversations.webchat.visitors import KEY, WebGuest
from tests.factories.reservations import Hotel


@pytest.fixture
def widget(hotel: Hotel) -> ChannelAccount:
    """The hotel's widget, which its own site may show."""
    return connect_webchat(hotel.tenant, key=KEY, allowed_origins=["https://www.hotel.example"])


@pytest.fixture
def new_visitor(widget: ChannelAccount) -> Callable[[], WebGuest]:
    """Makes visitors nobody knows yet."""
    return WebGuest


@pytest.fixture
def visitor(new_visitor: Callable[[], WebGuest]) -> WebGuest:
    """One visitor nobody knows yet."""
    return new_visitor()
