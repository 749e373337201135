"""Bare numbers that are days only because of what stands around them: "entrada 5, salida 9", "en marzo, del 15 al 20"."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Final

from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.numbers import day_value
from conversations.understanding.entities.scan import Scan

_ENDS: Final = {
    "es": r"llegada|entrada|ingreso|arribo|check ?-?in|checkin|llego|llegamos|ingresamos|entro|salida|egreso|partida|check ?-?out|checkout|salgo|salimos|salir|llegar|me voy|nos vamos|irme|irnos|hasta",
    "en": r"arriv\w+|check(?:ing)? ?-?in|checkin|depart\w+|leav(?:e|ing)|check(?:ing)? ?-?out|checkout|until|till|til",
    "pt": r"chegada|entrada|check ?-?in|checkin|chego|chegamos|chega|chegar|entro|saida|partida|check ?-?out|checkout|saio|saimos|sai|sair|vou embora|vamos embora|ate",
}
"""Words of an end of the stay after which a number without article is its day, once the message names another day."""


@functools.cache
def _cued(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    return re.compile(
        rf"\b(?:{_ENDS[language]}|(?<!check )(?<!check-)\b(?:in|out))(?: date| el dia| dia)?:? (?:en |em |on )?(?P<d>\d{{1,2}})(?:{x.ordinal_suffix_re})?"
        rf"(?![^\W_]|[\d:%$€/-]|[.,]\d)(?! ?(?:{x.count_units_re}|{x.night_re}|cuotas|vezes|x\b))"
    )


def cued_days(scan: Scan, another: bool) -> list[Atom]:
    """Days said by nothing but an end of the stay and a number; only beside another day or another such end."""
    found = list(_cued(scan.lexicon.language).finditer(scan.text))
    in_and_out = re.search(r"\bin\b", scan.whole) and re.search(r"\bout\b", scan.whole)
    found = [match for match in found if in_and_out or not re.match(r"(?:in|out)\b", match.group())]
    if not (another or len(found) > 1):
        return []
    return [
        Atom(match.start("d"), match.end(), day=number, bare=True)
        for match in found
        if (number := day_value(match["d"], scan.lexicon)) and number <= 31
    ]


_FULL_MONTHS: Final = frozenset({"mayo", "maio", "june", "july"})
"""Short names of months that are no other word; "may" and "mar" need "in" before them."""


@functools.cache
def _month(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    names = {word for word in x.month_before_day if len(word) > 4 or word in _FULL_MONTHS}
    alone = alternatives(names | ({"marco"} if language == "pt" else set()))
    return re.compile(
        rf"(?<![^\W_])(?:(?:{x.in_month_re}) (?:el mes de |o mes de |the month of )?(?P<m>{alternatives(x.months)})|(?P<n>{alone}))(?![^\W_])"
        r"(?: (?:de |del |of )?(?P<y>20\d\d))?"
    )


def follows_month(scan: Scan, start: int) -> bool:
    """Whether a month alone stands directly before: "em maio de 12 a 17"."""
    before = scan.text[max(0, start - 30) : start]
    return any(
        re.fullmatch(r"[ ,:]{0,3}", before[match.end() :]) for match in _month(scan.lexicon.language).finditer(before)
    )


def with_named_month(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """ "En marzo, del 15 al 20": the only month of the message belongs to its first bare day."""
    if not atoms or any(atom.month is not None or (atom.date is not None and not atom.month_end) for atom in atoms):
        return atoms
    first = next((index for index, atom in enumerate(atoms) if atom.day is not None), None)
    if first is None:
        return atoms
    months = list(_month(scan.lexicon.language).finditer(scan.text))
    if len(months) != 1:
        return atoms
    said = months[0]
    month = scan.lexicon.months[said["m"] or said["n"]]
    target = first
    if (
        said.start() > atoms[-1].end
        and len(atoms) > 1
        and atoms[first + 1 : first + 2]
        and atoms[first + 1].day is not None
    ):
        target = first + 1  # "del 29 al 3, en enero"
    year = int(said["y"]) if said["y"] else None
    atoms[target] = replace(atoms[target], month=month, year=year, bare=False)
    scan.hide(said.start(), said.end())
    return atoms
