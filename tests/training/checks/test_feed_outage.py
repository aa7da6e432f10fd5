from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.checks.planting import copied
from training.checks import NOT_RUN, SHOUTS, FeedOutage, Material
from training.outages import during, find_outages


def _cut(days: np.ndarray, first: int, length: int) -> np.ndarray:
    """Records of a stretch move to the three days behind it."""
    inside = (days >= first) & (days < first + length)
    return np.where(inside, first + length + (days - first) * 3 // length, days)


@pytest.mark.parametrize("length", [9, 18, 40])
def test_a_feed_that_stood_still_is_found_to_the_day(clean: Material, length: int) -> None:
    days = clean.records["steps"]
    first = int(days.min()) + 200
    outages = find_outages({"steps": _cut(days, first, length)})
    assert len(outages) == 1
    assert abs(outages[0].first - first) <= 2  # a weekend before it may count
    assert abs(outages[0].last - (first + length - 1)) <= 2
    verdict = FeedOutage().run(replace(clean, records={"steps": _cut(days, first, length)}))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("steps stood still from ")


def test_without_the_rows_of_those_days_it_is_quiet(clean: Material) -> None:
    records = {"steps": _cut(clean.records["steps"], int(clean.data.day.min()) + 200, 18)}
    kept = clean.data.rows(~during(find_outages(records), clean.data.day, after=3))
    assert FeedOutage().run(replace(clean, data=kept, records=records)).state == "quiet"
    assert len(kept) > 0.9 * len(clean.data)


def test_weekends_holidays_of_four_days_and_small_feeds_are_no_outage(clean: Material) -> None:
    days = clean.records["steps"]
    holiday = days[(days < days.min() + 100) | (days >= days.min() + 104)]
    assert find_outages({"steps": holiday}) == []
    rng = np.random.default_rng(0)
    assert find_outages({"small": np.sort(rng.integers(0, 700, 300))}) == []
    assert find_outages({"none": np.empty(0, dtype=np.int64), "short": np.arange(9)}) == []


def test_a_feature_that_goes_missing_for_a_week_is_found(clean: Material) -> None:
    data = copied(clean.data)
    begin = int(data.day.min()) + 210
    data.X[(data.day >= begin) & (data.day < begin + 7), 1] = np.nan
    verdict = FeedOutage().run(replace(clean, data=data, records={}))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("licence is missing in 100 %")


def test_two_cases_that_lack_a_feature_are_chance_however_many_rows_they_have(clean: Material) -> None:
    data = copied(clean.data)
    data.X[:, 1] = np.where(np.isnan(data.X[:, 1]), 0.0, data.X[:, 1])
    begin = int(data.day.min()) + 210
    week = np.flatnonzero((data.day >= begin) & (data.day < begin + 7))
    cases = np.unique(data.case[week])[:2]
    few = data.rows(np.isin(data.case, cases) | ~((data.day >= begin) & (data.day < begin + 7)))
    doubled = few.rows(np.concatenate([np.arange(len(few)), *[np.flatnonzero(np.isin(few.case, cases))] * 4]))
    doubled.X[np.isin(doubled.case, cases), 1] = np.nan
    spread = doubled.rows(np.arange(len(doubled)))
    spread.X[::5, 1] = np.nan  # usually missing in a fifth
    assert FeedOutage().run(replace(clean, data=spread, records={})).state == "quiet"


def test_with_neither_records_nor_gaps_it_says_so(clean: Material) -> None:
    whole = replace(clean.data, X=np.nan_to_num(clean.data.X))
    assert FeedOutage().run(Material(data=whole)).state == NOT_RUN
