"""A real browser, and a service that it can reach."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.hand import Hand

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 120_000
"""A busy machine takes its time; a page that never comes is told after two minutes."""


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "Debian's package chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def person(browser, service, address):
    """Somebody at a screen of their own: ``person(role, office)`` signs them in."""
    contexts = []

    def sit_down(role, *, office=None, language="id", width=1280):
        context = browser.new_context(viewport={"width": width, "height": 800}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        sign_in(page, address, service.make_key(role, office=office), language)
        return Hand(page, address)

    yield sit_down
    for context in contexts:
        context.close()


def sign_in(page, address, key, language):
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/sign-in")
    if language == "en":
        with page.expect_navigation():
            page.click("button[value=en]")
    page.fill("#key", key)
    with page.expect_navigation(url=lambda url: not url.endswith("/sign-in")):
        page.click("main .button")
