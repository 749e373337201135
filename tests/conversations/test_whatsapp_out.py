"""What may go out on WhatsApp, when, in which form, and what each refusal of Meta's leads to."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from conversations.models import Conversation, Handoff, MessageTemplate, OutboundMessage
from conversations.services import allowance, costs, files, sending, templates
from hotel_agent.common import clock
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.whatsapp import pacing
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.guests import NUMBER, WhatsAppGuest, drain, post
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import Fault, GraphStandIn

pytestmark = pytest.mark.slow
_keys = itertools.count()


@pytest.fixture
def thread(guest: WhatsAppGuest, hotel: Hotel) -> Conversation:
    """A conversation in which the guest just wrote and was answered."""
    guest.say("Hola")
    return Conversation._base_manager.select_related("tenant", "account", "guest").get()


def queue(thread: Conversation, text: str = "Confirmada: HT-7KQ2MX", purpose: str = "transactional") -> OutboundMessage:
    """A message waiting to go."""
    return OutboundMessage._base_manager.create(
        tenant=thread.tenant, conversation=thread, dedupe_key=f"test:{next(_keys)}", purpose=purpose, language="es",
        body=outgoing.Text(text).as_dict(), text=text,
    )  # fmt: skip


def deliver(thread: Conversation) -> int:
    with tenant_scope(thread.tenant):
        return sending.deliver(thread.pk)


def approve(thread: Conversation, **fields: Any) -> MessageTemplate:
    values = {
        "name": "novedades", "language": "es_AR", "body": "Hola {{1}}, novedades de {{2}}: {{3}}",
        "values": ["guest", "hotel", "message"], **fields,
    }  # fmt: skip
    return MessageTemplate._base_manager.create(tenant=thread.tenant, account=thread.account, **values)


def close_window(thread: Conversation) -> None:
    Conversation._base_manager.update(last_inbound_at=clock.now() - clock.hours(24.1))


# --- the window ------------------------------------------------------------------------------------------------------


def test_after_the_window_a_result_goes_in_an_approved_text(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn
) -> None:
    approve(thread)
    close_window(thread)
    row = queue(thread, "Listo, reserva confirmada: HT-7KQ2MX.\nCheck-in   desde las 15:00.")
    assert deliver(thread) == 1
    sent = guest.received()[-1]
    assert sent["type"] == "template"
    assert (sent["template"]["name"], sent["template"]["language"]) == ("novedades", {"code": "es_AR"})
    values = [one["text"] for one in sent["template"]["components"][0]["parameters"]]
    assert values == ["Ana", "Hotel Bahía", "Listo, reserva confirmada: HT-7KQ2MX. · Check-in desde las 15:00."]
    row.refresh_from_db()
    assert row.text == "Hola Ana, novedades de Hotel Bahía: " + values[2], "staff reads what the guest reads"
    assert row.why["template"] == "novedades"


def test_without_an_approved_text_a_person_is_asked(thread: Conversation, guest: WhatsAppGuest) -> None:
    approve(thread, status="paused")
    approve(thread, name="oferta", category="marketing")
    close_window(thread)
    before = len(guest.received())
    for purpose in ("answer", "transactional", "staff"):
        row = queue(thread, purpose=purpose)
        deliver(thread)
        row.refresh_from_db()
        assert (row.state, row.error_code, len(guest.received())) == ("failed", "window_closed", before)
    assert Handoff._base_manager.filter(reason="window_closed", summary=row.text).exists()


def test_an_answer_of_yesterday_does_not_go_in_an_approved_text(thread: Conversation, guest: WhatsAppGuest) -> None:
    approve(thread)
    close_window(thread)
    row = queue(thread, purpose="answer")
    deliver(thread)
    row.refresh_from_db()
    assert row.error_code == "window_closed"


def test_metas_own_refusal_for_the_window_ends_it(thread: Conversation, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", code=131047))
    row = queue(thread)
    deliver(thread)
    row.refresh_from_db()
    assert row.state == "failed"


WRONG: list[dict[str, Any]] = [
    {"body": "Novedades: {{2}}"},
    {"body": "Novedades"},
    {"values": ["guest", "hotel"]},
    {"values": ["guest", "hotel", "price"]},
    {"values": ["guest", "guest", "hotel"]},
    {"name": "Novedades de hoy"},
    {"language": "español"},
    {"values": "message"},
]


def test_a_template_that_cannot_be_filled_is_not_registered(thread: Conversation) -> None:
    right = {"name": "n", "language": "es", "body": "{{1}} {{2}} {{3}}", "values": ["guest", "hotel", "message"]}
    with tenant_scope(thread.tenant):
        MessageTemplate(tenant=thread.tenant, account=thread.account, **right).full_clean()
        for wrong in WRONG:
            with pytest.raises(ValidationError):
                MessageTemplate(tenant=thread.tenant, account=thread.account, **{**right, **wrong}).full_clean()


def test_a_long_message_is_cut_to_what_a_template_holds_and_values_are_checked(thread: Conversation) -> None:
    template = approve(thread)
    with tenant_scope(thread.tenant):
        filled = templates.fill(template, thread, "línea\n" * 400)
        assert outgoing.width(filled.body) <= 1024
        template.values = ["guest"]
        with pytest.raises(templates.WrongValues):
            templates.fill(template, thread, "x")
        template.values = ["guest", "hotel", "message"]
        with pytest.raises(templates.WrongValues):
            templates.fill(template, thread, " \n ")


# --- failed receipts -------------------------------------------------------------------------------------------------


def fails(graph: GraphStandIn, guest: WhatsAppGuest, code: int) -> None:
    """Meta reports the guest's last message as failed."""
    wamid = graph.control.messages()[-1]["id"]
    value = {
        "statuses": [{
            "id": wamid, "status": "failed", "timestamp": str(int(clock.now().timestamp())),
            "biz_opaque_callback_data": graph.control.messages()[-1]["body"]["biz_opaque_callback_data"],
            "errors": [{"code": code, "title": f"made to fail {code}"}],
        }],
    }  # fmt: skip
    assert post(_delivery(value)).status_code == 200


