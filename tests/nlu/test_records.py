"""The evaluation messages of understanding are well formed: a wrong label would measure the wrong thing.

Guarantees for every record of `es.jsonl`, `en.jsonl` and `pt.jsonl`: only names of the contract, dates that exist, are
on or after the day the message was sent and end after they begin, and a gold value the message can be held to.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from conversations.understanding.types import INTENTS, LANGUAGES, ROOM_TYPES, Entities

Record = dict[str, Any]

FOLDER: Final = Path(__file__).parent
FIELDS: Final = (
    "id", "lang", "text", "today", "intents", "accept", "entities", "entities_alt", "skip_entities", "expected_slot",
    "fuzzy", "split",
)  # fmt: skip
SCORED: Final = frozenset(Entities.__dataclass_fields__) - {"ambiguities", "time_from", "time_to"}
"""What a record may hold a message to; the two ends of a time range are not scored."""
COUNTS: Final = ("nights", "rooms", "guests", "adults", "children", "number")
DATES: Final = ("check_in", "check_out", "date")
TOPICS: Final = frozenset({
    "wifi", "parking", "pool", "gym", "spa", "accessibility", "pets", "breakfast", "restaurant", "bar", "laundry",
    "room_amenities", "airport", "transfer", "luggage", "smoking", "beach", "kids_club", "cot", "invoice", "elevator",
    "room_service",
})  # fmt: skip
WEEKDAYS: Final[dict[str, dict[str, int]]] = {
    "es": {
        "lunes": 0, "martes": 1, "miércoles": 2, "miercoles": 2, "jueves": 3, "viernes": 4, "sábado": 5, "sabado": 5,
        "domingo": 6,
    },
    "en": {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6},
    "pt": {"segunda": 0, "terça": 1, "quarta": 2, "quinta": 3, "sexta": 4, "sábado": 5, "sabado": 5, "domingo": 6},
}  # fmt: skip
SLOTS: Final = SCORED | {"confirmation", "offer", "cancel_confirmation", "name_and_email"}


def read(language: str) -> list[Record]:
    lines = (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


RECORDS: Final[dict[str, list[Record]]] = {language: read(language) for language in LANGUAGES}
each_language = pytest.mark.parametrize("records", RECORDS.values(), ids=RECORDS)


def values(record: Record, name: str) -> list[Any]:
    """The gold value of an entity and whatever is also right."""
    gold = [record["entities"][name]] if name in record["entities"] else []
    return gold + record["entities_alt"].get(name, [])


def dates(record: Record) -> dict[str, list[dt.date]]:
    return {name: [dt.date.fromisoformat(value) for value in values(record, name)] for name in DATES}


@each_language
def test_records_have_the_fields_of_the_format(records: list[Record]) -> None:
    for record in records:
        name = record["id"]
        assert tuple(record) == FIELDS, name
        assert record["text"].strip(), name
        assert record["fuzzy"] is False, name
        assert record["split"] == "T", name
        assert record["expected_slot"] is None or record["expected_slot"] in SLOTS, name
        assert dt.date(2026, 1, 1) <= dt.date.fromisoformat(record["today"]) <= dt.date(2027, 12, 31), name


@each_language
def test_intents_are_known_and_said_once(records: list[Record]) -> None:
    for record in records:
        labels = record["intents"] + record["accept"]
        assert record["intents"], record["id"]
        assert set(labels) <= set(INTENTS), record["id"]
        assert len(labels) == len(set(labels)), record["id"]


@each_language
def test_entities_are_known_and_either_scored_or_not(records: list[Record]) -> None:
    for record in records:
        scored, skipped = set(record["entities"]), set(record["skip_entities"])
        assert scored | skipped | set(record["entities_alt"]) <= SCORED, record["id"]
        assert not scored & skipped, record["id"]
        assert set(record["entities_alt"]) <= scored, f"{record['id']}: an alternative without a gold value"
        assert all(record["entities"][name] not in also for name, also in record["entities_alt"].items()), record["id"]


@each_language
def test_dates_exist_and_follow_the_day_of_the_message(records: list[Record]) -> None:
    for record in records:
        name, today = record["id"], dt.date.fromisoformat(record["today"])
        days = dates(record)
        assert all(day >= today for found in days.values() for day in found), name
        assert all(day > today for day in days["check_out"]), name
        if days["check_in"] and days["check_out"]:
            stay = days["check_out"][0] - days["check_in"][0]
            assert dt.timedelta(days=1) <= stay <= dt.timedelta(days=31), name
            assert record["entities"].get("nights", stay.days) == stay.days, name
            assert min(days["check_out"]) > min(days["check_in"]), name


@each_language
def test_a_day_of_the_week_in_the_message_is_one_of_its_dates(records: list[Record]) -> None:
    for record in records:
        found = {day.weekday() for days in dates(record).values() for day in days}
        words = re.findall(r"\w+", record["text"].casefold())
        named = {WEEKDAYS[record["lang"]][word] for word in words if word in WEEKDAYS[record["lang"]]}
        if found:
            assert named <= found, record["id"]


@each_language
def test_parties_add_up(records: list[Record]) -> None:
    for record in records:
        name, entities = record["id"], record["entities"]
        assert all(type(value) is int and value >= 1 for count in COUNTS for value in values(record, count)), name
        ages = entities.get("children_ages", [])
        assert all(type(age) is int and 0 <= age <= 17 for age in ages), name
        if ages and "children" in entities:
            assert len(ages) == entities["children"], name
        if {"guests", "adults"} <= set(entities) and "children" not in record["skip_entities"]:
            assert entities["guests"] == entities["adults"] + entities.get("children", 0), name


@each_language
def test_named_values_can_be_read_in_the_message(records: list[Record]) -> None:
    for record in records:
        name, entities, text = record["id"], record["entities"], record["text"].casefold()
        assert entities.get("room_type", "double") in ROOM_TYPES, name
        assert set(entities.get("topic", [])) <= TOPICS, name
        for entity in ("guest_name", "booking_ref", "room_number"):
            assert entities.get(entity, "").casefold() in text, name
        if "phone" in entities:
            assert re.sub(r"\D", "", entities["phone"]) in re.sub(r"\D", "", text), name
        if "email" in entities:
            assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", entities["email"]), name
        if "time" in entities:
            assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", entities["time"]), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_enough_messages_of_every_intent(language: str) -> None:
    records = RECORDS[language]
    said = Counter(intent for record in records for intent in record["intents"])
    assert len(records) >= 150
    assert {record["lang"] for record in records} == {language}
    assert not [intent for intent in INTENTS if said[intent] < 2]


def test_ids_are_unique_and_no_text_is_there_twice() -> None:
    records = [record for language in LANGUAGES for record in RECORDS[language]]
    ids = Counter(record["id"] for record in records)
    texts = Counter(" ".join(record["text"].casefold().split()) for record in records)
    assert [name for name, times in ids.items() if times > 1] == []
    assert [text for text, times in texts.items() if times > 1] == []
