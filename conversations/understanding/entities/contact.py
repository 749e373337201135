"""E-mail addresses, telephone numbers and names."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
import re
from typing import Final

from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.scan import READ, Scan

_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[a-z0-9_][a-z0-9_.+%-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?![\w-])"
)
_SPOKEN_EMAIL: Final = re.compile(
    r"(?<![\w.])([a-z0-9][a-z0-9_.-]{0,40}(?: (?:punto|ponto|dot) [a-z0-9]{1,30}){0,2}) ?(?:arroba|\(at\)|\[at\]| at ) ?([a-z0-9-]{2,40}) ?(?:\.|punto|ponto|dot) ?(com|net|org|es|ar|mx|br|pt|cl|co|uy|pe)(?:(?:\.| ?punto | ?ponto | ?dot )(ar|mx|br|uy|co|uk|pe|ve|za|nz|au))?(?![\w])"
)
_LINK: Final = re.compile(r"(?:https?://|www\.)\S{1,500}")
_PHONE: Final = re.compile(r"(?<![\w/.-])\+?\(?\d[\d ().-]{5,22}\d(?![\w/])")
_MONEY: Final = re.compile(
    r"(?:(?:ars|usd|us|u\$s|mxn|brl|eur|r|ar)? ?[$€£] ?\d[\d.,]{0,12}(?: ?(?:mil|k|lucas))?|\b(?:ars|usd|mxn|brl|eur|clp|uyu) ?\d[\d.,]{0,12}"
    r"|(?<![\w.,])\d[\d.,]{0,12} ?(?:mil\b|k\b|lucas\b)? ?(?:pesos|dolar(?:es)?|dollars?|usd|euros?|eur\b|reais|real\b|ars|mxn|brl|€|\$|%|por ciento|percent|por cento))"
)
_SCORE: Final = re.compile(
    r"(?<![\d/])(?:10|[0-9](?:[.,]5)?) ?/ ?10(?![\d/])(?= ?(?:todo|toda|muy|very|muito|service|servicio|servico|experiencia|experience|excelente|amazing|staff|trato|puntos|points|pontos)\b)"
    r"|\b(?:nota|puntuacion|puntaje|calificacion|rating|score|rate|rated|puntuo|avaliacao|(?:doy|give|dou) (?:un|a|um|you a)?)[ :]{1,2}\d{1,2} ?/ ?(?:10|5)(?![\d/])"
    r"|(?<![\d/])[1-5] ?/ ?5 (?:estrellas|stars|estrelas|puntos)|^(?:10|9) ?/ ?10[!. ]{0,3}$"
)
"""Marks out of ten are no tenth of a month."""
MAX_NAME_WORDS: Final = 5
_LOWER_CASE_CUES: Final = re.compile(
    r"soy|sou(?: [oa])?|habla|[tl]es? habla|le escribe|aqui e(?: [oa])?|fala [oa]|quem fala e|this is|call me|hi,? i'm"
)
"""After these a single lower-case word can be a name; after "I am" or "reserva de" it is rather anything else."""


def hide_money_and_links(scan: Scan) -> None:
    """Prices, percentages and addresses are read by nobody: their digits are neither days nor people."""
    for match in _LINK.finditer(scan.text):
        scan.hide(match.start(), match.end())
    if re.search(r"\d", scan.text):
        for match in _SCORE.finditer(scan.text):
            scan.hide(match.start(), match.end())
        for match in _MONEY.finditer(scan.text):
            scan.hide(match.start(), match.end())


def read_email(scan: Scan) -> None:
    """Fill `email`, lower case; also as dictated ("ana arroba gmail punto com")."""
    if "@" in scan.text:
        match = _EMAIL.search(scan.text)
        if match:
            scan.set("email", match.group().rstrip(".-"))
            scan.take("email", match.start(), match.end())
        return
    match = _SPOKEN_EMAIL.search(scan.text)
    if match and (match[0].find(" at ") < 0 or " dot " in match[0] or scan.expects("email", "name_and_email")):
        user = re.sub(r" (?:punto|ponto|dot) ", ".", match[1]).split(" ")[-1]
        host = ".".join(part for part in (match[2], match[3], match[4]) if part)
        scan.set("email", f"{user}@{host}")
        scan.take("email", match.start(), match.end())


def read_phone(scan: Scan) -> None:
    """Fill `phone`: E.164 by the hotel's region, else the digits as written."""
    for match in _PHONE.finditer(scan.text):
        digits = re.sub(r"\D", "", match.group())
        if not 7 <= len(digits) <= 15 or re.fullmatch(r"\d{1,2}[.-]\d{1,2}[.-]\d{2,4}", match.group()):
            continue
        if re.search(r"\d{1,2} ?- ?\d{1,2} \d", match.group()) and len(digits) < 9:
            continue
        number = _e164(match.group(), scan.situation.country)
        if number is None:
            beside = re.search(
                rf"\b{scan.lexicon.phone_words_re}", scan.whole[max(0, match.start() - 40) : match.start()]
            )
            if not beside and not scan.expects("phone"):
                continue
            number = digits
        scan.set("phone", number)
        scan.take("phone", match.start(), match.end())
        return