def status(graph: GraphStandIn, wamid: str, reference: str, name: str, **more: Any) -> None:
    element = {"id": wamid, "status": name, "timestamp": str(int(clock.now().timestamp())),
               "biz_opaque_callback_data": reference, **more}  # fmt: skip
    assert post(_delivery({"statuses": [element]})).status_code == 200


def _delivery(value: dict[str, Any]) -> bytes:
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, **value}
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "waba", "changes": [change]}]}).encode()


@pytest.mark.parametrize("code", [131026, 131030])
def test_a_number_refused_later_gets_the_message_once_in_its_other_form(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn, code: int
) -> None:
    row = queue(thread)
    deliver(thread)
    first = graph.control.messages()[-1]
    assert first["to"] == f"+{guest.wa_id}"
    fails(graph, guest, code)
    drain()
    second = graph.control.messages()[-1]
    assert second["to"] == f"+54{guest.wa_id[3:]}", "without the 9"
    assert second["body"]["text"] == first["body"]["text"]
    for late in ("sent", "failed"):  # receipts of the first try come again, and late
        status(graph, first["id"], str(row.public_id), late, errors=[{"code": code, "title": "late"}])
    drain()
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("sent", second["id"])
    status(graph, second["id"], str(row.public_id), "delivered")
    drain()
    thread.refresh_from_db()
    assert thread.recipient["send_to"] == f"54{guest.wa_id[3:]}", "used first from now on"
    assert len(graph.control.messages()) == 3


def test_when_both_forms_are_refused_a_person_is_asked(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn
) -> None:
    row = queue(thread)
    deliver(thread)
    for _ in range(2):
        fails(graph, guest, 131026)
        drain()
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("failed", "131026")
    assert len(graph.control.messages()) == 3, "the greeting and two tries"
    assert Handoff._base_manager.filter(reason="send_failed").exists()


ACTIONS: list[tuple[int, str, str, bool]] = [
    (131000, "queued", "", False),
    (131016, "queued", "", False),
    (130429, "queued", "", False),
    (131056, "queued", "", False),
    (131042, "queued", "", True),
    (131048, "queued", "", True),
    (190, "queued", "", True),
    (131031, "queued", "", True),
    (131047, "failed", "window_closed", False),
    (131049, "failed", "send_failed", False),
    (131050, "failed", "send_failed", False),
    (131021, "failed", "send_failed", False),
    (131053, "failed", "send_failed", False),
    (132012, "failed", "send_failed", False),
    (999999, "failed", "send_failed", False),
]


def test_every_failed_receipt_has_its_action(thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn) -> None:
    for code, state, reason, paused in ACTIONS:
        Handoff._base_manager.all().delete()
        ChannelAccount._base_manager.update(paused_at=None)
        row = queue(thread)
        assert deliver(thread) == 1, code
        graph.control.fail(Fault("error", code=131016, times=None))  # whatever is sent again meets a closed door
        fails(graph, guest, code)
        drain()
        row.refresh_from_db()
        assert row.state == state, code
        assert list(Handoff._base_manager.values_list("reason", flat=True)) == ([reason] if reason else []), code
        assert (ChannelAccount._base_manager.get().paused_at is not None) is paused, code
        graph.control.heal()
        breakers.reset_process()
        if state == "queued":
            OutboundMessage._base_manager.update(not_before=clock.now())
            deliver(thread)
            row.refresh_from_db()
            assert row.state == "sent", "nothing is lost"


def test_a_refused_account_shows_and_mends_itself(thread: Conversation, graph: GraphStandIn) -> None:
    graph.control.fail(Fault("error", code=131042))
    row = queue(thread)
    deliver(thread)
    account = ChannelAccount._base_manager.get()
    row.refresh_from_db()
    assert account.paused_at is not None
    assert "131042" in account.paused_reason
    assert (row.state, row.failures) == ("queued", 0)
    OutboundMessage._base_manager.update(not_before=clock.now())
    assert deliver(thread) == 1
    assert ChannelAccount._base_manager.get().paused_at is None


