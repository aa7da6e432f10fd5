from __future__ import annotations

import numpy as np
import pytest

from training.validation import Figures, Judged


def _judged(**change: object) -> Judged:
    n = 8
    base: dict[str, object] = {
        "score": np.array([8.0, 7, 6, 5, 4, 3, 2, 1]),
        "probability": np.array([0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
        "label": np.array([1.0, 0, 1, 0, 0, 0, 0, 0]),
        "mass": np.ones(n),
        "estimate": np.ones(n),
        "queue": np.zeros(n, dtype=np.int64),
        "office": np.array(["a"] * 4 + ["b"] * 4),
        "case": np.arange(n).astype(str),
        "agency": np.arange(n).astype(str),
        "lead": np.full(n, 20.0),
        "day": np.zeros(n, dtype=np.int64),
    }
    return Judged(**{**base, **change})


def _figures(data: Judged, capacity: float = 0.25) -> dict[str, float]:
    return Figures(data, capacity=capacity)(np.ones(len(data)))


def test_figures_at_capacity_by_hand() -> None:
    found = _figures(_judged())
    assert found["precision"] == pytest.approx(1 / 2)
    assert found["recall"] == pytest.approx(1 / 2)
    assert found["lift"] == pytest.approx(2.0)
    assert found["unnecessary_per_helped"] == pytest.approx(1.0)
    assert found["precision_by_office"] == pytest.approx(1 / 2)  # the first of each office: one of two
    assert found["base_rate"] == pytest.approx(1 / 4)
    assert found["calibration"] == pytest.approx(0.45 / 0.25)
    assert found["pr_auc"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["brier"] == pytest.approx(np.mean((np.arange(8, 0, -1) / 10 - _judged().label) ** 2))


def test_offices_with_their_own_share_reach_other_people_than_one_queue() -> None:
    found = _figures(_judged(label=np.array([1.0, 1, 0, 0, 0, 0, 0, 0])))
    assert found["precision"] == 1.0
    assert found["precision_by_office"] == 0.5


def test_a_case_without_a_score_comes_last_and_is_counted_as_abstained() -> None:
    score = np.array([np.nan, 7.0, 6, 5, 4, 3, 2, 1])
    found = _figures(_judged(score=score))
    assert found["precision"] == pytest.approx(1 / 2)  # rows 1 and 2, of which 2 is positive
    assert found["abstained"] == pytest.approx(1 / 8)


def test_drawn_checks_speak_for_those_not_drawn() -> None:
    label = np.array([1.0, np.nan, np.nan, 0, 1, 0, 0, np.nan])
    estimate = np.array([10.0, 0, 0, 10, 10, 10, 10, 0])
    found = _figures(_judged(label=label, estimate=estimate), 0.5)
    assert found["precision"] == pytest.approx(1 / 2)  # of the drawn among the first four: one of two
    assert found["base_rate"] == pytest.approx(2 / 5)


def test_several_snapshots_of_a_case_count_as_one_case() -> None:
    case = np.array(["x", "x", "x", "y", "z", "z", "z", "z"])
    found = _figures(_judged(case=case, label=np.array([1.0, 1, 1, 0, 0, 0, 0, 0])))
    assert found["base_rate"] == pytest.approx(1 / 3)


def test_surfaced_ahead_asks_for_a_place_in_some_week_at_least_a_fortnight_before() -> None:
    case = np.array(["p", "p", "q", "r", "s", "t", "u", "v"])
    label = np.array([1.0, 1, 1, 0, 0, 0, 0, 0])
    lead = np.array([30.0, 5, 10, 30, 30, 30, 30, 30])
    found = _figures(_judged(case=case, label=label, lead=lead), 0.4)
    assert found["surfaced_ahead"] == pytest.approx(1 / 2)  # p at 30 days; q stood first, but ten days ahead
    later = np.array([0, 0, 0, 0, 70, 70, 70, 70])
    apart = _figures(_judged(case=case, label=label, lead=lead, day=later), 0.25)
    assert apart["surfaced_ahead"] == pytest.approx(1 / 2)


def test_nobody_is_surfaced_ahead_where_departures_near_by_take_every_place() -> None:
    lead = np.array([5.0, 3, 30, 30, 30, 30, 30, 30])
    label = np.array([0.0, 0, 1, 0, 0, 0, 0, 0])
    assert _figures(_judged(lead=lead, label=label))["surfaced_ahead"] == 0
    # A queue of eight of which a tenth can be looked at has room for 0.8 of its first.
    alone = _figures(_judged(label=np.array([1.0, 0, 0, 0, 0, 0, 0, 0])), 0.1)
    assert alone["surfaced_ahead"] == pytest.approx(0.8)


def test_without_leads_nobody_can_say_who_was_surfaced_ahead() -> None:
    assert np.isnan(_figures(_judged(lead=np.full(8, np.nan)))["surfaced_ahead"])


def test_scores_of_different_origins_do_not_compete() -> None:
    found = _figures(_judged(queue=np.array([0, 0, 0, 0, 1, 1, 1, 1]), label=np.array([1.0, 0, 0, 0, 1, 0, 0, 0])))
    assert found["precision"] == 1.0


def test_a_draw_without_a_case_leaves_it_out() -> None:
    data = _judged()
    figures = Figures(data, capacity=0.25)
    without = figures(np.array([0.0, 1, 1, 1, 1, 1, 1, 1]))
    again = _figures(data.rows(np.arange(1, 8)))
    assert without["precision"] == pytest.approx(again["precision"])
    assert without["brier"] == pytest.approx(again["brier"])
