"""What guests ask hotels about: the topics a hotel's facts are grouped by and measured against.

Topics are those of the understanding's grammar and of the dialogue (`Fact.topic`). The questions are how a guest would
ask for each, for trying out how the agent answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject, how much a hotel needs it, and how it is asked for."""

    name: str
    weight: int
    es: str
    en: str
    pt: str

    def question(self, language: str) -> str:
        """How a guest asks for it."""
        return str(getattr(self, language))


GROUPS: Final[dict[str, tuple[Topic, ...]]] = {
    "arriving": (
        Topic("check_in", 3, "¿A qué hora es el check-in?", "What time is check-in?", "A que horas é o check-in?"),
        Topic("check_out", 3, "¿A qué hora es el check-out?", "What time is check-out?", "A que horas é o check-out?"),
        Topic(
            "late_arrival", 2, "¿Puedo llegar de madrugada?", "Can I arrive late at night?",
            "Posso chegar de madrugada?",
        ),
        Topic(
            "luggage", 2, "¿Puedo dejar las valijas?", "Can I leave my luggage with you?", "Posso deixar as malas?"
        ),
        Topic("location", 3, "¿Dónde queda el hotel?", "Where is the hotel?", "Onde fica o hotel?"),
        Topic(
            "transport", 2, "¿Cómo llego en transporte público?", "How do I get there by public transport?",
            "Como chego de transporte público?",
        ),
        Topic(
            "transfer", 2, "¿Tienen traslado al aeropuerto?", "Do you have an airport transfer?",
            "Vocês têm traslado para o aeroporto?",
        ),
        Topic("parking", 3, "¿Tienen estacionamiento?", "Is there parking?", "Tem estacionamento?"),
    ),
    "in_house": (
        Topic("wifi", 3, "¿Hay wifi?", "Is there wifi?", "Tem wi-fi?"),
        Topic("pool", 2, "¿Tienen pileta?", "Is there a pool?", "Tem piscina?"),
        Topic("gym", 1, "¿Hay gimnasio?", "Is there a gym?", "Tem academia?"),
        Topic("spa", 1, "¿Tienen spa?", "Do you have a spa?", "Vocês têm spa?"),
        Topic(
            "accessibility", 2, "¿El hotel es accesible en silla de ruedas?", "Is the hotel wheelchair accessible?",
            "O hotel é acessível para cadeira de rodas?",
        ),
        Topic(
            "room_amenities", 2, "¿Las habitaciones tienen aire acondicionado?", "Do the rooms have air conditioning?",
            "Os quartos têm ar-condicionado?",
        ),
        Topic("laundry", 1, "¿Tienen lavandería?", "Do you have a laundry service?", "Tem lavanderia?"),
        Topic(
            "housekeeping", 1, "¿Con qué frecuencia limpian la habitación?", "How often are the rooms cleaned?",
            "Com que frequência limpam o quarto?",
        ),
    ),
    "eating": (
        Topic(
            "breakfast", 3, "¿A qué hora es el desayuno?", "What time is breakfast?", "A que horas é o café da manhã?"
        ),
        Topic("restaurant", 2, "¿Tienen restaurante?", "Is there a restaurant?", "Tem restaurante?"),
        Topic("bar", 1, "¿Hay bar?", "Is there a bar?", "Tem bar?"),
        Topic("room_service", 1, "¿Tienen room service?", "Do you have room service?", "Tem serviço de quarto?"),
    ),
    "rules": (
        Topic(
            "cancellation", 3, "¿Cuál es la política de cancelación?", "What is the cancellation policy?",
            "Qual é a política de cancelamento?",
        ),
        Topic("payment", 3, "¿Qué medios de pago aceptan?", "How can I pay?", "Quais formas de pagamento aceitam?"),
        Topic("invoice", 1, "¿Hacen factura?", "Can I get an invoice?", "Emitem nota fiscal?"),
        Topic("pets", 3, "¿Aceptan mascotas?", "Do you allow pets?", "Aceitam animais?"),
        Topic(
            "children", 2, "¿Los niños pagan?", "Do children stay for free?", "Crianças pagam?"
        ),
        Topic("cot", 1, "¿Tienen cuna?", "Do you have a cot?", "Tem berço?"),
        Topic("smoking", 2, "¿Se puede fumar?", "Is smoking allowed?", "Pode fumar?"),
        Topic("visitors", 1, "¿Se permiten visitas?", "Are visitors allowed?", "Visitas são permitidas?"),
        Topic(
            "late_check_out", 1, "¿Tienen late check-out?", "Is late check-out possible?", "Tem late check-out?"
        ),
    ),
    "around": (
        Topic(
            "local", 1, "¿Qué se puede visitar cerca?", "What is there to see nearby?", "O que visitar por perto?"
        ),
        Topic("beach", 1, "¿Está cerca la playa?", "Is the beach close?", "A praia fica perto?"),
        Topic("events", 1, "¿Tienen salón para eventos?", "Do you have an event room?", "Tem salão de eventos?"),
    ),
}  # fmt: skip
"""Every topic a hotel is expected to have an answer for, or to say that it has no such thing."""

TOPICS: Final[dict[str, Topic]] = {topic.name: topic for group in GROUPS.values() for topic in group}


def group_of(topic: str) -> str:
    """The group a topic is shown in; a hotel's own topics are "other"."""
    return next((name for name, group in GROUPS.items() if any(one.name == topic for one in group)), "other")


def question(topic: str, language: str) -> str:
    """How a guest would ask for a topic; for a hotel's own topic, the bare word."""
    known = TOPICS.get(topic)
    if known is not None:
        return known.question(language)
    return f"{'¿' if language == 'es' else ''}{topic.replace('_', ' ').capitalize()}?"
