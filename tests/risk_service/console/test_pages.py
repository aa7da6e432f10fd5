from __future__ import annotations

import gzip
import html
import re
from pathlib import Path

import pytest

import risk_service.console
from models.times import US_PER_SECOND
from tests.browsing import Browser
from tests.service import NOW_US

SIMULATED = "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun"
HOUR_US = 3600 * US_PER_SECOND
STATIC = Path(risk_service.console.__file__).parent / "static"


def test_signing_in_leads_to_the_list_and_out_again(browser):
    assert browser.get("/").headers["Location"] == "/sign-in"
    browser.get("/sign-in")
    browser.sign_in()
    assert browser.page.status_code == 200
    assert "Daftar berkas" in browser.text

    browser.post("/sign-out")
    assert "Kunci masuk" in browser.text
    assert browser.get("/cases").headers["Location"] == "/sign-in"


def test_a_key_that_does_not_count_is_refused_without_being_shown_again(browser):
    browser.sign_in(key="rk_aaaaaaaa_" + "x" * 43)

    assert browser.page.status_code == 403
    assert "tidak dikenal, sudah berakhir, atau dicabut" in browser.text
    assert "xxxx" not in browser.page.text


@pytest.mark.parametrize("role", ["feeder"])
def test_a_role_that_reads_no_cases_is_told_so(browser, role):
    browser.sign_in(role)

    assert browser.page.status_code == 403
    assert "tidak membaca berkas" in browser.text


def test_a_form_without_its_token_changes_nothing(browser):
    browser.client.post("/sign-in", data={"key": browser.service.key["supervisor"], "token": "forged"})

    assert browser.get("/cases").status_code == 303


def test_a_session_ends_with_its_time_and_with_its_key(browser):
    from risk_service.services import keys
    from tests.service import ADMIN

    browser.sign_in()
    browser.service.now_us = NOW_US + browser.service.settings.session_hours * HOUR_US
    assert browser.get("/cases").status_code == 303

    browser.service.now_us = NOW_US
    assert browser.get("/cases").status_code == 200
    key_id = browser.service.key["supervisor"].split("_")[1]
    keys.revoke(browser.service.store, by=ADMIN, key_id=key_id, now_us=NOW_US)
    assert browser.get("/cases").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    browser.client.get("/sign-in")
    cookie = browser.service.app.test_client().get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_every_page_over_simulated_data_says_so(browser):
    for path in ("/sign-in", "/nothing"):
        browser.get(path)
        assert SIMULATED in browser.text, path
    browser.sign_in()
    for path in (
        "/cases",
        "/cases?band=first",
        "/cases/R-T3",
        "/cases/T-REF",
        "/cases/R-NONE",
        "/cases?planned_from=x",
    ):
        browser.get(path)
        assert SIMULATED in browser.text, path


@pytest.mark.parametrize(("language", "title"), [("id", "Daftar kerja"), ("en", "Worklist")])
def test_the_language_can_be_chosen_and_is_kept(browser, language, title):
    browser.post("/language", language=language, back="/sign-in")
    browser.sign_in()

    assert f"<h1>{title}</h1>" in browser.page.text
    assert f'<html lang="{language}">' in browser.page.text
    assert SIMULATED in browser.text


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_choosing_a_language_never_leads_to_another_site(browser, back):
    token = re.search(r'name="token" value="([^"]+)"', browser.page.text)[1]
    got = browser.client.post("/language", data={"token": token, "language": "en", "back": back})

    assert got.headers["Location"] == "/"


