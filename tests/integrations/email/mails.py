"""Mails as they come, written for these tests: one per kind of sender, with the headers that give it away or do not."""
# ruff: noqa: E501 - mails are shown as they come

from __future__ import annotations

BODY = "\r\nHola, ¿tienen una doble?\r\n"


def mail(*headers: str, body: str = BODY) -> bytes:
    """A mail from a guest with further (or other) headers."""
    names = {header.partition(":")[0].lower() for header in headers}
    usual = [
        "From: Ana Pérez <ana@guest.example>", "To: reservas@bahia.example", "Subject: Consulta",
        "Message-ID: <1@guest.example>", "Date: Mon, 4 Jan 2027 10:00:00 -0300", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]  # fmt: skip
    lines = [*headers, *(line for line in usual if line.partition(":")[0].lower() not in names)]
    return ("\r\n".join(lines) + "\r\n" + body).encode()


HUMAN = {
    "plain": mail(),
    "a guest answers": mail("Subject: Re: Reserva", "In-Reply-To: <2@bahia.example>"),
    "sent by a program but by hand": mail("X-Mailer: Outlook", "Auto-Submitted: no"),
    "with a read receipt wanted": mail("Disposition-Notification-To: ana@guest.example", "Importance: high"),
    "through a portal": mail(
        "From: Ana via Portal <ana.abc123@guest.portal.example>", "Reply-To: Ana.abc123+X@guest.portal.example"
    ),
    "from the hotel's own site": mail("From: WordPress <noreply@bahia.example>", "Reply-To: ana@guest.example"),
    "a guest called Norep Lyman": mail("From: norep.lyman@guest.example"),
    "about being out": mail("Subject: Consulta: fuera de temporada"),
    "about an office": mail("Subject: Office hours of the front desk?"),
    "about a delivery": mail("Subject: Delivery of a parcel to your hotel"),
    "who forwards a returned mail's words": mail(
        "Subject: Fwd: reserva", body="\r\nMe volvió un error. ¿Tienen lugar?\r\n"
    ),
    "asks about absence of lifts": mail("Subject: ¿Ascensor?"),
    "suppress none": mail("X-Auto-Response-Suppress: None"),
    "from a holiday maker": mail("Subject: On our holiday in January"),
}
AUTO_REPLY = {
    "RFC 3834": mail("Auto-Submitted: auto-replied"),
    "generated": mail("Auto-Submitted: auto-generated; foo=bar"),
    "our own kind": mail("X-Hotel-Agent: 1"),
    "Exchange": mail("X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated"),
    "old header": mail("X-Autoreply: yes"),
    "responder": mail("X-Autorespond: 1"),
    "precedence": mail("Precedence: auto_reply"),
    "Spanish subject only": mail("Subject: Respuesta automática: Reserva"),
    "Spanish Outlook": mail("Subject: Fuera de la oficina Re: Reserva"),
    "Portuguese subject only": mail("Subject: Resposta automática: Re: Reserva"),
    "English subject only": mail("Subject: Automatic reply: Your booking"),
    "out of office": mail("Subject: Out of Office: Re: Booking"),
    "encoded subject": mail("Subject: =?utf-8?Q?Respuesta_autom=C3=A1tica=3A_Reserva?="),
    "null path in a thread": mail("Return-Path: <>", "In-Reply-To: <2@bahia.example>"),
    "read receipt": mail(
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "Subject: Leído: Reserva",
        body="\r\n--b\r\n\r\nLeído\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: displayed\r\n--b--\r\n",
    ),
}  # fmt: skip
REFERENCE = "15f45c20-0b8e-4fb3-9519-ba374e50c14a"
RETURNED = mail(
    "From: Mail Delivery System <MAILER-DAEMON@mx.guest.example>", "Return-Path: <>",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Subject: Undelivered Mail",
    body=(
        "\r\n--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver it.\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.guest.example\r\n\r\n"
        "Final-Recipient: rfc822; ana@guest.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b\r\n"
        "Content-Type: message/rfc822\r\n\r\nFrom: reservas@bahia.example\r\nTo: ana@guest.example\r\n"
        f"Message-ID: <{REFERENCE}@bahia.example>\r\nSubject: Re: Consulta\r\n\r\nHola\r\n--b--\r\n"
    ),
)  # fmt: skip
BOUNCE = {
    "a report": RETURNED,
    "Gmail's": mail("From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "X-Failed-Recipients: ana@guest.example",
                    "Subject: Delivery Status Notification (Failure)"),
    "postmaster": mail("From: postmaster@mx.guest.example", "Subject: Undeliverable: Re: Consulta"),
    "Spanish Exchange": mail("From: postmaster@mx.guest.example", "Subject: No se puede entregar: Re: Consulta"),
    "only the words": mail("Return-Path: <>", "Subject: Mail delivery failed: returning message to sender"),
}  # fmt: skip
LIST = {
    "newsletter": mail("List-Unsubscribe: <mailto:out@news.example>", "From: Ofertas <hola@news.example>"),
    "list": mail("List-Id: <hoteles.lists.example>", "Precedence: list"),
    "bulk": mail("Precedence: bulk"),
    "no-reply": mail("From: Facturas <no-reply@shop.example>"),
    "no-responder": mail("From: Banco <no_responder@banco.example>"),
    "nao responda": mail("From: Loja <naoresponda@loja.example>"),
    "no-reply with a reply address elsewhere": mail("From: noreply@shop.example", "Reply-To: ventas@shop.example"),
    "null path out of nothing": mail("Return-Path: <>", "Reply-To: x@shop.example"),
}
