"""Prepared answers of the demo hotel, for a first try of the slash in a reply."""

from __future__ import annotations

from conversations.models import CannedAnswer
from tenants.models import Tenant
from tenants.scoping import tenant_scope

ANSWERS = (
    (
        "saludo",
        "Hola {guest}, soy {me}, de la recepción de {hotel}. ¿En qué lo puedo ayudar?",
        "Hello {guest}, this is {me} at the reception of {hotel}. How can I help?",
        "Olá {guest}, aqui é {me}, da recepção do {hotel}. Como posso ajudar?",
    ),
    (
        "equipaje",
        "El check-out es hasta las 11; después le guardamos el equipaje con gusto.",
        "Check-out is until 11 am; after that we gladly keep your luggage.",
        "O check-out é até as 11h; depois guardamos a sua bagagem com prazer.",
    ),
    (
        "factura",
        "Le enviamos por correo la factura de su estadía {code}, del {check_in} al {check_out}.",
        "We send you the invoice of your stay {code}, {check_in} to {check_out}, by e-mail.",
        "Enviamos por e-mail a nota da sua estadia {code}, de {check_in} a {check_out}.",
    ),
)


def prepare(tenant: Tenant) -> None:
    """Write those that are missing; what the hotel changed stays as it is."""
    with tenant_scope(tenant):
        for shortcut, es, en, pt in ANSWERS:
            CannedAnswer.objects.get_or_create(
                tenant=tenant, shortcut=shortcut, defaults={"text_es": es, "text_en": en, "text_pt": pt}
            )
