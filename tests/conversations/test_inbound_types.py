"""Everything Meta delivers, at the webhook: recorded once, answered when something was said, silent when not."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conversations.models import Conversation, Guest, GuestIdentity, Message, OutboundMessage
from conversations.services import ownership
from integrations.events import MessageType
from reservations.models import Quote
from tenants.scoping import tenant_scope
from tests.conversations.guests import NUMBER, WhatsAppGuest, drain, envelope, post, text_message
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import GraphStandIn

pytestmark = pytest.mark.slow


def message(wa_id: str, kind: str, content: Any = None, **more: Any) -> dict[str, Any]:
    """A message of a kind as Meta writes it."""
    made: dict[str, Any] = {
        "from": wa_id, "id": f"wamid.{uuid.uuid4().hex}", "timestamp": str(int(time.time())), "type": kind, **more,
    }  # fmt: skip
    return made if content is None else {**made, kind: content}


def said(guest: WhatsAppGuest, *messages: dict[str, Any]) -> str:
    """What the hotel answers to these messages."""
    assert post(envelope(list(messages))).status_code == 200
    return guest.hear()


UNSUPPORTED = {"errors": [{"code": 131051, "title": "Message type unknown"}]}
ANSWERED: list[tuple[str, Any, dict[str, Any], str]] = [
    ("location", {"latitude": -38.7, "longitude": -62.2, "name": "Terminal"}, {}, "Recibido"),
    ("contacts", [{"name": {"formatted_name": "Ana"}, "phones": [{"phone": "+54 11 5555"}]}], {}, "Recibido"),
    ("document", {"id": "77", "mime_type": "application/pdf", "filename": "pago.pdf"}, {}, "revisa una persona"),
    ("order", {"catalog_id": "c", "product_items": [{"product_retailer_id": "spa", "quantity": "2"}]}, {}, "pedido"),
    (
        "interactive",
        {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": '{"a": 1}'}},
        {},
        "formulario",
    ),
    ("unsupported", {"type": "poll_creation"}, UNSUPPORTED, "escribís"),
    ("unsupported", None, {"errors": [{"code": 131060, "title": "unavailable"}]}, "otra vez"),
    ("unsupported", None, {"errors": [{"code": 131052, "title": "media"}]}, "demasiado grande"),
    ("audio", {"id": "78", "mime_type": "audio/ogg; codecs=opus", "voice": True}, {}, "no puedo escuchar audios"),
]


def test_what_asks_for_something_gets_one_sentence(new_guest: Callable[[], WhatsAppGuest]) -> None:
    for number, (kind, content, more, answer) in enumerate(ANSWERED, start=1):
        guest = new_guest()
        assert answer in said(guest, message(guest.wa_id, kind, content, **more)), kind
        assert len(guest.received()) == 1, kind
        assert Message._base_manager.count() == number


SILENT: list[tuple[str, Any, dict[str, Any]]] = [
    ("reaction", {"message_id": "wamid.X", "emoji": "👍"}, {}),
    ("reaction", {"message_id": "wamid.X"}, {}),
    ("sticker", {"id": "79", "mime_type": "image/webp"}, {}),
    ("edit", {"original_message_id": "wamid.X", "message": {"type": "text", "text": {"body": "hola"}}}, {}),
    ("revoke", {"original_message_id": "wamid.X"}, {}),
    ("system", {"type": "customer_identity_changed", "body": "identity"}, {}),
    ("request_welcome", None, {}),
    ("unsupported", {"type": "pin"}, UNSUPPORTED),
    ("unsupported", {"type": "reaction"}, UNSUPPORTED),
    ("hologram", {"shape": "cube"}, {}),
    ("text", {"body": "hola a todos"}, {"group_id": "Y2FwaV9"}),
]


def test_what_asks_for_nothing_is_recorded_and_not_answered(new_guest: Callable[[], WhatsAppGuest]) -> None:
    for kind, content, more in SILENT:
        guest = new_guest()
        assert said(guest, message(guest.wa_id, kind, content, **more)) == "", kind
    assert Message._base_manager.filter(state=Message.State.RECORDED).count() == len(SILENT)
    assert not Conversation._base_manager.filter(last_inbound_at__isnull=False).exists(), "no window was opened"


def test_words_under_a_picture_are_answered_and_the_picture_is_passed_on(guest: WhatsAppGuest, hotel: Hotel) -> None:
    caption = {"id": "80", "mime_type": "image/jpeg", "caption": "Tienen cochera?"}
    answer = said(guest, message(guest.wa_id, "image", caption))
    assert "cochera es gratis" in answer
    assert "revisa una persona" in answer
    with tenant_scope(hotel.tenant):
        assert Conversation.objects.get().handoffs.filter(reason="attachment").exists()


def test_an_order_with_words_is_both_passed_on_and_answered(guest: WhatsAppGuest) -> None:
    order = {"catalog_id": "c", "text": "Tienen cochera?", "product_items": []}
    answer = said(guest, message(guest.wa_id, "order", order))
    assert "cochera es gratis" in answer
    assert "pedido" in answer


def test_an_edit_before_the_answer_counts_and_one_after_it_does_not(guest: WhatsAppGuest) -> None:
    wrong = text_message(guest.wa_id, "Tienen pileta?")
    edited = {"type": "text", "text": {"body": "Tienen cochera?"}}
    edit = message(guest.wa_id, "edit", {"original_message_id": wrong["id"], "message": edited})
    assert "cochera es gratis" in said(guest, wrong, edit)
    late = {"type": "text", "text": {"body": "A qué hora es el check-in?"}}
    assert said(guest, message(guest.wa_id, "edit", {"original_message_id": wrong["id"], "message": late})) == ""
    row = Message._base_manager.get(provider_id=wrong["id"])
    assert row.metadata["written_before"] == "Tienen pileta?"
    assert row.metadata["edited_to"] == "A qué hora es el check-in?"


def test_a_message_deleted_before_the_answer_is_not_answered(guest: WhatsAppGuest) -> None:
    gone = text_message(guest.wa_id, "Tienen cochera?")
    assert said(guest, gone, message(guest.wa_id, "revoke", {"original_message_id": gone["id"]})) == ""
    row = Message._base_manager.get(provider_id=gone["id"])
    assert (row.text, row.state, row.metadata["revoked"]) == ("", Message.State.RECORDED, True)
    assert "cochera es gratis" in guest.say("Tienen cochera?"), "the conversation goes on"


def test_somebody_elses_message_cannot_be_edited_or_deleted(
    guest: WhatsAppGuest, graph: GraphStandIn, hotel: Hotel
) -> None:
    theirs = text_message(guest.wa_id, "Tienen cochera?")
    stranger = "5491155500001"
    attack = [
        message(stranger, "revoke", {"original_message_id": theirs["id"]}),
        message(stranger, "edit", {
            "original_message_id": theirs["id"], "message": {"type": "text", "text": {"body": "cancelar todo"}},
        }),
    ]  # fmt: skip
    assert "cochera es gratis" in said(guest, theirs, *attack)


def new_ids(**system: Any) -> dict[str, Any]:
    old = system.pop("old")
    return message(old, "system", {"body": "changed", **system})


def test_a_new_number_is_the_same_guest_and_is_written_to(guest: WhatsAppGuest, graph: GraphStandIn) -> None:
    guest.say("Hola")
    moved = WhatsAppGuest(graph, "5491166600001")
    post(envelope([new_ids(old=guest.wa_id, type="user_changed_number", wa_id=moved.wa_id)], contacts=False))
    assert "cochera es gratis" in moved.say("Tienen cochera?")
    assert Guest._base_manager.count() == 1
    assert Conversation._base_manager.count() == 1
    assert len(guest.received()) == 1, "nothing more goes to the old number"


def test_who_wrote_under_the_new_number_first_inherits_the_old_ones_stays(
    guest: WhatsAppGuest, graph: GraphStandIn, hotel: Hotel
) -> None:
    guest.say("Precio para 2 adultos del 10 al 12 de marzo?")
    assert Quote._base_manager.filter(guest_key=str(Guest._base_manager.get().public_id)).exists()
    moved = WhatsAppGuest(graph, "5491166600002")
    moved.say("Hola")
    post(envelope([new_ids(old=guest.wa_id, type="user_changed_number", wa_id=moved.wa_id)], contacts=False))
    drain()
    with tenant_scope(hotel.tenant):
        one = GuestIdentity.objects.get(value=moved.wa_id).guest
        assert GuestIdentity.objects.get(value=guest.wa_id).guest == one
        assert not Quote.objects.exclude(guest_key=str(one.public_id)).exists()
    assert "cochera es gratis" in moved.say("Tienen cochera?")


def test_a_number_that_changed_hands_is_somebody_new(guest: WhatsAppGuest, hotel: Hotel) -> None:
    first = text_message(guest.wa_id, "Hola") | {"from_user_id": "AR.1111"}
    second = text_message(guest.wa_id, "Hola") | {"from_user_id": "AR.2222"}
    for one in (first, second):
        post(envelope([one]))
        drain()
    assert Guest._base_manager.count() == 2
    with tenant_scope(hotel.tenant):
        assert GuestIdentity.objects.get(value=guest.wa_id).guest == GuestIdentity.objects.get(value="AR.2222").guest


def test_a_user_without_a_phone_is_answered_by_user_id(hotel: Hotel, graph: GraphStandIn) -> None:
    written = text_message("", "Tienen cochera?") | {"from_user_id": "AR.48151623421089"}
    del written["from"]
    assert post(envelope([written])).status_code == 200
    drain()
    (sent,) = graph.control.messages()
    assert sent["body"]["recipient"] == "AR.48151623421089"
    assert "to" not in sent["body"]


def echo(wa_id: str, words: str, wamid: str = "wamid.E1") -> bytes:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5491150000000", "phone_number_id": NUMBER},
        "message_echoes": [{
            "from": "5491150000000", "to": wa_id, "id": wamid, "timestamp": str(int(time.time())), "type": "text",
            "text": {"body": words},
        }],
    }  # fmt: skip
    change = {"field": "smb_message_echoes", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def test_staff_writing_in_the_business_app_takes_over(guest: WhatsAppGuest, hotel: Hotel) -> None:
    guest.say("Hola")
    post(echo(guest.wa_id, "Soy Marta, ya te ayudo"))
    drain()
    assert guest.say("Gracias Marta") == ""
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        assert conversation.owner == Conversation.Owner.HUMAN
        ownership.hand_back(conversation.pk)
    post(echo(guest.wa_id, "Soy Marta, ya te ayudo") + b" ")  # Meta delivers it again
    drain()
    assert "cochera es gratis" in guest.say("Tienen cochera?"), "an old echo takes nothing over"
    assert OutboundMessage._base_manager.filter(purpose="staff").count() == 1


def test_staff_writing_first_to_somebody_new_is_kept_and_stays_theirs(guest: WhatsAppGuest) -> None:
    post(echo(guest.wa_id, "Hola, le escribimos del hotel"))
    drain()
    assert Conversation._base_manager.get().owner == Conversation.Owner.HUMAN
    assert guest.say("Hola") == ""


def test_every_kind_has_a_place(hotel: Hotel) -> None:
    """A kind added to the vocabulary has to be thought about here."""
    here = {kind for kind, *_ in ANSWERED} | {kind for kind, *_ in SILENT}
    named = {"flow": "interactive", "welcome": "request_welcome", "unknown": "hologram"}
    elsewhere = {"text", "button", "image", "video"}
    assert not {named.get(kind.value, kind.value) for kind in MessageType} - here - elsewhere
