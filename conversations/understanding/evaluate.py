"""Measures an engine on gold files (`manage.py evaluate_nlu`): intents, confidence, stay values, language, speed.

Gold and predictions are JSON lines as described in docs/understanding.md. A prediction counts as right when its
label is among the gold intents or the accepted routings; "strict" counts gold only. Values are compared after
lower-casing text; of the entities only those that the file's own gold ever uses are scored.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import collections
import datetime as dt
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conversations.understanding.decision import DEFAULT_THRESHOLDS, GRAVE
from conversations.understanding.types import INTENTS, Engine, Situation, Understanding

STAY_DATES: Final = ("check_in", "check_out")
ANY_DATE: Final = ("check_in", "check_out", "date")
BINS: Final = 10
GRAVE_CONFUSIONS: Final = (("cancel_reservation", "make_reservation"), ("deny", "affirm"))
"""(said, understood) that must never happen."""


class GoldError(ValueError):
    """A gold line that cannot be read; names file and line."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One labelled message."""

    id: str
    text: str
    language: str
    today: dt.date
    intents: tuple[str, ...]
    accept: frozenset[str]
    entities: Mapping[str, Any]
    alternatives: Mapping[str, Sequence[Any]]
    skipped: frozenset[str]
    slot: str | None
    fuzzy: bool
    source: str
    country: str


@dataclass(frozen=True, slots=True)
class Predicted:
    """What an engine said, and how long it took."""

    id: str
    language: str
    candidates: tuple[tuple[str, float], ...]
    intents: tuple[str, ...]
    entities: Mapping[str, Any]
    ms: float

    def line(self) -> str:
        """As a line of a predictions file."""
        return json.dumps(
            {"id": self.id, "language": self.language, "intents": [list(one) for one in self.candidates],
             "said": list(self.intents), "entities": self.entities, "ms": round(self.ms, 3)},
            ensure_ascii=False,
        )  # fmt: skip


@dataclass(slots=True)
class Report:
    """Figures of one file or one language of it; shares in percent with 95 % Wilson intervals."""

    name: str
    messages: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    confusions: list[tuple[str, str, int]] = field(default_factory=list)
    per_entity: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Entity to (right, wrong or too many, missed)."""

    def share(self, name: str, hits: int, total: int) -> None:
        """Record a proportion with its interval; nothing when there is nothing to count."""
        if total:
            self.figures[name] = round(100 * hits / total, 2)
            low, high = wilson(hits, total)
            self.intervals[name] = (round(100 * low, 1), round(100 * high, 1))
            self.counts[name] = total


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a proportion."""
    if not total:
        return (0.0, 1.0)
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return ((middle - spread) / scale, (middle + spread) / scale)