def _e164(written: str, country: str) -> str | None:
    import phonenumbers  # its metadata is only loaded when a message has a number like one

    try:
        parsed = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    if not phonenumbers.is_valid_number(parsed) and not written.lstrip().startswith("+"):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@functools.cache
def _name_patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    x = lexicon(language)
    word = r"[^\W\d_][^\W\d_'.-]*(?:['-][^\W\d_]+)*\.?"
    before = re.compile(
        rf"(?<![^\W_])(?P<cue>{x.name_before_re})[ :]{{1,2}}(?P<name>{word}(?: {word}){{0,{MAX_NAME_WORDS}}})"
    )
    after = re.compile(rf"(?:^|[,.!] ?|hi |hello |hey )(?P<name>{word}(?: {word}){{0,2}}) {x.name_after_re}")
    return before, after


def read_name(scan: Scan) -> None:
    """Fill `guest_name` as written, from a phrase that introduces it or as the bare answer to the question."""
    before, after = _name_patterns(scan.lexicon.language)
    at = 0
    while match := before.search(scan.text, at):
        if _keep_name(scan, match.start("name"), match["name"], cue=match["cue"]):
            return
        at = match.start("name")
    match = after.search(scan.text)
    if match and _keep_name(scan, match.start("name"), match["name"], cue="name"):
        return
    if scan.expects("guest_name", "name_and_email", "name"):
        _bare_name(scan)
    elif re.search(r"\b(?:book\w*|reserv\w*)", scan.whole):
        _for_somebody(scan)


_FOR: Final = re.compile(r"\b(?:for|para|pra) (?P<name>[^\W\d_]{2,20} [^\W\d_]{2,20})(?![^\W_])")


def _for_somebody(scan: Scan) -> None:
    """ "Book 24-28 May for Priya Raman": two words with capitals, none of them of the calendar."""
    x = scan.lexicon
    for match in _FOR.finditer(scan.text):
        written = scan.folded.written(match.start("name"), match.end("name"))
        words = match["name"].split(" ")
        known = any(word in x.not_a_name or word in x.months or word in x.weekdays for word in words)
        known = known or any(re.search(fragment, match["name"]) for fragment, _ in x.holidays)
        if written.istitle() and not scan.folded.original.istitle() and not known:
            scan.set("guest_name", written)
            scan.take("guest_name", match.start("name"), match.end("name"))
            return


def _strong(cue: str) -> bool:
    """Whether the phrase introduces nothing but a name ("a nombre de"), unlike "soy" or "I am"."""
    return (
        re.search(
            r"n[oa]m[eb]|llam|cham|under|behalf|titular|sincerely|regards|call me|hospede:|huesped:|pasajero|guest:",
            cue,
        )
        is not None
    )


