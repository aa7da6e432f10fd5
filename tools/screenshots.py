"""Pictures of every page in both languages and two widths: ``python tools/screenshots.py [FOLDER]``.

A service over a small simulated store is started for it, so that the pictures show what the code shows. Needs Debian's
``chromium``. Pictures go to ``docs/img/pages``; the whole page is taken, and nothing on it is real.
"""

from __future__ import annotations

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
                    sign_in(page, address, service.key[role] if role else None, language)  # type: ignore[index]
                    for name, (whose, path) in PAGES.items():
                        if whose == role and (not only or name in only):
                            page.goto(address + path)
                            page.screenshot(path=out / f"{name}.{language}.{width}.png", full_page=True)
                    context.close()
        chromium.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    take(Path(arguments[0]) if arguments else ROOT / "docs" / "img" / "pages", set(arguments[1:]))
