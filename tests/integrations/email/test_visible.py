"""What a guest wrote this time, told from what they quote and what their phone adds, as people here write."""
# ruff: noqa: E501 - mails are shown as they come

from __future__ import annotations

import pytest

from integrations.channels.email.html import visible_html, visible_of
from integrations.channels.email.mime import read
from integrations.channels.email.visible import own_words, visible_text

LETTER = (
    "Del domingo 3 al jueves 7 tenemos:\n1. Doble: ARS 54.000\n2. Doble superior: ARS 60.000\n\nSaludos,\nHotel Bahía"
)
QUOTED = "\n".join(f"> {line}" for line in LETTER.split("\n"))

WROTE = [
    "El lun, 3 ene 2027 a las 10:00, Hotel Bahía (<reservas@bahia.example>) escribió:",
    "El lun., 3 de ene. de 2027 10:00 a. m., Hotel Bahía <reservas@bahia.example>\nescribió:",
    "El 3/1/27 a las 10:00, Hotel Bahía escribió:",
    "El 03-01-2027, a las 10:00, Hotel Bahía <reservas@bahia.example> escribió:",
    "El lunes, 3 de enero de 2027 10:00:12 ART, Hotel Bahía <reservas@bahia.example>\nescribió:",
    "El dom., 3 ene. 2027 10:00, Hotel Bahía\n<reservas@bahia.example> escribió:",
    "Hotel Bahía <reservas@bahia.example> escribió:",
    "Em seg., 3 de jan. de 2027 às 10:00, Hotel Bahía <reservas@bahia.example>\nescreveu:",
    "Em segunda-feira, 3 de janeiro de 2027 10:00:00 BRT, Hotel Bahía\n<reservas@bahia.example> escreveu:",
    "Em 03/01/2027 10:00, Hotel Bahía escreveu:",
    "Em seg, 3 de jan de 2027 10:00, Hotel Bahía <\nreservas@bahia.example> escreveu:",
    "No dia 3 de jan de 2027, às 10:00, Hotel Bahía <reservas@bahia.example> escreveu:",
    "On Mon, Jan 3, 2027 at 10:00 AM Hotel Bahía <reservas@bahia.example> wrote:",
    "On Mon, Jan 3, 2027 at 10:00 AM Hotel Bahía\n<reservas@bahia.example> wrote:",
    "On 3 Jan 2027, at 10:00, Hotel Bahía <reservas@bahia.example> wrote:",
    "On 03/01/2027 10:00, Hotel Bahía wrote:",
]
HEADERS = [
    "De: Hotel Bahía <reservas@bahia.example>\nEnviado: lunes, 3 de enero de 2027 10:00\nPara: Ana\nAsunto: Re: Reserva",
    "De: Hotel Bahía <reservas@bahia.example>\nEnviado el: lunes, 3 de enero de 2027 10:00\nPara: ana@x.example\nAsunto: Reserva",
    "________________________________\nDe: Hotel Bahía <reservas@bahia.example>\nEnviado: lunes, 3 de enero de 2027\nAsunto: R",
    "De: Hotel Bahía <reservas@bahia.example>\nEnviada em: segunda-feira, 3 de janeiro de 2027\nPara: Ana\nAssunto: Reserva",
    "De: Hotel Bahía <reservas@bahia.example>\nData: segunda-feira, 3 de janeiro de 2027\nPara: Ana\nAssunto: Reserva",
    "From: Hotel Bahía <reservas@bahia.example>\nSent: Monday, January 3, 2027 10:00 AM\nTo: Ana\nSubject: RE: Booking",
    "*De:* Hotel Bahía <reservas@bahia.example>\n*Fecha:* lunes, 3 de enero de 2027\n*Para:* Ana\n*Asunto:* Reserva",
    "-----Mensaje original-----\nDe: Hotel Bahía\nEnviado el: lunes\nPara: Ana\nAsunto: Reserva",
    "-----Mensagem original-----\nDe: Hotel Bahía\nEnviada em: segunda\nPara: Ana\nAssunto: Reserva",
    "-----Original Message-----\nFrom: Hotel\nSent: Monday\nTo: Ana\nSubject: Booking",
    "---------- Mensaje reenviado ----------\nDe: Hotel Bahía <reservas@bahia.example>\nAsunto: Reserva",
    "Inicio del mensaje reenviado:\n\nDe: Hotel Bahía",
]
MARKS = [
    "Enviado desde mi iPhone", "Enviado desde mi iPad", "Enviado desde Outlook para Android", "Enviado do meu iPhone",
    "Enviado desde mi Samsung Mobile de Claro", "Enviado do Yahoo Mail no Android", "Enviado via iPhone",
    "Sent from my iPhone", "Sent from Outlook for iOS", "Obtener Outlook para Android<https://aka.ms/AAb9ysg>",
    "Obter o Outlook para iOS", "Get Outlook for iOS", "Enviado con Proton Mail", "Mandado desde mi celular",
    "-- \nAna Pérez\nArquitecta\n+54 11 5555-0101", "--\nAna", "Enviado a partir do meu Galaxy",
]  # fmt: skip
NOTICES = [
    "AVISO LEGAL: Este mensaje y sus adjuntos son confidenciales.",
    "Este correo electrónico y cualquier archivo adjunto pueden contener información confidencial.",
    "This e-mail and any attachments are confidential and intended solely for the addressee.",
    "Esta mensagem pode conter informações confidenciais.",
    "Antes de imprimir este mensaje piense en el medio ambiente",
    "Libre de virus. www.avast.com",
]
KEPT = [
    "Hola, quiero reservar del 3 al 7 de enero.\nDe: Buenos Aires\nPara: 2 personas",
    "Entrada: domingo 3\nSalida: jueves 7\n\n- 2 adultos\n- 1 niño de 4 años",
    "Mi marido escribió ayer a las 10:00 y no tuvo respuesta.\n¿Tienen lugar?",
    "El lunes 3 llegamos a las 22:00. ¿Hay alguien en recepción?",
    "Em janeiro vocês têm quartos? Meu marido já escreveu.",
    "On Monday we arrive at 10:00. Somebody wrote that parking is free?",
    "Sent you the transfer yesterday.\n\nIs it confirmed?",
    "Enviado ayer el comprobante; ¿lo recibieron?",
    "De acuerdo: la doble superior.\n\nPara confirmar, ¿qué necesitan?",
    "Preguntas:\n\n1. ¿Hay cochera?\n2. ¿Aceptan mascotas?\n---\nGracias",
    "From 3 to 7 January, please.\nTo be clear: two adults.",
    "Saludos,\nAna Pérez\n+54 9 11 5555-0101",
]


