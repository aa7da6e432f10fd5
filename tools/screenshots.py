"""Pictures of every page in both languages and two widths: ``python tools/screenshots.py [FOLDER [PAGE ...]]``.

A service over a small simulated store is started for it, and for one picture the demonstration of ``make run``, so that
the pictures show what the code shows. Needs Debian's ``chromium``. Pictures go to ``docs/img/pages`` as WebP; long
pages are cut after 2,400 pixels, and nothing on them is real.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from werkzeug.serving import make_server  # noqa: E402 -- the path is set above

from risk_service.app import create_app  # noqa: E402
from risk_service.policy import Principal  # noqa: E402
from risk_service.services import keys  # noqa: E402
from risk_service.services.keys import Secrets  # noqa: E402
from risk_service.settings import Settings  # noqa: E402
from risk_service.store import MasterKey, open_store  # noqa: E402
from tests.casework import put_casework  # noqa: E402
from tests.figures import put_figures  # noqa: E402
from tests.pages import PAGES  # noqa: E402
from tests.service import Service, fill, open_service  # noqa: E402

WIDTHS: Final = {"wide": 1280, "narrow": 360}
LANGUAGES: Final = ("id", "en")
TYPED: Final = {"search-found": ("search", "#s-text", "contho fiktif full")}
"""Pictures taken after typing: the page, the field, what is typed."""
DEMONSTRATION: Final = "case-probability"
"""A picture of the demonstration, whose release is trained: a case of the first band with its probability."""
_QUALITY: Final = 40
_PATIENCE_MS: Final = 180_000
_TALLEST: Final = 2400
_WIDEST: Final = 900


@contextmanager
def served(folder: Path) -> Iterator[tuple[Service, str]]:
    """A service over a small simulated store, and its address."""
    store = open_store(Settings(home=folder).database_url)
    fill(folder, store)
    service = open_service(folder, store, rate_limit="100000 per minute")
    put_figures(store)
    put_casework(service)
    with answering(service.app) as address:
        yield service, address
    store.close()


@contextmanager
def demonstrated(folder: Path) -> Iterator[tuple[str, str]]:
    """The demonstration, its address, and a key of somebody who records no view of their own."""
    words = [sys.executable, "-m", "risk_service", "demo", "--prepare-only"]
    subprocess.run(words, env=os.environ | {"RISK_HOME": str(folder)}, cwd=ROOT, check=True)
    settings = Settings(home=folder)
    store = open_store(settings.database_url)
    by = Principal(key_id="command-line", name="pictures", role="admin")
    key = keys.create(
        store, secrets=Secrets.of(MasterKey.open(settings.keys)), by=by, name="pictures", role="viewer", office=None,
        expires_at_us=None, now_us=time.time_ns() // 1000,
    )  # fmt: skip
    with answering(create_app(settings, store=store)) as address:
        yield address, key
    store.close()


@contextmanager
def answering(app: Any) -> Iterator[str]:
    """An application at work, and its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Any, address: str, key: str | None, language: str) -> None:
    """Choose the language and, with a key, open a session."""
    page.goto(f"{address}/sign-in")
    with page.expect_navigation():
        page.click(f"button[value={language}]")
    if key is not None:
        page.fill("#key", key)
        with page.expect_navigation():
            page.click("main .button")


def keep(page: Any, out: Path, name: str) -> None:
    """Take the page at each width, and write it small."""
    from PIL import Image

    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 800})
        tall = min(_TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        whole = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": pixels, "height": tall})
        picture = Image.open(io.BytesIO(whole))
        picture.thumbnail((_WIDEST, _TALLEST))
        picture.save(out / f"{name}.{width}.webp", "WEBP", quality=_QUALITY, method=3)


def take(out: Path, only: set[str]) -> None:
    """Take the pictures; `only` these pages, or all."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    typed = {name: (PAGES[of][0], PAGES[of][1], field, text) for name, (of, field, text) in TYPED.items()}
    opened = {name: (role, path, "", "") for name, (role, path) in PAGES.items()}
    wanted = {name: page for name, page in (opened | typed).items() if not only or name in only}
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (service, address),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for language in LANGUAGES:
            for role in {role for role, *_ in wanted.values()}:
                context = chromium.new_context()
                page = context.new_page()
                page.set_default_timeout(_PATIENCE_MS)
                sign_in(page, address, service.key[role] if role else None, language)
                for name, (whose, path, field, text) in wanted.items():
                    if whose == role:
                        page.goto(address + path)
                        if text:
                            page.fill(field, text)
                            with page.expect_navigation():
                                page.keyboard.press("Enter")
                        keep(page, out, f"{name}.{language}")
                context.close()
        if not only or DEMONSTRATION in only:
            take_demonstration(chromium, out)
        chromium.close()


def take_demonstration(chromium: Any, out: Path) -> None:
    """Take the first case of the first band."""
    with tempfile.TemporaryDirectory() as folder, demonstrated(Path(folder)) as (address, key):
        for language in LANGUAGES:
            context = chromium.new_context()
            page = context.new_page()
            page.set_default_timeout(_PATIENCE_MS)
            sign_in(page, address, key, language)
            page.goto(f"{address}/cases?order=risk&band=first")
            with page.expect_navigation():
                page.click("main tbody th a")
            keep(page, out, f"{DEMONSTRATION}.{language}")
            context.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    take(Path(arguments[0]) if arguments else ROOT / "docs" / "img" / "pages", set(arguments[1:]))
