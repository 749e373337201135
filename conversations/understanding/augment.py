"""How real messages differ from tidy ones: accents, capitals and marks dropped, neighbouring keys, chat spelling,
voice transcripts. Deterministic for a seed; each variant keeps the meaning and the intents of its original."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Final

_CHAT: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "es": {
        "que": ("q", "k"), "porque": ("xq", "pq"), "por favor": ("porfa", "xfa", "x favor", "pf"), "para": ("xa", "pa", "p"), "habitación": ("hab", "habitacion", "habitasion", "abitacion"),
        "habitaciones": ("habs", "habitaciones", "abitaciones"), "reserva": ("reserba", "rsva", "resreva"), "reservar": ("reserbar", "resrvar"), "disponibilidad": ("dispo", "disponiblidad"), "quiero": ("kiero", "qiero"), "quisiera": ("kisiera", "quiciera"),
        "también": ("tb", "tmb"), "cuánto": ("cto", "kuanto", "cuanto"), "personas": ("pers", "pax", "personas"), "noche": ("nche", "noche"), "desayuno": ("desalluno", "desayno"),
        "cancelar": ("canselar", "cancelr"), "gracias": ("grax", "grs", "gracias"), "bien": ("bn",), "mensaje": ("msj",), "teléfono": ("tel", "fono"), "estacionamiento": ("estacionamento", "parking"),
        "hay": ("ay", "hay"), "hacer": ("aser", "hacer"), "llegar": ("yegar",), "hasta": ("asta",), "mañana": ("mñn", "manana"), "buenas": ("wenas",), "cambiar": ("canbiar", "cambar"), "usted": ("ud",), "ustedes": ("uds",),
    },
    "en": {
        "you": ("u",), "your": ("ur",), "are": ("r",), "please": ("pls", "plz"), "thanks": ("thx", "tks"), "reservation": ("resevation", "reservaton", "rsv"), "booking": ("bookin",), "available": ("avail", "availble"),
        "availability": ("avail", "availibility"), "tomorrow": ("tmrw", "tommorow"), "tonight": ("tonite",), "with": ("w/", "wit"), "because": ("bc", "cuz"), "people": ("ppl",), "for": ("4", "for"), "to": ("2", "to"),
        "breakfast": ("brekkie", "breakfst"), "cancel": ("cancle", "cancell"), "room": ("rm", "rooom"), "nights": ("nites",), "information": ("info",), "want to": ("wanna",), "going to": ("gonna",), "don't": ("dont",), "can't": ("cant",),
        "i'm": ("im",), "what's": ("whats",), "is there": ("theres", "is their"), "before": ("b4",), "accommodation": ("accomodation",), "address": ("adress",), "receive": ("recieve",),
    },
    "pt": {
        "você": ("vc", "voce"), "vocês": ("vcs", "voces"), "que": ("q",), "porque": ("pq",), "por favor": ("pfv", "pf", "por fvr"), "também": ("tb", "tbm"), "não": ("n", "nao", "ñ"), "hoje": ("hj",), "quanto": ("qto", "qnto"), "quarto": ("qto", "quato"),
        "obrigado": ("obg", "brigado"), "obrigada": ("obgda", "brigada"), "beleza": ("blz",), "mensagem": ("msg",), "reserva": ("rezerva", "resreva"), "disponibilidade": ("dispo", "disponiblidade"), "pessoas": ("pess", "pax"), "para": ("pra", "p"),
        "está": ("ta", "tá"), "estou": ("tô", "to"), "quero": ("kero", "qro"), "cancelar": ("canselar", "cancela"), "quando": ("qdo", "qnd"), "depois": ("dps",), "café da manhã": ("café", "cafe da manha"), "criança": ("criansa",), "gostaria": ("gostria",), "amanhã": ("amanha", "amnh"),
    },
}  # fmt: skip
_NEAR: Final = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_OPENERS: Final = {
    "es": ("hola ", "hola, ", "buenas, ", "buen día, ", "buenas tardes ", "disculpe, ", "hola buenas ", "che ", "oye "),
    "en": ("hi ", "hello, ", "hey ", "good morning, ", "hi there, ", "excuse me, ", "ok so "),
    "pt": ("oi ", "olá, ", "bom dia, ", "boa tarde ", "oi tudo bem? ", "boa noite, "),
}
_CLOSERS: Final = {
    "es": (" por favor", " gracias", ", porfa", " muchas gracias", "?", " 🙏", " 😊", "!!", "..."),
    "en": (" please", " thanks", ", thank you", " pls", "?", " 🙏", " 😊", "!", "..."),
    "pt": (" por favor", " obrigado", ", pfv", " obrigada", "?", " 🙏", " 😊", "!", "..."),
}
_COURTESY: Final = frozenset({"greeting", "thanks", "goodbye", "affirm", "deny", "dont_know", "help"})


def variants(text: str, *, language: str, intents: tuple[str, ...], rng: random.Random, count: int) -> list[str]:
    """Up to `count` noisy forms of a message, none equal to it or to each other."""
    made: list[str] = []
    for _ in range(count * 2):
        if len(made) == count:
            break
        noisy = _noisy(text, language=language, intents=intents, rng=rng)
        if noisy and noisy != text and noisy not in made:
            made.append(noisy)
    return made


def _noisy(text: str, *, language: str, intents: tuple[str, ...], rng: random.Random) -> str:
    out = text
    if rng.random() < 0.5:
        out = _chat(out, language, rng)
    if rng.random() < 0.45:
        out = _typo(out, rng)
    if rng.random() < 0.35:
        out = re.sub(r"[^\w\s'@+/:.-]", " ", out)  # a voice transcript has no marks
        out = re.sub(r"\s+", " ", out).strip()
    if rng.random() < 0.2:
        out = out.replace("?", "").replace("¿", "")
    if not _COURTESY & set(intents):
        if rng.random() < 0.25:
            out = rng.choice(_OPENERS[language]) + out[:1].lower() + out[1:]
        if rng.random() < 0.25:
            out = out.rstrip(" .!?") + rng.choice(_CLOSERS[language])
    return out


def _chat(text: str, language: str, rng: random.Random) -> str:
    for word, short in _CHAT[language].items():
        if word in text.lower() and rng.random() < 0.5:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", rng.choice(short), text, flags=re.IGNORECASE)
    return text


def _typo(text: str, rng: random.Random) -> str:
    """One slip of the thumb in a word of five letters or more."""
    found = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not found or "@" in text:
        return text
    match = rng.choice(found)
    word, at = match.group(), rng.randrange(1, len(match.group()) - 1)
    kind = rng.random()
    if kind < 0.3:
        word = word[:at] + word[at + 1 :]
    elif kind < 0.55:
        word = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    elif kind < 0.75:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + rng.choice(_NEAR.get(word[at].lower(), word[at])) + word[at + 1 :]
    return text[: match.start()] + word + text[match.end() :]
