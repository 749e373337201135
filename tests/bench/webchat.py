"""How long a guest looks at dots: `python -m tests.bench.webchat http://127.0.0.1:8000/webchat/demo-bahia-serena/`.

A real browser on a running product (`make run`). From pressing Enter to the answer on the screen, pushed and asked for,
and the size of the scripts as they are sent.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time

from playwright.sync_api import Page, expect, sync_playwright

QUESTIONS = ("¿A qué hora es el desayuno?", "¿Tienen pileta?", "¿Aceptan mascotas?", "¿Hay cochera?")
ROUNDS = 12


def seconds(page: Page, text: str) -> float:
    """From Enter to the next bubble of the hotel."""
    before = page.locator(".entry.hotel").count()
    page.fill("#text", text)
    started = time.perf_counter()
    page.keyboard.press("Enter")
    expect(page.locator(".entry.hotel")).to_have_count(before + 1, timeout=30_000)
    return time.perf_counter() - started


def run(address: str) -> None:
    """Print medians and worst of both ways."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for way in ("pushed", "asked for"):
            context = browser.new_context(locale="es")
            page = context.new_page()
            if way == "asked for":
                page.route("**/stream", lambda route: route.abort())
            page.goto(address)
            page.wait_for_timeout(1500)
            first = seconds(page, "Hola")
            took = []
            for number in range(ROUNDS):
                page.wait_for_timeout(2500)  # thirty messages a minute are a visitor's limit
                took.append(seconds(page, QUESTIONS[number % len(QUESTIONS)]))
            streaming = page.evaluate("state.streaming")
            print(  # noqa: T201 - a program's output
                f"{way:10} stream open: {streaming}  first {first:.2f} s, median {statistics.median(took):.2f} s, "
                f"worst of {ROUNDS} {max(took):.2f} s"
            )
            context.close()
        browser.close()


if __name__ == "__main__":
    run(sys.argv[1])
