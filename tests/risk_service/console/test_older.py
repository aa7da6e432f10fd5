"""Findings, overrides and contested data beyond a page: all of it is reached, by links alone."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from models.times import US_PER_DAY
from risk_service.console import _turning
from risk_service.services.casefiles import LAPSE_US
from risk_service.store.casework import CORRECTIONS, FINDINGS, OVERRIDES
from tests.browsing import Browser
from tests.pages import OFFICE
from tests.service import NOW_US

SHOWN, KEPT = 3, 8
RECORDED = {"finding": "non_procedural", "state_found": "incomplete", "own_view": "unsure"}
BAND = {"band": "first", "reason": "berangkat lebih cepat", "expires_on": "2025-11-20"}
DATUM = {
    "feed": "registration_steps",
    "key": {"registration_id": "R-LATE", "step": "insurance"},
    "values": {"issuer": "insurer", "completed_on": "2025-09-01"},
    "reason": "kartu dibawa",
}


def signed_in(service, role="investigator", office=OFFICE):
    browser = Browser(service)
    browser.sign_in(key=service.make_key(role, office=office))
    return browser


def kept(service, records, path, body, **named):
    """Record one as an officer does, and keep it ``KEPT`` times, two at each time and the first the earliest."""
    who = {"Authorization": f"Bearer {service.make_key('investigator', office=OFFICE)}", "X-Purpose": "case_work"}
    assert service.client.post(f"/api/v1{path}", headers=who, json=body).status_code == 201
    with service.store.writing() as connection:
        [one] = records.find(connection)
        for number in range(KEPT):
            at_us = NOW_US - US_PER_DAY + number // 2
            times = {name: at_us + more for name, more in named.items() if isinstance(more, int)}
            said = {name: value[number % len(value)] for name, value in named.items() if isinstance(value, tuple)}
            records.add(connection, replace(one, **{records.key.name: f"x{number}"}, **times, **said))
        connection.execute(records.table.delete().where(~records.key.like("x_")))


@pytest.fixture
def filled_lists(service, monkeypatch):
    monkeypatch.setattr(_turning, "PER_PAGE", SHOWN)
    kept(service, FINDINGS, "/cases/R-LATE/findings", RECORDED, recorded_at_us=0, lapses_at_us=LAPSE_US)
    kept(service, OVERRIDES, "/cases/R-JPHK/overrides", BAND, made_at_us=0, lapses_at_us=LAPSE_US)
    return service


def linked(browser, name, text):
    found = re.search(rf'href="([^"]+)#{name}"[^>]*>{text}<', browser.page.text)
    return None if found is None else html.unescape(found[1])


def pages_of(browser, path, name, pattern, text):
    """What a list shows, page after page."""
    shown = []
    while path is not None:
        assert browser.get(path).status_code == 200
        shown.append(re.findall(rf'aria-labelledby="{pattern}(x\d)"', browser.page.text))
        path = linked(browser, name, text)
    return shown


FORWARD = [["x0", "x1", "x2"], ["x3", "x4", "x5"], ["x6", "x7"]]
BACKWARD = [["x7", "x6", "x5"], ["x4", "x3", "x2"], ["x1", "x0"]]


@pytest.mark.parametrize(
    ("name", "pattern", "text", "expected"),
    [
        ("waiting", "f-", "Berikutnya", FORWARD),
        ("waiting_overrides", "o-", "Berikutnya", FORWARD),
        ("recent", "f-recent-", "Lebih lama", BACKWARD),
        ("recent_overrides", "o-recent-", "Lebih lama", BACKWARD),
    ],
)
def test_every_finding_and_band_is_reached_once_and_what_lapses_first_is_on_top(
    filled_lists, name, pattern, text, expected
):
    browser = signed_in(filled_lists)
    assert pages_of(browser, "/findings", name, pattern, text) == expected
    start = linked(browser, name, "Ke awal")
    assert pages_of(browser, start, name, pattern, text) == expected


def test_turning_one_list_leaves_the_others_where_they_are(filled_lists):
    browser = signed_in(filled_lists)
    browser.get("/findings")
    browser.get(linked(browser, "waiting", "Berikutnya"))
    browser.get(linked(browser, "recent", "Lebih lama"))
    assert re.findall(r'aria-labelledby="f-(x\d)"', browser.page.text) == FORWARD[1]
    assert re.findall(r'aria-labelledby="f-recent-(x\d)"', browser.page.text) == BACKWARD[1]
    browser.get(linked(browser, "recent", "Ke awal"))
    assert re.findall(r'aria-labelledby="f-(x\d)"', browser.page.text) == FORWARD[1]
    assert re.findall(r'aria-labelledby="f-recent-(x\d)"', browser.page.text) == BACKWARD[0]


def decisions(service, monkeypatch):
    monkeypatch.setattr(_turning, "PER_PAGE", SHOWN)
    both = {"state": ("accepted", "refused", "refused"), "decided_at_us": US_PER_DAY // 2, "raised_at_us": 0}
    kept(service, CORRECTIONS, "/cases/R-LATE/corrections", DATUM, **both)


def test_every_decision_of_either_kind_is_reached_once(service, monkeypatch):
    decisions(service, monkeypatch)
    browser = signed_in(service)
    assert pages_of(browser, "/corrections", "decided", "c-", "Lebih lama") == BACKWARD
    assert "Sudah diputuskan" in browser.text
    assert "Tidak ada bantahan yang menunggu." in browser.text


def test_every_contested_datum_that_waits_is_reached_once(service, monkeypatch):
    monkeypatch.setattr(_turning, "PER_PAGE", SHOWN)
    kept(service, CORRECTIONS, "/cases/R-LATE/corrections", DATUM, raised_at_us=0)
    browser = signed_in(service, "supervisor")
    assert pages_of(browser, "/corrections", "waiting", "c-", "Lebih lama") == BACKWARD
    browser.post("/language", language="en", back="/corrections")
    browser.get("/corrections")
    assert pages_of(browser, "/corrections", "waiting", "c-", "Older") == BACKWARD


def test_a_form_that_does_not_fit_is_shown_again_on_its_own_page_of_the_list(service, monkeypatch):
    monkeypatch.setattr(_turning, "PER_PAGE", SHOWN)
    kept(service, CORRECTIONS, "/cases/R-LATE/corrections", DATUM, raised_at_us=0)
    browser = signed_in(service, "supervisor")
    browser.get("/corrections")
    browser.get(linked(browser, "waiting", "Lebih lama"))
    back = html.unescape(re.search(r'name="back" value="(/corrections\?waiting=[^"]+)"', browser.page.text)[1])
    browser.post("/corrections/x3/decide", accept="true", form="d-x3", reason="", version="1", back=back)
    assert browser.page.status_code == 422
    assert re.findall(r'aria-labelledby="c-(x\d)"', browser.page.text) == BACKWARD[1]


def test_every_change_of_the_last_rescoring_is_reached_once_within_the_office_asked_for(service, monkeypatch):
    everybody = [item["case_id"] for item in service.get(f"/api/v1/worklist/changes?office={OFFICE}").json["items"]]
    monkeypatch.setattr(_turning, "PER_PAGE", SHOWN)
    browser, path, shown = signed_in(service, "supervisor", office=None), f"/worklist/changes?office={OFFICE}", []
    while path is not None:
        browser.get(path)
        shown += re.findall(r'<th scope="row" class="nowrap"><a href="/cases/([^"]+)"', browser.page.text)
        path = linked(browser, "changed", "Berikutnya")
    assert len(everybody) > 2 * SHOWN
    assert shown == everybody
    assert f"office={OFFICE}" in linked(browser, "changed", "Ke awal")


@pytest.mark.parametrize("path", ["/findings?waiting={}", "/findings?recent_overrides={}", "/corrections?decided={}"])
def test_a_wrong_cursor_and_one_of_another_list_get_the_page_of_an_error(filled_lists, path):
    browser = signed_in(filled_lists)
    browser.get("/findings")
    foreign = re.search(r"recent=([^&#]+)", linked(browser, "recent", "Lebih lama"))[1]
    for cursor in ("nonsense", "é", foreign):
        assert browser.get(path.format(cursor)).status_code == 422
        assert cursor not in browser.text
        assert "Nomor permintaan" in browser.text
    assert browser.get(path.format("")).status_code == 200
