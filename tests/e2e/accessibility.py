"""axe-core on a page as it stands: what keeps people out who cannot see well, point or hurry."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}


def violations(page: Page) -> list[str]:
    """Serious and critical ones, a line each: the rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def in_both_lights(page: Page) -> list[str]:
    """The same in light and in dark; the page follows the browser's wish."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
        found += [f"{scheme}: {line}" for line in violations(page)]
    page.evaluate("document.documentElement.classList.remove('dark')")
    return found
