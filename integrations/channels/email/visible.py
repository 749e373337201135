"""What the writer of a mail wrote this time: without the mail it answers, signature marks and legal small print.

Line rules. The shapes are few in all languages (a line that says who wrote when, a copied header block, a separator,
lines with ">"), so the rules ask for a shape (an address, a date, a colon at the end), and for words only where the
shape alone would cut what a guest says. Words are complete for Spanish, English and Portuguese; for other languages
mail-parser-reply's tables are asked afterwards.

Stripping is a view: the raw mail stays stored. If nothing would be left, everything is shown.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from mailparser_reply.constants import MAIL_LANGUAGES

LONGEST = 100_000
MAX_LINES = 5_000
_SPAN = 4
"""Lines over which mail programs break "On …, somebody wrote:"."""

_INVISIBLE = re.compile("[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_SPACES = re.compile("[\u00a0\u2007\u202f\u2002-\u200a]")

_VERB = re.compile(
    r"\b(?:wrote|writes|escribi[oó]|ha escrito|escribía|escreveu|a [ée]crit|schrieb|ha scritto|schreef|"
    r"geschreven|skrev|"
    r"napisał(?:\(a\)|a)?|kirjoitti|yazdı|írta|a scris|napsal(?:\(a\)|a)?)\b|написа|пише|写道|さん|έγραψε|작성",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,]+@[^\s<>()\[\]:;,]+\.\w+")
_OPENING = re.compile(
    r"^(?:on|el|em|le|am|il|op|den|dnia|på|w dniu|a|vào|dne|ons|tor|fre|lør|søn|man|tir)\b[\s.]", re.IGNORECASE
)
_DATE = re.compile(
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b"
)
_ISO_START = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}\b.*(?:GMT|UTC|<[^>]+@[^>]+>)", re.IGNORECASE)
_DASHED = re.compile(
    r"^[\s>*]*[-_=]{2,}[\s*>]*(?:[^-_=\n]{0,60}(?:original|forwarded|reenviad|encaminhad|weitergeleitet|"
    r"urspr[uü]nglich|"
    r"d'origine|transf[eé]r|transmis|inoltrat|oorspronkelijk|doorgestuurd|originalt|videresend|vidarebefordrat|"
    r"przekazan|"
    r"wiadomo|пересыла|исходное|reply above|responda? (?:arriba|acima)|原始)[^-_=\n]{0,80})"
    r"[\s*<]*[-_=]{2,}[\s*]*$",
    re.IGNORECASE,
)
_DASHED_WROTE = re.compile(r"^[\s>*]*-{2,}.{5,200}\b(?:wrote|escribi[oó]|escreveu)\s*-{2,}$", re.IGNORECASE)
_FORWARD = re.compile(
    r"^[\s>*]*(?:begin forwarded message|inicio del mensaje reenviado|in[ií]cio da mensagem (?:reencaminhada|"
    r"encaminhada)|"
    r"anfang der weitergeleiteten|d[eé]but du message (?:r[ée]exp[ée]di[ée]|transf)|inizio messaggio inoltrato)\W*$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"reply above this line|type your reply above|responda? por encima de esta l[ií]nea|"
    r"escriba su respuesta (?:arriba|por encima)|"
    r"responda acima desta linha",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"^[\s>|*]*(?:from|de|von|da|van|fra|från|od|от|発信者|寄件者|发件人|差出人|보낸\s?사람|lähettäjä)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^[\s>|*]*(?:subject|asunto|assunto|betreff|objet|oggetto|onderwerp|emne|ämne|temat|тема|件名|主题|主旨|제목|"
    r"aihe)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"^[\s>|*]*(?:sent|date|to|cc|reply-to|enviado(?: el| em)?|enviada(?: em| el)?|fecha|data|para|a|gesendet|"
    r"datum|an|envoy[ée](?: le)?|"
    r"[àa]|inviato|verzonden|aan|sendt|til|skickat|till|wysłane|do|дата|кому|отправлено|日時|宛先|发送时间|收件人)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"^[\s>|*]*(?:sent|enviado(?: el| em)?|enviada(?: em| el)?|gesendet|envoy[ée](?: le)?|inviato|verzonden|"
    r"sendt|skickat|wysłane|"
    r"отправлено|发送时间|送信日時)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"^\W{0,3}(?:sent (?:from|with|via|using) (?!the\b|you\b)|enviado (?:desde|do|da|de|via|con|com|pelo|"
    r"a partir)\b|mandado desde|"
    r"envoy[ée] (?:de|depuis|[àa] partir|avec)|von meinem .{1,40} gesendet|gesendet (?:mit|von)|inviato (?:da|"
    r"con)|sendt fra|"
    r"skickat från|verstuurd (?:vanaf|met)|verzonden (?:vanaf|met)|wysłan[eo] z|отправлено (?:с|из)|(?:get|"
    r"obt[eé]n(?:er)?|"
    r"descargar?|baixar?(?: o)?|obter(?: o)?|t[ée]l[ée]charge[rz]|holen sie sich) outlook|yahoo mail(?:[:,].*)?$)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(?:--|__)\s*$")
_LONGEST_SIGNATURE = 12
_SMALL_PRINT = re.compile(
    r"^\W*(?:aviso (?:legal|de confidencialidad|importante de confidencialidad)|confidencialidad|"
    r"cl[aá]usula de confidencialidad|"
    r"disclaimer|confidentiality (?:notice|note)|legal (?:notice|disclaimer)|aviso de confidencialidade|aviso legal)\b|"
    r"^\W*(?:this|the information (?:in|contained)|este|esta|la informaci[oó]n|a informa[cç][aã]o|"
    r"as informa[cç][oõ]es).{0,120}"
    r"(?:e-?mail|message|correo|mensaje|mensagem|transmission).{0,200}(?:confiden[ct]ia|intended (?:only|"
    r"solely)|privileg)",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(
    r"^\W*(?:please consider the environment|antes de imprimir|piense en el medio ?ambiente|pense (?:no|"
    r"em) meio ambiente|"
    r"virus-free|libre de virus|sin virus|livre de v[ií]rus)",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[\s>|]*[-_=*~]{3,}[\s>|]*$")


def visible_text(text: str) -> str:
    """The new part of a plain-text body, line breaks kept. Never raises, never empty for a text that is not.

    An answer written below or between the quoted lines is kept; quoted lines that stand between the writer's own stay
    with it, as the reader needs them (see `own_words`).
    """
    lines = _lines(text)
    kept = _without_tail(_without_quotes(lines))
    return _joined(kept) or _joined(_without_headers(lines)) or _joined(lines)


def own_words(visible: str) -> str:
    """Visible text without quoted lines, for understanding; the whole when there is nothing else."""
    lines = [line for line in visible.split("\n") if not _is_quote(line) and not _intro_length([line])]
    return _joined(lines) or visible


def _lines(text: str) -> list[str]:
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text[:LONGEST])).replace("\r\n", "\n").replace("\r", "\n")
    return [line.rstrip() for line in text.split("\n", MAX_LINES)[:MAX_LINES]]


def _joined(lines: Sequence[str]) -> str:
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n").rstrip() if any(map(str.strip, lines)) else ""


def _is_quote(line: str) -> bool:
    return line.startswith((">", " >"))


# --- quoted mails ----------------------------------------------------------------------------------------------------


def _without_quotes(lines: list[str]) -> list[str]:
    """Lines before the first quoted mail, and those below it where it is marked line by line."""
    position = 0
    while position < len(lines):
        length = _intro_length(lines[position : position + _SPAN * 2])
        if not length:
            position += 1
            continue
        before = lines[:position]
        after = lines[position + length :]
        first = next((line for line in after if line.strip()), "")
        below = _below_quote(after) if _is_quote(first) else []
        if not any(line.strip() for line in below):
            return _without_trailing_quote(before)
        lines = [*before, "", *below] if any(line.strip() for line in before) else below
        position = len(before)
    return _without_trailing_quote(lines)


def _below_quote(lines: list[str]) -> list[str]:
    """What follows a block of ">" lines; a mail program's line breaks inside the block belong to it."""
    position = 0
    last = 0
    while position < len(lines):
        line = lines[position]
        if _is_quote(line):
            last = position + 1
        elif line.strip() and not _is_torn(lines, position):
            break
        position += 1
    return lines[last:] if position >= len(lines) else lines[position:]


