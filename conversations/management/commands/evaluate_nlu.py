"""`manage.py evaluate_nlu FILE…`: measures an engine on labelled messages. Starts no database."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError, CommandParser

from conversations.services.consulted import ConsultedEngine
from conversations.services.consulting import reader_of
from conversations.understanding import artefact, evaluate
from conversations.understanding.classifier import ModelUnusableError, history
from conversations.understanding.decision import DEFAULT_THRESHOLDS
from conversations.understanding.engine import EmbeddedEngine, load_engine
from conversations.understanding.evaluate import Gold, GoldError, Predicted
from conversations.understanding.reporting import as_data, as_lines, as_markdown, write_table
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Situation
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.models import UnderstandingMode

KEY = "NLP_API_KEY"
"""Environment variable of a remote engine's key where no other is named."""


class Command(OperatorCommand):
    """Prints figures per language and source; writes predictions; compares two engines or versions."""

    help = "Measure understanding on JSON-lines files of labelled messages (format: docs/understanding.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--engine",
            default="embedded",
            help="embedded (default), rules, a model version, a predictions file, rasa:URL, openai:URL, or one of the "
            "last two after cascade: (asked only where the embedded engine would not act).",
        )
        parser.add_argument(
            "--compare",
            default=None,
            metavar="ENGINE",
            help="A second of the same: show the messages they differ on.",
        )
        parser.add_argument("--model", default="", metavar="NAME", help="openai: the model's name at the server.")
        parser.add_argument("--compare-model", default="", metavar="NAME", help="That of --compare, where it differs.")
        parser.add_argument(
            "--key-variable", default=KEY, metavar="NAME", help=f"Environment variable of the key (default {KEY})."
        )
        parser.add_argument(
            "--compare-key-variable",
            default="",
            metavar="NAME",
            help="That of --compare; without it a second server at another address gets no key.",
        )
        parser.add_argument(
            "--allow-personal-data", action="store_true", help="Send messages to a remote engine without masking them."
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
        first, second = _asked_for(options)
        loading = _Loading()
        engine, predicted = _heard(first, gold, loading)
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
            "version": (engine.version or "(no answer)") if engine else options["engine"],
            "memory_mb": evaluate.memory_mb(),
            "load_s": loading.took_s,
            "ready_s": loading.ready_s,
            "sets": [as_data(one) for one in reports],
        }
        report.lines += [
            f"{report.data['engine']} {report.data['version']}, {report.data['memory_mb']} MB{loading}",
            *as_lines(reports),
        ]
        _remote(report, "remote", engine)
        _gate(report, options, gold, predicted, thresholds)
        if options["markdown"]:
            write_table(options["markdown"], as_markdown(reports), name=options["table"])
        if second:
            compared, other = _heard(second, gold)
            _remote(report, "compared_remote", compared)
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


@dataclass(frozen=True, slots=True)
class _Choice:
    """An engine as the command line names it."""

    name: str
    model: str
    key_variable: str
    """Empty: no key is sent."""
    allow_personal_data: bool

    @property
    def address(self) -> tuple[UnderstandingMode, str, str] | None:
        """Mode, protocol and URL of a remote engine; None for one that runs here. Raises `CommandError`."""
        mode, name = UnderstandingMode.REMOTE, self.name
        if name.startswith("cascade:"):
            mode, name = UnderstandingMode.CASCADE, name.removeprefix("cascade:")
        protocol, _, url = name.partition(":")
        if protocol not in {"rasa", "openai"}:
            if mode is UnderstandingMode.CASCADE:
                raise CommandError("cascade: is followed by rasa:URL or openai:URL")
            return None
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise CommandError(f"{protocol}: is followed by an http or https address")
        if protocol == "openai" and not self.model:
            raise CommandError("openai: needs the model's name, --model NAME")
        return mode, protocol, url

    @property
    def key(self) -> str:
        """The key to send, possibly none. Raises `CommandError` where a variable was named and is not there."""
        if self.key_variable not in {"", KEY, *os.environ}:
            raise CommandError(f"the environment has no {self.key_variable}")
        return os.environ.get(self.key_variable, "") if self.key_variable else ""

    @property
    def host(self) -> str:
        """Where its key goes; empty for an engine that runs here."""
        return urlsplit(self.address[2]).netloc if self.address else ""


