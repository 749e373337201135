"""What is under deploy/, checked by the tools that will read it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client import REGISTRY

from hotel_agent.embedded.places import PROJECT
from hotel_agent.health import AskedNow
from hotel_agent.launch.one import NAMES
from tests.deploy.installation import DEPLOY, certificate, rendered_nginx

PROMETHEUS = DEPLOY / "prometheus"
FROM_ELSEWHERE = {"up", "ALERTS"}


def run(*command: str | Path, cwd: Path = DEPLOY) -> None:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def known_metrics() -> set[str]:
    Client().get("/health/live")  # the metrics of requests come with the first one
    names = set(FROM_ELSEWHERE)
    for family in [*REGISTRY.collect(), *AskedNow().families({}, {})]:
        names.add(family.name)
        names |= {f"{family.name}_{suffix}" for suffix in ("total", "bucket", "count", "sum")}
    return names


def named(expression: str) -> set[str]:
    """Metric names of an expression: words that are no function, label or number."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", expression)
    bare = re.sub(r"\b(by|on|group_left|group_right|ignoring|without)\s*\([^)]*\)", " ", bare)
    words = set(re.findall(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()", bare))
    return words - {"and", "or", "unless", "bool", "by", "on", "offset"}


@pytest.mark.needs_program("promtool")
def test_prometheus_takes_its_configuration_and_every_alert_fires(tmp_path: Path) -> None:
    run("promtool", "check", "rules", PROMETHEUS / "alerts.yml")
    run("promtool", "test", "rules", PROMETHEUS / "alerts.test.yml", cwd=PROMETHEUS)
    (tmp_path / "token").write_text("token")
    text = (PROMETHEUS / "prometheus.yml").read_text().replace("/run/secrets/metrics_token", str(tmp_path / "token"))
    (tmp_path / "prometheus.yml").write_text(text)
    (tmp_path / "alerts.yml").write_text((PROMETHEUS / "alerts.yml").read_text())
    run("promtool", "check", "config", tmp_path / "prometheus.yml")


def test_every_alert_has_a_firing_test_a_quiet_test_and_a_runbook() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    fires = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one["exp_alerts"]}
    quiet = {one["alertname"] for test in tests for one in test["alert_rule_test"] if not one["exp_alerts"]}
    for alert in alerts():
        assert alert["alert"] in fires & quiet
        page = PROJECT / alert["annotations"]["runbook"]
        assert alert["alert"] in page.read_text(), f"{page.name} names the alert it is for"
        assert alert["labels"]["severity"] in {"page", "ticket"}


def test_every_runbook_is_in_the_list_and_its_commands_exist() -> None:
    runbooks = PROJECT / "docs" / "operations" / "runbooks"
    index = (runbooks / "README.md").read_text()
    commands = {path.stem for path in PROJECT.glob("*/management/commands/*.py")} | {"migrate", "check", "shell"}
    for page in runbooks.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name
        used = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))
        assert used <= commands, f"{page.name}: {used - commands}"


def test_alerts_and_dashboards_name_metrics_that_exist() -> None:
    known = known_metrics()
    expressions = [alert["expr"] for alert in alerts()]
    for path in (DEPLOY / "grafana" / "dashboards").glob("*.json"):
        board = json.loads(path.read_text())
        places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
        assert len(set(places)) == len(places), "no panel lies on another"
        assert len({panel["id"] for panel in board["panels"]}) == len(places)
        expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(expressions) > 60
    for expression in expressions:
        assert named(expression), expression
        assert named(expression) <= known, f"{named(expression) - known} in {expression}"


@pytest.mark.needs_program("nginx", "openssl")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    configuration = rendered_nginx(
        tmp_path, SERVER_NAME="agent.example.com", WEB="127.0.0.1:8000", STREAM="127.0.0.1:8001",
        HTTP_PORT="127.0.0.1:8080", HTTPS_PORT="127.0.0.1:8443", TLS_CERTIFICATE=chain, TLS_KEY=key,
    )  # fmt: skip
    run("nginx", "-t", "-q", "-c", configuration, "-p", tmp_path)


