"""`manage.py evaluate_nlu FILE…`: measures an engine on labelled messages. Starts no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.understanding import evaluate
from conversations.understanding.classifier import ModelUnusableError
from conversations.understanding.decision import DEFAULT_THRESHOLDS
from conversations.understanding.engine import EmbeddedEngine, load_engine
from conversations.understanding.evaluate import Gold, GoldError, Predicted
from conversations.understanding.reporting import as_data, as_lines, as_markdown, write_table
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Situation
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    """Prints figures per language and source; writes predictions; compares two engines or versions."""

    help = "Measure understanding on JSON-lines files of labelled messages (format: docs/understanding.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--engine", default="embedded", help="embedded (default), rules, a model version, or a predictions file."
        )
        parser.add_argument(
            "--compare",
            default=None,
            metavar="ENGINE",
            help="A second engine, version or predictions file: show the messages they differ on.",
        )
        parser.add_argument(
            "--predictions", type=Path, default=None, metavar="OUT", help="Write one JSON object a message."
        )
        parser.add_argument(
            "--markdown", type=Path, default=None, metavar="OUT", help="Write the table, in a page between its marks."
        )
        parser.add_argument("--table", default="gate", help="Name of the marks (default gate).")
        parser.add_argument(
            "--write-baseline", type=Path, default=None, metavar="OUT", help="Write the gate's figures."
        )
        parser.add_argument("--baseline", type=Path, default=None, metavar="FILE", help="Exit 1 when a figure fell.")
        parser.add_argument(
            "--country", default="AR", help="Country of the hotel where the file does not say (default AR)."
        )

    def work(self, **options: Any) -> Report:
        try:
            gold = [one for path in options["files"] for one in evaluate.read_gold(path, country=options["country"])]
        except GoldError as error:
            raise CommandError(str(error)) from error
        if not gold:
            raise CommandError("no messages in these files")
        engine, predicted = _heard(options["engine"], gold)
        if options["predictions"]:
            options["predictions"].write_text("".join(said.line() + "\n" for said in predicted), encoding="utf-8")
        thresholds = getattr(engine, "thresholds", DEFAULT_THRESHOLDS)
        reports = []
        for name, places in evaluate.by_language(gold).items():
            reports.append(
                evaluate.measure(
                    name, [gold[place] for place in places], [predicted[place] for place in places], thresholds
                )
            )
        if len(reports) > 1:
            reports.append(evaluate.measure("all", gold, predicted, thresholds))
        report = Report()
        report.data = {
            "engine": engine.name if engine else "file",
            "version": engine.version if engine else options["engine"],
            "memory_mb": evaluate.memory_mb(),
            "sets": [as_data(one) for one in reports],
        }
        report.lines += [
            f"{report.data['engine']} {report.data['version']}, {report.data['memory_mb']} MB",
            *as_lines(reports),
        ]
        _gate(report, options, gold, predicted, thresholds)
        if options["markdown"]:
            write_table(options["markdown"], as_markdown(reports), name=options["table"])
        if options["compare"]:
            _, other = _heard(options["compare"], gold)
            differences = evaluate.compare(gold, predicted, other)
            report.data["differences"] = differences
            report.data["compared"] = evaluate.who_is_right(differences)
            report.lines += [json.dumps(one, ensure_ascii=False) for one in differences]
            report.lines.append(" ".join(f"{name} {count}" for name, count in report.data["compared"].items()))
        return report


def _gate(
    report: Report,
    options: dict[str, Any],
    gold: list[Gold],
    predicted: list[Predicted],
    thresholds: Mapping[str, float],
) -> None:
    """Write or check the baseline, one entry a language."""
    if not (options["write_baseline"] or options["baseline"]):
        return
    reports = {}
    for language in sorted({one.language for one in gold}):
        places = [index for index, one in enumerate(gold) if one.language == language]
        reports[language] = evaluate.measure(
            language, [gold[place] for place in places], [predicted[place] for place in places], thresholds
        )
    if options["write_baseline"]:
        figures = {language: evaluate.gate_figures(one) for language, one in reports.items()}
        options["write_baseline"].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if options["baseline"]:
        baseline = json.loads(options["baseline"].read_text(encoding="utf-8"))
        for language, one in reports.items():
            for name, (then, now) in evaluate.falls(baseline.get(language, {}), one).items():
                report.found = True
                report.say(f"{language} {name} fell from {then} to {now}")


def _engine(name: str) -> Engine:
    if name == "rules":
        return KeywordRules()
    if name == "embedded":
        return load_engine()
    from conversations.understanding.artefact import model_directory

    try:
        return EmbeddedEngine.from_directory(model_directory(), name)
    except ModelUnusableError as error:
        raise CommandError(str(error)) from error


def _heard(name: str, gold: list[Gold]) -> tuple[Engine | None, list[Predicted]]:
    """The engine and what it says, or no engine where its predictions lie in a file."""
    if name.endswith(".jsonl"):
        try:
            return None, evaluate.read_predictions(Path(name), gold)
        except (GoldError, OSError) as error:
            raise CommandError(str(error)) from error
    engine = _engine(name)
    return engine, _predict(engine, gold)


def _predict(engine: Engine, gold: list[Gold]) -> list[Predicted]:
    for language, text in (("es", "hola"), ("en", "hello"), ("pt", "olá")):  # patterns are compiled at first use
        engine.understand(text, Situation(today=gold[0].today, language=language))  # type: ignore[arg-type]
    return evaluate.predict(engine, gold)
