"""Which end of a stay each day is.

A role comes from a range ("del 3 al 7"), from words beside the day ("llegamos el", "check out on"), from what the agent
had just asked, or from the message being about a stay. Otherwise the day is `date` and the doubt is reported.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Final

from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.day_lists import day_list, night_list
from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.scan import Scan

IN: Final = "check_in"
OUT: Final = "check_out"
OTHER: Final = "date"


@functools.cache
def _cues(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Patterns of arrival and departure words and of a link between the two ends of a range."""
    x = lexicon(language)
    link = re.compile(
        rf"(?:{x.connector_re}| ?{x.and_re} )(?:(?:el|la|los|the|o|a|dia|el dia|on|no|no dia) )?|,? ?(?:{x.until_re}) ?(?:el |the |o |dia )?|, ?| "
    )
    return re.compile(rf"\b{x.arrive_re}"), re.compile(rf"\b(?:{x.leave_re}|{x.until_re}\b)"), link


_ARRIVES: Final = re.compile(
    r"\b(?:lleg(?:o|amos|ada|aria|ariamos|aremos)|ingres\w+|cheg(?:o|amos|ada|aremos|aria|ariamos)|arriv\w+|check\w*[ -]?(?:in|out)|entrada|"
    r"salida|saida|nos vamos|me voy|leav\w+|depart\w*)\b"
)
"""Unmistakably of a stay: "llegamos el 3, ¿tienen cochera?" is no day of the garage."""


_LEAVES: Final = re.compile(
    r"\b(?:nos vamos|me voy|nos retiramos|volvemos|salimos|salgo|saimos|saio|vamos embora|vou embora|leaving|going home|heading (?:home|back)|check\w*[ -]?out)\b"
)
_SHORT_CUE: Final = re.compile(r"(?:^|[^\w]|check[ -]?)(?P<way>in|out):? (?:on |el |dia |the )?$")
""" "In 26/12 out 2/1": only where both are said."""
INCLUDED: Final = re.compile(
    r"\b(?:con|with|com|incl\w*|y|and|e|mas|mais|plus) (?:el |la |o |the |un |um |a )?(?:desayun\w*|breakfast|cafe da manha|cafe|pequeno.almoco|media pension|half board|meia pensao|"
    r"cochera|estacionamiento|parking|garag\w+|estacionamento|wi-?fi|pileta|piscina|pool|spa)"
)
"""What a room may come with: "with breakfast" does not make a stay a breakfast."""


def roles_of(scan: Scan, atoms: list[Atom]) -> list[str | None]:
    x = scan.lexicon
    arrive, leave, link = _cues(x.language)
    today = scan.situation.today
    roles: list[str | None] = [None] * len(atoms)
    for index, atom in enumerate(atoms):
        if atom.date is not None and atom.date < today:
            roles[index] = OTHER
    if nights := night_list(scan, atoms):
        roles[nights[0]], roles[nights[1]] = IN, OUT
        atoms[nights[1]] = dataclasses.replace(atoms[nights[1]], night=True)
        for index in range(nights[0] + 1, nights[1]):
            roles[index] = OTHER
    elif several := day_list(scan, atoms):
        roles[several[0]], roles[several[1]] = IN, None if "nights" in scan.values else OUT
    for index in range(len(atoms) - 1):
        first, second = atoms[index], atoms[index + 1]
        if roles[index] or roles[index + 1] or first.last or second.last:
            continue
        if first.linked:
            roles[index], roles[index + 1] = IN, OUT
            continue
        gap = scan.whole[first.end : second.start]
        if not link.fullmatch(gap) or not gap.strip(" "):
            continue
        before = scan.whole[max(0, first.start - 22) : first.start]
        if gap.strip() in (",", x.and_re) and not re.search(rf"\b{x.between_re}\b", before):
            continue
        if gap.strip() == "/" and not first.complete:
            continue
        if re.search(rf"(?:{leave.pattern})(?: \w+)? ?(?:de |from )?$", before) and not re.search(
            rf"\b{x.from_re}", before
        ):
            continue
        roles[index], roles[index + 1] = IN, OUT
        if second.week is not None and first.week is None and first.weekday is not None and first.day is None:
            atoms[index] = dataclasses.replace(first, week=second.week)  # "de martes a jueves de la semana que viene"
    for index in range(len(atoms)):
        if roles[index] is None:
            roles[index] = _cued(scan, atoms, index, arrive, leave)
    return _remaining(scan, atoms, roles)


