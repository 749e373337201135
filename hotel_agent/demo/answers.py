"""What the demo hotel's desk has ready: prepared answers, and who is told when a guest waits."""

from __future__ import annotations

from conversations.models import CannedAnswer, EscalationStep, HandoffPolicy
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


DUTY_NUMBER = "5492230000199"
"""The duty manager's number in the demo: no such number can be dialled in Argentina."""
LADDER = ((10, EscalationStep.Hours.OPEN, False), (5, EscalationStep.Hours.CLOSED, True))
"""Minutes, hours, whether only urgencies: at night the duty manager sleeps unless it is urgent."""


def prepare_ladder(tenant: Tenant, *, reaches_nobody: bool) -> None:
    """The hotel's promise to guests, and rungs that write to the duty manager where no real number can be reached."""
    with tenant_scope(tenant):
        HandoffPolicy.objects.get_or_create(tenant=tenant)
        if not reaches_nobody or EscalationStep.objects.exists():
            return
        EscalationStep.objects.bulk_create(
            EscalationStep(
                tenant=tenant, way=EscalationStep.Way.WHATSAPP, after_min=minutes, hours=hours, only_urgent=urgent,
                target=DUTY_NUMBER,
            )
            for minutes, hours, urgent in LADDER
        )  # fmt: skip


def prepare(tenant: Tenant) -> None:
    """Write those that are missing; what the hotel changed stays as it is."""
    with tenant_scope(tenant):
        for shortcut, es, en, pt in ANSWERS:
            CannedAnswer.objects.get_or_create(
                tenant=tenant, shortcut=shortcut, defaults={"text_es": es, "text_en": en, "text_pt": pt}
            )
