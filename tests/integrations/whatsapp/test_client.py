"""The Graph client against a server that keeps Meta's rules: what arrives, and what each way of failing becomes."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, UnknownOutcome
from integrations import outside
from integrations.channels.base import SendResult
from integrations.channels.outgoing import Buttons, Choice, Options, Outgoing, Text
from integrations.channels.whatsapp.client import WhatsAppClient
from integrations.exceptions import (
    AccountRefused,
    ContentRefused,
    OtherFormMayWork,
    RecipientRefused,
    RecipientThrottled,
    Throttled,
    WindowClosed,
)
from integrations.outside import Patience, Service
from tests.stand_ins.graph import Fault, GraphStandIn

TOKEN = "EAAG-secret-token"
LUCIA = {"wa_id": "5491122334455", "bsuid": "AR.48151623421089"}
HELLO = Text("¡Hola, Lucía! 👋")
WHAT_WAS_SAID = "mi secreto"
YES_NO = (Choice("yes", "Sí"), Choice("no", "No"))


@pytest.fixture
def client(graph: GraphStandIn) -> WhatsAppClient:
    graph.token = TOKEN
    return WhatsAppClient(phone_number_id="104857600000001", access_token=TOKEN, api_url=graph.url, version="v25.0")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second instead of thirty for an answer."""
    monkeypatch.setitem(outside.PATIENCE, Service.WHATSAPP, Patience(1, 0.5))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HELLO, {"type": "text", "text": {"body": "¡Hola, Lucía! 👋", "preview_url": False}}),
        (
            Buttons("¿Confirmo?", YES_NO, "hasta hoy"),
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "¿Confirmo?"},
                    "action": {
                        "buttons": [
                            {"type": "reply", "reply": {"id": "yes", "title": "Sí"}},
                            {"type": "reply", "reply": {"id": "no", "title": "No"}},
                        ]
                    },
                    "footer": {"text": "hasta hoy"},
                },
            },
        ),
        (
            Options("¿Cuál?", "Ver", (Choice("1", "Doble", "ARS 120.000"), Choice("2", "Suite"))),
            {
                "type": "interactive",
                "interactive": {
                    "type": "list",
                    "body": {"text": "¿Cuál?"},
                    "action": {
                        "button": "Ver",
                        "sections": [
                            {
                                "rows": [
                                    {"id": "1", "title": "Doble", "description": "ARS 120.000"},
                                    {"id": "2", "title": "Suite"},
                                ]
                            }
                        ],
                    },
                },
            },
        ),
    ],
    ids=["text", "buttons", "options"],
)
def test_a_message_arrives_in_graph_s_words(
    client: WhatsAppClient, graph: GraphStandIn, message: Outgoing, expected: dict[str, Any]
) -> None:
    result = client.send(LUCIA, message, reference="ref-1")
    (sent,) = graph.control.messages()
    assert sent["body"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5491122334455",
        "biz_opaque_callback_data": "ref-1",
        **expected,
    }
    assert sent["number"] == "104857600000001"
    assert result == SendResult(sent["id"], "5491122334455", "5491122334455")
    assert graph.control.log()[0]["path"] == "/v25.0/104857600000001/messages"


def test_a_reply_quotes_the_guest_s_message(client: WhatsAppClient, graph: GraphStandIn) -> None:
    client.send(LUCIA, HELLO, reference="r", reply_to="wamid.GUEST")
    assert graph.control.messages()[0]["body"]["context"] == {"message_id": "wamid.GUEST"}


def test_a_guest_without_a_number_is_written_to_by_user_id(client: WhatsAppClient, graph: GraphStandIn) -> None:
    result = client.send({"bsuid": "GB.77"}, HELLO, reference="r")
    body = graph.control.messages()[0]["body"]
    assert (body["recipient"], "to" in body, result.recipient_id) == ("GB.77", False, "GB.77")


