"""Stripe's webhook at the door, and a whole payment over Stripe's stand-in: duplicates, late, out of order, forged."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis
import time_machine
from django.db import connections
from django.test import Client
from pytest_django import Settings

from hotel_agent.common import dispatch, limits
from integrations import breakers, http
from integrations.payments.stripe_signature import sign
from reservations.models import BuiltinBooking, Payment, PaymentDelivery, RatePlan, Refund, Reservation, StayEvent
from reservations.services import calls, payment_deliveries, payments, refunds
from tenants.models import PaymentAccount
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db(transaction=True)
KEY = uuid.UUID(int=42)
PATH = "/webhooks/stripe"


@dataclass
class Shop:
    """A hotel whose deposits are paid at Stripe."""

    hotel: Hotel
    stripe: StripeStandIn
    account: PaymentAccount

    @property
    def path(self) -> str:
        return f"{PATH}/{self.account.public_id}"

    def event(self, kind: str = "checkout.session.completed", *, at: float | None = None) -> tuple[bytes, str]:
        return self.stripe.event(kind, self.stripe.only_session(), at=at)


@pytest.fixture
def shop(transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    breakers.reset_process()
    limits.reset_process()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    hotel = open_hotel()
    with StripeStandIn() as stripe, tenant_scope(hotel.tenant):
        settings.STRIPE_API_URL = stripe.url
        account = PaymentAccount.objects.create(
            tenant=hotel.tenant,
            kind="stripe",
            credentials={"secret_key": stripe.secret_key, "webhook_secret": stripe.webhook_secret},
        )
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="percent", deposit_percent=50)
        requested(hotel, hotel.stay(), key=KEY)
        work()
        yield Shop(hotel, stripe, account)
        http.close_all()


def work() -> None:
    """Everything that is due, deliveries of a moment ago too."""
    for _ in range(30):
        fresh = list(PaymentDelivery.objects.filter(state="waiting").values_list("pk", flat=True))
        done = sum(payment_deliveries.take_delivery(pk) for pk in fresh)
        done += sum(payments.run_payment(pk) for pk in payments.due_payments(50))
        done += calls.run_due_calls()
        done += sum(refunds.run_refund(pk) for pk in refunds.due_refunds(50))
        if not done:
            return


def post(path: str, body: bytes, signature: str) -> int:
    response = Client().post(path, body, content_type="application/json", headers={"Stripe-Signature": signature})
    return int(response.status_code)


def state() -> str:
    return Reservation.objects.get().state


def test_a_guest_pays_at_stripe_and_is_booked(shop: Shop) -> None:
    session = shop.stripe.only_session()
    assert (session["amount_total"], session["currency"]) == (12_000_000, "ars")
    assert state() == "awaiting"
    shop.stripe.pay(session["id"])
    body, signature = shop.event()
    assert post(shop.path, body, signature) == 200
    work()
    assert (state(), Payment.objects.get().status) == ("confirmed", "paid")
    assert Payment.objects.get().payment_id == shop.stripe.only_session()["payment_intent"]


def test_both_forms_of_the_path_are_accepted(shop: Shop, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = shop.stripe.webhook_secret
    for path in (PATH, f"{PATH}/", shop.path, f"{shop.path}/"):
        assert post(path, *shop.event()) == 200
    assert Client().get(PATH).status_code == 405


def test_twenty_deliveries_at_once_make_one_row_one_booking_one_message(shop: Shop) -> None:
    shop.stripe.pay(shop.stripe.only_session()["id"])
    same = shop.event()
    others = [shop.event("payment_intent.succeeded") for _ in range(19)]
    answers: list[int] = []

    def deliver(body: bytes, signature: str) -> None:
        answers.append(post(shop.path, body, signature))
        answers.append(post(shop.path, *same))
        with tenant_scope(shop.hotel.tenant):
            work()
        connections.close_all()

    threads = [threading.Thread(target=deliver, args=one) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(payment_deliveries.BUSY_S)
    work()
    assert answers == [200] * 38
    assert PaymentDelivery.objects.count() == 20
    assert set(PaymentDelivery.objects.values_list("state", flat=True)) == {"done"}
    assert (state(), BuiltinBooking.objects.count()) == ("confirmed", 1)
    assert StayEvent.objects.filter(kind="booked").count() == 1
    assert Refund.objects.count() == 0


def test_an_event_that_lies_moves_nothing(shop: Shop) -> None:
    session = {**shop.stripe.only_session(), "payment_status": "paid", "status": "complete", "payment_intent": "pi_x"}
    assert post(shop.path, *shop.stripe.event("checkout.session.completed", session)) == 200
    work()
    assert (state(), Payment.objects.get().status) == ("awaiting", "open")


def test_events_out_of_order_and_long_after_the_end_change_nothing(shop: Shop) -> None:
    shop.stripe.pay(shop.stripe.only_session()["id"])
    for kind in ("checkout.session.expired", "payment_intent.created", "checkout.session.completed", "charge.updated"):
        assert post(shop.path, *shop.event(kind)) == 200
        work()
    assert state() == "confirmed"
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3)):
        assert post(shop.path, *shop.event("checkout.session.completed")) == 200
        work()
    assert (state(), BuiltinBooking.objects.count(), Refund.objects.count()) == ("confirmed", 1, 0)


def test_unpaid_the_session_is_expired_at_stripe(shop: Shop) -> None:
    payments.give_up(payment=Payment.objects.get())
    work()
    assert shop.stripe.only_session()["status"] == "expired"
    assert post(shop.path, *shop.event("checkout.session.expired")) == 200
    work()
    assert (state(), Payment.objects.get().status) == ("refused", "expired")


def test_a_forged_delivery_is_refused_and_not_stored(shop: Shop) -> None:
    body, signature = shop.event()
    for wrong in ("", "t=1,v1=00", signature.replace("v1=", "v0="), signature[:-1] + "0" if signature[-1] != "0" else
                  signature[:-1] + "1"):  # fmt: skip
        assert post(shop.path, body, wrong) == 401
    assert post(shop.path, body + b" ", signature) == 401
    assert post(shop.path, *shop.event(at=time.time() - 301)) == 401
    assert post(f"{PATH}/{uuid.uuid4()}", body, signature) == 401
    assert post(PATH, body, signature) == 401, "the installation has no secret of its own here"
    assert PaymentDelivery.objects.count() == 0


def test_bad_signatures_are_limited_and_good_ones_never(shop: Shop) -> None:
    answers = [post(shop.path, b"{}", "t=1,v1=00") for _ in range(45)]  # a window may end in between
    assert set(answers) == {401, 429}
    assert post(shop.path, *shop.event()) == 200


NONSENSE = (
    b"null", b"[]", b"\xff\xfe", b'{"type": 5}', b'{"type": "x", "data": []}', b"[" * 100_000,
    b'{"type": "x", "data": {"object": {"id": "a\\u0000b", "metadata": []}}}',
    b'{"type": "x", "data": {"object": {"client_reference_id": {"$gt": ""}}}}',
)  # fmt: skip


def test_signed_nonsense_is_set_aside(shop: Shop) -> None:
    for body in NONSENSE:
        assert post(shop.path, body, sign(body, shop.stripe.webhook_secret, at=int(time.time()))) == 200
    work()
    assert PaymentDelivery.objects.count() == len(NONSENSE)
    assert set(PaymentDelivery.objects.values_list("state", flat=True)) <= {"quarantined", "orphan"}
    assert state() == "awaiting"


def test_one_hotels_secret_says_nothing_about_another_hotels_payment(shop: Shop) -> None:
    other = open_hotel()
    with tenant_scope(other.tenant):
        account = PaymentAccount.objects.create(
            tenant=other.tenant, kind="stripe", credentials={"secret_key": "sk", "webhook_secret": "whsec_other"}
        )
    shop.stripe.pay(shop.stripe.only_session()["id"])
    shop.stripe.webhook_secret = "whsec_other"
    assert post(f"{PATH}/{account.public_id}", *shop.event()) == 200
    work()
    assert PaymentDelivery.objects.get().state == "quarantined"
    assert state() == "awaiting"


def test_events_about_others_are_answered_and_left_alone(shop: Shop) -> None:
    thing: dict[str, object] = {"id": "pi_of_the_web_shop", "metadata": {}, "client_reference_id": None}
    body, signature = shop.stripe.event("payment_intent.succeeded", thing)
    assert json.loads(body)["data"]["object"]["id"] == "pi_of_the_web_shop"
    assert post(shop.path, body, signature) == 200
    work()
    assert PaymentDelivery.objects.get().state == "orphan"


def test_old_deliveries_are_forgotten(shop: Shop) -> None:
    post(shop.path, *shop.event())
    work()
    PaymentDelivery.objects.update(received_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=31))
    assert payment_deliveries.purge() == 1