@pytest.mark.parametrize("intro", WROTE)
@pytest.mark.parametrize("quoted", [QUOTED, LETTER], ids=["marked", "unmarked"])
def test_an_answer_above_a_quoted_mail(intro: str, quoted: str) -> None:
    assert visible_text(f"La segunda, por favor.\n¿Hay cochera?\n\n{intro}\n\n{quoted}\n") == (
        "La segunda, por favor.\n¿Hay cochera?"
    )


@pytest.mark.parametrize("header", HEADERS)
def test_an_answer_above_a_copied_header(header: str) -> None:
    assert visible_text(f"La segunda, por favor.\n\n{header}\n\n{LETTER}\n") == "La segunda, por favor."


@pytest.mark.parametrize("mark", MARKS)
def test_what_a_phone_adds_is_left_out(mark: str) -> None:
    assert visible_text(f"La segunda, por favor.\n\n{mark}\n") == "La segunda, por favor."
    assert visible_text(f"La segunda.\n\n{mark}\n\n{WROTE[0]}\n{QUOTED}\n") == "La segunda."


@pytest.mark.parametrize("notice", NOTICES)
def test_small_print_is_left_out(notice: str) -> None:
    assert visible_text(f"La segunda, por favor.\n\n{notice}\n") == "La segunda, por favor."


@pytest.mark.parametrize("text", KEPT)
def test_what_guests_say_is_kept(text: str) -> None:
    assert visible_text(text) == text
    assert visible_text(f"{text}\n\n{WROTE[0]}\n{QUOTED}") == text


