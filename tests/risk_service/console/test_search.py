"""Finding a person, as an officer without script does it."""

from __future__ import annotations

import re

from risk_service.services import audit, search
from tests.browsing import Browser


def test_a_person_is_found_by_name_and_leads_to_the_case(browser):
    browser.sign_in("investigator")
    browser.get("/search")
    browser.post("/search", text="Fictif Contho MINOR", purpose="subject_request")

    assert browser.page.status_code == 200
    assert "C••• F••• M•••" in browser.text
    assert re.search(r"Ditemukan \d+ orang\.", browser.text)
    first = re.search(r'<span class="line"><a href="(/cases/[^"]+)"', browser.page.text)[1]
    assert first == "/cases/R-MINOR"
    assert browser.get(first).status_code == 200
    entry = next(e for e in audit.listed(browser.service.store, limit=1000) if e["action"] == "person.search")
    assert entry["purpose"] == "subject_request"
    assert "MINOR" not in str(entry)


def test_a_search_leads_to_the_agency_of_each_case_of_whoever_may_read_agencies(browser):
    browser.sign_in("investigator")
    browser.get("/search")
    browser.post("/search", text="R-FULL")
    agency = re.search(r'href="(/agencies/[^"]+)"', browser.page.text)[1]

    assert agency == "/agencies/AG-BURUK"
    assert browser.get(agency).status_code == 200


def test_what_was_typed_stays_in_the_form_and_out_of_the_address(browser):
    browser.sign_in("viewer")
    browser.get("/search")
    browser.post("/search", text="9999361705950000")

    assert 'value="9999361705950000"' in browser.page.text
    assert "9999361705950000" not in str(browser.page.request.url)
    assert "9999361705950000" not in browser.service.log.getvalue()


def test_nobody_too_little_and_nothing_yet_each_say_so(browser):
    browser.sign_in()
    browser.get("/search")
    assert "Tidak ada yang cocok" not in browser.text
    browser.post("/search", text="Qwzx Vbnm")
    assert "Tidak ada yang cocok" in browser.text
    browser.post("/search", text="?")
    assert browser.page.status_code == 422
    assert "Ketik paling sedikit dua huruf" in browser.text


def test_other_offices_people_and_other_roles_are_left_out(service):
    bound = Browser(service)
    bound.sign_in(key=service.make_key("investigator", office="O-OTHER"))
    bound.get("/search")
    bound.post("/search", text="R-FULL")
    assert "Tidak ada yang cocok" in bound.text

    analyst = Browser(service)
    analyst.sign_in("analyst")
    assert analyst.get("/search").status_code == 403
    assert "/search" not in analyst.get("/cases").text


def test_a_name_too_common_to_look_at_everybody_says_what_to_add(browser, monkeypatch):
    browser.sign_in("investigator")
    browser.get("/search")
    browser.post("/search", text="Contoh Fiktif")
    assert "begitu banyak orang" not in browser.text
    monkeypatch.setattr(search, "MOST_OPENED", 1)
    browser.post("/search", text="Contoh Fiktif")
    assert "begitu banyak orang" in browser.text
    assert "tahun lahirnya (Siti 1995)" in browser.text
