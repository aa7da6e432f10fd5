"""The list of pages that browsers are shown is whole."""

from __future__ import annotations

from risk_service.console.texts import TEXTS
from tests.browsing import Browser
from tests.pages import PAGES

LEADS_ELSEWHERE = {"console.home", "console.go_to_provider", "console.back_from_provider"}
"""Answers with another address and no page."""
FORCED = {"console.password"}
"""Shown to whoever has to choose a password; the pages of signing in have tests of their own."""


def test_every_page_of_the_console_is_on_the_list_of_pages(service):
    urls = service.app.url_map.bind("localhost")
    listed = {urls.match(address.partition("?")[0])[0] for _, address in PAGES.values()}
    rules = [rule for rule in service.app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    pages = {
        rule.endpoint
        for rule in rules
        if "GET" in rule.methods and not rule.rule.endswith((".pdf", ".csv", ".xlsx", ".json", "/export"))
    }
    assert pages - listed == LEADS_ELSEWHERE | FORCED


def test_every_page_on_the_list_answers_its_role_and_says_it_is_simulated(service):
    for name, (role, address) in PAGES.items():
        browser = Browser(service)
        if role is not None:
            browser.sign_in(role)
        browser.get(address)
        assert browser.page.status_code == (404 if name == "not-found" else 200), name
        if name != "reference":
            assert TEXTS["simulated"].id in browser.text, name
