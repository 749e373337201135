"""A hotel that asks for deposits, with a PMS and a payment provider that can be made to fail, and time that passes."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine

from hotel_agent.common import dispatch
from integrations.pms.base import Capabilities
from reservations.models import (
    Payment,
    RatePlan,
    Reservation,
)
from reservations.services import booking, calls, demo_payments, deposits, holding, payments, refunds
from tenants.models import PaymentAccount
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, open_hotel, quote_option, requested
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import FaultyPms, WorkerDied

KEY = uuid.UUID(int=41)
LINK = dt.timedelta(minutes=deposits.LINK_MINUTES)


@dataclass
class Desk:
    """A hotel whose flexible plan wants the first night, its PMS and its payment provider."""

    hotel: Hotel
    pms: FaultyPms
    provider: FaultyPayments
    moving: time_machine.Traveller

    def ask(self) -> Reservation:
        """A guest confirmed the summary."""
        return requested(self.hotel, self.hotel.stay(), key=KEY)

    def work(self) -> None:
        """Everything that is due, as workers would, until nothing is."""
        for _ in range(60):
            done = 0
            for run, due, connections in (
                (calls.run_call, calls.due_calls, {"connect": self.pms.connect}),
                (payments.run_payment, payments.due_payments,
                 {"connect": self.provider.connect, "connect_pms": self.pms.connect}),
                (refunds.run_refund, refunds.due_refunds, {"connect": self.provider.connect}),
            ):  # fmt: skip
                for row_id in due(50):
                    with contextlib.suppress(WorkerDied):
                        run(row_id, **connections)
                        done += 1
            if not done:
                return
        raise AssertionError("work does not end")

    def later(self, step: dt.timedelta, *, ticks: int = 1) -> None:
        """Time passes, and the sweeper passes with it."""
        for _ in range(ticks):
            self.moving.shift(step)
            holding.lapse_due_holds(connect=self.pms.connect)
            self.work()

    def pay(self) -> bool:
        """The guest pays on the demo's page."""
        return demo_payments.pay(tenant=self.hotel.tenant, checkout_id=Payment.objects.get().checkout_id)

    def hint(self) -> None:
        """The provider's event arrives."""
        payments.wake(Payment.objects.get())
        self.work()


@pytest.fixture
def desk(db: None, moving: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The hotel, its tables to itself."""
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    hotel = open_hotel()
    with tenant_scope(hotel.tenant):
        PaymentAccount.objects.create(tenant=hotel.tenant, kind="demo")
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="first_night")
        yield Desk(hotel, FaultyPms(hotel.tenant), FaultyPayments(hotel.tenant), moving)


def without_holds(desk: Desk) -> None:
    """The PMS keeps no rooms before a booking."""
    desk.pms.capabilities = Capabilities(hold=False, amend=True, can_look_up=True, fee_preview=True, change_feed=False)


def ask_without_hold(desk: Desk) -> Reservation:
    """A guest confirmed the summary of a stay that is not kept."""
    option = quote_option(desk.hotel, desk.hotel.stay(), conversation_key=KEY)
    asked = booking.request_booking(
        tenant=desk.hotel.tenant, option=option, hold=None, guest=GUEST, conversation_key=KEY, guest_key="guest",
        channel="whatsapp",
    )  # fmt: skip
    assert isinstance(asked, Reservation)
    return asked


def state() -> str:
    """Of the only reservation."""
    return Reservation.objects.get().state


def late_payment(desk: Desk) -> None:
    """Paid in time, but the provider could not be asked until the room was given back."""
    desk.ask()
    desk.work()
    desk.pay()
    desk.provider.down = True
    desk.later(LINK + dt.timedelta(minutes=6))
    assert state() == "refused"
    desk.provider.down = False


def confirmed_stay(desk: Desk) -> Reservation:
    """Asked for, paid in time, booked."""
    desk.ask()
    desk.work()
    desk.pay()
    desk.hint()
    return Reservation.objects.get(state="confirmed")