# --- pace, limits, money ---------------------------------------------------------------------------------------------


def test_the_pace_of_one_guest_is_kept(thread: Conversation, graph: GraphStandIn) -> None:
    Conversation._base_manager.update(pair_left=1.0, pair_at=clock.now())
    first, second = queue(thread), queue(thread)
    assert deliver(thread) == 1
    for row in (first, second):
        row.refresh_from_db()
    assert (first.state, second.state) == ("sent", "queued")
    wait = second.not_before - clock.now()
    assert dt.timedelta(0) < wait <= clock.seconds(pacing.INTERVAL_S)
    OutboundMessage._base_manager.update(not_before=clock.now())
    Conversation._base_manager.update(pair_at=clock.now() - clock.seconds(pacing.INTERVAL_S))
    assert deliver(thread) == 1


def test_a_burst_of_forty_five_goes_at_once_and_no_more(thread: Conversation) -> None:
    now = clock.now()
    thread.pair_left = thread.pair_at = None
    sent = 0
    while not allowance.pair_wait(thread, now):
        for name, value in allowance.spent(thread, now).items():
            setattr(thread, name, value)
        sent += 1
    assert sent == pacing.BURST


def test_the_days_answers_are_limited_and_results_still_go(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn
) -> None:
    ChannelAccount._base_manager.update(answers_per_day=2)
    assert guest.say("Tienen cochera?")
    assert "sigue una persona de recepción" in guest.say("A qué hora es el check-in?")
    assert guest.say("Hola?") == ""
    assert Handoff._base_manager.filter(reason="daily_limit").exists()
    queue(thread)
    assert deliver(thread) == 1
    Conversation._base_manager.update(sent_day=clock.now().date() - dt.timedelta(days=1))
    assert guest.say("Tienen cochera?"), "another day"
    ChannelAccount._base_manager.update(answers_per_day=0)
    assert guest.say("Tienen cochera?"), "no limit"


def test_the_month_is_counted_once_per_message_and_priced_by_country(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn
) -> None:
    charged = {"pricing": {"billable": True, "pricing_model": "PMP", "category": "service", "type": "regular"}}
    free = {
        "pricing": {"billable": False, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"}
    }
    for pricing in (charged, charged, free):
        row = queue(thread)
        deliver(thread)
        wamid = graph.control.messages()[-1]["id"]
        for name in ("sent", "delivered", "read"):
            status(graph, wamid, str(row.public_id), name, **pricing)
    drain()
    account = ChannelAccount._base_manager.select_related("tenant").get()
    first = account.tenant.local(clock.now()).date().replace(day=1)
    cost = costs.month_cost(account, first)
    assert (cost.delivered, cost.charged, cost.free) == (3, 2, 1)
    assert cost.usd == Decimal("0.05"), "two deliveries to Argentina at USD 0.026"
    assert OutboundMessage._base_manager.filter(country="AR").count() == 3
    assert costs.month_cost(account, first - dt.timedelta(days=1)).delivered == 0


def test_messages_nobody_priced_are_free_up_to_a_thousand(thread: Conversation) -> None:
    OutboundMessage._base_manager.all().delete()
    now = clock.now()
    OutboundMessage._base_manager.bulk_create(
        OutboundMessage(
            tenant=thread.tenant, conversation=thread, dedupe_key=f"bulk:{number}", body={}, text="x", language="es",
            state="delivered", delivered_at=now, country="AR",
        )
        for number in range(1010)
    )  # fmt: skip
    account = ChannelAccount._base_manager.select_related("tenant").get()
    cost = costs.month_cost(account, account.tenant.local(now).date().replace(day=1))
    assert (cost.delivered, cost.charged, cost.usd) == (1010, 10, Decimal("0.26"))


# --- files and places of ours ----------------------------------------------------------------------------------------


def test_a_file_of_the_hotels_is_uploaded_and_sent(
    thread: Conversation, guest: WhatsAppGuest, graph: GraphStandIn, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    with tenant_scope(thread.tenant):
        file = files.attach(thread, b"%PDF-1.7 factura", filename="factura.pdf")
    row = queue(thread)
    row.body = outgoing.Attachment("Su factura", str(file.public_id), file.content_type, file.filename).as_dict()
    row.save()
    assert deliver(thread) == 1
    sent = guest.received()[-1]
    assert (sent["type"], sent["document"]["filename"], sent["document"]["caption"]) == (
        "document", "factura.pdf", "Su factura",
    )  # fmt: skip
    assert graph.files.kept[sent["document"]["id"]].content == b"%PDF-1.7 factura"
    gone = queue(thread)
    gone.body = {**row.body, "file_id": "00000000-0000-0000-0000-000000000000"}
    gone.save()
    deliver(thread)
    gone.refresh_from_db()
    assert gone.state == "failed", "and nobody retries it for ever"
