"""The console in a real browser: accessible, usable on a small screen, whole without script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import sign_in
from tests.casework import put_casework
from tests.figures import put_figures
from tests.pages import PAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_accessible_fits_the_screen_and_raises_no_complaint(browser, service, address, language):
    from axe_playwright_python.sync_playwright import Axe

    put_figures(service.store)
    put_casework(service)
    complaints = []
    for role in sorted({role for role, _ in PAGES.values() if role}):
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
        sign_in(page, address, service.key[role], language)
        for whose, path in PAGES.values():
            if whose == role or (whose is None and role == "supervisor"):
                page.goto(address + path)
                checked(page, path, Axe())
        if role == "supervisor":
            page.goto(f"{address}/search")
            page.fill("#s-text", "Contoh Fiktif")
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert page.locator("table.list").count()
            checked(page, "what a search finds", Axe())
            page.goto(f"{address}/cases/R-FULL")
            with page.expect_navigation():
                page.click("button[value=unsure]")
            checked(page, "a case after one's own view", Axe())
        page.close()
    unexpected = [text for text in complaints if "404" not in text]
    assert not unexpected


@pytest.mark.parametrize("language", ["id", "en"])
def test_tables_of_the_region_view_need_no_scrolling_on_a_large_screen(browser, service, address, language):
    put_figures(service.store)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    sign_in(page, address, service.key["supervisor"], language)
    page.goto(f"{address}/region")
    tables = page.locator(".scroll").evaluate_all(
        "all => all.map(one => [one.getAttribute('aria-label'), one.scrollWidth - one.clientWidth])"
    )
    assert len(tables) == 4
    assert not [table for table in tables if table[1] > 0]
    shown = page.locator("section[aria-labelledby=by_region] tbody td.estimate").all_inner_texts()
    assert any("%" in text for text in shown), "an estimate with its interval, the widest there is"
    page.set_viewport_size({"width": 360, "height": 800})
    row = page.locator("section[aria-labelledby=by_region] tbody tr").first
    page.locator("section[aria-labelledby=by_region] .scroll").evaluate("one => one.scrollTo(one.scrollWidth, 0)")
    assert row.locator("td").last.evaluate("one => one.getBoundingClientRect().right <= innerWidth")
    assert row.evaluate("one => one.getBoundingClientRect().height") < 100
    page.close()


def checked(page, path, checker):
    """No wider than a screen, no card wider than its place, and accessible, on a large screen and a small one."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, (path, width)
        cut = page.locator(".card").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.slice(0, 40))"
        )
        assert not cut, (path, width, cut)
        # The policy of the pages forbids foreign script, as it should; the checker runs beside it.
        found = checker.run(page).response["violations"]
        assert not found, (path, width, [(f["id"], f["nodes"][0]["html"][:200]) for f in found])


def test_the_way_from_signing_in_to_a_case_needs_no_script_and_no_mouse(browser, service, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, address, service.key["supervisor"], "id")
    page.goto(f"{address}/cases")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Langsung ke isi"
    page.locator("table.list th a").first.focus()
    with page.expect_navigation(url="**/cases/*"):
        page.keyboard.press("Enter")

    assert page.locator("h1").inner_text().startswith("Berkas ")
    assert page.locator("#way-back").is_visible()
    context.close()


def test_a_page_is_light(browser, service, address):
    page = browser.new_page()
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())) if response.status == 200 else None)
    sign_in(page, address, service.key["supervisor"], "id")
    sizes.clear()
    page.goto(f"{address}/cases/R-FULL", wait_until="networkidle")

    assert sum(sizes) < 150_000
    page.close()
