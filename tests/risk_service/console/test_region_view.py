"""The region view at the console."""

from __future__ import annotations

from tests.figures import OFFICE, OTHER, put_figures


def test_the_head_of_an_office_reads_figures_and_goes_on_to_the_desk_of_a_stalled_step(browser):
    put_figures(browser.service.store)
    browser.sign_in(key=browser.service.make_key("supervisor", office=OFFICE))
    browser.get("/region")

    assert "Wilayah: Kantor Contoh bp3mi 74.71" in browser.text
    assert "15 % (antara" in browser.text
    assert "Di mana prosedur tertahan" in browser.text
    assert 'href="/desks/O-CLINIC-7471"' in browser.page.text
    assert browser.get("/desks/O-CLINIC-7471").status_code == 200


def test_what_is_hidden_looks_alike_and_places_stand_in_the_order_of_their_codes(browser):
    put_figures(browser.service.store)
    browser.sign_in()
    browser.get(f"/region?office={OFFICE}")

    assert "•" in browser.text
    places = [browser.page.text.index(f">{code}</th>") for code in ("74.03", "74.71", "74.72")]
    assert places == sorted(places)
    assert f'<option value="{OTHER}"' in browser.page.text


def test_the_view_is_whole_in_english_and_before_any_figures(browser):
    browser.sign_in()
    browser.post("/language", language="en", back="/region")

    assert "Where procedures stall" in browser.text
    assert "There are no probabilities to add" in browser.text


def test_a_capacity_that_cannot_be_is_said(browser):
    browser.sign_in()

    assert browser.get("/region?capacity=many").status_code == 422
    assert browser.get("/region?capacity=20").status_code == 200


def test_an_officer_has_no_region_view(browser):
    browser.sign_in("investigator")

    assert browser.get("/region").status_code == 403
    assert 'href="/region"' not in browser.get("/worklist").text
