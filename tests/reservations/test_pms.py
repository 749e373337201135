"""Reaching the PMS: which one, measured, through its breaker, never inside a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.db import transaction

from hotel_agent.common import metrics
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import breakers
from integrations.exceptions import BreakerOpen
from integrations.pms.base import Reason, Refused, Unknown
from reservations.services import pms, quoting
from reservations.services.builtin import BuiltinPms
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel
from tests.reservations.faulty_pms import Fault, FaultyPms


class OutsidePms(FaultyPms):
    """One that is behind a line of its own: breakers are shared in Redis, beyond a test's end."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self.breaker_key = f"test-{uuid.uuid4()}"


@pytest.fixture(autouse=True)
def closed_breakers() -> Iterator[None]:
    breakers.reset_process()
    yield
    breakers.reset_process()


def counted(operation: str, status: str) -> float:
    return metrics.pms_operations.labels(operation=operation, status=status)._value.get()


def test_a_hotel_without_a_connection_has_the_built_in_pms(hotel: Hotel) -> None:
    assert isinstance(pms.connect(hotel.tenant), BuiltinPms)
    with tenant_scope(hotel.tenant):
        PmsConnection.objects.create(tenant=hotel.tenant, kind="builtin")
    assert isinstance(pms.connect(hotel.tenant), BuiltinPms)


def test_a_connection_without_a_key_says_so(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        PmsConnection.objects.create(tenant=hotel.tenant, kind="qloapps", base_url="http://127.0.0.1:9")

    with pytest.raises(Misconfigured, match="needs an address, a key"):
        quoting.search(tenant=hotel.tenant, stay=hotel.stay())


@pytest.mark.parametrize(
    ("answer", "status"), [("fine", "ok"), (Refused(Reason.CLOSED), "refused"), (Unknown("?"), "unknown")]
)
def test_every_call_is_counted_by_how_it_ended(hotel: Hotel, answer: object, status: str) -> None:
    adapter = FaultyPms(hotel.tenant)
    before = counted("book", status)

    assert pms.call(adapter, "book", lambda: answer) == answer

    assert counted("book", status) == before + 1


def test_five_failures_in_a_row_rest_the_pms_of_one_hotel_only(hotel: Hotel) -> None:
    dead, alive = OutsidePms(hotel.tenant), OutsidePms(hotel.tenant)
    for _ in range(5):
        answer = pms.call(dead, "book", lambda: Unknown("no answer"))
        assert answer == Unknown("no answer")  # an answer to us, a failure to the breaker
    asked: list[int] = []

    with pytest.raises(BreakerOpen) as refused:
        pms.call(dead, "search", lambda: asked.append(1))

    assert asked == []
    assert 0 < (refused.value.retry_after or 0) <= 36
    assert pms.call(alive, "search", lambda: "fine") == "fine"


def test_refusals_are_not_failures(hotel: Hotel) -> None:
    adapter = OutsidePms(hotel.tenant)
    for _ in range(12):
        pms.call(adapter, "book", lambda: Refused(Reason.SOLD_OUT))

    assert pms.call(adapter, "search", lambda: "fine") == "fine"


def test_a_dead_pms_is_an_error_not_an_empty_house(hotel: Hotel) -> None:
    adapter = OutsidePms(hotel.tenant)
    adapter.announce("search", *[Fault.DOWN] * 2)

    for ask in (quoting.search, quoting.alternatives):
        with pytest.raises(DependencyDown):
            ask(tenant=hotel.tenant, stay=hotel.stay(), connect=adapter.connect)


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_while_a_transaction_is_open(django_user_model: object) -> None:
    asked: list[int] = []

    class Quiet:
        breaker_key = ""

    with pytest.raises(RuntimeError, match="transaction is open"), transaction.atomic():
        pms.call(Quiet(), "search", lambda: asked.append(1))  # type: ignore[arg-type]

    assert asked == []
