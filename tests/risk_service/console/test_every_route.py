"""What holds for every page: light, whole without script, on the clock of one's office, open to those alone who may."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import risk_service.console
from risk_service.policy import ACTIONS, PUBLIC, ROLES
from tests.figures import put_figures
from tests.walking import ELSEWHERE, NOBODY, OFFICE, console_routes, every_page, pages_of, path_of

MOST_BYTES = 150_000
STATIC = Path(risk_service.console.__file__).parent / "static"
OF_AN_OFFICE = {"case_id": "R-FULL", "candidate_id": "C-FULL"}
SUBJECTS = ("<opaque:case_id>", "<opaque:candidate_id>")
SIGNED_IN = tuple(role for role in ROLES if role != "feeder")
"""Whoever only delivers has no business at the console."""


@pytest.fixture
def walked(browser):
    """Every page with what it answered, as somebody who may open it."""
    put_figures(browser.service.store)
    found = {}
    for role, paths in every_page().items():
        browser.get("/sign-in")
        browser.sign_in(role)
        found |= {path: browser.get(path) for path in paths}
        browser.get("/account")
        browser.post("/sign-out")
    return found


def test_every_page_is_light_whole_without_script_and_has_a_button_on_every_form(walked):
    shared = sum(len(gzip.compress(file.read_bytes())) for file in STATIC.iterdir())
    for path, answer in walked.items():
        assert answer.status_code == (404 if path == NOBODY else 200), path
        assert len(gzip.compress(answer.data)) + shared < MOST_BYTES, path
        page = answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", page), path
        for form in re.findall(r"<form\b.*?</form>", page, flags=re.DOTALL):
            assert re.search(r"<button\b(?![^>]*type=\"button\")", form), (path, form[:200])
        assert page.count("<h1") == 1, path
        assert page.count("<main") == 1, path


def test_every_time_is_on_the_clock_of_the_persons_office(browser):
    put_figures(browser.service.store)
    browser.sign_in(key=browser.service.make_key("supervisor", office=OFFICE))
    shown = []
    for path in pages_of("supervisor"):
        browser.get(path)
        assert not re.search(r"\d \b(WIB|WIT)\b", browser.text), path
        shown.append("WITA" in browser.text)
    assert sum(shown) > 5


def test_every_page_and_every_form_is_for_exactly_the_roles_of_the_table(browser):
    for role in SIGNED_IN:
        browser.get("/sign-in")
        browser.sign_in(role)
        for rule, access in console_routes():
            if access in ACTIONS:
                status = browser.get(path_of(rule)).status_code
                assert (status == 403) == (role not in ACTIONS[access]), (role, rule, status)
        browser.get("/account")
        token = re.search(r'name="token" value="([^"]+)"', browser.page.text)[1]
        for rule, access in console_routes("POST"):
            if access in ACTIONS:
                got = browser.client.post(path_of(rule), data={"token": token}, headers={"Accept": "text/html"})
                assert (got.status_code == 403) == (role not in ACTIONS[access]), (role, rule, got.status_code)
        browser.get("/account")
        browser.post("/sign-out")


def test_whoever_only_delivers_is_led_to_sign_in_from_everywhere(browser):
    browser.sign_in("feeder")
    assert browser.page.status_code == 403
    for rule, access in console_routes():
        if access != PUBLIC:
            assert browser.get(path_of(rule)).headers["Location"] == "/sign-in", rule


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_page_about_somebody_is_not_there_for_another_office(browser, method):
    """The answer is the one to a case that there is not: that it is not there, or that the form does not fit."""
    browser.sign_in(key=browser.service.make_key("supervisor", office=ELSEWHERE))
    refused = 0
    for rule, access in console_routes(method):
        if access == PUBLIC or not any(subject in rule for subject in SUBJECTS):
            continue
        there, nowhere = (
            answered(browser, method, path_of(rule, **ids))
            for ids in (OF_AN_OFFICE, {"case_id": "R-NOBODY", "candidate_id": "C-NOBODY"})
        )
        assert there == nowhere, rule
        assert there[0] == 404 or method == "POST", rule
        refused += there[0] == 404
    assert refused >= 2


def answered(browser, method, path):
    """Status and words of what a form or a page leads to, without the number of the request."""
    browser.get("/account")
    token = re.search(r'name="token" value="([^"]+)"', browser.page.text)[1]
    given = {"token": token, "purpose": "case_work", "view": "unsure"} if method == "POST" else None
    answer = browser.client.open(path, method=method, headers={"Accept": "text/html"}, data=given)
    if answer.status_code == 303:
        answer = browser.client.get(answer.headers["Location"], headers={"Accept": "text/html"})
    main = re.search(r"<main.*</main>", answer.text, flags=re.DOTALL)[0]
    return answer.status_code, re.sub(r"[0-9a-f-]{36}", "", main)


def test_no_list_of_another_office_shows_a_case_of_this_one(browser):
    put_figures(browser.service.store)
    browser.sign_in(key=browser.service.make_key("supervisor", office=ELSEWHERE))
    for path in pages_of("supervisor"):
        got = browser.get(path)
        assert got.status_code in (200, 404), path
        assert 'href="/cases/R-' not in got.text, path
        if f"office={OFFICE}" in path:
            assert got.status_code == 404, path
