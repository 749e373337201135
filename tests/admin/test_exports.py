"""Lists taken along as files: what the list shows, for whoever may export, with nothing in them that runs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reservations.models import Reservation
from tenants import exporting
from tenants.back_office.exports import Exports
from tenants.models import Membership, Role
from tests.admin.conftest import Furnished, person
from tests.factories.reservations import requested

pytestmark = pytest.mark.django_db
LIST = "/admin/reservations/reservation/"
ENGLISH = {"Accept-Language": "en"}


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)


def lines(client: Client, query: str = "") -> list[dict[str, str]]:
    text = body(client.get(f"{LIST}export.csv{query}", headers=ENGLISH)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def sheet(client: Client, query: str = "") -> list[tuple[Any, ...]]:
    content = body(client.get(f"{LIST}export.xlsx{query}", headers=ENGLISH))
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows())


def more_stays(furnished: Furnished, count: int) -> list[Reservation]:
    hotel = furnished.hotel
    return [requested(hotel, hotel.stay(arrival=5 + number, nights=1)) for number in range(count)]


def test_the_file_has_what_the_list_shows(ours: Furnished, visit: Callable[..., Client]) -> None:
    one, *_others = more_stays(ours, 3)
    name = 'Sofía; "Núñez"\nde Souza'
    Reservation._base_manager.filter(pk=one.pk).update(
        guest_name=name, channel="email", created_at=dt.datetime(2026, 3, 4, 1, 30, tzinfo=dt.UTC)
    )
    client = visit(Role.MANAGER)
    assert {row["code"] for row in lines(client)} == set(Reservation._base_manager.values_list("code", flat=True))
    (found,) = lines(client, "?channel=email")
    assert found == lines(client, "?q=nuñez sof")[0]
    assert (found["code"], found["guest name"], found["total"]) == (
        one.code,
        'Sofía; "Núñez"\nde Souza',
        str(one.total),
    )
    assert (found["check in"], found["created at"]) == (f"{one.check_in}", "2026-03-03 22:30:00")
    assert found["state"] == one.get_state_display()
    page = client.get(f"{LIST}?channel=email", headers=ENGLISH).content.decode()
    assert "export.csv?channel=email" in page


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_each_row_comes_once_whatever_the_batches(
    ours: Furnished, visit: Callable[..., Client], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", batch)
    more_stays(ours, 3)
    expected = Reservation._base_manager.order_by("-pk").values_list("code", flat=True)
    assert [row["code"] for row in lines(visit(Role.OWNER))] == list(expected)


def test_a_longer_list_is_more_batches_and_nothing_else(
    ours: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit(Role.OWNER)

    def cost(batch: int) -> int:
        monkeypatch.setattr(exporting, "BATCH", batch)
        with CaptureQueriesContext(connection) as statements:
            lines(client)
        assert "OFFSET" not in " ".join(one["sql"] for one in statements)
        return len(statements)

    more_stays(ours, 4)  # with the hotel's own: five
    cost(100)
    assert cost(2) == cost(100) + 2


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+54 9 11", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "#N/A", "{=1}"])
def test_text_never_runs(ours: Furnished, visit: Callable[..., Client], text: str) -> None:
    Reservation._base_manager.filter(tenant=ours.tenant).update(guest_name=text, notes=text)
    client = visit(Role.OWNER)
    (row,) = lines(client)
    assert row["notes"] == (text if text[0] in "#{" else f"'{text}")
    titles, cells = sheet(client)
    for title, cell in zip(titles, cells, strict=True):
        assert cell.data_type in {"s", "inlineStr", "n", "d"}, title.value  # never "f" or "e"
        if title.value == "guest name":
            assert str(cell.value).strip() == text.strip()


def test_a_workbook_has_numbers_dates_and_no_control_characters(ours: Furnished, visit: Callable[..., Client]) -> None:
    Reservation._base_manager.filter(tenant=ours.tenant).update(notes="bell\x07 and\x0b tab")
    titles, cells = sheet(visit(Role.OWNER))
    found = {title.value: cell.value for title, cell in zip(titles, cells, strict=True)}
    stay = Reservation._base_manager.get(tenant=ours.tenant)
    assert (found["total"], found["notes"]) == (stay.total, "bell and tab")
    assert found["check in"].date() == stay.check_in
    assert found["created at"] == stay.created_at.astimezone(ours.tenant.zone).replace(tzinfo=None, microsecond=0)


def test_a_workbook_that_would_be_too_long_is_not_begun(
    ours: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_XLSX", 2)
    more_stays(ours, 2)
    client = visit(Role.OWNER)
    refused = client.get(f"{LIST}export.xlsx?channel=whatsapp", headers=ENGLISH, follow=True)
    assert refused.redirect_chain == [(f"{LIST}?channel=whatsapp", 302)]
    assert "take the CSV" in refused.content.decode()
    assert len(lines(client)) == 3


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.READ_ONLY])
def test_who_may_not_export_is_not_offered_it(ours: Furnished, visit: Callable[..., Client], role: str) -> None:
    client = visit(role)
    assert "export.csv" not in client.get(LIST).content.decode()
    for form in ("csv", "xlsx"):
        assert client.get(f"{LIST}export.{form}").status_code == 403


def test_of_two_hotels_only_the_one_where_they_may_export(ours: Furnished, theirs: Furnished) -> None:
    user = person("both", tenant=ours.tenant, role=Role.MANAGER)
    Membership._base_manager.create(user=user, tenant=theirs.tenant, role=Role.RECEPTION)
    client = Client()
    client.force_login(user)
    found = lines(client)
    assert {row["hotel"] for row in found} == {ours.tenant.name}
    assert lines(client, f"?q={theirs.mark}") == []
    assert lines(client, f"?tenant__id__exact={theirs.tenant.pk}") == []


def test_nothing_of_another_hotel_is_in_any_file(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client], operator: Client
) -> None:
    client = visit(Role.OWNER)
    pages = [(model, page) for model, page in admin.site._registry.items() if isinstance(page, Exports)]
    assert len(pages) >= 6
    for model, _page in pages:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/export.csv"
        assert theirs.mark not in body(client.get(address)).decode(), model
        assert body(operator.get(address)).decode().count("\r\n") >= 1 + (theirs.rows.get(model) is not None), model


@pytest.mark.parametrize(("address", "status"), [("export.pdf", 404), ("export.csv?total__exact=x", 302),
                                                 ("export.csv?tenant__name__startswith=A", 400)])  # fmt: skip
def test_an_odd_address_is_no_error(ours: Furnished, visit: Callable[..., Client], address: str, status: int) -> None:
    assert visit(Role.OWNER).get(f"{LIST}{address}").status_code == status
