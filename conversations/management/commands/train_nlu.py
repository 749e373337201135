"""`manage.py train_nlu`: trains the intent model from the data files. Starts no database."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from conversations.understanding import artefact
from conversations.understanding.corpus import CorpusError
from hotel_agent.common.commands import OperatorCommand, Report


class Command(OperatorCommand):
    """Same data, same model. The new one becomes current by an atomic rename; running processes keep theirs."""

    help = "Train the intent model from conversations/understanding/data (under a minute on two cores)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--directory", type=Path, default=None, help="Where models are kept (default: NLU_MODEL_DIR)."
        )
        parser.add_argument("--force", action="store_true", help="Train also when the current model is fresh.")

    def work(self, **options: Any) -> Report:
        directory = options["directory"] or artefact.model_directory()
        report = Report()
        if artefact.is_fresh(directory) and not options["force"]:
            report.say(f"The model in {directory} is fresh; --force trains it again.")
            report.data = {"trained": False, "directory": str(directory)}
            return report
        from conversations.understanding.train import train  # scikit-learn is only loaded to train

        try:
            summary = train(directory)
        except CorpusError as error:
            raise CommandError(str(error)) from error
        report.data = {"trained": True, "directory": str(directory), **summary}
        held = summary["held_out"]
        report.say(
            f"Trained {summary['version']} from {summary['examples']} messages in {summary['seconds']} s into {directory}."
        )
        report.say(
            f"On sections left out: top-1 {100 * held['top1']:.1f} %, top-3 {100 * held['top3']:.1f} %, "
            f"acts on {100 * held['coverage']:.1f} % and is right on {100 * held['accuracy_acting']:.1f} % of them."
        )
        return report