def _is_torn(lines: list[str], position: int) -> bool:
    """A short rest of a quoted line that was broken in transport: between two quoted lines, no blank line around."""
    return (
        position > 0
        and position + 1 < len(lines)
        and _is_quote(lines[position - 1])
        and _is_quote(lines[position + 1])
        and len(lines[position - 1]) > 60
        and len(lines[position]) < 40
    )


def _without_trailing_quote(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_quote(lines[end - 1])):
        end -= 1
    return lines[:end] if end else lines


def _intro_length(lines: Sequence[str]) -> int:
    """How many lines, from the first, introduce a quoted mail; 0 when the first does not begin such a thing."""
    first = lines[0]
    if not first.strip():
        return 0
    if len(first) < 250 and any(mark.search(first) for mark in (_DASHED, _DASHED_WROTE, _FORWARD, _ABOVE)):
        return 1
    if _FROM.match(first):
        return _header_block(lines)
    if first.startswith((" ", "\t")) and not first.strip().startswith((">", "<")) and not _OPENING.match(first.strip()):
        return 0
    joined = ""
    for length, line in enumerate(lines[:_SPAN], start=1):
        if not line.strip() or (length > 1 and _is_quote(line) and len(line.strip()) > 2):
            break
        joined += (" " if joined and line.strip() != ">:" else "") + line.strip().lstrip("> ").strip("*")
        if line.strip() == ">:":
            joined += ">:"
        if len(joined) > 350:
            break
        if _is_intro(joined):
            return length
        if length == 1 and not _may_begin_intro(joined):
            break
    return 0


