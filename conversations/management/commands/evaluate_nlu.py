"""`manage.py evaluate_nlu FILE…`: measures an engine on labelled messages. Starts no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.understanding import evaluate
from conversations.understanding.classifier import ModelUnusable
from conversations.understanding.decision import DEFAULT_THRESHOLDS
from conversations.understanding.engine import EmbeddedEngine, load_engine
from conversations.understanding.evaluate import Gold, GoldError, Predicted
from conversations.understanding.reporting import as_data, as_lines, as_markdown
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Situation
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    """Prints figures per language and source; writes predictions; compares two engines or versions."""

    help = "Measure understanding on JSON-lines files of labelled messages (format: docs/understanding.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--engine", default="embedded", help="embedded (default), rules, or a model version.")
        parser.add_argument(
            "--compare", default=None, metavar="ENGINE", help="A second engine: show messages they differ on."
        )
        parser.add_argument(
            "--predictions", type=Path, default=None, metavar="OUT", help="Write one JSON object a message."
        )
        parser.add_argument(
            "--markdown", type=Path, default=None, metavar="OUT", help="Write the table of the documentation."
        )
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
        engine = _engine(options["engine"])
        predicted = _predict(engine, gold)
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
            "engine": engine.name,
            "version": engine.version,
            "memory_mb": evaluate.memory_mb(),
            "sets": [as_data(one) for one in reports],
        }
        report.lines = [f"{engine.name} {engine.version}, {report.data['memory_mb']} MB", *as_lines(reports)]
        if options["markdown"]:
            options["markdown"].write_text(as_markdown(reports), encoding="utf-8")
        if options["compare"]:
            other = _predict(_engine(options["compare"]), gold)
            differences = evaluate.compare(gold, predicted, other)
            report.data["differences"] = differences
            report.lines += [json.dumps(one, ensure_ascii=False) for one in differences]
        return report


def _engine(name: str) -> Engine:
    if name == "rules":
        return KeywordRules()
    if name == "embedded":
        return load_engine()
    from conversations.understanding.artefact import model_directory

    try:
        return EmbeddedEngine.from_directory(model_directory(), name)
    except ModelUnusable as error:
        raise CommandError(str(error)) from error


def _predict(engine: Engine, gold: list[Gold]) -> list[Predicted]:
    for language, text in (("es", "hola"), ("en", "hello"), ("pt", "olá")):  # patterns are compiled at first use
        engine.understand(text, Situation(today=gold[0].today, language=language))  # type: ignore[arg-type]
    return evaluate.predict(engine, gold)