def test_a_recipient_without_ids_is_refused_before_any_call(client: WhatsAppClient, graph: GraphStandIn) -> None:
    with pytest.raises(RecipientRefused):
        client.send({"email": "a@b.c"}, HELLO, reference="r")
    assert graph.control.log() == []


@pytest.mark.parametrize("code", [131030, 131026])
def test_a_refused_number_is_tried_once_in_its_other_form(
    client: WhatsAppClient, graph: GraphStandIn, code: int
) -> None:
    graph.control.fail(Fault("error", code=code, to="+5491122334455", times=None))
    result = client.send(LUCIA, HELLO, reference="r")
    assert [message["to"] for message in graph.control.messages()] == ["+541122334455"]
    assert result.sent_to == "541122334455"
    client.send({**LUCIA, "send_to": result.sent_to}, HELLO, reference="r2")
    assert [entry["body"]["to"] for entry in graph.control.log() if entry["event"] == "request"] == [
        "+5491122334455", "+541122334455", "+541122334455",
    ]  # fmt: skip


def test_a_number_refused_in_both_forms_is_refused(client: WhatsAppClient, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", code=131026, times=None))
    with pytest.raises(OtherFormMayWork):
        client.send(LUCIA, HELLO, reference="r")
    assert len([entry for entry in graph.control.log() if entry["event"] == "request"]) == 2


def test_a_number_with_one_form_is_refused_at_once(client: WhatsAppClient, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", code=131026, times=None))
    with pytest.raises(OtherFormMayWork):
        client.send({"wa_id": "16505551234"}, HELLO, reference="r")
    assert len([entry for entry in graph.control.log() if entry["event"] == "request"]) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (131000, DependencyDown), (131016, DependencyDown), (130429, Throttled), (131056, RecipientThrottled),
        (190, AccountRefused), (10, AccountRefused), (131042, AccountRefused), (368, AccountRefused),
        (131021, RecipientRefused), (131047, WindowClosed), (131009, ContentRefused), (132000, ContentRefused),
    ],
)  # fmt: skip
def test_each_refusal_becomes_its_error_and_nothing_is_sent(
    client: WhatsAppClient, graph: GraphStandIn, code: int, kind: type[HotelAgentError]
) -> None:
    graph.control.fail(Fault("error", code=code))
    with pytest.raises(kind) as caught:
        client.send(LUCIA, HELLO, reference="r")
    assert type(caught.value) is kind
    assert getattr(caught.value, "provider_code", code) == code
    assert graph.control.messages() == []


