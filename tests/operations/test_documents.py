"""What an operator is told to read and to type is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotel_agent.embedded.places import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
GUIDES = {
    "install": "docs/installing.md",
    "first hotel in ten minutes": "docs/first-hotel.md",
    "configure WhatsApp": "docs/operations/whatsapp.md",
    "configure Gmail": "docs/operations/mailbox.md",
    "configure the PMS": "docs/operations/pms.md",
    "breaker configuration": "docs/operations/breakers.md",
    "deployment checklist": "docs/operations/deployment.md",
    "load testing": "docs/load-testing.md",
    "upgrade": "docs/operations/upgrading.md",
    "backup and restore": "docs/operations/backup.md",
    "scaling": "docs/scaling.md",
    "threat model": "SECURITY.md",
    "add a language": "docs/adding-a-language.md",
    "add a PMS": "docs/adding-a-pms.md",
    "commands": "docs/operations/commands.md",
    "runbooks by symptom": "docs/operations/runbooks/README.md",
}


def named(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def anchors(page: Path) -> set[str]:
    """As GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_its_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_guide_is_there_and_can_be_found() -> None:
    linked = {
        str((page.parent / link.partition("#")[0]).resolve().relative_to(PROJECT))
        for page in PAGES
        for link in re.findall(r"\]\(([^)\s:]+)\)", page.read_text())
        if link.partition("#")[0]
    }
    assert {name: path for name, path in GUIDES.items() if path not in linked} == {}


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    used = {
        (named(page), target)
        for page in PAGES
        for target in re.findall(r"`(?:\$ )?make ([a-z][a-z0-9-]+)", page.read_text())
    }
    assert len(used) > 20
    assert {one for one in used if one[1] not in targets} == set()
