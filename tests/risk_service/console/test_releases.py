"""Releases at the console, and their cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from risk_service.console.card_text import as_html
from risk_service.console.releases import gate_name
from risk_service.console.words import Words
from risk_service.services import releases
from tests.pages import RELEASE


def test_the_release_in_force_is_named_and_its_card_is_laid_out(browser):
    browser.sign_in("analyst")
    browser.get("/releases")
    assert f"{RELEASE} berlaku" in browser.text
    browser.get(f"/releases/{RELEASE}")
    assert "<h3>rules-only-1</h3>" in browser.page.text
    assert '<th scope="row">steps_overdue</th>' in browser.page.text


def test_a_release_that_is_not_there_is_not_found_and_a_feeder_sees_none(browser):
    browser.sign_in("analyst")
    assert browser.get("/releases/none").status_code == 404


def test_headings_tables_lists_and_paragraphs_are_all_that_a_card_can_be():
    made = as_html("# A\n\nsome **strong**\ntext `x*y`\n\n- one\n- *two*\n\n| a | | b |\n|-|-|-|\n| 1 | 2 | 3 |\n")

    assert made == (
        "<h3>A</h3>\n<p>some <strong>strong</strong> text <code>x*y</code></p>\n"
        "<ul><li>one</li><li><em>two</em></li></ul>\n"
        '<table><thead><tr><th scope="col">a</th><td></td><th scope="col">b</th></tr></thead>'
        '<tbody><tr><th scope="row">1</th><td>2</td><td>3</td></tr></tbody></table>'
    )


def test_what_looks_like_markup_stays_text():
    assert "<script>" not in as_html("# <script>\n<b>x</b> | **<i>**\n| <u> |\n|-|\n| <s> |\n")


def test_a_quotation_of_a_card_is_laid_out_as_one():
    made = as_html("> **data**\n> more\n>\n> last\n\nplain")

    assert made == "<blockquote><p><strong>data</strong> more</p>\n<p>last</p></blockquote>\n<p>plain</p>"


def test_gates_have_names_in_both_languages_and_what_the_release_says_of_them_is_marked_as_english():
    found = {
        "calibrated_0-14": ("Kalibrasi, 0-14 hari sebelum berangkat", "Calibration, 0-14 days before departure"),
        "proxies": ("Alasan yang membocorkan jenis kelamin, usia atau asal", "Reasons that tell sex, age or origin"),
        "of_tomorrow": ("of_tomorrow", "of_tomorrow"),
    }
    for gate, (indonesian, english) in found.items():
        assert (gate_name(Words("id"), gate), gate_name(Words("en"), gate)) == (indonesian, english)


TOLD = {
    "fairness": {
        "verdict": "not enough evidence",
        "holds": True,
        "says": "16 comparisons hold, 0 are breached, 84 lack evidence; from 5 …",
        "told": [
            {"code": "comparisons", "figures": {"hold": 16, "breached": 0, "thin": 84}},
            {
                "code": "nearest",
                "figures": {
                    "least": {"attribute": "scheme", "group": "independent", "figure": "fpr", "needed": 5},
                    "most": {"attribute": "sex x place", "group": "F x island", "figure": "fnr", "needed": 49},
                },
            },
        ],
    },
    "of_tomorrow": {
        "verdict": "holds",
        "holds": True,
        "says": "in words of its own",
        "told": [{"code": "of_tomorrow", "figures": {}}],
    },
    "directions": {"verdict": "holds", "holds": True, "says": "as releases of before say it"},
}
FAIR = (
    "16 perbandingan lulus, 0 tidak lulus, 84 belum cukup bukti; dari 5 temuan lagi (skema Mandiri, diperiksa tanpa "
    "perlu) sampai 49 (jenis kelamin × letak perempuan × pulau, perlu diperiksa, tetapi terlewat) akan memastikan yang "
    "terdekat"
)


@pytest.fixture
def gated(browser, monkeypatch):
    """A console whose releases have gates of this version, of a later one and of an earlier one."""
    load = releases.load_release

    def with_gates(*asked):
        found = load(*asked)
        return replace(found, manifest=replace(found.manifest, gates=TOLD))

    monkeypatch.setattr(releases, "load_release", with_gates)
    return browser


def test_what_a_gate_says_is_told_in_the_language_of_the_page_else_in_the_releases_own_words(gated):
    gated.sign_in("analyst")
    gated.get(f"/releases/{RELEASE}")
    assert FAIR in gated.text
    for own in ("in words of its own", "as releases of before say it"):
        assert f'<span lang="en">{own}</span>' in gated.page.text
    gated.post("/language", language="en", back=f"/releases/{RELEASE}")
    assert "from 5 further findings (scheme Independent, looked at without need) to 49 (sex × place women × island" in (
        gated.text
    )


def test_the_interface_gives_each_gate_in_both_languages_and_in_the_releases_own_words(gated):
    gates = gated.service.get("/api/v1/releases/current", "analyst").json["release"]["gates"]
    assert gates["fairness"]["text"]["id"] == FAIR
    assert {code: gate["text"] is None for code, gate in gates.items()} == {
        "fairness": False,
        "of_tomorrow": True,
        "directions": True,
    }
    assert {code: gate["says"] for code, gate in gates.items()} == {code: gate["says"] for code, gate in TOLD.items()}
    assert all(set(gate) == {"verdict", "holds", "says", "text"} for gate in gates.values())
