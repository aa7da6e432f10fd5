"""Verdicts on what a test on later departures showed."""

from __future__ import annotations

import json

import polars as pl
import pytest

from models.gate_texts import gate_text
from training.gates import BREACH, HOLDS, THIN, GatePolicy, evidence_gates

POLICY = GatePolicy()


def _table(positives: int = 10, **lines: tuple[float | None, float | None, float | None]) -> pl.DataFrame:
    rows = [
        {
            "window": name.split("__")[0].replace("_", "-"),
            "figure": name.split("__")[1],
            "value": v,
            "low": a,
            "high": b,
        }
        for name, (v, a, b) in lines.items()
    ]
    schema = {"window": pl.String, "figure": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema).with_columns(positives=pl.lit(positives))


def _verdicts(figures: pl.DataFrame, gains: pl.DataFrame, *, positives: int = 100) -> dict[str, str]:
    gates = evidence_gates(figures, gains, drawn=1000, drawn_positives=positives, policy=POLICY)
    return {gate.code: gate.verdict for gate in gates}


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [
        ((0.10, 0.02, 0.2), HOLDS),
        ((0.10, -0.02, 0.2), THIN),
        ((-0.10, -0.2, 0.02), THIN),
        ((-0.10, -0.2, -0.01), BREACH),
        ((None, None, None), THIN),
        ((float("nan"), float("nan"), float("nan")), THIN),
    ],
)
def test_only_demonstrated_harm_against_the_rules_is_a_breach(
    gain: tuple[float, float, float], verdict: str
) -> None:  # fmt: skip
    assert _verdicts(_table(), _table(all__precision=gain))["not_worse_than_rules"] == verdict


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        ((1.0, 0.85, 1.2), HOLDS),
        ((1.0, 0.5, 2.0), THIN),
        ((1.5, 1.26, 1.8), BREACH),
        ((0.6, 0.4, 0.79), BREACH),
        ((0.7, 0.5, 0.9), THIN),
    ],
)
def test_calibration_is_judged_in_each_window(ratio: tuple[float, float, float], verdict: str) -> None:
    found = _verdicts(_table(**{"0_14__calibration": (1.0, 0.9, 1.1), "14_30__calibration": ratio}), _table())
    assert found["calibrated_0-14"] == HOLDS
    assert found["calibrated_14-30"] == verdict
    assert found["calibrated_30-60"] == THIN


def test_nothing_is_shown_by_a_handful_of_positives() -> None:
    found = _verdicts(_table(9, **{"0_14__calibration": (3.0, 2.0, 4.0)}), _table(9, all__precision=(-0.5, -0.6, -0.4)))
    assert found["calibrated_0-14"] == THIN
    assert found["not_worse_than_rules"] == THIN


def test_few_drawn_positives_are_thin_evidence_and_nothing_worse() -> None:
    assert _verdicts(_table(), _table(), positives=29)["findings"] == THIN
    assert _verdicts(_table(), _table(), positives=30)["findings"] == HOLDS
    gates = evidence_gates(pl.DataFrame(), pl.DataFrame(), drawn=3, drawn_positives=0, policy=POLICY)
    assert all(gate.to_json()["holds"] for gate in gates)
    assert "30 would settle" in gates[0].says


def test_every_verdict_can_be_told_in_both_languages_from_what_the_release_keeps() -> None:
    figures = _table(**{"0_14__calibration": (1.0, 0.85, 1.2)})
    for positives in (29, 30):
        for gain in (_table(), _table(all__precision=(0.1, 0.02, 0.2))):
            for gate in evidence_gates(figures, gain, drawn=1000, drawn_positives=positives, policy=POLICY):
                kept = json.loads(json.dumps(gate.to_json(), allow_nan=False))
                text = gate_text(kept["told"])
                assert text is not None, gate.code
                assert text.en == kept["says"]
                assert text.id != text.en


def test_a_bound_without_end_is_kept_in_words() -> None:
    gains = _table(all__precision=(0.1, 0.02, float("inf")))
    gate = evidence_gates(_table(), gains, drawn=1000, drawn_positives=100, policy=POLICY)[1]
    kept = json.loads(json.dumps(gate.to_json(), allow_nan=False))
    assert kept["says"].endswith("(+0.020 to +inf)")
    assert gate_text(kept["told"]) is None
