from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.training.small import small
from training.card import card
from training.card_review import review_sections, stronger


@pytest.fixture(scope="module")
def figures() -> dict[str, object]:
    return copy.deepcopy(dict(small().trained.release.manifest.figures))


def test_the_card_tells_costs_checks_fairness_selection_and_stability_in_both_languages() -> None:
    text = card(small().trained.release)
    for heading in (
        "Harga keterbacaan / What being readable costs",
        "Pemeriksaan data / Checks",
        "Keadilan / Fairness",
        "Temuan yang terpilih / Selective findings",
        "Alasan / Reasons",
    ):
        assert f"## {heading}" in text
    assert "| `group_leakage` Kasus atau kelompok yang sama" in text
    assert "Snapshots from outages were left out: registration_steps 2025-02-28" in text
    assert "| corrected |" in text
    assert "nan" not in text.lower().split()


def test_a_breach_and_a_shout_stand_out(figures: dict[str, dict[str, dict[str, list[dict[str, object]]]]]) -> None:
    changed = copy.deepcopy(figures)
    review = changed["review"]
    review["checks"][1]["state"] = "shouts"  # type: ignore[index]
    review["checks"][1]["found"] = [{"id": "bocor", "en": "12 rows leak."}]  # type: ignore[index]
    review["fairness"]["breaches"] = [
        {"attribute": "sex", "group": "F", "figure": "fpr", "value": 0.3, "rest": 0.1, "difference": 0.2,
         "low": 0.12, "high": 0.28, "needed": None}
    ]  # fmt: skip
    text = "\n".join(review_sections(changed))
    assert "**berteriak / shouts** | 12 rows leak." in text
    assert "Breaches:" in text
    assert "| sex F | fpr | 0.30 | 0.10 | +0.200 (+0.120 to +0.280) | - |" in text


def test_a_release_made_without_a_review_has_no_such_part() -> None:
    assert review_sections({"backtest": {}}) == []


def test_what_cannot_be_told_is_a_dash(figures: dict[str, dict[str, list[dict[str, object]]]]) -> None:
    changed = copy.deepcopy(figures)
    changed["review"]["selection"] = []
    assert "No past queue with drawn checks yet." in "\n".join(review_sections(changed))


def test_what_being_readable_costs_is_said_with_the_rivals_that_are_stronger_beyond_the_interval() -> None:
    figures: dict[str, Any] = copy.deepcopy(dict(small().trained.release.manifest.figures))
    line = {"rival": "ebm", "figure": "pr_auc", "value": -0.05, "low": -0.09, "high": -0.01}
    weak = {"rival": "scorecard", "figure": "precision", "value": -0.05, "low": -0.09, "high": 0.02}
    errs = {"rival": "unconstrained", "figure": "brier", "value": 0.01, "low": 0.002, "high": 0.02}
    assert stronger([line, weak, errs]) == ["ebm (pr_auc)", "unconstrained (brier)"]
    figures["backtest"]["costs"] = [line, weak]
    assert "stronger beyond the interval: ebm (pr_auc)." in "\n".join(review_sections(figures))
    figures["backtest"]["costs"] = [weak]
    assert "stronger beyond the interval: tidak ada / none." in "\n".join(review_sections(figures))