def test_too_many_to_one_guest_wait_longer_each_time(client: WhatsAppClient, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", code=131056, times=None))
    waits = []
    for refusals in range(4):
        with pytest.raises(RecipientThrottled) as caught:
            client.send(LUCIA, HELLO, reference="r", pair_refusals=refusals)
        waits.append(caught.value.retry_after)
    assert waits == [1, 4, 16, 64]


def test_retry_after_of_a_429_is_honoured(client: WhatsAppClient, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", status=429, retry_after="17"))
    with pytest.raises(Throttled) as caught:
        client.send(LUCIA, HELLO, reference="r")
    assert caught.value.retry_after == 17


@pytest.mark.parametrize(("status", "kind"), [(500, DependencyDown), (503, DependencyDown), (502, UnknownOutcome),
                                              (504, UnknownOutcome), (401, AccountRefused)])  # fmt: skip
def test_a_bare_status_is_judged_without_a_body(
    client: WhatsAppClient, graph: GraphStandIn, status: int, kind: type[HotelAgentError]
) -> None:
    graph.control.fail(Fault("error", status=status))
    with pytest.raises(kind):
        client.send(LUCIA, HELLO, reference="r")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault("reset_before"), 0),
        (Fault("reset_after"), 1),
        (Fault("hang", seconds=1.5), 1),
        (Fault("delay", seconds=1.5), 1),
        (Fault("garbage"), 1),
        (Fault("no_id"), 1),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_may_have_been_sent_is_never_called_a_failure(
    client: WhatsAppClient, graph: GraphStandIn, fault: Fault, arrived: int
) -> None:
    graph.control.fail(fault)
    with pytest.raises(UnknownOutcome):
        client.send(LUCIA, HELLO, reference="r")
    assert len(graph.control.messages()) == arrived


def test_a_server_that_is_not_there_has_sent_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = WhatsAppClient("1", TOKEN, f"http://127.0.0.1:{port}", "v25.0")
    with pytest.raises(DependencyDown, match="not reached"):
        client.send(LUCIA, HELLO, reference="r")


def test_a_message_for_another_channel_is_refused_before_any_call(client: WhatsAppClient, graph: GraphStandIn) -> None:
    with pytest.raises(ContentRefused):
        client.send(LUCIA, Text("x" * 5000), reference="r")
    assert graph.control.log() == []


@pytest.mark.parametrize("reference", ["", "x" * 513])
def test_a_send_without_a_usable_reference_is_a_mistake(client: WhatsAppClient, reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        client.send(LUCIA, HELLO, reference=reference)


@pytest.mark.parametrize(("number", "token"), [("1", ""), ("../evil", TOKEN), ("1?x=", TOKEN), ("", TOKEN)])
def test_an_unusable_account_is_refused_before_any_call(graph: GraphStandIn, number: str, token: str) -> None:
    with pytest.raises(AccountRefused):
        WhatsAppClient(number, token, graph.url, "v25.0").send(LUCIA, HELLO, reference="r")
    assert graph.control.log() == []


def test_reading_and_typing_are_shown(client: WhatsAppClient, graph: GraphStandIn) -> None:
    client.mark_read("wamid.GUEST")
    client.mark_read("wamid.GUEST", typing=False)
    reads = [entry for entry in graph.control.log() if entry["event"] == "read"]
    assert [(entry["id"], entry["typing"]) for entry in reads] == [("wamid.GUEST", True), ("wamid.GUEST", False)]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [Fault("reset_before", times=None), Fault("error", status=502, times=None)])
def test_a_failed_read_mark_may_be_repeated(client: WhatsAppClient, graph: GraphStandIn, fault: Fault) -> None:
    graph.control.fail(fault)
    with pytest.raises(DependencyDown):
        client.mark_read("wamid.GUEST")


def test_a_wrong_token_pauses_the_account(client: WhatsAppClient, graph: GraphStandIn) -> None:
    graph.token = "another"
    with pytest.raises(AccountRefused) as caught:
        client.send(LUCIA, HELLO, reference="r")
    assert caught.value.reason == "token"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda graph: graph.control.fail(Fault("error", code=131000)),
        lambda graph: graph.control.fail(Fault("reset_after")),
        lambda graph: graph.control.fail(Fault("hang", seconds=1)),
        lambda graph: graph.stop(),
    ],
    ids=["refused", "reset", "timeout", "gone"],
)
def test_the_token_and_the_guest_appear_in_no_error(
    client: WhatsAppClient, graph: GraphStandIn, spoil: Callable[[GraphStandIn], None]
) -> None:
    spoil(graph)
    with pytest.raises(HotelAgentError) as caught:
        client.send(LUCIA, Text(WHAT_WAS_SAID), reference="r")
    written = "".join(traceback.format_exception(caught.value)) + repr(client)
    for secret in (TOKEN, "5491122334455", WHAT_WAS_SAID, "104857600000001/messages"):
        assert secret not in written


def test_the_correlation_id_travels_along(client: WhatsAppClient, graph: GraphStandIn) -> None:
    with structlog.contextvars.bound_contextvars(correlation_id="c-123"):
        client.send(LUCIA, HELLO, reference="r")
    with structlog.contextvars.bound_contextvars(correlation_id="bad\r\nX-Evil: 1"):
        client.send(LUCIA, HELLO, reference="r")
    requests = [entry for entry in graph.control.log() if entry["event"] == "request"]
    assert [entry["correlation_id"] for entry in requests] == ["c-123", ""]
    assert requests[0]["agent"] == "HotelAgent/1.0"
