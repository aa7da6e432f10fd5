"""Papers for reviewers point at things that are there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from risk_service.cli import main
from training.groups import GROUPS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = "docs|models|training|risk_service|tests|benchmarks|tools|notebooks|deploy"
PATHS = re.compile(rf"`((?:{FOLDERS})/[\w/.\-]+|README\.md)`")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
COMMANDS = re.compile(r"(?<![/\w-])risk-service ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?=[ `\n:,;.)\]])")
LINKS = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")
AI_ACT = {str(number) for number in range(9, 16)}
UU_27 = {"10", "15", "25", "34", "46"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_and_page_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    missing = [name for name in PATHS.findall(text) if not (ROOT / name).exists()]
    for target, anchor in LINKS.findall(text):
        aim = (page.parent / target).resolve() if target else page
        if not aim.exists() or (anchor and anchor[1:] not in _anchors(aim)):
            missing.append(target + anchor)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    told = set()
    for code in CODE.findall(page.read_text("utf-8")):
        told |= {tuple(words.split()) for words in COMMANDS.findall(code)}
    unknown = {words for words in told if not is_command(words)}
    assert unknown == set()


def test_the_table_of_duties_has_every_article_and_says_where_each_is_met() -> None:
    rows = _rows("duties.md")
    acts = {row[0] for row in rows}
    assert acts >= AI_ACT | UU_27
    for article, _, met, where, office in rows:
        assert PATHS.search(where), f"article {article} names no place"
        assert met != "–" or office != "–", f"article {article} is met by nobody"


def test_every_border_of_the_threat_model_names_the_test_that_shows_its_guard() -> None:
    rows = [row for row in _rows("threat-model.md") if len(row) == 4 and "→" in row[0]]
    assert len(rows) >= 10
    for border, *_, shown in rows:
        named = PATHS.findall(shown)
        assert named, border
        assert all("def test_" in (ROOT / name).read_text("utf-8") for name in named), border


def test_what_is_said_never_to_be_an_input_is_none() -> None:
    from models.features.catalogue import CATALOGUE

    read = {column for feature in CATALOGUE for column in feature.name.split()}
    assert not read & {"sex", "religion", "ethnicity", "home_region", "marital_status", "education", "disability"}
    assert "sex" in GROUPS, "the audit reads it"


def _rows(page: str) -> list[list[str]]:
    lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if (row[0] and row[0][0].isdigit()) or "→" in row[0]]


def _anchors(page: Path) -> set[str]:
    if page.suffix != ".md":
        return set()
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def is_command(words: tuple[str, ...]) -> bool:
    """Whether these words begin with a command; what follows one that has no commands of its own are arguments."""
    context = click.Context(main)
    found = main.get_command(context, words[0])
    if isinstance(found, click.Group):
        return len(words) > 1 and found.get_command(context, words[1]) is not None
    return found is not None