class TestList:
    def test_the_filters_of_the_address_are_in_the_form_and_choose(self, browser):
        browser.sign_in()
        browser.get("/cases?band=check&destination=hk&order=risk&planned_from=&office=")

        assert '<option value="check" selected>' in browser.page.text
        assert 'name="destination" value="Hong Kong DAK Tiongkok"' in browser.page.text
        bands = set(re.findall(r"chip band-(\w+)", browser.page.text))
        assert bands == {"check"}

    def test_a_filter_that_cannot_be_read_says_so(self, browser):
        browser.sign_in()
        browser.get("/cases?planned_from=soon")

        assert browser.page.status_code == 422
        assert "Periksa isian atau saringan" in browser.text

    def test_nothing_found_offers_the_way_out(self, browser):
        browser.sign_in()
        browser.get("/cases?destination=ZZ")

        assert "Tidak ada berkas dengan saringan ini" in browser.text
        assert "Hapus saringan" in browser.text

    def test_an_empty_store_says_what_to_do(self, tmp_path, sqlite_url):
        from risk_service.store import open_store
        from tests.service import open_service

        store = open_store(sqlite_url)
        browser = Browser(open_service(tmp_path / "home", store))
        browser.sign_in()
        assert "Belum ada penilaian" in browser.text
        assert "DATA SIMULASI" not in browser.text
        store.close()

    def test_pages_follow_each_other_with_their_filters(self, browser):
        browser.sign_in()
        browser.get("/cases?limit=3&order=risk")
        first = re.findall(r'href="(/cases/[^"?]+)"', browser.page.text)
        following = html.unescape(re.search(r'href="([^"]+)" rel="next"', browser.page.text)[1])
        browser.get(following)
        second = re.findall(r'href="(/cases/[^"?]+)"', browser.page.text)

        assert len(first) == 3
        assert second
        assert not set(first) & set(second)
        assert "order=risk" in following

    def test_a_key_bound_to_an_office_sees_that_office_and_no_filter_for_others(self, browser):
        browser.sign_in(key=browser.service.make_key("viewer", office="O-OTHER"))

        assert "O-OTHER" in browser.text
        assert not re.findall(r'href="/cases/', browser.page.text)
        assert 'name="office"' not in browser.page.text
        assert browser.get("/cases/R-T3").status_code == 404


def test_a_page_travels_compressed_to_whoever_takes_it_so(browser):
    browser.sign_in()
    plain = browser.get("/cases").data
    took = browser.client.get("/cases", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert took.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in took.headers["Vary"]
    assert len(took.data) < len(plain) / 2
    token = re.compile(rb'name="token" value="[^"]+"')
    assert token.sub(b"", gzip.decompress(took.data)) == token.sub(b"", plain)
    refused = browser.client.get("/cases", headers={"Accept": "text/html", "Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_the_token_of_a_form_is_written_anew_each_time_and_counts_for_its_session_alone(service, browser):
    browser.sign_in()
    tokens = [re.search(r'name="token" value="([^"]+)"', browser.get("/account").text)[1] for _ in range(2)]
    assert tokens[0] != tokens[1]
    for token in tokens:
        got = browser.client.post("/purpose", data={"token": token, "purpose": "audit", "back": "/account"})
        assert got.status_code == 303
    other = Browser(service)
    other.sign_in()
    for token in (tokens[0], "", "x", "AAAA", "é" * 64, tokens[0][:-4]):
        got = other.client.post("/purpose", data={"token": token, "purpose": "audit"}, headers={"Accept": "text/html"})
        assert got.status_code == 400, token


def test_the_style_sheet_travels_compressed_and_each_form_of_it_has_a_tag_of_its_own(browser):
    def ask(**headers):
        return browser.client.get("/static/style.css", headers=headers)

    zipped, plain = ask(**{"Accept-Encoding": "gzip, br"}), ask()
    assert (zipped.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert gzip.decompress(zipped.data) == plain.data == (STATIC / "style.css").read_bytes()
    assert len(zipped.data) * 3 < len(plain.data)
    for answer in (zipped, plain):
        assert "Accept-Encoding" in answer.vary
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.mimetype == "text/css"
    assert zipped.headers["ETag"] != plain.headers["ETag"]

    known = ask(**{"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]})
    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", zipped.headers["ETag"])
    assert ask(**{"If-None-Match": zipped.headers["ETag"]}).status_code == 200


def test_what_is_too_small_to_be_compressed_is_sent_as_it_is_and_nothing_else_is_served(browser):
    icon = browser.client.get("/static/icon.svg", headers={"Accept-Encoding": "gzip"})
    assert (icon.data, "Content-Encoding" in icon.headers) == ((STATIC / "icon.svg").read_bytes(), False)
    for other in ("nothing.css", "../console/words.py", "..%2F..%2Fapp.py"):
        assert browser.client.get(f"/static/{other}").status_code == 404, other
