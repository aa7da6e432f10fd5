from __future__ import annotations

import html
import re

import pytest

from models.times import US_PER_SECOND
from tests.service import NOW_US

SIMULATED = "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun"
HOUR_US = 3600 * US_PER_SECOND


class Browser:
    """A client that keeps its session and reads form tokens, as a browser without script does."""

    def __init__(self, service):
        self.service = service
        self.client = service.app.test_client()
        self.page = self.get("/sign-in")

    def get(self, path):
        self.page = self.client.get(path, headers={"Accept": "text/html"})
        return self.page

    def post(self, path, **fields):
        token = re.search(r'name="token" value="([^"]+)"', self.page.text)[1]
        self.page = self.client.post(path, data={"token": token, **fields}, headers={"Accept": "text/html"})
        if self.page.status_code == 303:
            self.get(self.page.headers["Location"])
        return self.page

    def sign_in(self, role="supervisor", *, key=None, purpose="case_work"):
        return self.post("/sign-in", key=key or self.service.key[role], purpose=purpose)

    @property
    def text(self):
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page.text)))


@pytest.fixture
def browser(service):
    return Browser(service)


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


@pytest.mark.parametrize("role", ["feeder", "auditor", "admin"])
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
    got = browser.client.post("/language", data={})
    cookie = browser.service.app.test_client().get("/sign-in").headers["Set-Cookie"]

    assert got.status_code == 303
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


@pytest.mark.parametrize(("language", "title"), [("id", "Daftar berkas"), ("en", "Cases")])
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
        assert 'value="HK"' in browser.page.text
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


class TestCase:
    @pytest.fixture
    def case(self, browser):
        browser.sign_in()
        browser.get("/cases/R-FULL")
        assert browser.page.status_code == 200
        return browser

    def test_evidence_comes_before_the_score_and_the_way_back_after_it(self, case):
        places = [case.page.text.index(f'id="{part}"') for part in ("steps", "agency", "assessment", "way-back")]

        assert places == sorted(places)

    def test_the_sum_is_shown_line_by_line_and_adds_up(self, case):
        shown = re.findall(r'<td class="number" title="([^"]+)">([^<]+)', case.page.text)
        exact = [float(value) for value, _ in shown]
        read = [float(text.replace("−", "-").replace(",", ".")) for _, text in shown]

        assert sum(exact[:-1]) == exact[-1]
        assert round(sum(read[:-1]), 2) == read[-1]

    def test_the_person_is_masked(self, case):
        from tests.service import JUDGE

        given = (JUDGE / "first" / "candidates.csv").read_text().splitlines()
        row = next(line for line in given if line.startswith("C-FULL,")).split(",")
        nik, name = row[1], row[2]

        assert "•••" in case.text
        for secret in (nik, name):
            assert secret
            assert secret not in case.page.text

    def test_a_role_that_reads_no_people_sees_the_case_without_the_person(self, browser):
        browser.sign_in("analyst")
        browser.get("/cases/R-FULL")

        assert browser.page.status_code == 200
        assert "Data diri" not in browser.text

    @pytest.mark.parametrize(
        ("case_id", "said"),
        [
            ("T-REF", "Belum terdaftar, jadi tidak diberi angka"),
            ("R-NODATE", "Tanggal berangkat belum diketahui"),
            ("R-MINOR", "Di bawah 18 tahun: pelindungan anak, tidak diberi angka"),
            ("R-UNCONN", "tidak dapat dipastikan"),
        ],
    )
    def test_a_case_without_a_figure_says_why(self, browser, case_id, said):
        browser.sign_in()
        browser.get(f"/cases/{case_id}")

        assert said in browser.text

    @pytest.mark.parametrize("language", ["id", "en"])
    def test_every_case_can_be_shown_in_both_languages(self, browser, language):
        browser.post("/language", language=language, back="/sign-in")
        browser.sign_in()
        browser.get("/cases?limit=200")
        links = sorted(set(re.findall(r'href="(/cases/[^"?]+)"', browser.page.text)))
        assert len(links) > 30
        for link in links[::4]:
            assert browser.get(link).status_code == 200, link


def test_contact_safety_stands_before_the_number(browser, tmp_path):
    from risk_service.services.ingest import ingest

    folder = tmp_path / "correction"
    folder.mkdir()
    (folder / "candidates.csv").write_text(
        "candidate_id,full_name,phone,safe_to_contact,enrolled_as,work_evidence,office,recorded_at\n"
        "C-T3,Contoh Fiktif,+620000000123,false,registered,none,O-BP3MI,2025-09-11T08:00:00+07:00\n"
    )
    (folder / "manifest.json").write_text(
        '{"contract": "feeds/1", "source": "judge", "produced_at": "2025-09-11T08:30:00+07:00",'
        ' "simulated": true, "feeds": {}}'
    )
    ingest(browser.service.store, browser.service.master, folder, now_us=NOW_US)
    browser.sign_in()
    browser.get("/cases/R-T3")

    assert browser.text.index("Tidak aman dihubungi lewat nomor ini") < browser.text.index("••••••••••123")


def test_reading_in_the_console_is_recorded_with_the_purpose_of_the_session(browser):
    from risk_service.services import audit

    browser.sign_in(purpose="supervision")
    browser.get("/cases/R-T3")
    browser.post("/purpose", purpose="subject_request", back="/cases/R-T3")

    found = [e for e in audit.listed(browser.service.store, limit=100) if e["action"] == "case.read"]
    assert [entry["purpose"] for entry in found] == ["supervision", "subject_request"]
