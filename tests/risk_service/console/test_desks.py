"""The console's lists of waiting steps."""

from __future__ import annotations

import pytest

from tests.risk_service.console.test_pages import SIMULATED, Browser

DISNAKER = "O-DISNAKER-7471"


@pytest.fixture
def browser(service):
    return Browser(service)


def test_the_desks_lead_to_their_lists_and_to_paper(browser):
    browser.sign_in()
    browser.get("/desks")
    assert "Kantor Contoh disnaker 74.71" in browser.text
    assert SIMULATED in browser.text

    browser.get(f"/desks/{DISNAKER}")
    assert "Langkah yang menunggu: Kantor Contoh disnaker 74.71" in browser.text
    assert "Pendaftaran Disnaker (SISKOP2MI)" in browser.text
    assert "bisa dikerjakan sekarang" in browser.text
    assert "Hubungi dulu" not in browser.text

    browser.get(f"/desks/{DISNAKER}?print=1")
    assert SIMULATED in browser.text
    assert "Hasil / keterangan" in browser.text
    for form in ("steps.xlsx", "steps.csv"):
        got = browser.client.get(f"/desks/{DISNAKER}/{form}")
        assert got.headers["Content-Disposition"].startswith("attachment; filename=")


def test_a_desk_signs_in_to_its_own_list_alone(browser):
    key = browser.service.make_key("desk", office=DISNAKER)
    browser.sign_in(key=key)
    assert "Loket" in browser.text
    assert "Kantor Contoh disnaker 74.71" in browser.text
    assert "Kantor Contoh clinic 74.71" not in browser.text
    assert browser.get("/cases").status_code == 403
    assert browser.get("/desks/O-CLINIC-7471").status_code == 404
    assert browser.get(f"/desks/{DISNAKER}").status_code == 200


def test_the_list_is_whole_in_english(browser):
    browser.sign_in()
    browser.post("/language", language="en", back=f"/desks/{DISNAKER}")
    assert "Waiting steps: Kantor Contoh disnaker 74.71" in browser.text
    assert "can be done now" in browser.text


def test_a_filter_that_cannot_be_is_said_and_shows_nothing(browser):
    browser.sign_in()
    assert browser.get("/desks?kind=village").status_code == 422
    assert "Kantor Contoh" not in browser.text
