"""Pages that follow from code follow it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.pages import PAGES
from tools.screenshots import DEMONSTRATION, LANGUAGES, TYPED, WIDTHS

ROOT = Path(__file__).resolve().parents[2]


def test_reference_pages_say_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_there_is_a_picture_of_every_page_in_both_languages_and_widths() -> None:
    names = {*PAGES, *TYPED, DEMONSTRATION}
    wanted = {f"{name}.{language}.{width}.webp" for name in names for language in LANGUAGES for width in WIDTHS}
    assert {path.name for path in (ROOT / "docs" / "img" / "pages").iterdir()} == wanted
    shown = set(re.findall(r"img/pages/([^)]+)\)", (ROOT / "docs" / "pages.md").read_text()))
    assert shown == wanted
