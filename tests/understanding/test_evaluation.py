"""`manage.py evaluate_nlu`: the figures mean what they say, on messages whose answers are written here."""

# ruff: noqa: E501 - tables read better unbroken

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from conversations.services.consulted import GIVE_UP
from conversations.understanding import evaluate
from conversations.understanding.reporting import END_MARK, MARK, as_markdown, write_table
from tests.stand_ins.understanding import UnderstandingStandIn

GOLD: list[dict[str, Any]] = [
    {"id": "a", "lang": "es", "text": "hola, tienen lugar del 3 al 7 de enero?", "today": "2026-11-23",
     "intents": ["check_availability", "greeting"], "accept": ["ask_price"],
     "entities": {"check_in": "2027-01-03", "check_out": "2027-01-07"}},
    {"id": "b", "lang": "es", "text": "no la cancelen por favor", "today": "2026-11-23", "intents": ["deny"]},
    {"id": "c", "lang": "en", "text": "cancel my booking please", "today": "2026-11-23", "intents": ["cancel_reservation"]},
    {"id": "d", "lang": "en", "text": "I'll take it then", "today": "2026-11-23", "intents": ["make_reservation"],
     "accept": ["affirm"], "skip_entities": ["rooms"]},
]  # fmt: skip
SAID: list[dict[str, Any]] = [
    {"id": "a", "language": "es", "intents": [["ask_price", 0.9], ["check_availability", 0.05]],
     "said": ["check_availability", "greeting"], "entities": {"check_in": "2027-01-03", "check_out": "2027-01-08"}, "ms": 1},
    {"id": "b", "language": "pt", "intents": [["affirm", 0.99], ["deny", 0.01]], "entities": {}, "ms": 2},
    {"id": "c", "language": "en", "intents": [["cancel_reservation", 0.99]], "entities": {"check_in": "2026-12-01"}, "ms": 3},
    {"id": "d", "language": "en", "intents": [["affirm", 0.5], ["deny", 0.4]], "entities": {"rooms": 1}, "ms": 40},
]  # fmt: skip


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return lines(tmp_path / "gold.jsonl", GOLD)


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return lines(tmp_path / "said.jsonl", SAID)


def test_every_figure_is_counted_as_documented(gold: Path, said: Path) -> None:
    messages = evaluate.read_gold(gold)
    report = evaluate.measure(
        "all", messages, evaluate.read_predictions(said, messages), {"act": 0.8, "act_grave": 0.95, "ask": 0.3}
    )
    assert report.figures["top1"] == 75.0  # an accepted routing counts
    assert report.figures["strict"] == 25.0
    assert report.figures["top3"] == 100.0
    assert report.figures["coverage"] == 75.0  # 0.5 is below both thresholds
    assert report.figures["accuracy_acting"] == pytest.approx(66.67)
    assert report.figures["confident_errors"] == 25.0
    assert report.counts["deny>affirm"] == 1
    assert report.counts["cancel_reservation>make_reservation"] == 0
    assert report.figures["stay_dates"] == 0.0  # one end is wrong
    assert report.figures["false_dates"] == pytest.approx(33.33)
    assert report.figures["frame"] == 50.0  # b has nothing to read, d is not scored
    assert report.figures["language"] == 75.0
    assert report.figures["p50_ms"] == 3
    assert report.figures["p95_ms"] == 40
    assert report.intervals["top1"] == (30.1, 95.4)
    assert report.confusions == [("deny", "affirm", 1)]


def test_a_calibrated_engine_has_no_calibration_error() -> None:
    assert evaluate.calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert evaluate.calibration_error([1.0, 1.0], [True, False]) == 0.5


def test_two_runs_are_compared_message_by_message(gold: Path, said: Path) -> None:
    messages = evaluate.read_gold(gold)
    first = evaluate.read_predictions(said, messages)
    better = [dict(row) for row in SAID]
    better[1] = {**better[1], "intents": [["deny", 0.9]]}
    second = evaluate.read_predictions(lines(said.with_name("better.jsonl"), better), messages)
    differences = evaluate.compare(messages, first, second)
    assert [one["id"] for one in differences] == ["b"]
    assert evaluate.who_is_right(differences) == {
        "differ": 1,
        "only_first_right": 0,
        "only_second_right": 1,
        "both_right": 0,
        "both_wrong": 0,
    }


