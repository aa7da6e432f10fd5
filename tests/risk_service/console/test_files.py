"""Every list of the console can be taken along from its page, in the language of the page."""

from __future__ import annotations

import html
import re

import pytest

from tests.figures import OFFICE, put_figures
from tests.risk_service.api.test_casework_files import worked_on

FROM = {
    "supervisor": {
        f"/worklist?office={OFFICE}": {"worklist"},
        f"/worklist/changes?office={OFFICE}": {"changes"},
        "/cases": {"cases"},
        "/findings": {"findings", "overrides"},
        "/corrections": {"corrections"},
        "/desks?kind=disnaker": {"desks"},
        "/desks/O-DISNAKER-7471": {"steps"},
        "/agencies?q=AG": {"agencies"},
        "/agencies/AG-ACT": {"tables"},
        f"/region?office={OFFICE}": {"region"},
        "/releases": {"releases"},
    },
    "admin": {"/users": {"users"}},
}


@pytest.mark.parametrize("role", FROM)
def test_every_page_with_a_list_leads_to_its_files(browser, role):
    put_figures(browser.service.store)
    worked_on(browser.service)
    browser.sign_in(role)
    browser.post("/language", language="en", back="/account")
    for page, lists in FROM[role].items():
        leads_to(browser, page, lists)


def leads_to(browser, page, lists):
    links = [html.unescape(link) for link in re.findall(r'href="(/[^"]+\.(?:xlsx|csv)[^"]*)"', browser.get(page).text)]
    for form in ("xlsx", "csv"):
        named = {re.search(r"/(\w+)\.(?:xlsx|csv)", link)[1] for link in links if f".{form}" in link}
        assert named == lists, page
    for link in links:
        got = browser.client.get(link)
        assert got.status_code == 200, link
        assert "attachment" in got.headers["Content-Disposition"]
        if ".csv" in link:
            assert "SIMULATED DATA" in got.data.decode("utf-8-sig"), link


def test_each_table_of_an_agency_and_of_the_region_has_its_file(browser):
    put_figures(browser.service.store)
    browser.sign_in()
    for page, tables in (
        ("/agencies/AG-ACT", {"permits", "branches", "cases", "periods", "shared", "events"}),
        (f"/region?office={OFFICE}", {"total", "stalls", "by_region", "by_agency", "by_month", "sources"}),
    ):
        assert tables <= set(re.findall(r"table=(\w+)", browser.get(page).text)), page


def test_a_filter_that_cannot_be_is_said_and_no_file_is_made(browser):
    browser.sign_in()
    assert browser.get("/exports/region.csv?table=persons").status_code == 422
    assert browser.get("/exports/cases.xlsx?band=worst").status_code == 422
