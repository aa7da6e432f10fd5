from __future__ import annotations

import re
from dataclasses import replace

import pytest

from risk_service.services import audit
from risk_service.services.ingest import ingest
from tests.browsing import Browser
from tests.service import JUDGE, NOW_US


def identity_of(candidate):
    """NIK and name, as they were delivered."""
    given = (JUDGE / "first" / "candidates.csv").read_text().splitlines()
    row = next(line for line in given if line.startswith(f"{candidate},")).split(",")
    assert all(row[1:3])
    return row[1], row[2]


@pytest.fixture
def case(browser):
    browser.sign_in()
    browser.get("/cases/R-FULL")
    record_view(browser, "unsure")
    return browser


def record_view(browser, view):
    back = re.search(r'name="back" value="([^"]+)"><p class="buttons">', browser.page.text)[1]
    assert browser.post("/cases/R-FULL/own-view", view=view, back=back).status_code == 200


def figures_of(page):
    return re.findall(r'class="number" title|class="chip band-|class="words"|class="fall"|Riwayat penilaian', page.text)


def test_an_officer_records_a_view_before_band_and_figures_are_shown(browser):
    browser.sign_in("investigator")
    browser.get("/cases/R-FULL")

    assert "Pandangan Anda dulu" in browser.text
    assert figures_of(browser.page) == []
    for part in ("steps", "agency", "itinerary", "notices", "way-back"):
        assert f'id="{part}"' in browser.page.text

    record_view(browser, "non_procedural")
    assert "Pandangan Anda: Tampak akan nonprosedural." in browser.text
    assert figures_of(browser.page)


def test_another_officers_view_shows_nothing(case):
    other = Browser(case.service)
    other.sign_in("investigator")
    other.get("/cases/R-FULL")

    assert figures_of(other.page) == []


def test_a_view_that_is_not_on_the_list_shows_nothing_and_says_so(browser):
    browser.sign_in()
    browser.get("/cases/R-FULL")
    record_view(browser, "whatever")

    assert "Isian tidak sesuai: pandangan anda" in browser.text
    assert figures_of(browser.page) == []


def test_whether_a_case_was_drawn_by_lot_is_said_with_the_view_and_not_before(browser):
    browser.sign_in()
    browser.get("/worklist?office=O-BP3MI")
    browser.get("/cases/R-FULL")
    assert "diundi" not in browser.text

    record_view(browser, "unsure")
    assert "Berkas ini dipilih, tidak diundi." in browser.text or "Berkas ini diundi" in browser.text


def test_every_page_counts_the_days_to_departure_from_today(browser):
    browser.sign_in()
    for path in ("/cases", "/worklist?office=O-BP3MI", "/cases/R-FULL", "/cases/R-FULL/work"):
        browser.get(path)
        assert re.search(r"24 Sep 2025 \(?13 hari lagi", browser.text), path


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_roles_that_record_no_view_see_the_figures(browser, role):
    browser.sign_in(role)
    browser.get("/cases/R-FULL")

    assert figures_of(browser.page)


def test_an_installation_can_show_the_figures_at_once(service):
    service.settings = replace(service.settings, own_view_first=False)
    service.__post_init__()
    browser = Browser(service)
    browser.sign_in()
    browser.get("/cases/R-FULL")

    assert figures_of(browser.page)


def test_evidence_comes_before_the_score_and_the_way_back_after_it(case):
    parts = ("steps", "agency", "itinerary", "registration", "assessment", "notices", "way-back", "freshness")
    places = [case.page.text.index(f'id="{part}"') for part in parts]

    assert places == sorted(places)


def test_the_sum_is_shown_line_by_line_and_adds_up(case):
    shown = re.findall(r'<td class="number" title="([^"]+)">([^<]+)', case.page.text)
    exact = [float(value) for value, _ in shown]
    read = [float(text.replace("−", "-").replace(",", ".")) for _, text in shown]

    assert sum(exact[:-1]) == exact[-1]
    assert round(sum(read[:-1]), 2) == read[-1]


def test_the_person_is_masked(case):
    assert "•••" in case.text
    for secret in identity_of("C-FULL"):
        assert secret not in case.page.text


def test_name_and_numbers_are_shown_on_asking_and_that_is_recorded_with_its_purpose(case):
    case.post("/cases/R-FULL/identity", purpose="subject_request")

    assert case.page.status_code == 200
    for secret in identity_of("C-FULL"):
        assert secret in case.text
    entry = audit.listed(case.service.store, limit=1000)[-1]
    assert (entry["action"], entry["purpose"]) == ("identity.read", "subject_request")
    assert not any(secret in str(entry) for secret in identity_of("C-FULL"))


def test_the_next_look_at_the_case_is_masked_again(case):
    case.post("/cases/R-FULL/identity", purpose="case_work")
    case.get("/cases/R-FULL")

    assert not any(secret in case.text for secret in identity_of("C-FULL"))


def test_nothing_is_shown_in_full_without_the_form_of_this_session(case):
    got = case.client.post("/cases/R-FULL/identity", data={"token": "forged", "purpose": "case_work"})

    assert got.status_code == 400
    assert not any(secret in got.text for secret in identity_of("C-FULL"))