def test_the_command_measures_compares_and_writes(gold: Path, said: Path, tmp_path: Path, capsys: Any) -> None:
    out, page = tmp_path / "out.jsonl", tmp_path / "page.md"
    page.write_text(f"before\n{MARK.format(name='gate')}\na stale table\n{END_MARK}\nafter\n", encoding="utf-8")
    call_command(
            "evaluate_nlu", str(gold), "--engine=rules", f"--compare={said}", f"--predictions={out}", f"--markdown={page}",
            "--json",
        )  # fmt: skip
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["sets"]] == ["es gold", "en gold", "all"]
    assert data["compared"]["differ"] == len(data["differences"]) > 0
    assert data["memory_mb"] > 0
    assert 0 <= data["load_s"] < data["ready_s"]
    assert "remote" not in data
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["a", "b", "c", "d"]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| top-1 |" in text
    assert "stale" not in text


def test_a_table_without_marks_is_a_file_of_its_own(tmp_path: Path) -> None:
    page = tmp_path / "table.md"
    write_table(page, as_markdown([evaluate.Report("x", 0)]), name="gate")
    assert page.read_text(encoding="utf-8").startswith("| | x (0) |")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({**GOLD[0], "intents": ["dancing"]}, "unknown intent dancing"),
        ({**GOLD[0], "today": "yesterday"}, "gold.jsonl:1"),
        ({"id": "a"}, "gold.jsonl:1"),
    ],
)
def test_an_unusable_gold_line_is_named(row: dict[str, Any], wrong: str, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate_nlu", str(lines(tmp_path / "gold.jsonl", [row])), "--engine=rules")
    assert ended.value.code == 2
    assert wrong in capsys.readouterr().err


def test_missing_predictions_are_named(gold: Path, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate_nlu", str(gold), f"--engine={lines(tmp_path / 'few.jsonl', SAID[:1])}")
    assert ended.value.code == 2
    assert "no prediction for 3 messages, the first is b" in capsys.readouterr().err


# --- engines elsewhere -----------------------------------------------------------------------------------------------

ODD = "che y los bichos peludos que van con correa los dejan"
"""A pet question that our own engine is unsure of."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[UnderstandingStandIn]:
    with UnderstandingStandIn() as server:
        monkeypatch.setenv("NLP_API_KEY", server.key)
        server.otherwise = ([("ask_policies", 0.97)], [])
        yield server


@pytest.fixture
def measured(model_directory: Path, capsys: Any) -> Any:
    """Run the command: what it printed as JSON, and how it ended."""

    def run(*arguments: object) -> tuple[dict[str, Any], int]:
        try:
            call_command("evaluate_nlu", *map(str, arguments), "--json")
            code = 0
        except SystemExit as ended:
            code = int(str(ended.code))
        return json.loads(capsys.readouterr().out), code

    return run


def row(name: str, text: str, intent: str = "ask_policies") -> dict[str, Any]:
    return {"id": name, "lang": "es", "text": text, "today": "2026-11-23", "intents": [intent]}


@pytest.mark.parametrize("protocol", ["rasa", "openai"])
def test_a_remote_engine_is_asked_about_every_message(
    protocol: str, service: UnderstandingStandIn, measured: Any, gold: Path
) -> None:
    data, code = measured(gold, f"--engine={protocol}:{service.url}", "--model=stand-in-1")
    assert code == 0
    assert [request["text"] for request in service.requests] == [one["text"] for one in GOLD]
    assert (data["engine"], data["version"]) == (f"remote {protocol}", "stand-in-1")
    assert data["remote"]["answered"] == {protocol: 4}
    assert data["sets"][-1]["figures"]["top1"] == 0, "the figures are the server's"
    assert data["sets"][-1]["figures"]["stay_dates"] == 100, "dates are read by our own grammar"


def test_a_cascade_asks_where_our_engine_would_not_act_and_is_compared(
    service: UnderstandingStandIn, measured: Any, tmp_path: Path
) -> None:
    odd = lines(
        tmp_path / "odd.jsonl", [row("sure", "Hola, ¿tienen estacionamiento?", "ask_amenities"), row("odd", ODD)]
    )
    service.readings[ODD] = ([("ask_local_info", 0.97)], [])
    data, code = measured(odd, f"--compare=cascade:openai:{service.url}", "--model=stand-in-1")
    assert code == 0
    assert [request["text"] for request in service.requests] == [ODD]
    assert data["compared_remote"]["answered"] == {"embedded": 1, "openai": 1}
    assert [(one["id"], one["second"]) for one in data["differences"]] == [("odd", "ask_local_info")]
    assert data["compared"]["only_first_right"] == 1


def test_a_server_that_fails_half_the_time_is_counted_and_ours_stands(
    service: UnderstandingStandIn, gold: Path, model_directory: Path, capsys: Any
) -> None:
    service.fault, service.every = "status:503", 2
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate_nlu", str(gold), f"--engine=openai:{service.url}", "--model=stand-in-1")
    assert ended.value.code == 1, "figures that are partly another engine's are not fine"
    said = capsys.readouterr().out
    assert "answered by embedded: 2 of 4" in said
    assert "answered by openai: 2 of 4" in said
    assert "asked openai: 4, failed 2 (dependency_down 2)" in said


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        ("status:500", "dependency_down"),
        ("status:401", "misconfigured"),
        ("reset", "dependency_down"),
        ("words", "dependency_down"),
        ("off_schema", "dependency_down"),
    ],
)
def test_whatever_a_server_does_wrong_is_counted(
    fault: str, failed: str, service: UnderstandingStandIn, measured: Any, gold: Path
) -> None:
    service.fault = fault
    data, code = measured(gold, f"--engine=openai:{service.url}", "--model=stand-in-1")
    assert code == 1
    assert data["remote"]["failed"] == {failed: 4}
    assert data["remote"]["answered"] == {"embedded": 4}


def test_a_server_that_is_gone_leaves_our_own_figures_and_is_given_up(measured: Any, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        many = lines(tmp_path / "many.jsonl", [row(f"m{number}", f"{ODD} {number}") for number in range(GIVE_UP + 5)])
        data, code = measured(many, f"--engine=rasa:{address}", "--compare=embedded")
    assert code == 1
    assert data["compared"]["differ"] == 0
    assert data["version"] == "(no answer)"
    assert (data["remote"]["asked"], data["remote"]["unasked"]) == (GIVE_UP, 5)
    assert data["remote"]["answered"] == {"embedded": GIVE_UP + 5}


def test_personal_data_stays_unless_it_is_allowed_to_leave(
    service: UnderstandingStandIn, measured: Any, tmp_path: Path
) -> None:
    text = "Soy Ana Gómez, ana.gomez@example.com, mi celular +54 9 11 5555 1234"
    own = lines(tmp_path / "own.jsonl", [row("own", text, "provide_details")])
    measured(own, f"--engine=rasa:{service.url}")
    for secret in ("Ana", "Gómez", "example.com", "5555", "1234"):
        assert secret not in service.requests[0]["text"]
    data, _ = measured(own, f"--engine=rasa:{service.url}", "--allow-personal-data")
    assert service.requests[1]["text"] == text
    assert data["remote"]["personal_data"] is True


def test_one_servers_key_is_not_sent_to_another(
    service: UnderstandingStandIn, measured: Any, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with UnderstandingStandIn(key="another") as other:
        engines = (f"--engine=openai:{service.url}", f"--compare=openai:{other.url}", "--model=stand-in-1")
        data, _ = measured(gold, *engines)
        assert data["compared_remote"]["failed"] == {"misconfigured": 4}
        assert all("Authorization" not in request["headers"] for request in other.requests)
        data, code = measured(gold, *engines, "--compare-key-variable=OTHER_KEY")
        assert (code, data["error"]) == (2, "the environment has no OTHER_KEY")
        monkeypatch.setenv("OTHER_KEY", other.key)
        data, code = measured(gold, *engines, "--compare-key-variable=OTHER_KEY")
    assert code == 0
    assert data["compared_remote"]["answered"] == {"openai": 4}


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [
        ("openai:http://127.0.0.1:9", "--model NAME"),
        ("rasa:", "an http or https address"),
        ("rasa:ftp://127.0.0.1", "an http or https address"),
        ("rasa:http://[::1", "an http or https address"),
        ("cascade:rules", "rasa:URL or openai:URL"),
    ],
)
@pytest.mark.parametrize("option", ["--engine", "--compare"])
def test_an_engine_that_cannot_be_asked_is_refused_first(
    option: str, engine: str, wrong: str, measured: Any, gold: Path
) -> None:
    data, code = measured(gold, f"{option}={engine}")
    assert code == 2
    assert wrong in data["error"]
