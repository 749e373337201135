"""Other sellers' calendars: stays in whole days, nonsense left out and counted, no address inside our network."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotel_agent.common.exceptions import BadInput, DependencyDown, HotelAgentError, Misconfigured
from integrations import breakers, calendars
from integrations.calendars import Event
from tests.integrations.test_http import Wire

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
DAY = dt.date(2027, 1, 10)


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n{body}END:VCALENDAR\r\n".encode()


def stays(content: bytes) -> list[tuple[str, int, int]]:
    """Uid, days from DAY to arrival, nights."""
    found = calendars.parse(content, ZONE)
    return [(event.uid, (event.first - DAY).days, (event.last - event.first).days) for event in found.events]


def test_a_booking_sites_calendar() -> None:
    content = calendar(
        "UID:a@site\r\nDTSTART;VALUE=DATE:20270110\r\nDTEND;VALUE=DATE:20270113\r\nSUMMARY:CLOSED - Not available",
        "UID:b@site\r\nDTSTART;VALUE=DATE:20270113\r\nDURATION:P2D",
        "UID:c@site\r\nDTSTART;VALUE=DATE:20270120",
    )
    assert stays(content) == [("a@site", 0, 3), ("b@site", 3, 2), ("c@site", 10, 1)]
    assert calendars.parse(content, ZONE).events[0].summary == "CLOSED - Not available"


def test_times_of_day_are_the_hotels() -> None:
    """Half past one on the 11th in London is the evening of the 10th at the hotel."""
    content = calendar("UID:a\r\nDTSTART:20270111T013000Z\r\nDTEND:20270113T140000Z")
    assert stays(content) == [("a", 0, 3)]


@pytest.mark.parametrize(
    ("event", "skipped"),
    [
        ("UID:a\r\nDTSTART;VALUE=DATE:20270110\r\nDTEND;VALUE=DATE:20270110", 1),  # no night
        ("UID:a\r\nDTSTART;VALUE=DATE:20270110\r\nDTEND;VALUE=DATE:20270101", 1),  # backwards
        ("UID:a\r\nDTSTART:20270110T100000Z\r\nDTEND:20270110T110000Z", 1),  # an hour
        ("UID:a\r\nDTSTART;VALUE=DATE:20270110\r\nDTEND;VALUE=DATE:29990101", 1),  # for ever
        ("UID:a\r\nDTSTART;VALUE=DATE:20270110\r\nRRULE:FREQ=DAILY", 1),  # repeats
        ("UID:a\r\nDTEND;VALUE=DATE:20270110", 1),  # no beginning
        ("UID:a\r\nDTSTART;VALUE=DATE:20270231", 1),  # no such day
        ("UID:a\r\nDTSTART:gestern", 1),
        ("UID:a\r\nDTSTART;VALUE=DATE:20270110\r\nDTEND:banana", 1),
        ("UID:a\r\nDTSTART;TZID=Mars/Olympus:20270110T100000\r\nDURATION:-P3D", 1),
        ("UID:a\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20270110", 0),
        ("UID:a\r\nTRANSP:TRANSPARENT\r\nDTSTART;VALUE=DATE:20270110", 0),
    ],
)
def test_what_makes_no_sense_is_counted_and_spoils_nothing(event: str, skipped: int) -> None:
    good = "UID:good\r\nDTSTART;VALUE=DATE:20270112\r\nDTEND;VALUE=DATE:20270114"
    found = calendars.parse(calendar(event, good), ZONE)
    assert ([one.uid for one in found.events], found.skipped) == (["good"], skipped)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00" * 100, b"<html><body>Login</body></html>", b"BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        b"\xff\xfe\x00B", b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n",
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        calendars.parse(content, ZONE)


def test_an_empty_calendar_is_a_calendar() -> None:
    assert calendars.parse(calendar(), ZONE).events == ()


def test_the_same_uid_is_one_event_and_no_uid_is_one_of_its_own() -> None:
    day = "DTSTART;VALUE=DATE:20270110\r\nDTEND;VALUE=DATE:202701"
    found = calendars.parse(calendar(f"UID:a\r\n{day}11", f"UID:a\r\n{day}12", f"{day}13", f"{day}13"), ZONE)
    assert [(event.last - event.first).days for event in found.events] == [2, 3]
    assert found.events[1] == calendars.parse(calendar(f"{day}13"), ZONE).events[0]


def test_control_characters_and_length_do_not_come_through() -> None:
    (event,) = calendars.parse(
        calendar(f"UID:{'u' * 999}\r\nDTSTART;VALUE=DATE:20270110\r\nSUMMARY:a\x00b\x1b[31m{'x' * 999}"), ZONE
    ).events
    assert event == Event("u" * 255, DAY, DAY + dt.timedelta(days=1), event.summary)
    assert event.summary.startswith("ab[31mx")
    assert len(event.summary) == 120


def test_more_events_than_a_hotel_has_are_refused() -> None:
    with pytest.raises(BadInput, match="5000"):
        calendars.parse(calendar(*["UID:a\r\nDTSTART;VALUE=DATE:20270110"] * 5_001), ZONE)


# -- fetching ---------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def fresh_breakers() -> Iterator[None]:
    breakers.reset_process()
    yield
    breakers.reset_process()


def answering(status: str, body: bytes = b"") -> Wire:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nLocation: http://127.0.0.1:1/x\r\n\r\n".encode()

    def answer(client: socket.socket) -> None:
        client.sendall(head + body)

    return Wire(answer)


def test_a_calendar_is_fetched() -> None:
    wire = answering("200 OK", calendar())
    assert calendars.fetch(f"{wire.url}/secret.ics") == calendar()
    assert b"GET /secret.ics" in wire.requests[0]


@pytest.mark.parametrize(
    ("status", "error"),
    [("404 Not Found", BadInput), ("302 Found", DependencyDown), ("503 Busy", DependencyDown), ("410 Gone", BadInput)],
)
def test_other_answers_are_told_apart_and_never_followed(status: str, error: type[HotelAgentError]) -> None:
    wire = answering(status)
    with pytest.raises(error):
        calendars.fetch(f"{wire.url}/a.ics")
    assert wire.connections == 1


def test_a_longer_answer_than_a_calendar_is_not_read() -> None:
    wire = answering("200 OK", b"x" * (calendars.MAX_BYTES + 1))
    with pytest.raises(DependencyDown):
        calendars.fetch(f"{wire.url}/a.ics")


def test_an_address_inside_our_network_is_not_called(settings: Any) -> None:
    settings.PRIVATE_NETWORKS = ()
    wire = answering("200 OK", calendar())
    for url in (f"{wire.url}/a.ics", "https://169.254.169.254/latest", "https://[::1]/a.ics", "https://10.0.0.1/a.ics",
                "file:///etc/passwd", "nonsense"):  # fmt: skip
        with pytest.raises((Misconfigured, DependencyDown)):
            calendars.fetch(url)
    assert wire.connections == 0
