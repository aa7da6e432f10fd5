"""Tables as pictures, and the card as a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from models.features.catalogue import INDEX
from models.registry import Release
from models.terms import Axis, Term, Terms, to_grid
from tests.training.small import small
from training.card import card
from training.card_html import card_page
from training.plots import bin_label, plot, plots

SVG = "{http://www.w3.org/2000/svg}"


def _axis(name: str, *cuts: float) -> Axis:
    return Axis(name, INDEX[name], np.array(cuts))


@pytest.fixture(scope="module")
def release() -> Release:
    """A release with a pair beside what it learned."""
    made = small().trained.release
    old = made.terms
    axes = {axis.name: axis for axis in old.axes}
    axes |= {name: _axis(name, *cuts) for name, cuts in (("licence_state", (0.0, 2.0)), ("lead_days", (3.0, 7.0)))
             if name not in axes}  # fmt: skip
    shape = (axes["licence_state"].bins, axes["lead_days"].bins)
    pair = Term(("licence_state", "lead_days"), to_grid(np.linspace(-0.4, 0.6, shape[0] * shape[1]).reshape(shape)))
    terms = Terms(base=old.base, axes=axes.values(), terms=[*old.terms, pair], context=old.context)
    return replace(made, terms=terms)


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  (our own)


def test_every_table_is_drawn_with_all_its_numbers_and_can_be_read_without_seeing_it(release: Release) -> None:
    drawn = plots(release.terms)
    assert list(drawn) == [term.name for term in release.terms.terms]
    for term in release.terms.terms:
        root = _parsed(drawn[term.name])
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title")
        assert f"{term.values.max():+.3f}" in (root.findtext(f"{SVG}desc") or "")
        assert len(root.findall(f"{SVG}rect")) == term.values.size
        said = [text.text for text in root.findall(f"{SVG}text")]
        for value in term.values.ravel():
            assert (f"{value:+.3f}" if term.values.ndim == 1 else f"{value:+.2f}") in said


def test_what_raises_and_what_lowers_differ_in_side_colour_and_sign() -> None:
    axis = _axis("steps_overdue", 0.0)
    terms = Terms(base=0.0, axes=[axis], terms=[Term(("steps_overdue",), to_grid([-0.5, 0.5, 0.0]))])
    less, more, _ = _parsed(plot(terms, terms.terms[0])).findall(f"{SVG}rect")
    assert float(less.get("x") or 0) < float(more.get("x") or 0)
    assert less.get("fill") != more.get("fill")
    assert plot(terms, terms.terms[0]) == plot(terms, terms.terms[0])


def test_a_bin_is_named_by_the_levels_it_holds() -> None:
    truth = _axis("contract", 0.0)
    assert [bin_label(truth, i) for i in range(3)] == ["not overdue", "overdue", "not recorded"]
    ordinal = _axis("licence_state", 1.0, 2.0)
    assert [bin_label(ordinal, i) for i in range(3)] == [
        "active … suspended in part",
        "expired",
        "suspended … none on record",
    ]
    number = _axis("stalled_days", 30.0)
    assert [bin_label(number, i) for i in range(3)] == ["to 30", "above 30", "not recorded"]
    assert bin_label(Axis("anything", 0, np.empty(0), 2), 1) == "level 1"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_what_the_card_says_with_a_picture_of_every_table_and_fetches_nothing(release: Release) -> None:
    text = card(release)
    page = card_page(release, text)
    tags = _Tags()
    tags.feed(page)
    names = [tag for tag, _ in tags.seen]
    assert names.count("svg") == len(release.terms.terms)
    assert not {"script", "link", "img", "iframe"} & set(names)
    assert not any("href" in attributes or "src" in attributes for _, attributes in tags.seen)
    assert "DATA SIMULASI" in tags.text
    said = " ".join(tags.text.split())
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.sub(r"[#`]", "", line).strip() in said
    for gate in release.manifest.gates.values():
        assert " ".join(gate["says"].split()) in said


def test_what_people_write_is_text_on_the_page_and_never_markup(release: Release) -> None:
    manifest = replace(
        release.manifest,
        edits=[{"kind": "flatten", "term": "contract", "reason": "<script>x</script> | *or* `not`", "by": "A|B",
                "at": "2026-01-05T00:00:00Z"}],
    )  # fmt: skip
    edited = replace(release, manifest=manifest)
    page = card_page(edited, card(edited))
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt; | *or* `not`" in page