def _asked_for(options: dict[str, Any]) -> tuple[_Choice, _Choice | None]:
    """The engine and what it is compared with. One server's key is not sent to another."""
    personal = options["allow_personal_data"]
    first = _Choice(options["engine"], options["model"], options["key_variable"], personal)
    model = options["compare_model"] or options["model"]
    second = _Choice(options["compare"] or "rules", model, options["key_variable"], personal)
    if options["compare_key_variable"] or first.host not in {"", second.host}:
        second = replace(second, key_variable=options["compare_key_variable"])
    for one in (first, second):
        _ = one.address and one.key  # what cannot be asked is refused before anything is
    return first, second if options["compare"] else None


class _Loading:
    """How long the first engine took to load; nothing where it was trained first, or is a file."""

    took_s: float | None = None
    ready_s: float | None = None
    """From the start of the process."""

    def done(self, began: float) -> None:
        """The engine is loaded; `began` is of `time.perf_counter`."""
        self.took_s, self.ready_s = round(time.perf_counter() - began, 3), _process_age_s()

    def __str__(self) -> str:
        if self.took_s is None:
            return ""
        ready = f", ready {self.ready_s} s after the process began" if self.ready_s is not None else ""
        return f", loaded in {self.took_s} s{ready}"


def _process_age_s() -> float | None:
    """Seconds since this process began, None where /proc is missing (proc(5): starttime, in ticks since boot)."""
    try:
        started = int(
            Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
        )
        return round(time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK"), 2)
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _engine(choice: _Choice) -> Engine:
    if choice.address:
        mode, protocol, url = choice.address
        reader = reader_of(protocol, url=url, model=choice.model, key=choice.key)
        if reader is None:
            raise CommandError(f"{protocol}: no such protocol")
        return ConsultedEngine(load_engine(), reader, mode, share_personal_data=choice.allow_personal_data)
    if choice.name == "rules":
        return KeywordRules()
    if choice.name == "embedded":
        return load_engine()
    try:
        return EmbeddedEngine.from_directory(artefact.model_directory(), choice.name)
    except ModelUnusableError as error:
        raise CommandError(str(error)) from error


def _heard(choice: _Choice, gold: list[Gold], loading: _Loading | None = None) -> tuple[Engine | None, list[Predicted]]:
    """The engine and what it says, or no engine where its predictions lie in a file."""
    if choice.name.endswith(".jsonl") and not choice.address:
        try:
            return None, evaluate.read_predictions(Path(choice.name), gold)
        except (GoldError, OSError) as error:
            raise CommandError(str(error)) from error
    before, began = history(artefact.model_directory()), time.perf_counter()
    engine = _engine(choice)
    if loading is not None and history(artefact.model_directory()) == before:
        loading.done(began)
    return engine, _predict(engine, gold)


def _predict(engine: Engine, gold: list[Gold]) -> list[Predicted]:
    own = engine.local if isinstance(engine, ConsultedEngine) else engine
    for language, text in (("es", "hola"), ("en", "hello"), ("pt", "olá")):  # patterns are compiled at first use
        own.understand(text, Situation(today=gold[0].today, language=language))  # type: ignore[arg-type]
    return evaluate.predict(engine, gold)


def _remote(report: Report, name: str, engine: Engine | None) -> None:
    """Say who answered. Figures of a server that did not always answer are partly ours: that ends with 1."""
    if isinstance(engine, ConsultedEngine):
        report.data[name] = engine.as_data()
        report.lines += engine.as_lines()
        report.found = report.found or engine.incomplete
