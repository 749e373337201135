"""Who travels: guests in total, adults, children and their ages.

"Somos 4" is four guests, never four adults; a couple and "my wife and I" are two adults; a baby is a child of age 0.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
import itertools
import re
from typing import Final

from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.numbers import count_re, count_value
from conversations.understanding.entities.scan import READ, Scan, only_filler

_AGES: Final = {
    "es": [
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
        "trece",
        "catorce",
        "quince",
    ],
    "en": [
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
    ],
    "pt": [
        "dois",
        "tres",
        "quatro",
        "cinco",
        "seis",
        "sete",
        "oito",
        "nove",
        "dez",
        "onze",
        "doze",
        "treze",
        "catorze",
        "quatorze",
        "quinze",
    ],
}
"""Ages said in words."""
_HEADCOUNT: Final = {
    "es": r"somos|seremos|seriamos|vamos a ser",
    "en": r"we are|we're|we will be|we'll be|there are|there will be|there'll be|there's|party of|group of",
    "pt": r"somos|seremos|seriamos|vamos ser|estaremos em|estamos em",
}
"""What is always followed by people, never by a day."""
_FRIENDS: Final = r"(?:amig[oa]s|friends|mates|colleagues|colegas|brothers|sisters|cousins|herman[oa]s|prim[oa]s|companer[oa]s|irma[oa]?s|mulheres|mujeres|hombres|homens|chicas|women|men|guys|girls|lads)"
_SPEAKS: Final = re.compile(
    r"\b(?:habl\w+|comuni\w+|pas[ae]\w*|passa\w*|speak\w*|talk\w*|fal[aeo]\w*|chat\w*|atiend\w+|atend\w+|contact\w*|transfer\w*|connect\w*|deriv\w+)(?: \w+){0,3} $"
)
"""Before "a person": who is wanted on the line, not who travels."""


@functools.cache
def _compiled(language: str) -> dict[str, re.Pattern[str]]:
    x = lexicon(language)
    n = count_re(language)
    extra = r"(?:(?:small|little|minor|young|older|pequen[oa]s?|more|mas|other|otr[oa]s|adult|of (?:my|our)|of which|our|hermosos|lindos) )?"
    age = rf"(?:(?<!\d)\d{{1,2}}(?!\d)|\b{alternatives(_AGES[language])}\b)"
    another = (
        r"(?:(?:el |la |o |a |the )?(?:otr[oa]|outr[oa]|other|another|one|uno|una|um|uma) )?(?:de |is |aged? |of )?"
    )
    ages_list = rf"{age}(?: ?(?:,|y|and|e|&|/|\+|o) ?{another}{age}){{0,8}}"
    return {
        "adults": re.compile(rf"(?P<n>{n}) ?(?:x )?{extra}(?P<w>{x.adult_re})(?![^\W_])"),
        "adults_after": re.compile(rf"\b(?P<w>{x.adult_re}) ?[:=] ?(?P<n>{n})"),
        "children": re.compile(rf"(?P<n>{n}) ?(?:x )?{extra}(?P<w>{x.child_re})(?![^\W_])"),
        "children_after": re.compile(rf"\b(?P<w>{x.child_re}) ?[:=] ?(?P<n>{n})"),
        "babies": re.compile(rf"(?P<n>{n}) ?{extra}(?P<w>{x.baby_re})(?![^\W_])"),
        "a_baby": re.compile(
            rf"(?:\b{x.possessive_re} |[+&] ?|\bcon |\bwith |\bcom |\by |\be |\band |\bel |\bla )(?P<w>{x.baby_re})(?![^\W_])"
        ),
        "no_children": re.compile(rf"\b{x.none_re} (?:{x.child_re}|{x.baby_re})(?![^\W_])"),
        "guests": re.compile(rf"(?P<n>{n}) ?(?:x )?{extra}(?:(?:adult )(?=people))?(?P<w>{x.person_re})(?![^\W_])"),
        "guests_after": re.compile(rf"\b(?P<w>{x.person_re}) ?[:=] ?(?P<n>{n})"),
        "we_are": re.compile(
            rf"\b{x.we_are_re}:? (?:nosotros |solo |solamente |just |only |unos |como |a |en total )?(?P<n>{n})(?![^\W_])(?! ?(?:{x.count_units_re}|st\b|nd\b|rd\b|th\b|de |of |/))"
        ),
        "headcount": re.compile(
            rf"(?<![^\W_])(?:{_HEADCOUNT[language]}) (?:nosotros |solo |solamente |just |only |unos |como |en total )?(?P<n>{n})(?P<us> of us)?(?![^\W_])"
            rf"(?:(?= ?{_FRIENDS})|(?! ?(?:{x.count_units_re})))(?! ?(?:[a-z]+-)?\d| ?(?:-|to|a|ou|o|or) ?\d|st\b|nd\b|rd\b|th\b|/| of (?!us)| menos| horas)"
        ),
        "family_of": re.compile(rf"\b{x.family_of_re} (?P<n>{n})(?![^\W_])(?! ?(?:{x.age_unit_re}))"),
        "for_n": re.compile(
            rf"\b{x.for_re} (?:(?P<we>nosotr[oa]s |los |las |the |nos |us )|solo |just |only )?(?P<n>{n})(?P<us> of us)?(?![^\W_])(?! ?(?:{x.count_units_re}|st\b|nd\b|rd\b|th\b|de (?!nosotr)|of (?!us)|/|dic|ene|[a-z]+dades))"
        ),
        "one_for_n": re.compile(
            rf"\b(?:una|otra|un|otro|one|another|the other|uma|outra|um|outro) (?:\w+ )?{x.for_re} (?P<n>{n})(?![^\W_])(?! ?(?:{x.count_units_re}|/))"
        ),
        "alone": re.compile(rf"(?<![^\W_]){x.alone_re}(?![^\W_])"),
        "couple": re.compile(rf"(?<![^\W_]){x.couple_re}(?![^\W_])"),
        "relation": re.compile(rf"\b{x.possessive_re} (?P<w>{x.adult_relation_re})(?![^\W_])"),
        "relations": re.compile(rf"(?P<n>{n}|\b{x.possessive_re}) (?:{x.adult_relation_re})(?:s|es)(?![^\W_])"),
        "child_relation": re.compile(
            rf"(?<![^\W_])(?:{x.possessive_re}|\bel|\bthe|\bo|\ba|,|y|and|e) ?(?:teenage |young |little |pequen[oa] |adolescente |beb[eé] |recien nacid[oa] )?(?P<w>{x.child_relation_re})(?![^\W_])"
        ),
        "me": re.compile(rf"(?<![^\W_]){x.me_re}"),
        "ages": re.compile(rf"(?P<list>{ages_list}) ?(?P<unit>{x.age_unit_re})(?![^\W_])"),
        "aged_one": re.compile(
            rf"\b(?:an?|one|my|our|the) (?P<age>\d{{1,2}}|{alternatives(_AGES['en'])})[ -]?(?P<unit>years?|yrs?|yr|yo|months?|mo)[ -]?(?:olds?)?(?![^\W_])(?! (?:wife|husband|mother|man|woman|adult|hotel|house))"
        ),
        "months": re.compile(rf"(?<!\d)\d{{1,2}} ?{x.age_month_re}(?![^\W_])"),
        "ages_bare": re.compile(
            rf"(?:{x.child_re}|{x.baby_re}|\b{x.child_relation_re})(?:,? (?:uno|una|um|uma|one)(?: de| is| aged?)| de| is| are| has| tienen?| tem| turned| \(| aged?| ages| of| con| com|,? edades:?| idades:?| \(de| \(ages)? ?(?P<list>{ages_list})(?! ?(?:{x.count_units_re}))"
        ),
    }


def _count(scan: Scan, match: re.Match[str]) -> int | None:
    return count_value(match["n"], scan.lexicon)


def _ages(scan: Scan, said: str) -> list[int]:
    """The ages of a list, digits or words."""
    numbers = scan.lexicon.numbers
    return [
        int(word) if word.isdigit() else numbers[word]
        for word in re.findall(r"\d+|[a-z]+", said)
        if word.isdigit() or numbers.get(word, 0) > 1
    ]


def read_ages(scan: Scan) -> None:
    """Ages come first: "de 5 años" is neither five people nor the fifth."""
    patterns = _compiled(scan.lexicon.language)
    ages: list[int] = []
    children = re.search(rf"\b(?:{scan.lexicon.child_re}|{scan.lexicon.baby_re})\b", scan.whole) is not None
    for match in patterns["ages"].finditer(scan.text):
        found = _ages(scan, match["list"])
        if max(found) > 17 or not (children or scan.expects("children_ages", "children")):
            if max(found) > 17:
                scan.hide(match.start(), match.end())
            continue
        ages += found
        scan.take("children_ages", match.start(), match.end())
    if children:
        for match in patterns["months"].finditer(scan.text):
            if re.search(
                rf"(?:{scan.lexicon.baby_re}|{scan.lexicon.child_re})[^.;]{{0,12}}$", scan.whole[: match.start()]
            ):
                ages.append(0)
                scan.take("children_ages", match.start(), match.end())
    if not ages:
        listed = patterns["ages_bare"].search(scan.text)
        if listed:
            found = _ages(scan, listed["list"])
            if max(found) <= 17:
                ages += found
                scan.take("children_ages", listed.start("list"), listed.end("list"))
    if not ages and scan.expects("children_ages"):
        found = [int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", scan.text)]
        if found and max(found) <= 17:
            ages = found
            for match in re.finditer(r"(?<!\d)\d{1,2}(?!\d)", scan.text):
                scan.take("children_ages", match.start(), match.end())
    if not ages and scan.lexicon.language == "en":
        for match in patterns["aged_one"].finditer(scan.text):
            number = int(match["age"]) if match["age"].isdigit() else scan.lexicon.numbers[match["age"]]
            if number <= 17 and re.search(r"old|yo", match.group()):
                ages.append(0 if match["unit"].startswith("m") else number)
                scan.take("children_ages", match.start(), match.end())
    if ages:
        scan.set("children_ages", tuple(ages))


def read_headcount(scan: Scan) -> None:
    """ "Somos 3 de 21 a 28/11": how many we are is said before any day is read; the number is no day."""
    match = _compiled(scan.lexicon.language)["headcount"].search(scan.text)
    value = _count(scan, match) if match else None
    if match is not None and value is not None and 1 < value <= 500:
        scan.set("guests", value)
        scan.take("guests", match.start("n"), match.end("n"))


def read_party(scan: Scan) -> None:
    """Fill `guests`, `adults`, `children`; consumes what it reads."""
    patterns = _compiled(scan.lexicon.language)
    adults = _sum(scan, "adults", patterns["adults"], patterns["adults_after"])
    no_children = patterns["no_children"].search(scan.text)
    children: int | None = None
    if no_children:
        children = 0
        scan.take("children", no_children.start(), no_children.end())
    counted = _sum(scan, "children", patterns["children"], patterns["children_after"])
    if counted is not None:
        children = counted
    babies = _sum(scan, "children", patterns["babies"])
    if babies is None:
        match = patterns["a_baby"].search(scan.text)
        if match and not re.search(
            r"(?:cuna|cot|crib|berco|silla|cadeir\w+|leche)[^.]{0,14}$", scan.whole[: match.start()]
        ):
            babies = 1
            scan.take("children", match.start("w"), match.end("w"))
    ages = scan.values.get("children_ages", ())
    if babies is None and children is None and isinstance(ages, tuple) and 0 in ages and scan.lexicon.language == "en":
        babies = 1  # "an 8 month old baby"
    if babies:
        children = (children or 0) + babies
        if isinstance(ages, tuple) and 0 not in ages and len(ages) < children:
            scan.values["children_ages"] = (*ages, *([0] * min(babies, children - len(ages))))
    said = scan.values.pop("guests", None)
    guests = said if isinstance(said, int) else None
    if guests is None:
        guests = _sum(scan, "guests", patterns["guests"], patterns["guests_after"], first=True)
    if guests is None:
        guests = _first(scan, patterns["family_of"]) or _first(scan, patterns["we_are"])
    guests, adults, children = _relations(scan, guests, adults, children)
    if guests is None and adults is None:
        guests = _for_n(scan)
    if adults is None and guests is None and (match := patterns["alone"].search(scan.text)):
        adults = 1
        scan.take("adults", match.start(), match.end())
    if adults is None and guests is None and (match := patterns["couple"].search(scan.text)):
        adults = 2
        scan.take("adults", match.start(), match.end())
    guests, adults, children = _from_question(scan, guests, adults, children)
    if children is None and isinstance(ages := scan.values.get("children_ages"), tuple) and ages:
        children = len(ages)
    if guests is not None and adults is None and children and _added(scan):
        adults, guests = guests, None
    for name, value in (("guests", guests), ("adults", adults), ("children", children)):
        if value is not None and 0 <= value <= 500:  # "0 guests" is said back, not overheard
            scan.set(name, value)


def _sum(scan: Scan, entity: str, *patterns: re.Pattern[str], first: bool = False) -> int | None:
    total: int | None = None
    for pattern in patterns:
        for match in pattern.finditer(scan.text):
            value = _count(scan, match)
            if value is None or (value == 1 and entity == "guests" and _SPEAKS.search(scan.text[: match.start()])):
                continue
            total = (total or 0) + value
            scan.take(entity, match.start(), match.end())
            if first:
                return total
    return total


def _first(scan: Scan, pattern: re.Pattern[str]) -> int | None:
    for match in pattern.finditer(scan.text):
        value = _count(scan, match)
        if match["n"] in scan.lexicon.one_words and scan.lexicon.language == "en" and match["n"] != "one":
            continue
        if match["n"] in ("un", "una", "um", "uma"):
            continue
        if value is not None and 0 < value <= 500:
            scan.take("guests", match.start("n"), match.end("n"))
            return value
    return None


def _for_n(scan: Scan) -> int | None:
    """ "Para 4": guests when the talk is of a room or table; alone it stays a bare number."""
    x = scan.lexicon
    each = [one for one in _compiled(x.language)["one_for_n"].finditer(scan.text) if _count(scan, one)]
    if len(each) > 1:  # "una para 2 y otra para 3"
        for one in each:
            scan.take("guests", one.start("n"), one.end("n"))
        return sum(_count(scan, one) or 0 for one in each)
    match = _compiled(x.language)["for_n"].search(scan.text)
    if match is None or match["n"] in ("a", "an", "un", "una", "um", "uma", "uno"):
        return None
    value = _count(scan, match)
    rest = scan.text[: match.start()] + scan.text[match.end() :]
    talk = (
        re.search(r"\b(?:algo|alguna|something|anything|space|alguma coisa)\b", scan.whole) is not None
        or re.search(rf"\b(?:{x.stay_re}|{x.not_stay_re}|{x.room_re})", scan.whole) is not None
        or READ in scan.text
        or match["us"]
        or match["we"]
    )
    if (
        value is None
        or not value
        or (only_filler(rest) and not match["we"] and not scan.marks and not scan.expects("guests", "adults"))
        or not talk
    ):
        return None
    scan.take("guests", match.start("n"), match.end("n"))
    return value


def _relations(
    scan: Scan, guests: int | None, adults: int | None, children: int | None
) -> tuple[int | None, int | None, int | None]:
    """ "My wife, our two kids and I"."""
    patterns = _compiled(scan.lexicon.language)
    me = patterns["me"].search(scan.whole) is not None
    grown = len(list(patterns["relation"].finditer(scan.text)))
    with_me = (
        re.search(
            r"\b(?:con|com|with) " + scan.lexicon.possessive_re + r" " + scan.lexicon.adult_relation_re, scan.whole
        )
        is not None
    )
    little = 0
    if children is None:
        matches = list(patterns["child_relation"].finditer(scan.text))
        little = len(matches)
    if adults is None and guests is None:
        with_children = (
            bool(little or children)
            and re.search(r"\b(?:con|com|with) (?:mis?|meus?|minhas?|my) ", scan.whole) is not None
            and scan.lexicon.language == "en"
        )
        if grown and (me or with_me):
            return guests, grown + 1, children if children is not None else (little or None)
        if (little or children) and me:
            return guests, 1 + grown, children if children is not None else little
        if with_children:
            return guests, 1, children if children is not None else little
    if little and children is None and (adults is not None or me):
        return guests, adults, little
    return guests, adults, children


def _from_question(
    scan: Scan, guests: int | None, adults: int | None, children: int | None
) -> tuple[int | None, int | None, int | None]:
    """A bare number answers what the agent had just asked."""
    slot = scan.situation.expected_slot
    if slot not in ("guests", "adults", "children"):
        return guests, adults, children
    current = {"guests": guests, "adults": adults, "children": children}
    if current[slot] is None and not (slot == "guests" and adults is not None):
        value = bare_number(scan)
        if value is None:
            value = lone_number(scan)
        if (
            value is None
            and slot == "children"
            and re.search(rf"\b(?:{scan.lexicon.none_re}|no|nao|none|ningun[oa]?|nenhum\w*|nobody)\b", scan.whole)
        ):
            value = 0
        if value is not None:
            current[slot] = value
    return current["guests"], current["adults"], current["children"]


def _added(scan: Scan) -> bool:
    """ "Somos 2 y un bebé", "2 personas + 1 niño": the children come on top."""
    x = scan.lexicon
    order = sorted((start, entity, end) for entity, start, end in scan.marks if entity in ("guests", "children"))
    for (_, first, end), (start, second, _) in itertools.pairwise(order):
        gap = scan.whole[end:start]
        if first == "guests" and second == "children":
            return (
                re.fullmatch(
                    rf" ?(?:{x.and_re}|mas|mais|plus|\+|&|e|y|personas? y|people and)(?: {x.possessive_re}| el| la| o| a| an)?(?: \w+ months?[ -]old)? ?",
                    gap,
                )
                is not None
            )
    return False


_AROUND: Final = re.compile(
    r"\b(?:so|solo|solamente|just|only|apenas|somente|para|pra|for|son|sao|seran|serao|seria|seriamos|somos|it|will|be|is|would|are|we|entonces|entao|then|van|a|ser|vamos|the|el|la|los|las|"
    r"o|os|as|em|en|in|total|nada|mas|no|y|e|and|ok|si|sim|yes|hola|hi|oi|please|por|favor|gracias|thanks|unos|unas|uns|umas|about|como|creo|acho|think|i|numero|number|opcion|option|opcao|"
    r"quiero|quero|want|like|i'd|prefiero|prefiro|la|serian|seriam|yo|eu|noches?|nights?|noites?|personas?|people|pessoas?)\b"
)
"""Words that may stand around a bare number without giving it a meaning of their own."""


MOST_WORDS: Final = 7
"""An answer longer than this may speak of something else."""


def lone_number(scan: Scan) -> int | None:
    """The only number of a short answer to a question of how many: "los cuatro de siempre", "five or so"."""
    if "?" in scan.whole or len(scan.whole.split()) > MOST_WORDS:
        return None
    found = [
        match
        for match in re.finditer(rf"(?<![\w.,/:-]){count_re(scan.lexicon.language)}(?![^\W_])(?![/:%])", scan.text)
        if match.group() not in scan.lexicon.one_words
    ]
    value = count_value(found[0].group(), scan.lexicon) if len(found) == 1 else None
    if value is not None:
        scan.take("number", found[0].start(), found[0].end())
    return value


def bare_number(scan: Scan) -> int | None:
    """The only number left unread, digits or words, when there is exactly one and hardly anything else."""
    x = scan.lexicon
    found = [
        match
        for match in re.finditer(rf"(?<![\w.,/:-])(?:{count_re(x.language)}|\d{{3,5}})(?![^\W_])(?![/:%])", scan.text)
        if match.group() not in ("a", "an", "un", "una", "um", "uma", "uno")
        or only_filler(scan.text[: match.start()] + scan.text[match.end() :])
    ]
    if not found and re.fullmatch(r"\W*(?:none|ningun[oa]|nenhum[a]?|nobody|ninguem)\W*", scan.text):
        return 0
    if len(found) != 1:
        return None
    rest = scan.text[: found[0].start()] + " " + scan.text[found[0].end() :]
    if not only_filler(_AROUND.sub(" ", rest)):
        return None
    value = int(found[0].group()) if found[0].group().isdigit() else count_value(found[0].group(), x)
    if value is not None:
        scan.take("number", found[0].start(), found[0].end())
    return value
