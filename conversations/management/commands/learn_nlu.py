"""`manage.py learn_nlu`: from approved corrections to a measured candidate, and from that to the model in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from conversations.models import Message, TrainingExample
from conversations.services import learning
from conversations.understanding import additions, artefact, classifier
from conversations.understanding.classifier import ModelUnusableError
from conversations.understanding.evaluate import GoldError
from hotel_agent.common.commands import OperatorCommand, Report
from tenants.scoping import tenant_scope


class Command(OperatorCommand):
    """Nothing goes live by itself: `train` makes a candidate, `activate` switches it on, `rollback` goes back."""

    help = "Teach the agent from corrections: list, propose, approve, reject, train, versions, activate, rollback."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        listing = steps.add_parser("list", help="Examples, pending ones first.")
        listing.add_argument("--state", choices=TrainingExample.State.values)
        proposing = steps.add_parser("propose", help="Say what a message meant.")
        proposing.add_argument("message", type=int, help="Id of the message.")
        proposing.add_argument("intents", nargs="+", help="What it says, the main thing first.")
        proposing.add_argument("--user", required=True, help="Login of who says so.")
        for name, what in (("approve", "Approve"), ("reject", "Reject")):
            deciding = steps.add_parser(name, help=f"{what} pending examples.")
            deciding.add_argument("examples", nargs="+", type=int, metavar="ID")
            deciding.add_argument("--user", required=True, help="Login of who decides.")
        training = steps.add_parser("train", help="Train and measure a candidate; changes nothing in use.")
        training.add_argument("--gold", nargs="*", type=Path, help="Labelled files (default: tests/nlu/*.jsonl).")
        steps.add_parser("versions", help="Stored models, the one in use first.")
        switching = steps.add_parser("activate", help="Use a version; workers load it within a minute.")
        switching.add_argument("version")
        switching.add_argument("--insist", action="store_true", help="Although its trial was worse, or it had none.")
        steps.add_parser("rollback", help="Use the version before the one in use.")
        for step in steps.choices.values():
            step.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object.")

    def work(self, **options: Any) -> Report:
        try:
            report: Report = getattr(self, f"_{options['step']}")(options)
        except (ModelUnusableError, GoldError) as error:
            raise CommandError(str(error)) from error
        return report

    def _list(self, options: dict[str, Any]) -> Report:
        rows = TrainingExample._base_manager.select_related("tenant").order_by("-state", "proposed_at")
        rows = rows.filter(state=options["state"]) if options["state"] else rows
        report = Report(data={"examples": []})
        for row in rows[:500]:
            report.data["examples"].append({"id": row.pk, "state": row.state, "text": row.text, "intents": row.intents})
            said = f"{row.understood_as or 'nothing'} → {', '.join(row.intents)}"
            report.say(f"{row.pk:>6}  {row.state:<8}  {row.tenant.slug}  {said}  {row.text}")
        return report

    def _propose(self, options: dict[str, Any]) -> Report:
        user = get_user_model().objects.get(username=options["user"])
        rows = Message._base_manager.select_related("tenant", "conversation__tenant", "turn")
        message = rows.get(pk=options["message"])
        with tenant_scope(message.tenant):
            example = learning.propose(message, intents=options["intents"], by=user)
        report = Report(data={"id": example.pk, "text": example.text})
        report.say(f"Example {example.pk} waits for approval: {example}")
        return report

    def _approve(self, options: dict[str, Any]) -> Report:
        return self._decide(options, approve=True)

    def _reject(self, options: dict[str, Any]) -> Report:
        return self._decide(options, approve=False)

    def _decide(self, options: dict[str, Any], *, approve: bool) -> Report:
        user = get_user_model().objects.get(username=options["user"])
        report = Report(data={"decided": []})
        for pk in options["examples"]:
            example = TrainingExample._base_manager.select_related("tenant").get(pk=pk)
            with tenant_scope(example.tenant):
                learning.decide(example, approve=approve, by=user)
            report.data["decided"].append(pk)
            report.say(f"{pk} {example.state}")
        return report

    def _train(self, options: dict[str, Any]) -> Report:
        given = options["gold"]
        gold = given if given is not None else sorted((Path(settings.BASE_DIR) / "tests" / "nlu").glob("*.jsonl"))
        trial = learning.train(artefact.model_directory(), gold=gold)
        report = Report(
            found=not trial.better,
            data={
                "candidate": trial.version, "current": trial.current, "examples": trial.examples,
                "right_before": trial.right_before, "right_after": trial.right_after, "fell": trial.fell,
            },
        )  # fmt: skip
        report.say(f"Candidate {trial.version} beside {trial.current}:")
        report.say(f"  approved examples right: {trial.right_before} → {trial.right_after} of {trial.examples}")
        for language, figures in trial.fell.items():
            for name, (then, now) in figures.items():
                report.say(f"  {language} {name} fell: {then} → {now}")
        if not gold:
            report.say("  no labelled files: only the approved examples were measured (--gold FILE…)")
        worse = "" if trial.better else " --insist (it is worse somewhere)"
        report.say(f"manage.py learn_nlu activate {trial.version}{worse}")
        return report

    def _versions(self, options: dict[str, Any]) -> Report:
        directory = artefact.model_directory()
        used = classifier.history(directory)
        report = Report(data={"current": used[:1], "before": used[1:], "stored": classifier.versions(directory)})
        for version in [*used, *(one for one in report.data["stored"] if one not in used)]:
            place = "in use" if version == used[0] else "before" if version in used else "candidate"
            trial = additions.trial_of(directory, version)
            report.say(f"{version}  {place}{'' if trial is None else '  better' if trial['better'] else '  worse'}")
        return report

    def _activate(self, options: dict[str, Any]) -> Report:
        directory, version = artefact.model_directory(), options["version"]
        trial = additions.trial_of(directory, version)
        if not options["insist"] and version not in classifier.history(directory) and not (trial and trial["better"]):
            raise CommandError(f"{version} had no trial or was worse in it; --insist uses it all the same")
        classifier.activate(directory, version)
        report = Report(data={"current": version})
        report.say(f"{version} is in use; workers load it within a minute.")
        return report

    def _rollback(self, options: dict[str, Any]) -> Report:
        directory = artefact.model_directory()
        used = classifier.history(directory)
        if len(used) < 2:
            raise CommandError("there is no version before the one in use")
        classifier.activate(directory, used[1])
        report = Report(data={"current": used[1], "before": used[0]})
        report.say(f"{used[1]} is in use again instead of {used[0]}; workers load it within a minute.")
        return report