_REPLACED: Final = re.compile(
    r"\b(?:instead of|rather than|en vez de|en lugar de|em vez de|ao inves de|y no|and not|e nao|no ya|en lugar del|en vez del|em vez do|ao inves do|e nao mais|y ya no)(?: (?:el|la|o|a|the|on|na|no|para|for|dia|el dia)){0,2} $"
    r"|\b(?:instead of|en vez de|en lugar de|em vez de|ao inves de)(?: [a-z]+){1,3} $"
)
_CANNOT: Final = {
    language: re.compile(rf"\b(?:{words})(?: \w+){{1,4}}(?: (?:el|la|on|na|no|the|dia)){{0,2}} $")
    for language, words in {"es": "no", "en": "not|can'?t|cannot|won'?t|couldn'?t", "pt": "nao"}.items()
}
_DENIED: Final = re.compile(
    r"\b(?:no|not|nao)(?: (?:es|e|is|era|was|del|de|el|the|from|do|dia|on|para|for|entre|between)){0,3} $"
)
_MOVES: Final = re.compile(
    r"\b(?:pas(?:a\w*|o|e)|cambi\w+|mov\w+|corr\w+|mejor|instead|chang\w+|chang\w*|mud\w+|alter\w+|pass\w+|switch\w*|push\w*|make it|mud\w+|troc\w+|adi\w+|remarc\w+|melhor|sino|reprogram\w+|resched\w+)\b"
)


_END: Final = re.compile(
    r"\b(?:salida|check ?-?out|checkout|partida|egreso|saida|departure(?: date)?|llegada|check ?-?in|checkin|entrada|ingreso|chegada|arrival(?: date)?)(?: date)? (?:del?|from|do|de|d[eo] dia)(?: (?:el|the|dia|o))? ?$"
)
_TO: Final = re.compile(r" ?(?:al?|to|para|pro|pra|for)(?: (?:el|o|dia|the|a|el dia|o dia))? ?")


_WAS: Final = re.compile(
    r"\b(?:era|eran|estava|estaba|tenia|tenemos|tinha|was|were|had|originally|originalmente|reserve|reservei|booked)\b(?: \w+){0,5} $"
)
_NOW: Final = re.compile(
    r"\b(?:quier\w+|quer\w+|want|can|could|like|puedo|podemos|podria\w*|posso|podemos|need|preciso|necesito|now|ahora|agora|mejor|melhor|instead)\b"
)


_SAYS: Final = re.compile(
    r"\b(?:reserv\w+|booking|stay|estadia|arrival|llegada|chegada|check.?in|check.?out|salida|saida|departure)\b(?: \w+){0,3} (?:is|es|e|says|dice|diz|esta|ta|figura)(?: \w+){0,3} $"
)
_SHOULD: Final = re.compile(
    r"\b(?:should|preciso que|necesito que|deberia|tiene que|tem que|deveria|tendria que|seja|sea)\b"
)
_WRONG: Final = re.compile(
    r"\b(?:put|wrote|typed|said|entered|selected|puse|pusimos|escribi|dije|mande|elegi|coloquei|botei|pus|escrevi|disse|falei|digitei|marque|marquei|escolhi)\b(?: [a-z]+){0,4} $"
)
_RIGHT: Final = re.compile(
    r"\b(?:should(?: have| ve)? (?:be|been|read|say)|shoulda been|meant|is actually|actually|(?:the )?correct|quise (?:decir|poner)|queria (?:decir|poner|dizer|colocar|por)|quis (?:dizer|colocar|por)|"
    r"correct[oa]|cert[oa]|deberia ser|tendria que ser|tenia que ser|deveria ser|tinha que ser|era para ser|era pra ser|en realidad|na verdade|sorry|perdon|desculp\w+|(?:pero|mas|but|y|e|and) (?:es|era|e|is|it is|it'?s))\b"
)
_EXTENDS: Final = re.compile(r"\b(?:exten[ds]\w*|estend\w+|alarg\w+|prolong\w*)\b")