def read_gold(path: Path, *, country: str = "AR") -> list[Gold]:
    """The labelled messages of a file. Raises `GoldError` naming the line that is wrong."""
    out: list[Gold] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            out.append(
                Gold(
                    id=str(row["id"]), text=row["text"], language=row["lang"], today=dt.date.fromisoformat(row["today"]),
                    intents=tuple(row.get("intents") or ()), accept=frozenset(row.get("accept") or ()),
                    entities=row.get("entities") or {}, alternatives=row.get("entities_alt") or {},
                    skipped=frozenset(row.get("skip_entities") or ()), slot=row.get("expected_slot"),
                    fuzzy=bool(row.get("fuzzy")), source=str(row.get("domain_source") or row.get("source") or path.stem),
                    country=str(row.get("country") or country),
                )
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GoldError(f"{path.name}:{number}: {error}") from error
        unknown = [name for name in (*out[-1].intents, *out[-1].accept) if name not in INTENTS]
        if unknown:
            raise GoldError(f"{path.name}:{number}: unknown intent {', '.join(unknown)}")
    return out


def predict(engine: Engine, gold: Iterable[Gold]) -> list[Predicted]:
    """What the engine says of each message, each on its own, without a conversation's language."""
    out: list[Predicted] = []
    for one in gold:
        situation = Situation(today=one.today, expected_slot=one.slot, country=one.country)
        started = time.perf_counter()
        understood: Understanding = engine.understand(one.text, situation)
        ms = (time.perf_counter() - started) * 1000
        out.append(
            Predicted(
                id=one.id,
                language=understood.language,
                candidates=tuple((scored.name, scored.confidence) for scored in understood.candidates),
                intents=tuple(scored.name for scored in understood.intents),
                entities=understood.entities.as_dict(),
                ms=ms,
            )
        )
    return out


def measure(
    name: str,
    gold: Sequence[Gold],
    predicted: Sequence[Predicted],
    thresholds: Mapping[str, float] = DEFAULT_THRESHOLDS,
) -> Report:
    """All figures of one set."""
    report = Report(name=name, messages=len(gold))
    pairs = list(zip(gold, predicted, strict=True))
    _intents(report, [(one, said) for one, said in pairs if not one.fuzzy and one.intents], thresholds)
    _entities(report, pairs)
    long_enough = [(one, said) for one, said in pairs if len(one.text.split()) >= 3]
    report.share("language", sum(one.language == said.language for one, said in long_enough), len(long_enough))
    times = sorted(said.ms for _, said in pairs)
    if times:
        report.figures["p50_ms"] = round(times[len(times) // 2], 2)
        report.figures["p95_ms"] = round(times[min(len(times) - 1, int(len(times) * 0.95))], 2)
    return report


def _intents(report: Report, pairs: Sequence[tuple[Gold, Predicted]], thresholds: Mapping[str, float]) -> None:
    if not pairs:
        return
    right: list[bool] = []
    top3 = strict = acted = acted_right = confident_wrong = 0
    confidence: list[float] = []
    confusion: collections.Counter[tuple[str, str]] = collections.Counter()
    tally: dict[str, list[int]] = {label: [0, 0, 0] for label in INTENTS}
    many = [0, 0, 0]
    for one, said in pairs:
        fine = set(one.intents) | one.accept
        best, sure = said.candidates[0] if said.candidates else ("", 0.0)
        hit = best in fine
        right.append(hit)
        confidence.append(sure)
        strict += best in one.intents
        top3 += any(label in fine for label, _ in said.candidates[:3])
        act = thresholds.get("act_grave", thresholds["act"]) if best in GRAVE else thresholds["act"]
        if sure >= act:
            acted += 1
            acted_right += hit
            confident_wrong += not hit
        if not hit:
            confusion[one.intents[0], best or "(none)"] += 1
        _tally(tally, one, best, hit=hit)
        spoken = set(said.intents)
        many[0] += len(spoken & set(one.intents))
        many[1] += len(spoken - fine)
        many[2] += len(set(one.intents) - spoken) if not (hit and len(one.intents) == 1) else 0
    total = len(pairs)
    report.share("top1", sum(right), total)
    report.share("top3", top3, total)
    report.share("strict", strict, total)
    report.share("coverage", acted, total)
    report.share("accuracy_acting", acted_right, acted)
    report.share("confident_errors", confident_wrong, total)
    report.figures["macro_f1"] = round(100 * _macro(tally), 2)
    report.figures["multi_intent_f1"] = round(100 * _f1(*many), 2)
    report.figures["ece"] = round(100 * calibration_error(confidence, right), 2)
    for said_label, understood in GRAVE_CONFUSIONS:
        report.counts[f"{said_label}>{understood}"] = confusion[said_label, understood]
    report.confusions = [(a, b, count) for (a, b), count in confusion.most_common(12)]


def _tally(tally: dict[str, list[int]], one: Gold, best: str, *, hit: bool) -> None:
    if hit and best in one.intents:
        tally[best][0] += 1
    elif not hit:
        tally[one.intents[0]][2] += 1
        if best in tally:
            tally[best][1] += 1
    else:
        tally[one.intents[0]][0] += 1


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right or wrong or missed else 0.0


def _macro(tally: Mapping[str, Sequence[int]]) -> float:
    used = [counts for counts in tally.values() if counts[0] or counts[2]]
    return sum(_f1(*counts) for counts in used) / len(used) if used else 0.0


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten equal bins."""
    total = 0.0
    for number in range(BINS):
        inside = [
            index
            for index, value in enumerate(confidence)
            if number / BINS <= value < (number + 1) / BINS or (number == BINS - 1 and value >= 1.0)
        ]
        if inside:
            said = sum(confidence[index] for index in inside) / len(inside)
            was = sum(right[index] for index in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(said - was)
    return total


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list | tuple):
        return sorted(str(part).casefold() for part in value)
    return value


def same(gold: Any, said: Any, alternatives: Sequence[Any] = ()) -> bool:
    """Whether a value is the gold one or one of those that are right too."""
    return _plain(gold) == _plain(said) or (
        said is not None and any(_plain(said) == _plain(other) for other in alternatives)
    )


def _entities(report: Report, pairs: Sequence[tuple[Gold, Predicted]]) -> None:
    scored = {name for one, _ in pairs for name in one.entities}
    values = scored - {"topic"}
    tally: dict[str, list[int]] = {name: [0, 0, 0] for name in sorted(scored)}
    frames = joint = ends_total = false_dates = dateless = 0
    for one, said in pairs:
        whole = True
        for name in scored - one.skipped:
            expected, got = one.entities.get(name), said.entities.get(name)
            if expected is None and got is None:
                continue
            fine = same(expected, got, one.alternatives.get(name, ()))
            if expected is not None:
                tally[name][0 if fine else 2] += 1
            if got is not None and not fine:
                tally[name][1] += 1
            whole = whole and (fine or name == "topic")
        frames += whole
        ends = [name for name in STAY_DATES if name in one.entities and name not in one.skipped]
        if ends:
            ends_total += 1
            joint += all(
                same(one.entities[name], said.entities.get(name), one.alternatives.get(name, ())) for name in ends
            )
        if not any(name in one.entities or name in one.skipped for name in ANY_DATE):
            dateless += 1
            false_dates += any(name in said.entities for name in ANY_DATE)
    report.per_entity = {name: (counts[0], counts[1], counts[2]) for name, counts in tally.items()}
    report.share("stay_dates", joint, ends_total)
    report.share("false_dates", false_dates, dateless)
    if values:
        totals = [sum(tally[name][index] for name in values) for index in range(3)]
        report.figures["slot_f1"] = round(100 * _f1(totals[0], totals[1], totals[2]), 2)
        report.share("frame", frames, len(pairs))


def by_language(gold: Sequence[Gold]) -> dict[str, list[int]]:
    """Positions of each language and source, in order of appearance."""
    out: dict[str, list[int]] = {}
    for index, one in enumerate(gold):
        out.setdefault(f"{one.language} {one.source}", []).append(index)
    return out


def read_predictions(path: Path, gold: Sequence[Gold]) -> list[Predicted]:
    """What another system or an earlier run said of the same messages. Raises `GoldError` when one is missing."""
    said: dict[str, Predicted] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            ranked = tuple((str(name), float(share)) for name, share in row["intents"])
            said[str(row["id"])] = Predicted(
                id=str(row["id"]),
                language=str(row.get("language") or ""),
                candidates=ranked,
                intents=tuple(row.get("said") or [name for name, _ in ranked[:1]]),
                entities=row.get("entities") or {},
                ms=float(row.get("ms") or 0.0),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GoldError(f"{path.name}:{number}: {error}") from error
    missing = [one.id for one in gold if one.id not in said]
    if missing:
        raise GoldError(f"{path.name}: no prediction for {len(missing)} messages, the first is {missing[0]}")
    return [said[one.id] for one in gold]


def who_is_right(differences: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Of the messages two engines understand differently: how many only one of them has right."""
    pairs = collections.Counter((one["first_right"], one["second_right"]) for one in differences)
    return {
        "differ": len(differences),
        "only_first_right": pairs[True, False],
        "only_second_right": pairs[False, True],
        "both_right": pairs[True, True],
        "both_wrong": pairs[False, False],
    }


def compare(gold: Sequence[Gold], first: Sequence[Predicted], second: Sequence[Predicted]) -> list[dict[str, Any]]:
    """Messages two engines understand differently, with who is right."""
    out: list[dict[str, Any]] = []
    for one, a, b in zip(gold, first, second, strict=True):
        best_a, best_b = (said.candidates[0][0] if said.candidates else None for said in (a, b))
        if best_a == best_b and a.entities == b.entities:
            continue
        fine = set(one.intents) | one.accept
        out.append(
            {"id": one.id, "text": one.text, "gold": list(one.intents), "first": best_a, "second": best_b,
             "first_right": best_a in fine, "second_right": best_b in fine,
             "first_entities": dict(a.entities), "second_entities": dict(b.entities)}
        )  # fmt: skip
    return out


HIGHER_IS_BETTER: Final = (
    "top1", "top3", "macro_f1", "multi_intent_f1", "coverage", "accuracy_acting", "stay_dates", "slot_f1", "frame", "language",
)  # fmt: skip
LOWER_IS_BETTER: Final = ("confident_errors", "ece", "false_dates")
TOLERANCE: Final = 1.0
"""Points a figure may fall before the gate fails."""


def gate_figures(report: Report) -> dict[str, float]:
    """The figures a baseline keeps: all but times, which differ from machine to machine."""
    return {name: report.figures[name] for name in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER) if name in report.figures}


def falls(baseline: Mapping[str, float], report: Report) -> dict[str, tuple[float, float]]:
    """Figures worse than the baseline by more than `TOLERANCE` points: name to (then, now)."""
    out: dict[str, tuple[float, float]] = {}
    for name, then in baseline.items():
        now = report.figures.get(name, 0.0 if name in HIGHER_IS_BETTER else 100.0)
        worse = then - now if name in HIGHER_IS_BETTER else now - then
        if worse > TOLERANCE:
            out[name] = (then, now)
    return out


def memory_mb() -> float:
    """Resident memory of this process, 0 where /proc is missing."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    return 0.0