def _keep_name(scan: Scan, start: int, candidate: str, *, cue: str) -> bool:
    x = scan.lexicon
    kept: list[str] = []
    for word in candidate.split(" "):
        plain = word.strip(".,'")
        if plain in x.name_particles:
            kept.append(word)
            continue
        if plain in x.not_a_name or not plain or (plain in x.months and not _strong(cue)):
            break
        if kept and word.endswith(".") and len(plain) > 3:
            kept.append(plain)
            break
        kept.append(word)
        if word.endswith(".") and len(plain) > 3:
            break
    while kept and kept[-1].strip(".") in x.name_particles:
        kept.pop()
    if kept and kept[0].strip(".") in x.name_particles and (len(kept) == 1 or not _capital(scan, start)):
        return False  # "o nome da rua"
    if not kept or len(kept) > MAX_NAME_WORDS:
        return False
    end = start + len(" ".join(kept))
    written = scan.folded.written(start, end).strip(" .,;:!?")
    if not _strong(cue) and not _looks_like_name(scan, kept, written, end, cue):
        return False
    scan.set("guest_name", written)
    scan.take("guest_name", start, start + len(" ".join(kept).rstrip(".")))
    return True


def _capital(scan: Scan, start: int) -> bool:
    """Whether what starts here was written with a capital."""
    return scan.folded.written(start, start + 1).isupper()


def _looks_like_name(scan: Scan, kept: list[str], written: str, end: int, cue: str) -> bool:
    """After "soy" or "it's" a name has a capital or ends its clause."""
    first = written[:1]
    if first.isupper() and not scan.folded.original.isupper():
        return True
    if not _LOWER_CASE_CUES.fullmatch(cue) and len(kept) < 2:
        return False
    after = scan.whole[end : end + 2]
    return len(kept) <= 3 and (after == "" or after[0] in ",.!;\n\x01") and len(kept[0]) > 2


def _bare_name(scan: Scan) -> None:
    """The answer to "what is your name?": one to five words that are nothing else."""
    x = scan.lexicon
    if re.search(r"[?¿]|\d", scan.text.replace(READ, "")):
        return
    for match in re.finditer(r"[^\W\d_][^,;:\n!()\x01]*", scan.text):
        chunk = match.group().strip(" .-")
        lead = re.match(
            r"(?:(?:es|e|it is|it's|its|is|somos|soy|sou|me llamo|me chamo|we are|we're|i am|i'm|that would be|that'd be|yeah|yep|pode ser|ponelo a|ponela a|pongalo a|va a|coloca|poe|si|sim|yes|claro|ok|dale|hola|hi|hello|oi|ola|bueno|bom|sure|perfecto|anota|el|la|the|o|a|sr|sra|senor|senora|mr|mrs|ms)\b\.? ?)+(?: |$)",
            chunk + " ",
        )
        skip = lead.end() if lead else 0
        rest = chunk[skip:].strip(" .-")
        if not rest:
            continue
        tokens = rest.split(" ")
        while tokens and tokens[-1] in {
            "fine",
            "ok",
            "esta",
            "bien",
            "y",
            "e",
            "and",
            "mi",
            "my",
            "meu",
            "email",
            "e-mail",
            "mail",
            "correo",
            "es",
            "is",
            "por",
            "favor",
            "gracias",
            "thanks",
            "please",
            "obrigado",
            "obrigada",
        }:
            tokens.pop()
        if not 1 <= len(tokens) <= MAX_NAME_WORDS:
            continue
        content = [token for token in tokens if token not in x.name_particles]
        if (
            not content
            or any(token in x.not_a_name for token in content)
            or not all(re.fullmatch(r"[^\W\d_][^\W\d_'.-]*(?:['.-][^\W\d_]*)*", token) for token in tokens)
        ):
            continue
        offset = match.start() + match.group().find(" ".join(tokens))
        scan.set("guest_name", scan.folded.written(offset, offset + len(" ".join(tokens))))
        scan.take("guest_name", offset, offset + len(" ".join(tokens)))
        return
