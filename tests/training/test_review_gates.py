from __future__ import annotations

from typing import Any

import pytest

from models.gate_texts import gate_text
from training.gates import BREACH, HOLDS, THIN, Gate, GatePolicy, review_gates


def _found(**change: Any) -> dict[str, Any]:
    clean = {
        "checks": [{"code": "time_leakage", "state": "quiet"}, {"code": "lead_shift", "state": "not run"}],
        "fairness": {
            "verdicts": {HOLDS: 40, BREACH: 0, THIN: 0},
            "verdicts_crossed": {HOLDS: 100, BREACH: 0, THIN: 20},
            "breaches": [],
            "unsettled": [],
        },
        "proxies": [{"term": "passport", "attribute": "sex", "gives_away": False}],
        "stability": {"same_leading": 0.8},
    }
    return clean | change


def _gate(code: str, **change: Any) -> Gate:
    return next(gate for gate in review_gates(_found(**change), policy=GatePolicy()) if gate.code == code)


def test_a_clean_review_holds_although_crossed_groups_lack_evidence() -> None:
    assert {gate.verdict for gate in review_gates(_found(), policy=GatePolicy())} == {HOLDS}


def test_a_check_that_shouts_refuses_and_is_named() -> None:
    gate = _gate("checks", checks=[{"code": "time_leakage", "state": "shouts"}])
    assert gate.verdict == BREACH
    assert "time_leakage" in gate.says


def test_a_breach_in_crossed_groups_refuses_as_well() -> None:
    fairness = _found()["fairness"] | {
        "verdicts_crossed": {HOLDS: 1, BREACH: 1, THIN: 0},
        "breaches": [{"attribute": "sex x place", "group": "F x island", "figure": "fpr"}],
    }
    gate = _gate("fairness", fairness=fairness)
    assert gate.verdict == BREACH
    assert "sex x place F x island: fpr" in gate.says


def test_lacking_evidence_says_how_many_findings_would_settle_it() -> None:
    fairness = _found()["fairness"] | {
        "verdicts": {HOLDS: 30, BREACH: 0, THIN: 2},
        "unsettled": [
            {"attribute": "sex", "group": "F", "figure": "fpr", "needed": 12},
            {"attribute": "place", "group": "island", "figure": "fnr", "needed": 340},
            {"attribute": "place", "group": "remote", "figure": "fnr", "needed": None},
        ],
    }
    gate = _gate("fairness", fairness=fairness)
    assert gate.verdict == THIN
    assert "12 further findings (sex F, fpr)" in gate.says
    assert "340 (place island, fnr)" in gate.says
    assert gate.to_json()["holds"]


def test_a_reason_that_gives_somebody_away_needs_to_be_accepted() -> None:
    gate = _gate("proxies", proxies=[{"term": "passport", "attribute": "sex", "gives_away": True}])
    assert gate.verdict == THIN
    assert "passport tells sex" in gate.says


@pytest.mark.parametrize(("same", "verdict"), [(0.49, BREACH), (0.5, HOLDS)])
def test_reasons_that_change_from_bag_to_bag_refuse(same: float, verdict: str) -> None:
    assert _gate("stable_reasons", stability={"same_leading": same}).verdict == verdict


def test_every_verdict_of_a_review_can_be_told_in_both_languages() -> None:
    line = {"attribute": "sex", "group": "F", "figure": "fpr"}
    thin = {"verdicts": {HOLDS: 30, BREACH: 0, THIN: 2}, "unsettled": [line | {"needed": 12}]}
    for change in (
        {},
        {"checks": [{"code": "time_leakage", "state": "shouts"}]},
        {"fairness": _found()["fairness"] | thin},
        {"fairness": _found()["fairness"] | {"breaches": [line]}},
        {"proxies": [{"term": "passport", "attribute": "sex", "gives_away": True}]},
    ):
        for gate in review_gates(_found(**change), policy=GatePolicy()):
            text = gate_text(gate.to_json()["told"])
            assert text is not None, gate.code
            assert text.en == gate.says
