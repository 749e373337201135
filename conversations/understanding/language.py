"""Which of our languages a message is in. Keeps the conversation's language and switches only on clear evidence.

Evidence are function words, hotel words and letter patterns that the other two languages do not share; each weighs
by how well it tells them apart. A trained word model (see `train`) adds to it when the engine has one.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from conversations.understanding.types import LANGUAGES, Language

SWITCH_MARGINS: Final = (99.0, 7.0, 7.0, 4.0, 2.5)
"""Nats by which another language must lead before a conversation changes to it, by the number of words (the last for
four and more): borrowed words ("late checkout", "ok thanks", "spa") are no change of language."""

_WORDS: Final[Mapping[Language, str]] = {
    "es": """hola buenas buenos dias tardes noches gracias quiero quisiera queria necesito tienen tienes tenes habitacion habitaciones hay hoy manana ayer
        y el los las del al hasta desde cuanto cuesta cuestan cual cuando donde porque pero muy bien mucho mis tus usted ustedes vosotros nosotros yo ella ellos
        fecha precio precios hab noche ninos nino adultos llegamos llego salimos salgo somos vamos viernes jueves miercoles martes lunes enero febrero marzo mayo
        junio julio septiembre octubre noviembre diciembre desayuno pileta piscina perro mascotas estacionamiento cochera toalla toallas almohada
        perdi olvide deje llave llaves ducha caliente funciona anda roto ruido queja dinero plata tarjeta efectivo factura aeropuerto reservar hacer
        si podria podrian puedo pueden puede podes podeis teneis tengo tenemos estoy estamos esta esto eso ese esa este estos unos unas otra otro algo alguien
        nada nadie nunca siempre ahora luego despues antes ademas tambien aun todavia ya solo sola mejor listo dale vale claro perfecto genial bueno xfa xq porfa porfavor
        saber llegar salir quedar cambiar cancelar confirmar hablar persona personas ayuda seria serian son es fue era han he ha habia una uno dos tres cuatro cinco
        seis siete ocho nueve diez doce quince veinte treinta semana mes ano anos finde proximo proxima viene cerca lejos hotel reserva nombre
        correo sabana manta cuna bebe nena nene chicos hijos hijo hija marido esposa mujer novio novia pareja mejorar haga hagan hacerme digame dime decime cobran cobraron
        quedo encanto ningun ninguna pesima pesimo ninguno transferencia sena anticipo gimnasio abierto cierra abre incluye incluido incluida ofrecen ofreceis aceptan admiten permiten
        manana pasado entonces aqui aca alla ahi asi sino aunque mientras segun sobre entre sin con para por les nos lo le se me te mi su sus que en un la""",
    "en": """the is are was were be been am i'm you your we our they their he she it its of and to for with from at on by this that these those what when where who why how
        which have has had do does did can could would will shall should may might must not don't didn't can't won't i i'd i've i'll we're we'd
        my me us him her them his hello hi hey morning afternoon evening night tonight today tomorrow yesterday thanks thank please yes yeah yep nope sure okay
        room rooms book booking reservation reserve available availability stay staying nights guests people adults kids children check checkin checkout
        need want like get got looking coming arriving leaving change cancel confirm price much many cost breakfast lunch dinner parking pool gym
        dog dogs pets towel towels pillow clean broken working hot water shower key lost left found phone money card cash invoice airport shuttle taxi
        monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december
        one two three four five six seven eight nine ten week weekend month year next last any some there here about after before until till
        just only also still again more less very too so but or if then than well good great fine perfect nice awesome help speak talk human person someone
        pls plz thx ty u ur im ill ive dont cant wanna gonna name email late early bring send give tell know let make made take free
        a an in as up out off no all same other first second third new old day days hour hours minutes see weather restaurant table bed beds view""",
    "pt": """ola oi bom boa tarde noite obrigado obrigada obg quero queria gostaria preciso tem voces voce vc vcs quarto quartos hoje amanha ontem
        e o os as do da dos das ao aos no na nos nas ate desde quanto custa custam qual quando onde mas muito bem meu minha meus minhas seu sua seus suas nosso nossa eu ela eles elas
        data preco precos noites crianca criancas adultos chegamos chego saimos saio somos vamos sexta quinta quarta terca segunda feira janeiro fevereiro marco maio
        junho julho setembro outubro novembro dezembro cafe manha almoco jantar piscina cachorro estacionamento garagem vaga vagas toalha toalhas travesseiro
        perdi esqueci deixei chave chaves chuveiro quente funciona quebrado quebrada barulho reclamacao dinheiro cartao fatura aeroporto fazer reservar
        sim nao poderia poderiam posso podem pode tenho temos estou estamos esta isto isso esse essa este uns umas outra outro algo alguem
        nada ninguem nunca sempre agora depois antes tambem ainda ja so apenas melhor certo beleza blz claro perfeito otimo legal pfv pf
        saber chegar sair ficar mudar alterar cancelar confirmar falar pessoa pessoas ajuda seria sao foi era uma um dois duas tres quatro cinco
        seis sete oito nove dez doze quinze vinte trinta semana mes ano anos proximo proxima vem perto longe hotel reserva nome
        email lencol cobertor berco bebe filho filha filhos marido esposa mulher namorado namorada casal diaria diarias hospedes hospede pousada
        gostei nenhum nenhuma pessimo pessima transferencia pix sinal academia aberto fecha abre inclui incluso inclusa oferecem aceitam permitem
        entao aqui la ali assim embora enquanto segundo sobre entre sem com para pra pro por lhe se me te que em num numa pelo pela""",
}  # fmt: skip

_PATTERNS: Final[tuple[tuple[Language, float, re.Pattern[str]], ...]] = (
    ("es", 3.0, re.compile(r"[¿¡]")),
    ("es", 2.0, re.compile(r"ñ", re.I)),
    ("pt", 2.5, re.compile(r"[ãõ]|ç", re.I)),
    ("pt", 1.5, re.compile(r"[âêô]|à", re.I)),
    ("pt", 1.2, re.compile(r"\w(?:cao|coes|nh[oa]s?|lh[oa]r?s?|eis|agem|ões|inho|inha)\b|\b\w+(?:ei|ou|am)\b")),
    ("es", 1.2, re.compile(r"\w(?:cion|ciones|illa|illo|ue?is|amos|dad|miento|eria|ito|ita|aron|ieron)\b|ll|\brr?")),
    ("en", 1.2, re.compile(r"\w(?:ing|tion|ght|ly|'s|'t|'m|'re|'ll|'d|ed|ck|sh|th)\b|\bth|\bwh|\w(?:oo|ee)\w|w|k|y\b")),
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _table() -> dict[str, dict[Language, float]]:
    """Per word the evidence for each language: full when one language has it, less when two share it."""
    owners: dict[str, set[Language]] = {}
    for language in LANGUAGES:
        for word in _WORDS[language].split():
            owners.setdefault(word, set()).add(language)
    return {
        word: {language: (2.2 if len(found) == 1 else 1.1) for language in found}
        for word, found in owners.items()
        if len(found) < 3
    }


_TABLE: Final = _table()


def evidence(
    folded: str, original: str, model: Mapping[str, tuple[float, float, float]] | None = None
) -> dict[Language, float]:
    """Log-likelihood (nats, up to a constant) of each language; all zero when the text says nothing."""
    scores: dict[Language, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in _WORD.findall(folded[:600]):
        learned = model.get(word) if model else None
        if learned is not None:
            for language, weight in zip(LANGUAGES, learned, strict=True):
                scores[language] += weight
            continue
        for language, weight in _TABLE.get(word, {}).items():
            scores[language] += weight
    for language, weight, pattern in _PATTERNS:
        subject = (
            original[:600]
            if (language == "es" and weight >= 2) or (language == "pt" and weight >= 1.5)
            else folded[:600]
        )
        hits = len(pattern.findall(subject))
        if hits:
            scores[language] += weight * min(hits, 3) * 0.5
    return scores


def detect(
    folded: str,
    original: str,
    *,
    current: Language | None,
    model: Mapping[str, tuple[float, float, float]] | None = None,
) -> tuple[Language, float]:
    """The language and how sure; the conversation's own unless another one leads clearly."""
    scores = evidence(folded, original, model)
    best = max(LANGUAGES, key=lambda language: scores[language])
    if current is not None and best != current:
        count = len(_WORD.findall(folded[:600]))
        if scores[best] - scores[current] < SWITCH_MARGINS[min(count, len(SWITCH_MARGINS) - 1)]:
            best = current
    if not any(scores.values()):
        return current or "es", 0.5 if current else 1 / 3
    top = max(scores.values())
    weights = {language: math.exp(max(-30.0, scores[language] - top)) for language in LANGUAGES}
    return best, weights[best] / sum(weights.values())
