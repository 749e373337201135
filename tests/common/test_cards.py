"""Card numbers never reach a table; telephone numbers, codes, dates and providers' ids do."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import EmailMessage
from typing import Any

import pytest

from hotel_agent.common import cards

CARDS = [
    "4111111111111111", "4012888888881881", "5555555555554444", "2223003122003222", "378282246310005",
    "30569309025904", "6011111111111117", "3530111333300000", "6200000000000005",
    "6759649826438453",
]  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-", ".", "\u00a0", " -"])
def test_a_card_is_hidden_however_it_is_written(card: str, separator: str) -> None:
    groups = (
        [card[:4], card[4:10], card[10:]]
        if len(card) in {14, 15}
        else [card[n : n + 4] for n in range(0, len(card), 4)]
    )
    written = separator.join(groups)
    clean = cards.redacted(f"Mi tarjeta es {written}, vence 12/27 y el código 123")
    assert card[:12] not in "".join(filter(str.isdigit, clean))
    assert card[-4:] in clean.replace(separator or "\0", "")
    assert clean.startswith("Mi tarjeta es ••••")
    assert clean.endswith(", vence 12/27 y el código 123")


@pytest.mark.parametrize(
    "text",
    [
        "+54 9 11 5555-0101", "5491155550101", "549115555010199", "+49 1512 3456789", "491512345678901",
        "+34 612 345 678", "0034612345678", "+55 11 91234-5678", "HT-4K2M9Q", "del 12-04-2027 al 15-04-2027",
        "2027-04-12 2027-04-15 2", "4111 1111 1111 1112", "habitaciones 101 102 103 104 105", "1234567890123456",
        "ARS 1.234.567.890,00", "CUIT 30-71234567-8", "factura 0001-00012345 del 2026",
        "wamid.HBgNNTQ5MTE1NTU1MDEwMRUCABIY",
        "0000000000000000", "",
    ],
)  # fmt: skip
def test_what_is_no_card_stays_word_for_word(text: str) -> None:
    assert cards.redacted(text) == text
    assert (
        cards.redacted_json(json.dumps({"text": {"body": text}}).encode())
        == json.dumps({"text": {"body": text}}).encode()
    )


def test_a_number_before_the_card_does_not_hide_it() -> None:
    assert cards.redacted("somos 2 4111 1111 1111 1111") == "somos 2 •••• 1111"
    assert cards.redacted("4111-1111-1111-1111 123").startswith("•••• 1111")


def test_ids_of_a_delivery_are_not_touched_and_its_texts_are() -> None:
    message: dict[str, Any] = {"id": "4111111111111111", "from": "5555555555554444", "timestamp": "1700000000",
               "text": {"body": "cobren a la 4111 1111 1111 1111"},
               "image": {"caption": "378282246310005", "id": "6011111111111117"}}  # fmt: skip
    body = json.dumps({"messages": [message]}).encode()
    clean = json.loads(cards.redacted_json(body))["messages"][0]
    assert clean["id"] == message["id"]
    assert clean["from"] == message["from"]
    assert clean["image"]["id"] == message["image"]["id"]
    assert clean["text"]["body"] == "cobren a la •••• 1111"
    assert clean["image"]["caption"] == "•••• 0005"


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe4111111111111111", b"[" * 5000 + b"4111111111111111"])
def test_bytes_that_are_no_json_are_left_to_their_reader(broken: bytes) -> None:
    assert cards.redacted_json(broken) == broken


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_a_mail_is_cleaned_whatever_its_encoding(encoding: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Reserva, tarjeta 4111 1111 1111 1111"
    mail["From"], mail["To"], mail["Message-ID"] = (
        "ana@example.com",
        "hotel@example.com",
        "<4111111111111111@example.com>",
    )
    mail.set_content("Señores: 5555-5555-5555-4444. Gracias, Ana", cte=encoding)
    mail.add_alternative("<p>Señores: <b>5555-5555-5555-4444</b></p>", subtype="html")
    mail.add_attachment(b"4111111111111111", maintype="application", subtype="pdf", filename="a.pdf")
    clean = cards.redacted_mail(mail.as_bytes())
    read = email.message_from_bytes(clean, policy=email.policy.default)
    texts = [part.get_content() for part in read.walk() if part.get_content_maintype() == "text"]
    assert "5555-5555-5555" not in "".join(texts)
    assert all("•••• 4444" in text for text in texts)
    assert "Señores" in texts[0]
    assert read["subject"] == "Reserva, tarjeta •••• 1111"
    assert read["message-id"] == mail["message-id"]


def test_a_mail_without_a_card_stays_byte_for_byte() -> None:
    raw = b"From: a@example.com\r\nSubject: hola\r\n\r\nEl 12-04-2027, tel +54 9 11 5555-0101\r\n"
    assert cards.redacted_mail(raw) == raw
