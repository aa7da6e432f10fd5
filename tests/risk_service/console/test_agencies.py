"""The agency pages of the console."""

from __future__ import annotations

from tests.figures import OFFICE, put_figures


def test_a_case_a_region_and_a_list_lead_to_the_agencys_page(browser):
    put_figures(browser.service.store)
    browser.sign_in()
    for path, agency in (
        ("/cases/R-FULL", "AG-"),
        (f"/region?office={OFFICE}", "AG-ACT"),
        ("/agencies", "AG-BURUK"),
        ("/cases?agency=AG-ACT", "AG-ACT"),
    ):
        assert f'href="/agencies/{agency}' in browser.get(path).text, path


def test_the_page_shows_the_record_and_the_counts_and_assesses_nobody(browser):
    put_figures(browser.service.store)
    browser.sign_in()
    browser.get("/agencies/AG-ACT")

    assert 'class="licence"' in browser.page.text
    for text in ("Kantor cabang", "2025-Q1", "20 % (antara", "perekrut", "RK-77", "di bawah 5", "tidak menilai"):
        assert text in browser.text, text
    assert "3275014505900001" not in browser.text
    browser.get("/agencies/AG-BURUK")
    for text in ("P-BURUK", "Pembersih dan pembantu rumah tangga (9111)", "Klaim yang belum selesai: Rp ", "berlaku"):
        assert text in browser.text, text


def test_the_page_is_whole_in_english(browser):
    put_figures(browser.service.store)
    browser.sign_in()
    browser.post("/language", language="en", back="/agencies/AG-ACT")

    for text in ("This page assesses nobody", "Recruiters and payers shared", "Cases in process", "under 5"):
        assert text in browser.text, text


def test_an_auditor_reads_agencies_but_is_led_to_no_cases(browser):
    browser.sign_in("auditor")
    browser.get("/agencies/AG-ACT")

    assert browser.page.status_code == 200
    assert "Lihat berkas" not in browser.text
    assert browser.get("/agencies/AG-NOBODY").status_code == 404
    assert browser.get("/agencies?q=" + "x" * 101).status_code == 422


def test_a_desk_has_no_agency_page(browser):
    browser.sign_in(key=browser.service.make_key("desk", office="O-CLINIC-7471"))

    assert browser.get("/agencies/AG-ACT").status_code == 403


def test_permits_that_are_over_are_folded_away(browser):
    browser.sign_in()
    for agency, permit, said in (("AG-PART", "P-EXP", "sudah berakhir"), ("AG-EXP", "P-WDR", "ditarik 1 Agu 2025")):
        page = browser.get(f"/agencies/{agency}").text
        shown, _, over = page.partition("<summary>Sudah berakhir atau ditarik (1)</summary>")
        assert permit in over[: over.index("</details>")], agency
        assert said in over[: over.index("</details>")], agency
        assert "Tidak ada SIP2MI yang berlaku." in shown
    page = browser.get("/agencies/AG-BURUK").text
    assert "P-BURUK" in page
    assert "Sudah berakhir atau ditarik" not in page
