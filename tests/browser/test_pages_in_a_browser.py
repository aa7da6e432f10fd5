"""The console in a real browser: accessible, usable on a small screen, whole without script."""

from __future__ import annotations

import shutil
import threading

import pytest
from werkzeug.serving import make_server

from tests.figures import put_figures

CHROMIUM = shutil.which("chromium")
PAGES = (
    "/worklist",
    "/worklist?office=O-BP3MI",
    "/worklist?office=O-BP3MI&lane=no_date&assigned=me",
    "/worklist/changes?office=O-BP3MI",
    "/cases/R-FULL/work",
    "/findings",
    "/corrections",
    "/cases",
    "/cases?order=risk&band=check",
    "/cases?destination=ZZ",
    "/cases/R-FULL",
    "/cases/T-REF",
    "/cases/R-NONE",
    "/desks",
    "/desks?kind=clinic&region=74",
    "/desks/O-DISNAKER-7471",
    "/desks/O-DISNAKER-7471?print=1",
    "/agencies",
    "/agencies/AG-ACT",
    "/agencies/AG-BURUK",
    "/region",
    "/region?office=O-BP3MI&capacity=20",
    "/docs",
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "Debian's package chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def address(service):
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page, address, key, language):
    page.goto(f"{address}/sign-in")
    if language == "en":
        page.click("button[value=en]")
    page.fill("#key", key)
    page.click("main .button")
    page.wait_for_url("**/worklist")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_accessible_fits_the_screen_and_raises_no_complaint(browser, service, address, language, width):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 800})
    put_figures(service.store)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
    sign_in(page, address, service.key["supervisor"], language)
    for path in ("/sign-in", *PAGES):
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        # The policy of the pages forbids foreign script, as it should; the checker runs beside it.
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(f["id"], f["nodes"][0]["html"][:200]) for f in found])
    unexpected = [text for text in complaints if "404" not in text]
    assert not unexpected
    page.close()


def test_the_way_from_signing_in_to_a_case_needs_no_script_and_no_mouse(browser, service, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, address, service.key["supervisor"], "id")
    page.goto(f"{address}/cases")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Langsung ke isi"
    page.locator("table.list th a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")

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
