"""A hotel of ours whose stays are kept by a QloApps stand-in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from integrations.pms.base import Guest, Party, Stay
from reservations.models import PmsCall, QuoteOption, Reservation
from reservations.services import booking, calls, catalogue, quoting
from tenants.models import PmsConnection, Tenant
from tenants.scoping import every_tenant, tenant_scope
from tests.factories.reservations import GUEST, HotelFactory
from tests.stand_ins.qloapps import KEY, QloAppsStandIn
from tests.stand_ins.qloapps_world import World, small_hotel


@dataclass(frozen=True)
class HotelBehindQloApps:
    """A hotel of ours and its guests."""

    tenant: Tenant

    def stay(self, arrival: int = 9, nights: int = 3, *, rooms: tuple[Party, ...] = (Party(2),)) -> Stay:
        check_in = self.tenant.business_day() + dt.timedelta(days=arrival)
        return Stay(check_in, check_in + dt.timedelta(days=nights), rooms)

    def option(
        self, stay: Stay, *, room_type: str = "1", guest_key: str = "guest", key: uuid.UUID | None = None
    ) -> QuoteOption:
        """The option of a freshly stored quote."""
        offers = quoting.search(tenant=self.tenant, stay=stay)
        with tenant_scope(self.tenant):
            quote = quoting.store_quote(
                tenant=self.tenant, conversation_key=key, guest_key=guest_key, stay=stay, offers=offers
            )
            return quote.options.select_related("quote", "room_type").get(room_type__code=room_type)

    def requested(
        self, option: QuoteOption, *, guest: Guest = GUEST, guest_key: str = "guest", key: uuid.UUID | None = None
    ) -> Reservation:
        """A pending reservation whose PMS call has not been run."""
        made = booking.request_booking(
            tenant=self.tenant, option=option, hold=None, guest=guest, conversation_key=key, guest_key=guest_key,
            channel="whatsapp",
        )  # fmt: skip
        assert isinstance(made, Reservation), made
        return made

    def work_off(self, *, workers: int) -> None:
        """Run every call that waits in so many threads at once, again and again until each has its outcome."""
        with every_tenant():
            ids = list(PmsCall.objects.values_list("pk", flat=True))
        with ThreadPoolExecutor(workers) as pool:
            for _ in range(60):
                with tenant_scope(self.tenant):
                    waiting = PmsCall.objects.filter(pk__in=ids, outcome="")
                    waiting.update(not_before=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
                    due = list(waiting.values_list("pk", flat=True))
                if not due:
                    return
                list(pool.map(_run, due))


def _run(call_id: int) -> None:
    try:
        calls.run_call(call_id)
    finally:
        connection.close()  # the thread's own


@dataclass(frozen=True)
class QloAppsHotel(HotelBehindQloApps):
    """The hotel and the stand-in behind it."""

    server: QloAppsStandIn

    @property
    def world(self) -> World:
        return self.server.world


@contextmanager
def open_qloapps_hotel(*, doubles: int = 2, world: World | None = None) -> Iterator[QloAppsHotel]:
    """Connected and with its room types imported."""
    with QloAppsStandIn(world or small_hotel(doubles=doubles)) as server:
        tenant = HotelFactory.create(currency="EUR")
        with tenant_scope(tenant):
            PmsConnection.objects.create(
                tenant=tenant, kind="qloapps", base_url=server.url, hotel_id="1", credentials={"api_key": KEY}
            )
        catalogue.import_room_types(tenant=tenant)
        yield QloAppsHotel(tenant, server)
