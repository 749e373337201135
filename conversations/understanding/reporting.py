"""Evaluation figures as data, as lines for a terminal and as the table of the documentation."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from conversations.understanding.evaluate import Report

COLUMNS: Final = (
    ("top1", "top-1"), ("top3", "top-3"), ("strict", "strict"), ("macro_f1", "macro-F1"), ("multi_intent_f1", "multi-F1"), ("coverage", "acts"),
    ("accuracy_acting", "right when acting"), ("confident_errors", "confident errors"), ("ece", "ECE"), ("stay_dates", "stay dates"),
    ("false_dates", "false dates"), ("slot_f1", "slot F1"), ("frame", "frame"), ("language", "language"), ("p50_ms", "p50 ms"), ("p95_ms", "p95 ms"),
)  # fmt: skip


def as_data(report: Report) -> dict[str, Any]:
    """One set, JSON-ready."""
    return {
        "name": report.name,
        "messages": report.messages,
        "figures": report.figures,
        "intervals": {name: list(pair) for name, pair in report.intervals.items()},
        "counts": report.counts,
        "confusions": [list(one) for one in report.confusions],
        "entities": {name: list(counts) for name, counts in report.per_entity.items()},
    }


def _figure(report: Report, name: str) -> str:
    if name not in report.figures:
        return "–"
    text = f"{report.figures[name]:.2f}" if name.endswith("_ms") else f"{report.figures[name]:.1f}"
    if name in report.intervals:
        low, high = report.intervals[name]
        text += f" ({low:.0f}–{high:.0f})"
    return text


def as_lines(reports: Sequence[Report]) -> list[str]:
    """For a terminal."""
    out: list[str] = []
    for report in reports:
        out.append(f"{report.name}: {report.messages} messages")
        out += [f"  {title:18} {_figure(report, name)}" for name, title in COLUMNS if name in report.figures]
        out += [f"  {name:18} {count}" for name, count in report.counts.items() if ">" in name]
        out += [f"  {count:3}  {said} read as {understood}" for said, understood, count in report.confusions]
        out += [f"  {name:18} right {a}, wrong {b}, missed {c}" for name, (a, b, c) in report.per_entity.items()]
    return out


MARK: Final = "<!-- evaluate_nlu {name} -->"
END_MARK: Final = "<!-- /evaluate_nlu -->"


def write_table(path: Path, table: str, *, name: str) -> None:
    """Put a table into a page between its marks, or write a file of its own where the page has none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    begin = text.find(MARK.format(name=name))
    end = text.find(END_MARK, begin)
    if begin < 0 or end < 0:
        path.write_text(table, encoding="utf-8")
        return
    begin += len(MARK.format(name=name))
    path.write_text(f"{text[:begin]}\n\n{table}\n{text[end:]}", encoding="utf-8")


def as_markdown(reports: Sequence[Report]) -> str:
    """A table: one column a set, 95 % intervals in brackets."""
    head = "| | " + " | ".join(f"{report.name} ({report.messages})" for report in reports) + " |"
    rows = [head, "|---" * (len(reports) + 1) + "|"]
    for name, title in COLUMNS:
        if any(name in report.figures for report in reports):
            rows.append(f"| {title} | " + " | ".join(_figure(report, name) for report in reports) + " |")
    return "\n".join(rows) + "\n"
