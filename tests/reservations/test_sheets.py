"""Prices and nights from a spreadsheet: exactly what was previewed or nothing at all, whatever the file is."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from reservations.models import Rate, RoomNight, SheetImport
from reservations.services import inventory, sheets
from reservations.services.sheets import NotLoadable, Unreadable, files
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel
from tests.reservations.pms_conformance import booked, stay_in
from tests.reservations.test_builtin_pms import BuiltinWorld

pytestmark = pytest.mark.django_db
RATES, NIGHTS = SheetImport.Kind.RATES, SheetImport.Kind.NIGHTS
RATE_TITLES = ["room type", "rate plan", "first night", "last night", "days", "price", "extra adult", "extra child"]


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def day(hotel: Hotel, number: int) -> str:
    return (hotel.first_night + dt.timedelta(days=number)).isoformat()


def as_csv(*rows: list[Any], delimiter: str = ";") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def as_xlsx(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def look(hotel: Hotel, content: bytes, kind: SheetImport.Kind = RATES) -> SheetImport:
    return sheets.preview(tenant=hotel.tenant, kind=kind, file_name="f.xlsx", content=content, made_by="ana")


def prices(hotel: Hotel, first: int, last: int) -> list[Decimal]:
    span = (hotel.first_night + dt.timedelta(days=first), hotel.first_night + dt.timedelta(days=last))
    rows = Rate.objects.filter(room_type=hotel.double, rate_plan=hotel.flexible, night__range=span)
    return [row.amount for row in rows.order_by("night")]


def problems(sheet: SheetImport) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["what"]) for one in sheet.problems]


def fingerprint() -> list[Any]:
    return [
        list(Rate.objects.order_by("pk").values_list("night", "amount", "extra_adult", "extra_child")),
        list(RoomNight.objects.order_by("pk").values_list("night", "total", "min_stay", "max_stay", "stop_sell")),
    ]


# -- the good file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_preview_changes_nothing_and_loading_does_what_it_showed(hotel: Hotel, write: Any) -> None:
    content = write(
        RATE_TITLES,
        ["double", "flexible", day(hotel, 0), day(hotel, 6), "", 70000, 9000, 4000],
        ["Doble", "Flexible", day(hotel, 2), day(hotel, 3), "", "80.000,50", "", ""],
    )
    before = fingerprint()

    sheet = look(hotel, content)

    assert (sheet.state, sheet.nights, sheet.problems) == ("ready", 9, [])
    assert sheet.rows[0]["now"] == ["60000.00", "60000.00"]
    assert fingerprint() == before

    assert sheets.load(tenant=hotel.tenant, sheet=sheet) == 9
    expected = [Decimal(70000)] * 2 + [Decimal("80000.50")] * 2 + [Decimal(70000)] * 3 + [Decimal(60000)]
    assert prices(hotel, 0, 7) == expected
    with pytest.raises(NotLoadable):
        sheets.load(tenant=hotel.tenant, sheet=sheet)


def test_weekdays_in_three_languages(hotel: Hotel) -> None:
    for days, wanted in (("vie sáb", {4, 5}), ("Fri-Sun", {4, 5, 6}), ("seg,qua", {0, 2}), ("sáb-lun", {5, 6, 0})):
        row = ["double", "flexible", day(hotel, 0), day(hotel, 13), days, 1, 0, 0]
        sheet = look(hotel, as_csv(RATE_TITLES, row))
        assert set(sheet.rows[0]["days"]) == wanted, days


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("96000", "96000"), ("96.000", "96000"), ("96,000", "96000"), ("96.000,50", "96000.50"), ("1,234.5", "1234.5"),
        ("ARS 96.000", "96000"), ("R$ 380,00", "380.00"), ("1 250 000", "1250000"), ("89.50", "89.50"), ("0", "0"),
        ("1.250.000", "1250000"),
        ("-5", None), ("abc", None), ("1e9", None), ("12.34.56", None), ("96.0000", None), ("99999999999", None),
        ("=1+1", None), ("NaN", None), ("1,23,456", None),
    ],
)  # fmt: skip
def test_prices_as_people_write_them(hotel: Hotel, text: str, amount: str | None) -> None:
    sheet = look(hotel, as_csv(RATE_TITLES, ["double", "flexible", day(hotel, 0), day(hotel, 0), "", text, "", ""]))
    if amount is None:
        assert problems(sheet) == [(2, "price", "not_an_amount")]
    else:
        assert Decimal(sheet.rows[0]["price"]) == Decimal(amount)


# -- bad rows ---------------------------------------------------------------------------------------------------------


def test_one_bad_row_in_the_middle_and_nothing_is_loaded(hotel: Hotel) -> None:
    good = ["double", "flexible", day(hotel, 0), day(hotel, 6), "", 70000, 0, 0]
    before = fingerprint()

    sheet = look(hotel, as_xlsx(RATE_TITLES, good, ["suite", "", "31/02/2027", day(hotel, 3), "foo", "x"], good))

    assert problems(sheet) == [
        (3, "room_type", "unknown"), (3, "rate_plan", "empty"), (3, "first_night", "not_a_date"),
        (3, "days", "not_days"), (3, "price", "not_an_amount"),
    ]  # fmt: skip
    with pytest.raises(NotLoadable):
        sheets.load(tenant=hotel.tenant, sheet=sheet)
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("first", "last", "days", "problem"),
    [
        (5, 4, "", ("last_night", "before_first")),
        (0, 900, "", ("last_night", "too_long")),
        (-9, -5, "", ("last_night", "over")),
    ],
)
def test_ranges_that_make_no_sense(hotel: Hotel, first: int, last: int, days: str, problem: tuple[str, str]) -> None:
    row = ["double", "flexible", day(hotel, first), day(hotel, last), days, 1, 0, 0]
    assert problems(look(hotel, as_csv(RATE_TITLES, row))) == [(2, *problem)]


def test_a_file_without_its_columns_says_which(hotel: Hotel) -> None:
    sheet = look(hotel, as_csv(["tipo de habitación", "precio"], ["double", "5"]))
    assert problems(sheet) == [(1, name, "column_missing") for name in ("rate_plan", "first_night", "last_night")]


def test_another_hotels_types_are_unknown(hotel: Hotel) -> None:
    other = open_hotel()
    inventory.set_room_type(tenant=other.tenant, code="theirs", kind="double", names=inventory.Names("De ellos"))
    row = ["theirs", "flexible", day(hotel, 0), day(hotel, 0), "", 1, 0, 0]
    assert problems(look(hotel, as_csv(RATE_TITLES, row))) == [(2, "room_type", "unknown")]


def test_fewer_rooms_than_are_sold_is_found_before_and_while_loading(hotel: Hotel) -> None:
    titles = ["room type", "first night", "last night", "rooms", "minimum nights"]
    fewer = ["double", day(hotel, 0), day(hotel, 9), 1, 2]
    sheet = look(hotel, as_csv(titles, ["family", day(hotel, 0), day(hotel, 9), 1, 3], fewer), NIGHTS)
    assert sheet.state == "ready"
    for _ in range(2):
        booked(BuiltinWorld(hotel), stay_in(BuiltinWorld(hotel), 5))
    before = fingerprint()

    with pytest.raises(NotLoadable, match="oversold"):
        sheets.load(tenant=hotel.tenant, sheet=sheet)
    again = look(hotel, as_csv(titles, fewer), NIGHTS)

    assert problems(again) == [(2, "rooms", "oversold")]
    assert fingerprint() == before
    assert SheetImport.objects.get(pk=sheet.pk).state == "ready"


def test_nights_with_every_rule(hotel: Hotel) -> None:
    titles = [
        "tipo de quarto", "primeira noite", "última noite", "dias", "quartos", "mínimo de noites", "máximo de noites",
        "sem chegadas", "sem saídas", "fechado",
    ]  # fmt: skip
    sheet = look(hotel, as_xlsx(titles, ["double", day(hotel, 0), day(hotel, 1), "", 5, 2, 4, "x", "", "sim"]), NIGHTS)
    sheets.load(tenant=hotel.tenant, sheet=sheet)
    night = RoomNight.objects.filter(room_type=hotel.double).earliest("night")
    assert (night.total, night.min_stay, night.max_stay) == (5, 2, 4)
    assert (night.closed_to_arrival, night.closed_to_departure, night.stop_sell) == (True, False, True)
    bad = look(hotel, as_csv(titles, ["double", day(hotel, 0), day(hotel, 1), "", 5, 4, 2, "maybe"]), NIGHTS)
    assert problems(bad) == [(2, "no_arrivals", "not_yes_or_no")]
    bad = look(hotel, as_csv(titles, ["double", day(hotel, 0), day(hotel, 1), "", 5, 4, 2]), NIGHTS)
    assert problems(bad) == [(2, "max_stay", "below_minimum")]


# -- files ------------------------------------------------------------------------------------------------------------


def zipped(*parts: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return out.getvalue()


def entity_bomb() -> bytes:
    """A workbook whose sheet is a billion laughs."""
    content = as_xlsx(RATE_TITLES)
    lol = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    body = f'<?xml version="1.0"?>{lol}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    body += '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, body.encode() if part == "xl/worksheets/sheet1.xml" else old.read(part))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"x" * (files.MAX_BYTES + 1), "too_big"),
        (b"a;b\n" * (files.MAX_ROWS + 2), "too_many_rows"),
        (b";".join([b"a"] * 40), "too_many_columns"),
        (b"a;b\x00c", "not_a_sheet"),
        (b"PK\x03\x04nonsense", "not_a_sheet"),
        (zipped(("a.txt", b"hello")), "not_a_sheet"),
        (zipped(("xl/worksheets/sheet1.xml", b"\x00" * (files.MAX_UNPACKED + 1))), "too_big"),
        (zipped(*((f"{number}", b"") for number in range(files.MAX_PARTS + 1))), "too_big"),
        (as_xlsx(RATE_TITLES)[:-400], "not_a_sheet"),
    ],
    ids=range(11),
)
def test_files_that_are_none_or_too_much(hotel: Hotel, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as error:
        look(hotel, content)
    assert error.value.why == why
    assert not SheetImport.objects.exists()


def test_entities_are_not_unfolded(hotel: Hotel) -> None:
    with pytest.raises(Unreadable):
        look(hotel, entity_bomb())


def test_a_spreadsheet_of_windows_is_read(hotel: Hotel) -> None:
    titles = "tipo de habitación;tarifa;primera noche;última noche;precio;niño extra"
    line = f"double;flexible;{day(hotel, 0)};{day(hotel, 0)};1;2"
    sheet = look(hotel, f"{titles}\r\n{line}\r\n".encode("cp1252"))
    assert (sheet.problems, sheet.rows[0]["extra_child"]) == ([], "2")


# -- the template -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", "en", "pt-br"])
@pytest.mark.parametrize("kind", [RATES, NIGHTS])
@pytest.mark.parametrize("as_csv_file", [True, False])
def test_what_is_taken_out_can_be_loaded_and_changes_nothing(
    hotel: Hotel, kind: SheetImport.Kind, language: str, as_csv_file: bool
) -> None:
    inventory.set_rates(
        tenant=hotel.tenant, room_type=hotel.double, plan=hotel.flexible, first=hotel.first_night,
        last=hotel.first_night + dt.timedelta(days=40), amount=Decimal("71000.50"), weekdays=(4, 5),
    )  # fmt: skip
    inventory.open_nights(
        tenant=hotel.tenant, room_type=hotel.double, first=hotel.first_night + dt.timedelta(days=5),
        last=hotel.first_night + dt.timedelta(days=6), stop_sell=True, min_stay=2, max_stay=9,
    )  # fmt: skip
    before = fingerprint()

    content = sheets.template(tenant=hotel.tenant, kind=kind, language=language, as_csv=as_csv_file)
    sheet = look(hotel, content, kind)
    assert sheet.problems == []
    sheets.load(tenant=hotel.tenant, sheet=sheet)

    assert fingerprint() == before


def test_a_new_hotels_template_has_an_example(hotel: Hotel) -> None:
    Rate.objects.all().delete()
    sheet = look(hotel, sheets.template(tenant=hotel.tenant, kind=RATES, language="es"))
    assert (sheet.problems, len(sheet.rows)) == ([], 1)


@pytest.mark.parametrize("kind", [RATES, NIGHTS])
def test_a_file_with_a_row_for_each_night_takes_a_few_statements(
    hotel: Hotel, kind: SheetImport.Kind, django_assert_max_num_queries: Any
) -> None:
    """Locks of what is sold are held while it is loaded: a statement a row held them for a minute."""
    if kind == RATES:
        rows = [["double", "flexible", day(hotel, n), day(hotel, n), "", 70_000 + n, 0, 0] for n in range(300)]
        rows.append(["double", "flexible", day(hotel, 3), day(hotel, 4), "", 99_000, 0, 0])
        sheet = look(hotel, as_csv(RATE_TITLES, *rows), RATES)
    else:
        titles = ["room type", "first night", "last night", "rooms", "minimum nights"]
        rows = [["double", day(hotel, n), day(hotel, n), 2, 1 + n % 5] for n in range(300)]
        rows.append(["double", day(hotel, 3), day(hotel, 4), 2, 9])
        sheet = look(hotel, as_csv(titles, *rows), NIGHTS)
    with django_assert_max_num_queries(25):
        assert sheets.load(tenant=hotel.tenant, sheet=sheet) == 302
    chosen = {"room_type": hotel.double, "night__gte": hotel.first_night}
    if kind == RATES:
        found = Rate.objects.filter(rate_plan=hotel.flexible, **chosen).order_by("night")
        assert list(found.values_list("amount", flat=True)[:6]) == [70_000, 70_001, 70_002, 99_000, 99_000, 70_005]
    else:
        stays = RoomNight.objects.filter(**chosen).order_by("night").values_list("min_stay", flat=True)
        assert list(stays[:6]) == [1, 2, 3, 9, 9, 1], "later rows win"
