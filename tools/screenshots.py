"""Pictures of every page in both languages and two widths: ``python tools/screenshots.py [FOLDER [PAGE ...]]``.

A service over a small simulated store is started for it, so that the pictures show what the code shows. Needs Debian's
``chromium``. Pictures go to ``docs/img/pages`` as WebP; long pages are cut after 2,400 pixels, and nothing on them is
real.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from werkzeug.serving import make_server  # noqa: E402 -- the path is set above

from risk_service.settings import Settings  # noqa: E402
from risk_service.store import open_store  # noqa: E402
from tests.figures import put_figures  # noqa: E402
from tests.pages import PAGES  # noqa: E402
from tests.service import Service, fill, open_service  # noqa: E402

WIDTHS: Final = {"wide": 1280, "narrow": 360}
LANGUAGES: Final = ("id", "en")
TYPED: Final = {"search-found": ("search", "#s-text", "contho fiktif full")}
"""Pictures taken after typing: the page, the field, what is typed."""
_QUALITY: Final = 40
_PATIENCE_MS: Final = 180_000
_TALLEST: Final = 2400


@contextmanager
def served(folder: Path) -> Iterator[tuple[Service, str]]:
    """A service over a small simulated store, and its address."""
    store = open_store(Settings(home=folder).database_url)
    fill(folder, store)
    service = open_service(folder, store, rate_limit="100000 per minute")
    put_figures(store)
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.close()


def sign_in(page: Any, address: str, key: str | None, language: str) -> None:
    """Choose the language and, with a key, open a session."""
    page.goto(f"{address}/sign-in")
    page.click(f"button[value={language}]")
    if key is not None:
        page.fill("#key", key)
        page.click("main .button")


def keep(page: Any, path: Path) -> None:
    """Take the page, and write it small."""
    from PIL import Image

    whole = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    whole.crop((0, 0, whole.width, min(whole.height, _TALLEST))).save(path, "WEBP", quality=_QUALITY, method=4)


def take(out: Path, only: set[str]) -> None:
    """Take the pictures; `only` these pages, or all."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (service, address),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for language in LANGUAGES:
            for width, pixels in WIDTHS.items():
                for role in {role for role, _ in PAGES.values()}:
                    context = chromium.new_context(viewport={"width": pixels, "height": 800})
                    page = context.new_page()
                    page.set_default_timeout(_PATIENCE_MS)
                    sign_in(page, address, service.key[role] if role else None, language)  # type: ignore[index]
                    for name, (whose, path) in PAGES.items():
                        if whose == role and (not only or name in only):
                            page.goto(address + path)
                            keep(page, out / f"{name}.{language}.{width}.webp")
                    for name, (of, field, text) in TYPED.items():
                        if PAGES[of][0] == role and (not only or name in only):
                            page.goto(address + PAGES[of][1])
                            page.fill(field, text)
                            with page.expect_navigation():
                                page.keyboard.press("Enter")
                            keep(page, out / f"{name}.{language}.{width}.webp")
                    context.close()
        chromium.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    take(Path(arguments[0]) if arguments else ROOT / "docs" / "img" / "pages", set(arguments[1:]))
