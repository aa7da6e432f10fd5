from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.made import made, tumour_examples
from training.examples import ExamplesError
from training.validation import HELD_OUT, IN_TIME, Origins, rolling_origins

QUICK = Origins(number=3, window=60, gap=30, first=120, least=5)


@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(10, 90))
@settings(max_examples=15)
def test_the_past_is_learnt_from_and_the_future_is_judged_with_no_case_on_both_sides(
    seed: int, gap: int, window: int
) -> None:
    data = made(400, seed=seed, open_cases=20)
    for split in rolling_origins(data, Origins(number=3, window=window, gap=gap, first=120, least=5)):
        assert not set(data.case[split.train]) & set(data.case[split.test])
        assert data.event_day[split.train].max() <= split.origin - gap
        assert data.known_day[split.train].max() <= split.origin
        assert data.labelled[split.train].all()
        assert data.day[split.test].min() > split.origin
        assert data.day[split.test].max() <= split.origin + window


def test_held_out_agencies_are_on_one_side_only_and_each_is_judged() -> None:
    data = made(900)
    splits = list(rolling_origins(data, QUICK, hold_out="agency"))
    assert {split.scheme for split in splits} == {HELD_OUT}
    agency = data.group("agency")
    for split in splits:
        assert not set(agency[split.train]) & set(agency[split.test])
    for origin in {split.origin for split in splits}:
        judged = np.logical_or.reduce([split.test for split in splits if split.origin == origin])
        plain = next(split for split in rolling_origins(data, QUICK) if split.origin == origin)
        np.testing.assert_array_equal(judged, plain.test)


def test_open_cases_are_judged_with_the_others_since_they_stand_in_the_same_queue() -> None:
    data = made(600, open_cases=0)
    label = data.label.copy()
    label[data.event_day > data.event_day.max() - 90] = np.where(np.arange(len(data)) % 2, np.nan, data.label)[
        data.event_day > data.event_day.max() - 90
    ]
    object.__setattr__(data, "label", label)
    last = list(rolling_origins(data, QUICK))[-1]
    assert not data.labelled[last.test].all()


def test_origins_are_spread_and_windows_do_not_overlap() -> None:
    origins = [split.origin for split in rolling_origins(made(900), QUICK)]
    assert len(origins) == 3
    assert (np.diff(origins) >= QUICK.window).all()


def test_a_frame_of_another_trade_is_divided_the_same_way() -> None:
    splits = list(rolling_origins(tumour_examples(), QUICK, hold_out="clinic"))
    assert len(splits) >= 6
    assert splits[0].held_out == "clinic"


def test_too_short_a_history_is_refused_with_what_to_do() -> None:
    with pytest.raises(ExamplesError, match="longer history"):
        list(rolling_origins(made(200, days=130), QUICK))
    assert next(iter(rolling_origins(made(900), QUICK))).scheme == IN_TIME
