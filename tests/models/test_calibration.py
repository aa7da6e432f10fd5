from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import WINDOW_ENDS, WINDOWS, Calibration, StepTable, window_of


def _table(shift: float = 0.0) -> StepTable:
    p = np.array([0.1, 0.3, 0.6]) + shift
    return StepTable(np.array([-1.0, 1.0]), p, p - 0.05, p + 0.1)


def _calibration() -> Calibration:
    return Calibration(tuple(_table(i / 100) for i in range(4)))


def test_each_number_of_days_is_in_exactly_one_window() -> None:
    days = np.array([-3, 0, 14, 15, 30, 31, 60, 61, 400], dtype=float)
    assert window_of(days).tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3]
    assert len(WINDOWS) == len(WINDOW_ENDS) + 1


def test_without_days_to_departure_there_is_no_probability() -> None:
    found = _calibration().apply(np.array([0.0]), np.array([np.nan]))
    assert all(np.isnan(values).all() for values in found)


def test_a_value_on_a_cut_belongs_to_the_step_above() -> None:
    assert _table().step(np.array([-1.5, -1.0, 0.99, 1.0])).tolist() == [0, 1, 1, 2]


@given(st.lists(st.floats(allow_nan=False), min_size=2, max_size=10), st.integers(-3, 120))
def test_within_a_window_the_probability_never_falls_and_lies_in_its_interval(values: list[float], days: int) -> None:
    log_odds = np.sort(np.array(values))
    p, low, high = _calibration().apply(log_odds, np.full(log_odds.size, float(days)))
    assert (np.diff(p) >= 0).all()
    assert ((low <= p) & (p <= high)).all()
    assert [_calibration().apply_one(z, float(days)) for z in log_odds.tolist()] == list(
        zip(p.tolist(), low.tolist(), high.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("cuts", "p", "low", "high"),
    [
        ([0.0], [0.5, 0.4], [0.1, 0.1], [0.9, 0.9]),
        ([0.0], [0.2, 0.4], [0.3, 0.3], [0.9, 0.9]),
        ([0.0], [0.2, 0.4], [0.1, 0.1], [0.3, 0.3]),
        ([0.0], [0.2, 0.4], [0.1, 0.1], [0.9, 1.1]),
        ([0.0, 0.0], [0.2, 0.3, 0.4], [0.1] * 3, [0.9] * 3),
        ([0.0], [0.2], [0.1], [0.9]),
        ([np.nan], [0.2, 0.3], [0.1, 0.1], [0.9, 0.9]),
    ],
)
def test_a_table_that_is_no_rising_step_function_is_refused(
    cuts: list[float], p: list[float], low: list[float], high: list[float]
) -> None:
    with pytest.raises(ValueError, match="calibration"):
        StepTable(np.array(cuts), np.array(p), np.array(low), np.array(high))


def test_a_calibration_survives_json_bit_for_bit() -> None:
    document = json.loads(json.dumps(_calibration().to_json()))
    again = Calibration.from_json(document)
    assert again.to_json() == _calibration().to_json()


@pytest.mark.parametrize("change", [{"window_ends": [7, 30, 60]}, {"tables": []}, {"tables": [1]}])
def test_json_of_another_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(_calibration().to_json() | change)