def _old_end(scan: Scan, before: str, after: str) -> str | None:
    """ "Mi salida era el 25, quiero irme el 27": which end the old day was of; None when it is no such talk."""
    _, leave, _ = _cues(scan.lexicon.language)
    was = _WAS.search(before) and (_NOW.search(after) or _MOVES.search(after))
    if (
        not was
        and not (_SAYS.search(before) and _SHOULD.search(after))
        and not (_CANNOT[scan.lexicon.language].search(before) and leave.search(after))
    ):
        return None
    return OUT if leave.search(before) else IN


def _moved_end(scan: Scan, atoms: list[Atom]) -> str | None:
    """ "Mover la salida del 25 al 27": the one end that moves, from the old day to the new one."""
    first, second = atoms
    before = scan.whole[: first.start]
    end = _END.search(before)
    if not end and _EXTENDS.search(before) and _TO.fullmatch(scan.whole[first.end : second.start]):
        return OUT
    if not end or not _TO.fullmatch(scan.whole[first.end : second.start]) or not _MOVES.search(before):
        return None
    return OUT if re.match(r"sal|check ?-?out|part|egr|sai|dep", end.group()) else IN


def _is_range(scan: Scan, first: Atom, second: Atom) -> bool:
    link = _cues(scan.lexicon.language)[2]
    gap = scan.whole[first.end : second.start]
    return first.linked or (bool(gap.strip(" ,")) and link.fullmatch(gap) is not None)