def _may_begin_intro(line: str) -> bool:
    """Whether a line that is no introduction may be the first of one that was broken into several."""
    return bool(_DATE.search(line) or _ADDRESS.search(line) or (_OPENING.match(line) and re.search(r"\d", line)))


def _is_intro(line: str) -> bool:
    ends = line.endswith((":", ":"))
    has_date = bool(_DATE.search(line))
    has_address = bool(_ADDRESS.search(line))
    verb = _VERB.search(line)
    if ends and verb and (has_address or has_date):
        return True
    if verb and has_date and _OPENING.match(line) and verb.end() >= len(line) - 3:
        return True
    if ends and has_date and has_address and len(line) < 250:
        return True
    if _ISO_START.match(line) and len(line) < 200:
        return True
    return _known_elsewhere(line)


@functools.cache
def _other_languages() -> tuple[re.Pattern[str], ...]:
    """mail-parser-reply's "wrote" lines of languages that are not ours, each to be met by a whole line."""
    patterns = []
    for name, words in MAIL_LANGUAGES.items():
        if name not in {"en", "es", "pt", "david"}:
            try:
                patterns.append(re.compile(rf"(?:{words['wrote_header']})", re.IGNORECASE | re.MULTILINE))
            except (re.error, KeyError):
                continue
    return tuple(patterns)


def _known_elsewhere(line: str) -> bool:
    if len(line) > 250 or not line.endswith((":", ":")) or not (_DATE.search(line) or "@" in line):
        return False
    return any(pattern.match(line) for pattern in _other_languages())


def _header_block(lines: Sequence[str]) -> int:
    """Length of a copied header ("From: … Sent: … To: … Subject: …"), at least three of its lines."""
    has_address = "@" in lines[0]
    has_subject = False
    others = 0
    end = 1
    for number, line in enumerate(lines[1:], start=1):
        if _SUBJECT.match(line):
            has_subject = True
        elif _OTHER.match(line):
            others += 1
        elif not line.strip() or _FROM.match(line):
            if number > 1 and not line.strip():
                break
            continue
        elif number > 4:
            break
        else:
            has_address = has_address or "@" in line
            continue
        end = number + 1
    has_sent = any(_SENT.match(line) for line in lines[1:end])
    if (has_subject or has_sent) and others:
        return end
    return end if has_address and others >= 2 else 0


# --- signatures and small print --------------------------------------------------------------------------------------


def _without_tail(lines: list[str]) -> list[str]:
    """Without signature marks, "sent from my phone", legal notices and the rules that led to a quote."""
    end = len(lines)
    seen_text = False
    for number, line in enumerate(lines):
        if not seen_text:
            seen_text = bool(line.strip())
            if not _DEVICE.match(line):
                continue
            if not any(one.strip() for one in lines[:number]):
                continue
        if _SIGNATURE.match(line) and _is_short_tail(lines, number):
            end = number
            break
        if len(line) < 120 and _DEVICE.match(line):
            end = number
            break
        starts_paragraph = not lines[number - 1].strip()
        if starts_paragraph and (_SMALL_PRINT.match(line) or _ENVIRONMENT.match(line)):
            end = number
            break
    kept = lines[:end]
    while kept and (not kept[-1].strip() or _RULE.match(kept[-1]) or kept[-1].strip() in {">", "|", "*"}):
        kept = kept[:-1]
    return kept


def _is_short_tail(lines: list[str], mark: int) -> bool:
    return sum(bool(line.strip()) for line in lines[mark + 1 :]) <= _LONGEST_SIGNATURE


def _without_headers(lines: list[str]) -> list[str]:
    """A mail that is nothing but a forwarded one: its text without the copied header."""
    position = 0
    while position < len(lines):
        length = _intro_length(lines[position : position + _SPAN * 2])
        if length:
            block = lines[position + length :]
            header = _header_block_at(block)
            return block[header:]
        position += 1
    return lines


def _header_block_at(lines: list[str]) -> int:
    """Where the text begins after a separator: behind the first blank line if a header block comes first."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if first < len(lines) and _FROM.match(lines[first]):
        return next((n for n in range(first, len(lines)) if not lines[n].strip()), first)
    return 0