def test_answers_below_and_between_quoted_lines_are_kept() -> None:
    below = f"{WROTE[0]}\n{QUOTED}\n\nLa segunda.\n"
    assert visible_text(below) == "La segunda."
    between = f"Gracias por la respuesta.\n\n{WROTE[0]}\n{QUOTED}\n\nLa segunda, y con cochera.\n"
    assert visible_text(between) == "Gracias por la respuesta.\n\n\nLa segunda, y con cochera."
    naked = "> ¿A nombre de quién?\n\nAna Pérez\n\n> ¿Correo?\n\nana@example.com"
    assert visible_text(naked) == naked
    assert own_words(visible_text(naked)) == "Ana Pérez\n\n\nana@example.com"


def test_a_mail_that_is_only_forwarded_is_shown_without_its_header() -> None:
    text = "---------- Forwarded message ---------\nDe: Ana <ana@x.example>\nAsunto: Reserva\n\n¿Tienen una doble?\n"
    assert visible_text(text) == "¿Tienen una doble?"


def test_nothing_is_never_made_of_something() -> None:
    for text in (QUOTED, WROTE[0], "--\nAna", "Enviado desde mi iPhone", "> hola"):
        assert visible_text(text).strip()
    assert visible_text("") == visible_text(" \n\n") == ""


HTML = {
    "gmail": '<div dir="ltr">La segunda.</div><br><div class="gmail_quote"><div class="gmail_attr">El lun, 3 ene 2027, '
    'Hotel escribió:<br></div><blockquote class="gmail_quote"><p>1. Doble</p></blockquote></div>',
    "apple": '<body>La segunda.<br><div><br><blockquote type="cite"><div>El 3 ene 2027, a las 10:00, Hotel escribió:</div>'
    "<div>1. Doble</div></blockquote></div></body>",
    "outlook web": '<div>La segunda.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De:</b> Hotel</div>'
    "<div>1. Doble</div>",
    "outlook": '<div class="WordSection1"><p>La segunda.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
    'padding:3pt"><p><b>De:</b> Hotel</p></div><p>1. Doble</p></div>',
    "thunderbird": '<p>La segunda.</p><div class="moz-cite-prefix">El 3/1/27 a las 10:00, Hotel escribió:</div>'
    '<blockquote type="cite" cite="mid:x"><p>1. Doble</p></blockquote>',
    "yahoo": '<div>La segunda.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>El lunes, Hotel escribió:</div>'
    "<div>1. Doble</div></div>",
    "plain blockquote": "<p>La segunda.</p><p>El lun, 3 ene 2027 a las 10:00, Hotel (r@b.example) escribió:</p>"
    "<blockquote>1. Doble</blockquote>",
    "styles and scripts": "<html><head><style>p{color:red}</style><title>x</title></head><body><script>1. Doble</script>"
    "<p>La segunda.</p></body></html>",
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML.keys())
def test_html_without_what_it_quotes(html: str) -> None:
    assert visible_html(html) == "La segunda."


def test_text_or_html_whichever_tells_more() -> None:
    def mail(text: str, html: str) -> str:
        return visible_of(
            read(
                (
                    "From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; "
                    f"charset=utf-8\n\n{text}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
                ).encode()
            )
        )

    assert mail("La segunda.", "<p>La <b>segunda</b>.</p>") == "La segunda."
    assert mail("", "<p>La segunda.</p>") == "La segunda."
    assert mail("Este mensaje está en formato HTML.", "<p>La segunda, por favor. Gracias.</p>").startswith("La segunda")
    assert mail(f"La segunda.\n\nХотел писал:\n{LETTER}", HTML["gmail"]) == "La segunda."


def test_hostile_html_is_text_in_reasonable_time() -> None:
    for html in (
        "<div>" * 50_000,
        "<" * 100_000,
        "<a href='" * 5_000,
        "<table>" * 3_000 + "x",
        "&#0;&#xD800;x",
        "<!--",
    ):
        text = visible_html(html)
        assert "\x00" not in text
