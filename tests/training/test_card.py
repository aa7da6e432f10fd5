"""The card of a release."""

from __future__ import annotations

from dataclasses import replace

from models.calibration import WINDOWS
from training.card import card
from training.fit import Trained


def test_it_speaks_both_languages_and_says_what_it_was_made_of(trained: Trained) -> None:
    text = card(trained.release)
    found = trained.release.manifest.figures["findings"]
    assert text.startswith(f"# {trained.release.name}\n")
    assert "**Bahasa Indonesia.**" in text
    assert "**English.**" in text
    assert f"{found['cases']} cases, {found['non_procedural']} non-procedural" in text
    assert f"({found['drawn']} kasus, {found['drawn_non_procedural']} nonprosedural)" in " ".join(text.split())
    assert max(map(len, text.split("## ")[0].split("| | |")[0].splitlines())) <= 120


def test_simulated_data_are_called_that_and_real_ones_are_not(trained: Trained) -> None:
    assert "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun" in card(trained.release)
    real = replace(trained.release, manifest=replace(trained.release.manifest, simulated=False))
    assert "SIMULASI" not in card(real)


def test_every_term_is_shown_with_every_value(trained: Trained) -> None:
    text = card(trained.release)
    for term in trained.release.terms.terms:
        assert f"(`{'*'.join(term.features)}`)" in text
        if len(term.features) == 1:
            section = text.split(f"(`{term.features[0]}`)")[1].split("###")[0]
            assert section.count("\n| ") == term.values.size + 1
            assert f"{term.values.max():+.3f}" in section


def test_figures_gates_and_calibration_are_on_it(trained: Trained) -> None:
    text = card(trained.release)
    for code, gate in trained.release.manifest.gates.items():
        assert f"| `{code}` | {gate['verdict']} | {gate['says']} |" in text
    assert "drawn checks (the yardstick)" in text
    assert "| all |" in text
    for window in WINDOWS:
        assert f"\n| {window} |" in text


def test_without_drawn_checks_it_says_for_whom_a_probability_holds(trained: Trained) -> None:
    figures = dict(trained.release.manifest.figures)
    figures["findings"] = {**figures["findings"], "drawn": 0, "drawn_non_procedural": 0}
    figures["backtest"] = {"learned_until": "2025-04-01", "figures": [], "why_not": "no drawn check has a finding"}
    text = card(replace(trained.release, manifest=replace(trained.release.manifest, figures=figures)))
    assert "found the way these were found" in text
    assert "Not tested on later departures: no drawn check has a finding." in text


def test_how_pairs_were_chosen_is_on_it_also_when_none_is_kept(trained: Trained) -> None:
    def told(pairs: list[str]) -> str:
        search = {"bags": 10, "needed": 8, "most": 10, "votes": [["a*b", 9], ["a*c", 8], ["b*c", 7]]}
        figures = {**trained.release.manifest.figures, "pairs": pairs, "pair_search": search}
        text = card(replace(trained.release, manifest=replace(trained.release.manifest, figures=figures)))
        return next(line for line in text.splitlines() if "of 10 halves of the people" in line)

    assert told(["a*b", "a*c"]).endswith("| a*b (9), a*c (8) |")
    assert "left out: no gain beyond its error" in told([])