def without_replaced(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """The days that still hold: of "Saturday instead of Friday" and "no llego el viernes, pasala al sábado" the other goes."""
    if len(atoms) < 2:
        return atoms
    kept: list[Atom] = []
    gone = False
    for index, atom in enumerate(atoms):
        before = scan.whole[max(0, atom.start - 40) : atom.start]
        last = index == len(atoms) - 1
        after = scan.whole[atom.end : atoms[index + 1].start] if not last else ""
        refused = not last and re.match(r" (?:no|nao)\b", after) is not None
        if (
            refused
            or _REPLACED.search(before)
            or (not last and _CANNOT[scan.lexicon.language].search(before) and _MOVES.search(after))
        ):
            if refused and kept and index and _is_range(scan, atoms[index - 1], atom):
                kept.pop()  # "del 3 al 7 no, mejor del 4 al 8"
            continue
        if not last and len(atoms) == 2 and (end := _moved_end(scan, atoms) or _old_end(scan, before, after)):
            scan.values["_end"] = end
            continue
        if not last and len(atoms) == 2 and _WRONG.search(before) and _RIGHT.search(after):
            if _cues(scan.lexicon.language)[1].search(before):
                scan.values["_end"] = OUT
            continue  # "I put July 12, should be July 21"
        if index + 2 < len(atoms) and (_DENIED.search(before) or gone):
            link = _cues(scan.lexicon.language)[2]
            gone = not gone and (atom.linked or link.fullmatch(after) is not None)
            continue  # "no del 3 al 7 sino del 4 al 8"
        kept.append(atom)
    return kept or atoms


def _cued(scan: Scan, atoms: list[Atom], index: int, arrive: re.Pattern[str], leave: re.Pattern[str]) -> str | None:
    """The role the words just before, or else just after, an atom give it."""
    atom = atoms[index]
    if len(atoms) == 1 and scan.values.get("_end"):
        return str(scan.values["_end"])
    start = atoms[index - 1].end if index else 0
    before = scan.whole[max(start, atom.start - 60) : atom.start]
    before = re.split(r"[.;!?\n]", before)[-1]
    short = _SHORT_CUE.search(before)
    if short and len(atoms) > 1 and re.search(r"\bin\b", scan.whole) and re.search(r"\bout\b", scan.whole):
        return IN if short["way"] == "in" else OUT
    best: tuple[int, int, str] | None = None
    for role, pattern in ((IN, arrive), (OUT, leave)):
        for match in pattern.finditer(before):
            # The cue that ends last is nearest; of two ending together ("me voy", "voy") the longer one is meant.
            found = (match.end(), match.end() - match.start(), role)
            if best is None or found[:2] > best[:2]:
                best = found
    if best:
        return best[2]
    end = atoms[index + 1].start if index + 1 < len(atoms) else len(scan.whole)
    after = re.split(r"[.;!?\n,]", scan.whole[atom.end : min(end, atom.end + 40)])[0]
    after = re.split(rf"\b(?:{scan.lexicon.and_re}|hasta|until|till|ate)\b", after)[0]
    first = [
        (cue.start(), role)
        for role, pattern in ((IN, arrive), (OUT, leave))
        if (cue := pattern.search(after)) and not (end < len(scan.whole) and not after[cue.end() :].strip())
    ]  # a cue directly before the next day belongs to that one
    if not first:
        return None
    return min(first)[1]


def _remaining(scan: Scan, atoms: list[Atom], roles: list[str | None]) -> list[str | None]:
    """Roles of the days no word explains: from the question asked, the other end, or the talk being of a stay."""
    x = scan.lexicon
    other_talk = re.search(rf"\b{x.not_stay_re}", INCLUDED.sub(" ", scan.whole)) is not None
    stay_talk = (
        re.search(rf"\b{x.stay_re}", scan.whole) is not None or "nights" in scan.values or "_days" in scan.values
    )
    expected = scan.situation.expected_slot
    both = IN in roles and OUT in roles
    for index, atom in enumerate(atoms):
        if roles[index] is not None:
            weak = not (both or _ARRIVES.search(scan.whole))
            if (
                roles[index] in (IN, OUT)
                and other_talk
                and weak
                and not _stay_words(scan)
                and expected not in (IN, OUT)
            ):
                roles[index] = OTHER
            continue
        if atom.last is not None:
            roles[index] = IN if not (other_talk and not stay_talk) else None
        elif expected in (IN, OUT) and expected not in roles:
            roles[index] = expected
        elif expected in ("dates", "stay", "nights") and IN not in roles:
            roles[index] = IN
        elif other_talk and not _stay_words(scan) and not (OUT in roles and _LEAVES.search(scan.whole)):
            roles[index] = OTHER
        elif OUT in roles and IN not in roles and index < roles.index(OUT):
            roles[index] = IN
        elif IN in roles and OUT not in roles and index > roles.index(IN):
            listed = re.fullmatch(
                rf",? ?(?:{x.and_re} )?(?:el |on |o )?", scan.whole[atoms[index - 1].end : atom.start]
            )
            # "viernes y sábado, 2 noches" names the nights, not the day of leaving.
            roles[index] = None if listed and "nights" in scan.values else OUT
        elif stay_talk and IN not in roles:
            roles[index] = IN
            scan.values["_guessed_arrival"] = True
        else:
            roles[index] = OTHER
            if not other_talk and len(atoms) == 1:
                scan.doubt("date_role_unclear", atom.start, atom.end)
    return roles


def _stay_words(scan: Scan) -> bool:
    """Whether the message names a stay itself, so that "book a room … with breakfast" stays a stay."""
    words = {
        "es": r"\b(?:habitaci\w+|hab\b|cuarto|noches?|estadia|hosped\w+|aloj\w+|quedar\w*|check ?-?in|check ?-?out|llegada|salida)",
        "en": r"\b(?:rooms?|nights?|stay\w*|check\w*[ -]?(?:in|out)|checkout|checkin|arriving|leaving|suite)",
        "pt": r"\b(?:quartos?|noites?|diarias?|estadia|hosped\w+|check ?-?in|check ?-?out|chegada|saida|suite|apto)",
    }
    if "nights" in scan.values or "_days" in scan.values:
        return True
    unread = re.sub(r"room service|servicio (?:a|de) (?:la )?habitaci\w+|servico de quarto", "", scan.text)
    return re.search(words[scan.lexicon.language], unread) is not None
