from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.drift import MOVED, STEADY, WATCH, Drift, Found, Moments, Shift, Tally, compare, tally
from models.terms import Axis, Term, Terms, to_grid
from tests.models.builders import seeds

TERMS = Terms(
    base=float(to_grid(-2.0)),
    axes=[Axis("steps", 0, np.array([0.0, 1.0, 2.0])), Axis("licence", 1, np.empty(0), 3)],
    terms=[Term(("steps",), to_grid([0.0, 0.4, 0.8, 1.2, 0.0])), Term(("licence",), to_grid([0.0, 0.5, 1.0, 0.0]))],
)
FEEDS = {"steps": ("registration_steps",), "licence": ("agency_events", "agencies")}


def block(n: int, seed: int, *, steps: float = 1.0, missing: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(seed)
    licence = rng.choice([0.0, 1.0, 2.0], n, p=[0.7, 0.2, 0.1])
    licence[rng.random(n) < missing] = np.nan
    return np.column_stack([rng.poisson(steps, n).astype(float), licence])


def counted(X: np.ndarray, *, office: np.ndarray | None = None, arrivals: dict[str, float] | None = None) -> Tally:
    p = 1 / (1 + np.exp(-TERMS.log_odds(X)))
    band = np.where(p > 0.4, "first", np.where(p > 0.25, "check", "none"))
    place = np.where(np.arange(len(X)) % 2 == 0, "o1", "o2") if office is None else office
    return tally(TERMS, X, probability=p, band=band, office=place, arrivals=arrivals)


REFERENCE = counted(block(8000, 0), arrivals={"travel": 40.0, "incidents": 0.05})


def _state(drift, kind: str, name: str) -> str:
    return next(shift.state for shift in drift.shifts if (shift.kind, shift.name) == (kind, name))


@given(seeds, st.sampled_from([60, 300, 2000]))
@settings(max_examples=25)
def test_another_sample_of_the_same_people_is_steady(seed: int, n: int) -> None:
    drift = compare(REFERENCE, counted(block(n, seed)))
    assert drift.state in {STEADY, WATCH}
    assert not [shift for shift in drift.shifts if shift.state == MOVED]


def test_a_million_cases_do_not_make_a_small_difference_large() -> None:
    big = compare(counted(block(300_000, 1)), counted(block(300_000, 2, steps=1.06)))
    assert big.state == STEADY
    assert any(shift.nearest > 0 for shift in big.shifts)  # it is seen, and it is small


def test_more_steps_overdue_move_feature_reason_and_score_and_the_line_says_so() -> None:
    drift = compare(REFERENCE, counted(block(3000, 1, steps=2.4)), feeds=FEEDS)
    assert drift.state == MOVED
    assert _state(drift, "feature", "steps") == MOVED
    assert _state(drift, "feature", "licence") == STEADY
    assert _state(drift, "term", "steps") == MOVED
    assert _state(drift, "office", "o1") != STEADY
    assert drift.of_feed() == {"agencies": STEADY, "agency_events": STEADY, "registration_steps": MOVED}
    line = drift.line()
    assert line.startswith("drift: moved – ")
    assert "steps" in line
    assert "\n" not in line
    assert "expected in band first" in line


def test_a_feature_that_goes_missing_is_told_by_its_own_name() -> None:
    drift = compare(REFERENCE, counted(block(2000, 1, missing=0.4)), feeds=FEEDS)
    assert _state(drift, "missing", "licence") == MOVED
    assert drift.of_feed()["agency_events"] == MOVED


def test_a_feature_that_shifts_without_touching_any_score_is_watched_and_no_more() -> None:
    flat = Terms(base=0.0, axes=TERMS.axes, terms=[Term(("steps",), np.zeros(5)), TERMS.terms[1]])

    def of(X: np.ndarray) -> Tally:
        n = len(X)
        return tally(flat, X, probability=np.full(n, 0.2), band=np.full(n, "none"), office=np.full(n, "o1"))

    drift = compare(of(block(8000, 0)), of(block(3000, 1, steps=2.4)))
    assert _state(drift, "feature", "steps") == WATCH
    assert drift.state == WATCH


def test_one_office_that_changes_is_found_among_others_and_a_small_one_is_left_alone() -> None:
    X = np.vstack([block(2000, 1), block(400, 2, steps=6.0), block(10, 3, steps=6.0)])
    office = np.array(["o1"] * 2000 + ["o2"] * 400 + ["o3"] * 10)
    drift = compare(REFERENCE, counted(X, office=office))
    assert _state(drift, "office", "o2") == MOVED
    assert _state(drift, "office", "o1") == STEADY
    assert not any(shift.name == "o3" for shift in drift.shifts)


def test_a_feed_that_dries_up_is_found_and_a_feed_that_hardly_flows_is_not_judged() -> None:
    drift = compare(REFERENCE, counted(block(2000, 1), arrivals={"travel": 3.0, "incidents": 0.0}))
    assert _state(drift, "arrivals", "travel") == MOVED
    assert not any(shift.name == "incidents" for shift in drift.shifts)


def test_what_the_probabilities_promise_is_told_before_any_finding_arrives() -> None:
    drift = compare(REFERENCE, counted(block(3000, 1, steps=2.4)))
    assert set(drift.promised) == {"first", "check", "none"}
    first, check, none = (drift.promised[band] for band in ("first", "check", "none"))
    assert first.low > 0.4
    assert first.precision > check.precision > none.precision
    assert first.low < first.precision < first.high
    assert first.recall + check.recall + none.recall == pytest.approx(1.0)


def test_findings_that_arrive_tell_whether_the_promise_is_kept() -> None:
    rng = np.random.default_rng(0)
    p = np.full(4000, 0.2)

    def after(label: np.ndarray, n: int = 4000) -> Drift:
        return compare(REFERENCE, replace(REFERENCE, found=Found.of(label, p[:n])))

    kept, broken = (after((rng.random(4000) < rate).astype(float)) for rate in (0.2, 0.4))
    assert _state(kept, "calibration", "found over expected") == STEADY
    assert _state(broken, "calibration", "found over expected") == MOVED
    assert broken.of_feed()["outcomes"] == MOVED
    assert _state(after(np.ones(3), 3), "calibration", "found over expected") != MOVED  # three findings show nothing
    assert not any(shift.kind == "calibration" for shift in compare(REFERENCE, REFERENCE).shifts)


@given(seeds, st.integers(1, 400))
@settings(max_examples=10)
def test_counting_in_chunks_is_counting_at_once_and_the_reference_survives_json(seed: int, cut: int) -> None:
    X = block(400, seed)
    office = np.where(np.arange(400) % 3 == 0, "o1", "o2")
    whole = counted(X, office=office)
    parts = counted(X[:cut], office=office[:cut]) + counted(X[cut:], office=office[cut:])
    assert parts.cases == whole.cases
    for name, counts in whole.features.items():
        np.testing.assert_array_equal(parts.features[name], counts)
    assert parts.offices["o2"].total == pytest.approx(whole.offices["o2"].total)
    again = Tally.from_json(json.loads(json.dumps(whole.to_json())))
    assert again.to_json() == whole.to_json()
    assert compare(again, whole).state == STEADY


def test_a_reference_of_another_release_or_form_is_refused() -> None:
    other = Tally(5, {"age": np.ones(3)})
    with pytest.raises(ValueError, match="other features"):
        compare(REFERENCE, other)
    bins = Tally(5, {"steps": np.ones(3), "licence": np.ones(4)})
    with pytest.raises(ValueError, match="other bins of steps"):
        compare(REFERENCE, bins)
    with pytest.raises(ValueError, match="another form"):
        Tally.from_json({**REFERENCE.to_json(), "schema": "drift/9"})
    with pytest.raises(ValueError, match="incomplete"):
        Tally.from_json({"schema": "drift/1", "score": REFERENCE.score.tolist()})


def test_nothing_scored_is_no_news() -> None:
    empty = counted(np.empty((0, 2)), office=np.empty(0, dtype=str))
    assert compare(REFERENCE, empty).state == STEADY
    assert np.isnan(Moments().mean)


def test_bounds_hold_the_true_shift_about_as_often_as_they_say() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.35, 0.35, 0.3])
    true = float(((p - q) * np.log(p / q)).sum())
    from models.drift.comparison import _stability

    inside = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        # Cases come in pairs that are alike: as many independent ones as the design effect says.
        shift = _stability("feature", "x", 2.0 * rng.multinomial(400, p), 2.0 * rng.multinomial(300, q))
        inside += shift.low <= true <= shift.high
    assert 0.83 < inside / 300 < 0.97


def test_a_shift_reads_as_a_figure_with_its_bounds() -> None:
    shift = Shift("feature", "licence_state", 0.31, 0.27, 0.35)
    assert str(shift) == "licence_state +0.31 (+0.27 to +0.35)"
    assert shift.state == MOVED
    assert Shift("term", "x", -0.2, -0.3, -0.12).state == WATCH


def test_comparing_needs_neither_pandas_nor_scikit_learn() -> None:
    code = "import sys, models.drift; print(sorted({'pandas', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
