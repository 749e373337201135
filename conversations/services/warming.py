"""Everything a process builds at its first turn, built before: patterns of the grammars, records, the catalogue.

A worker's children are forked from a warm parent. Cold, the first message of each language after a start, or after a
child was replaced, would wait half a second longer.
"""

from __future__ import annotations

import datetime as dt
import gc
from typing import get_args

from conversations.dialogue.effects import Answer, Command, Query, StayHappened
from conversations.dialogue.hotel import Caller, Heard
from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import prepare_records
from conversations.services import listening
from conversations.understanding.types import LANGUAGES, Situation
from conversations.wording import phrases, texts
from hotel_agent.common import clock

SAMPLES = (
    "Hola, soy Ana, ¿tienen una doble del 3 al 7 de enero para 2 y una nena de 5? ana@example.com, llego a las 22",
    "Hi, a double from 3 to 7 January for 2 adults and a child of 5? It is Ann, +44 20 7946 0000, booking HT-7K3Q2A",
    "Oi, têm um duplo de 3 a 7 de janeiro para 2 e uma criança de 5 anos? Chego na sexta à noite, até 500 reais",
)
"""One message per language that touches every kind of entity."""


def warm_up() -> None:
    """Load the engine and do, without a guest, what a first turn does."""
    engine = listening.current_engine()
    today = clock.now().date()
    for text in SAMPLES:
        engine.understand(text, Situation(today=today))
    prepare_records(
        (*get_args(Query), *get_args(Answer), *get_args(Command), StayHappened, Caller, Heard, DialogueState)
    )
    texts.version()
    texts.catalogue()
    for language in LANGUAGES:
        phrases.span_phrase(today, today + dt.timedelta(days=40), language, today)
    # What is here now stays for good: collections in the children neither look at it nor copy its pages.
    gc.collect()
    gc.freeze()
