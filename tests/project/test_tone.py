"""What the product says to people: in no text, page, document or interface an accusation; and all of it twice."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from tests.figures import put_figures
from tests.walking import NOBODY, every_page

ROOT = Path(__file__).parents[2]
PACKAGES = ("models", "training", "risk_service")
GUARDED = re.compile(
    r"\b(guilty|guilt|suspect(s|ed|ing)?|suspicious|block(ed|s|ing)?|blacklist(ed)?|culprits?|offenders?|criminals?"
    r"|bersalah|tersangka|terduga|dicurigai|mencurigakan|pelaku|penjahat|cekal|dicekal|blokir|diblokir)\b",
    re.IGNORECASE,
)
THEMSELVES = re.compile(r"never \"guilty\"|does not rank guilt|[\"*`]guilty[\"*`]", re.IGNORECASE)
"""A document that states the rule may name the words it forbids."""
SAME_IN_BOTH = re.compile(r"[A-Z0-9][A-Za-z0-9/()-]*|[\d\W]*|[^a-z]*", re.ASCII)
"""Names, numbers and signs read alike in both languages, and a few words."""
ALIKE = frozenset({"auditor", "admin", "transit", "umrah", "No."})


def written():
    """Every text in two languages that the code writes: where, Indonesian, English."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Text" and len(node.args) == 2:
                    both = [part.value for part in node.args if isinstance(part, ast.Constant)]
                    if len(both) == 2:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", *both
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    pair = re.fullmatch(r"([^|\n]{3,})\|([^|\n]{3,})", node.value)
                    if pair and " " in node.value and "catalogue" in path.name:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", pair[1], pair[2]


def prose(markdown):
    """A document without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`|<!--.*?-->", " ", markdown, flags=re.DOTALL)


def shown(template):
    """What a template shows by itself: no tags, no expressions, no comments."""
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", template, flags=re.DOTALL)
    named = " ".join(re.findall(r"\b(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"", text))
    return re.sub(r"<[^>]+>|&\w+;", " ", text) + named


def test_no_text_in_either_language_accuses():
    found = list(written())

    assert len(found) > 500
    assert not [(where, text) for where, *both in found for text in both if GUARDED.search(text)]


def test_no_document_accuses():
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    said = [
        (path.name, line.strip())
        for path in documents
        for line in prose(path.read_text(encoding="utf-8")).splitlines()
        if GUARDED.search(THEMSELVES.sub("", line))
    ]

    assert len(documents) > 15
    assert not said


def test_no_template_has_words_of_its_own():
    templates = sorted((ROOT / "risk_service").rglob("*.html"))
    pages = [path for path in templates if "console" in path.relative_to(ROOT).parts]

    assert len(pages) > 20
    assert not [path.name for path in templates if GUARDED.search(shown(path.read_text(encoding="utf-8")))]
    found = [(path.name, re.findall(r"[A-Za-z]{3,}", shown(path.read_text(encoding="utf-8")))) for path in pages]
    assert not [(name, words) for name, words in found if [word for word in words if word != word.upper()]]


def test_the_document_of_the_interface_accuses_nobody(service):
    spec = service.client.get("/openapi.json").json

    assert not GUARDED.search(json.dumps(spec, ensure_ascii=False))


def test_the_guard_sees_what_it_is_for():
    for text in ("a suspect", "Suspected cases", "is blocked", "tersangka", "orang yang dicurigai", "found guilty"):
        assert GUARDED.search(text), text
    assert re.findall("[A-Za-z]{3,}", shown('{% block x %}<p title="{{ t(1) }}">Hello {{ name }}</p>')) == ["Hello"]


def test_every_text_is_there_in_both_languages():
    for where, indonesian, english in written():
        assert indonesian.strip(), where
        assert english.strip(), where
        same = english in ALIKE or SAME_IN_BOTH.fullmatch(re.sub(r"{\w+}", "", english))
        assert indonesian != english or same, (where, english)
        assert set(re.findall(r"{(\w+)", indonesian)) == set(re.findall(r"{(\w+)", english)), where


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_page_shows_a_text_in_the_other_language(browser, language):
    other = {both[1 if language == "id" else 0]: both[0 if language == "id" else 1] for _, *both in written()}
    mine = "\n".join(other.values())
    foreign = {text for text in other if text.count(" ") >= 2 and "{" not in text and text not in mine}
    foreign -= {text for text in foreign if "DATA SIMULASI" in text}
    assert len(foreign) > 200
    put_figures(browser.service.store)
    for role, paths in every_page().items():
        browser.get("/sign-in")
        browser.sign_in(role)
        browser.post("/language", language=language, back="/account")
        for path in paths:
            browser.get(path)
            assert browser.page.status_code == (404 if path == NOBODY else 200), path
            if path == "/docs":  # the reference of the interface is for programmers, in English alone
                continue
            assert browser.page.headers["Content-Language"] == language, path
            assert not [text for text in foreign if text in browser.text], path
            assert not GUARDED.search(browser.text), path
        browser.post("/sign-out")
