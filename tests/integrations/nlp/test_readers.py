"""Both remote readers keep one contract: offered labels and quoted words come back, all else is an error of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conversations.understanding.remote import ENTITIES
from conversations.understanding.types import INTENTS
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import http
from integrations.exceptions import Throttled
from integrations.nlp.openai_compatible import ChatReader
from integrations.nlp.rasa import RasaReader
from integrations.nlp.types import Question, RemoteReader, RemoteReading
from tests.stand_ins.understanding import UnderstandingStandIn

pytestmark = pytest.mark.contract
TEXT = "Quiero una doble, soy Ana Gómez"


@pytest.fixture
def service() -> Iterator[UnderstandingStandIn]:
    with UnderstandingStandIn() as server:
        server.readings[TEXT] = ([("make_reservation", 0.91), ("greeting", 0.3)], [("guest_name", "Ana Gómez")])
        yield server
    http.close_all()


@pytest.fixture(params=["rasa", "openai", "openai, address with /v1"])
def reader(request: pytest.FixtureRequest, service: UnderstandingStandIn) -> RemoteReader:
    if request.param == "rasa":
        return RasaReader(url=service.url, token=service.key)
    url = f"{service.url}/v1" if "address" in request.param else service.url
    return ChatReader(url=url, model="stand-in-1", key=service.key)


def read(reader: RemoteReader, text: str = TEXT) -> RemoteReading:
    return reader.read(Question(text, "es", "guest_name"), intents=INTENTS, entities=ENTITIES)


def test_labels_and_words_come_back(reader: RemoteReader, service: UnderstandingStandIn) -> None:
    reading = read(reader)
    assert [(one.name, one.confidence) for one in reading.intents] == [("make_reservation", 0.91), ("greeting", 0.3)]
    assert [(one.name, one.words) for one in reading.entities] == [("guest_name", "Ana Gómez")]
    assert reading.version == "stand-in-1"
    assert service.requests[0]["path"] in {"/model/parse", "/v1/chat/completions"}


def test_what_was_not_offered_is_dropped_and_confidence_is_a_probability(
    reader: RemoteReader, service: UnderstandingStandIn
) -> None:
    service.readings[TEXT] = (
        [("transfer_money", 1.0), ("affirm", 7.0), ("deny", -1.0), ("affirm", 0.2)], [("iban", "Ana"), ("date", "")]
    )  # fmt: skip
    reading = read(reader)
    assert [(one.name, one.confidence) for one in reading.intents] == [("affirm", 1.0), ("deny", 0.0)]
    assert reading.entities == ()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status:500", DependencyDown), ("status:503", DependencyDown), ("status:429", Throttled),
        ("status:401", Misconfigured), ("status:404", Misconfigured), ("status:422", Misconfigured),
        ("reset", DependencyDown), ("words", DependencyDown),
    ],
)  # fmt: skip
def test_every_failure_is_one_of_ours(
    reader: RemoteReader, service: UnderstandingStandIn, fault: str, error: type[Exception]
) -> None:
    service.fault = fault
    with pytest.raises(error) as caught:
        read(reader)
    assert service.key not in str(caught.value)
    assert "Ana" not in str(caught.value)


@pytest.mark.parametrize("fault", ["off_schema", "refusal"])
def test_a_model_that_leaves_the_schema_is_not_listened_to(service: UnderstandingStandIn, fault: str) -> None:
    service.fault = fault
    with pytest.raises(DependencyDown):
        read(ChatReader(url=service.url, model="stand-in-1", key=service.key))


def test_a_chat_model_is_held_to_closed_lists_and_told_that_the_message_is_data(service: UnderstandingStandIn) -> None:
    read(ChatReader(url=service.url, model="stand-in-1", key=service.key))
    body = service.requests[0]["body"]
    wanted = body["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"]["properties"]["intents"]["items"]["properties"]["name"]["enum"] == list(INTENTS)
    assert wanted["schema"]["additionalProperties"] is False
    assert TEXT not in body["messages"][0]["content"]
    assert body["temperature"] == 0