def test_a_viewer_is_not_offered_name_and_numbers_and_does_not_get_them(browser):
    browser.sign_in("viewer")
    browser.get("/cases/R-FULL")
    assert "Tampilkan lengkap" not in browser.text

    assert browser.post("/cases/R-FULL/identity", purpose="case_work").status_code == 403


def test_a_reason_opens_the_record_it_rests_on_with_date_and_office(case):
    records = re.findall(r'<details class="record">(.*?)</details>', case.page.text, re.DOTALL)

    passport = next(record for record in records if "Langkah, dicatat 1 Sep 2025" in record)
    assert "Kantor yang menjawab" not in passport
    registration = next(record for record in records if "Pendaftaran, dicatat 20 Agu 2025" in record)
    assert "Kantor Contoh bp3mi" in registration
    assert "Nomor pendaftaran" in registration


def test_the_journey_is_drawn_and_said(case):
    stops = re.findall(r'<ol class="stops">(.*?)</ol>', case.page.text, re.DOTALL)[0]
    said = re.sub(r"<[^>]+>", "", stops)

    assert [said.index(name) for name in ("Kota Kendari", "Hang Nadim", "Singapura", "Hong Kong")] == sorted(
        said.index(name) for name in ("Kota Kendari", "Hang Nadim", "Singapura", "Hong Kong")
    )
    assert len(re.findall('class="stop-number"', case.page.text)) == 4


def test_the_licence_is_a_dated_band(case):
    assert "aktif: 1 Mei 2022 – 9 Jan 2025" in case.text
    assert "dihentikan sebagian: 10 Jan 2025 – 30 Apr 2027" in case.text


def test_times_are_those_of_the_regions_clock(case):
    assert "WITA" in case.text
    assert "WIB" not in case.text


def test_the_way_back_names_step_office_and_how_long_it_takes(case):
    way = case.text[case.text.index("Jalan kembali", case.text.index("Catatan")) :]

    assert "Sertifikat kompetensi biasanya 30 hari Kantor Contoh blk" in way
    assert "Jangan menghubungi keluarga" in way


def test_a_role_that_reads_no_people_sees_the_case_without_the_person(browser):
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
def test_a_case_without_a_figure_says_why(browser, case_id, said):
    browser.sign_in()
    browser.get(f"/cases/{case_id}")

    assert said in browser.text


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_case_can_be_shown_in_both_languages(browser, language):
    browser.post("/language", language=language, back="/sign-in")
    browser.sign_in()
    browser.get("/cases?limit=200")
    links = sorted(set(re.findall(r'href="(/cases/[^"?]+)"', browser.page.text)))
    assert len(links) > 30
    for link in links[::4]:
        assert browser.get(link).status_code == 200, link


@pytest.mark.parametrize(
    ("safe", "said"), [("false", "Tidak aman dihubungi lewat nomor ini"), ("true", "Boleh dihubungi")]
)
def test_contact_safety_stands_before_the_number_and_goes_with_the_letter(browser, tmp_path, safe, said):
    folder = tmp_path / "correction"
    folder.mkdir()
    (folder / "candidates.csv").write_text(
        "candidate_id,full_name,phone,safe_to_contact,enrolled_as,work_evidence,office,recorded_at\n"
        f"C-T3,Contoh Fiktif,+620000000123,{safe},registered,none,O-BP3MI,2025-09-11T08:00:00+07:00\n"
    )
    (folder / "manifest.json").write_text(
        '{"contract": "feeds/1", "source": "judge", "produced_at": "2025-09-11T08:30:00+07:00",'
        ' "simulated": true, "feeds": {}}'
    )
    ingest(browser.service.store, browser.service.master, folder, now_us=NOW_US)
    browser.sign_in()
    browser.get("/cases/R-T3")

    assert browser.text.index(said) < browser.text.index("••••••••••123")
    assert ("serahkan langsung kepada orangnya" in browser.text) == (safe == "false")


def test_reading_in_the_console_is_recorded_with_the_purpose_of_the_session(browser):
    browser.sign_in(purpose="supervision")
    browser.get("/cases/R-T3")
    browser.post("/purpose", purpose="subject_request", back="/cases/R-T3")

    found = [e for e in audit.listed(browser.service.store, limit=100) if e["action"] == "case.read"]
    assert [entry["purpose"] for entry in found] == ["supervision", "subject_request"]


@pytest.mark.parametrize(("case_id", "why"), [("R-TWO-A", "sudah berangkat"), ("R-WD", "ditarik")])
def test_a_case_that_is_over_is_neither_assessed_nor_helped_on(browser, case_id, why):
    browser.sign_in("viewer")
    browser.get(f"/cases/{case_id}")

    assert f"di luar antrean: {why}" in browser.text
    assert "tidak dinilai lagi" in browser.text
    assert re.findall(r'class="number" title|class="chip band-|class="words"|class="fall"', browser.page.text) == []
    assert "rencana ini sudah selesai" in browser.text
    assert 'class="ways"' not in browser.page.text
