"""What staff read about a deposit that needs them, in their hotel's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOTES: Mapping[str, Mapping[str, str]] = {
    "paid_too_late": {
        "es": "{code}: pagó {amount} fuera de plazo y la habitación ya no está; se le devuelve todo. Ofrecerle otra.",
        "en": "{code}: paid {amount} too late and the room is gone; all of it goes back. Offer another.",
        "pt": "{code}: pagou {amount} fora do prazo e o quarto já não está livre; tudo é devolvido. Oferecer outro.",
    },
    "paid_not_booked": {
        "es": "{code}: pagó {amount} y el PMS no tomó la reserva; se le devuelve todo. Ofrecerle otra opción.",
        "en": "{code}: paid {amount} and the PMS did not take the booking; all of it goes back. Offer another.",
        "pt": "{code}: pagou {amount} e o PMS não aceitou a reserva; tudo é devolvido. Oferecer outra opção.",
    },
    "refund_failed": {
        "es": "{code}: no se pudieron devolver {amount} por el sistema de pagos; devolverlos a mano.",
        "en": "{code}: {amount} could not be returned by the payment system; return it by hand.",
        "pt": "{code}: não foi possível devolver {amount} pelo sistema de pagamentos; devolver manualmente.",
    },
    "payment_disagrees": {
        "es": "{code}: el importe del proveedor de pagos no coincide con la seña de {amount}; revisarlo allí.",
        "en": "{code}: the payment provider's amount is not the deposit of {amount}; look at it there.",
        "pt": "{code}: o valor no provedor de pagamentos não é o sinal de {amount}; verificar lá.",
    },
    "payment_unverifiable": {
        "es": "{code}: durante un día no se pudo saber si se pagó la seña de {amount}; revisarlo en el proveedor.",
        "en": "{code}: for a day nobody could tell whether the deposit of {amount} was paid; look at the provider.",
        "pt": "{code}: durante um dia não se soube se o sinal de {amount} foi pago; verificar no provedor.",
    },
    "payment_stuck": {
        "es": "{code}: la seña de {amount} quedó trabada por un error nuestro; revisarla en «Señas».",
        "en": "{code}: the deposit of {amount} is stuck by a mistake of ours; look at it under “Deposits”.",
        "pt": "{code}: o sinal de {amount} ficou parado por um erro nosso; verificar em “Sinais”.",
    },
}


def note(payload: Mapping[str, Any], language: str) -> str:
    """A sentence for the task of a NEEDS_PERSON event about a payment; "" when it is about something else."""
    texts = NOTES.get(str(payload.get("payment", "")))
    if texts is None:
        return ""
    return texts.get(language, texts["es"]).format(code=payload.get("code", ""), amount=payload.get("said", ""))
