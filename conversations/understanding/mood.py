"""How a message sounds: sentiment and urgency, by words that carry them in the three languages."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import re
from typing import Final

from conversations.understanding.text import Folded
from conversations.understanding.types import Sentiment

_NEGATIVE: Final = re.compile(
    r"\b(?:queja\w*|reclam\w+|complain\w*|vergu?enza|vergonha|pesim\w+|pessim\w+|horrible|horrivel|terrible|terrivel|awful|worst|inaceptable|unacceptable|"
    r"inaceitavel|estafa\w*|scam|furios\w+|decepcion\w*|decepcao|disappoint\w+|denuncia\w*|desastre|disgusting|asco|asquer\w+|nojo|ridicul\w+|"
    r"hart[oa]s?|enojad\w+|molest[oa]s?|angry|upset|rude|groser\w+|maleducad\w+|nunca mas|never again|mentir\w+|liars?|robo|ladron\w*|"
    r"suci[oa]s?|dirty|suj[oa]s?|no (?:funciona|anda|sirve)|nao funciona|not working|broken|mierda|carajo|merda|caralho|fuck\w*|shit\w*|wtf|porra|"
    r"puta|inutil\w*|useless|idiot\w*|estupid\w+|cobraron de mas|overcharg\w*|nadie (?:responde|contesta|atiende)|ninguem (?:responde|atende)|nobody (?:answers|helps|replies))\b|😡|🤬|👎|😠|😤"
)
_POSITIVE: Final = re.compile(
    r"\b(?:excelente\w*|excellent|genial|perfect[oa]?|perfeit[oa]|maravill\w+|maravilh\w+|wonderful|amazing|awesome|increible|incrivel|great|love\w*|"
    r"encant\w+|adorei|adoramos|espectacular|fantastic\w*|buenisimo|otim[oa]|super|feliz|happy|hermos[oa]|lind[oa]|best|gracias|thank\w*|obrigad[oa]|valeu)\b|😍|❤|🥰|😊|🙏|👏|🎉|💯"
)
_URGENT: Final = re.compile(
    r"\b(?:urgente\w*|urgent\w*|emergenc\w+|emergency|auxilio|socorro|incendio|fuego|fire|fogo|ambulancia|ambulance|medico|doctor|policia|police|"
    r"sangr\w+|bleeding|desmay\w+|faint\w*|infarto|heart attack|no (?:puede|puedo) respirar|can'?t breathe|accidente|accident|acidente|robaron|robbed|"
    r"fuga de gas|gas leak|cheiro de gas|olor a gas|inunda\w+|flood\w*|ahora mismo|right now|agora mesmo|ya mismo|inmediatamente|immediately|imediatamente|"
    r"cuanto antes|asap|lo antes posible|o quanto antes|encerrad\w+|locked out|atrapad\w+|trapped|trancad\w+|alergic\w+ (?:reac\w+)|help me)\b|🚨|🆘|🔥"
)
_NEGATED_THANKS: Final = re.compile(
    r"\b(?:no (?:me|nos) (?:gusto|encanto)|nao gost\w+|didn'?t (?:like|love)|not (?:great|happy|good|amazing))\b"
)


def read(folded: Folded) -> tuple[Sentiment, bool]:
    """(sentiment, urgent) of a message."""
    text = folded.text[:1500]
    urgent = _URGENT.search(text) is not None
    if _NEGATIVE.search(text) or _NEGATED_THANKS.search(text):
        return "negative", urgent
    letters = [char for char in folded.original[:400] if char.isalpha()]
    if len(letters) > 25 and sum(char.isupper() for char in letters) > 0.8 * len(letters) and "!" in text:
        return "negative", urgent
    return ("positive" if _POSITIVE.search(text) else "neutral"), urgent