@pytest.mark.needs_program("systemd-analyze")
def test_systemd_takes_its_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/srv/hotel-agent/.venv/bin/python", "/bin/true")
        text = text.replace("/srv/hotel-agent/deploy/backup/backup.sh", "/bin/true")
        (tmp_path / path.name).write_text(text)
        if "@" in path.name:
            for program in NAMES:
                (tmp_path / path.name.replace("@", f"@{program}")).write_text(text)
    target = (DEPLOY / "systemd" / "hotel-agent.target").read_text()
    assert set(re.findall(r"hotel-agent@(\w+)\.service", target)) == set(NAMES)
    units = [path for path in tmp_path.iterdir() if "@." not in path.name]
    run("systemd-analyze", "verify", "--man=no", *units)


@pytest.mark.needs_program("docker-compose")
def test_compose_takes_its_file(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    filled = re.sub(r"=$", "=filled-in-0001", (DEPLOY / "env.example").read_text(), flags=re.MULTILINE)
    environment.write_text(filled)
    run("docker-compose", "-f", DEPLOY / "compose.yml", "--env-file", environment, "config", "--quiet")


def test_compose_runs_every_program_without_rights_and_with_what_production_demands() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    programs = {service["command"][0]: service for service in services.values() if service.get("command")
                and service["command"][0] in NAMES}  # fmt: skip
    assert set(programs) == set(NAMES)
    required = {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS",
                "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "METRICS_TOKEN"}  # fmt: skip
    for service in programs.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert required <= set(service["environment"])
        assert "mem_limit" in service
    assert "appendonly yes" in (DEPLOY / "redis" / "broker.conf").read_text()
    assert "maxmemory-policy noeviction" in (DEPLOY / "redis" / "broker.conf").read_text()
    assert "synchronous_commit = on" in (DEPLOY / "postgresql" / "hotel-agent.conf").read_text()


def test_a_dump_is_made_by_the_servers_own_version_and_the_script_is_where_it_runs() -> None:
    """pg_dump refuses a server newer than itself, and the application's image has neither it nor deploy/."""
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    backup = services["backup"]
    assert backup["image"] == services["postgresql"]["image"]
    assert "build" not in backup
    assert backup["profiles"] == ["backup"], "run by a timer, not started with the rest"
    assert backup["entrypoint"] == ["/backup/backup.sh"]
    assert "./backup:/backup:ro" in backup["volumes"]
    for script in ("backup.sh", "restore.sh"):
        assert (DEPLOY / "backup" / script).stat().st_mode & 0o111 == 0o111, script
    assert backup["user"] == re.search(r"--uid (\d+)", (DEPLOY / "Dockerfile").read_text()).group(1)  # type: ignore[union-attr]


def test_what_the_compose_file_and_the_image_name_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).exists(), f"{name}: {source}"
    ignored = set((PROJECT / ".dockerignore").read_text().split())
    text = (DEPLOY / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert (PROJECT / source).exists()
        assert source.split("/")[0] not in ignored, "given to the build"
    commands = {path.stem for path in PROJECT.glob("*/management/commands/*.py")}
    commands |= {"check", "migrate", "collectstatic"}
    used = re.findall(r"manage\.py (\w+)", text + (DEPLOY / "compose.yml").read_text())
    assert len(used) >= 5
    assert set(used) <= commands
    for module in re.findall(r'"-m", "([\w.]+)"', text + (DEPLOY / "compose.yml").read_text()):
        assert (PROJECT / (module.replace(".", "/") + ".py")).exists(), module


def test_the_image_is_slim_without_rights_and_checks_its_health() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert len(re.findall(r"^FROM python:3\.11-slim", text, re.MULTILINE)) == 2
    assert "--require-hashes" in text
    assert text.index("\nUSER hotel-agent") < text.index("\nENTRYPOINT")
    assert "HEALTHCHECK" in text
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {".env", ".git", ".local", "tests"} <= set(ignored)
