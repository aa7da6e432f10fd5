from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from training.selection import (
    CORRECTED,
    DRAWN,
    NAIVE,
    PRIOR_CHECKS,
    WEIGHTED,
    Queue,
    effective_size,
    examination_propensity,
    helped_both_ways,
    inverse_weights,
    precision_estimates,
    sensitivity,
)
from training.validation import Bootstrap, Ranking

DRAWS = Bootstrap(draws=30)


def world(seed: int, *, cases: int = 5000, inclusion: float = 0.12) -> tuple[Queue, float]:
    """Irregular departures are found far more often; a worklist looks at what the score looks at; some are helped."""
    rng = np.random.default_rng(seed)
    seen, unseen = rng.normal(size=cases), rng.normal(size=cases)
    truth = rng.random(cases) < 1 / (1 + np.exp(-(-2.6 + 0.9 * seen + 0.6 * unseen)))
    score = 0.9 * seen + rng.normal(0, 0.3, cases)
    worklist = (score + rng.normal(0, 0.8, cases) > 2.0) & (rng.random(cases) < 0.6)
    helped = worklist & (rng.random(cases) < np.where(truth, 0.3, 0.15))
    drawn = rng.random(cases) < inclusion
    other = rng.random(cases) < np.where(truth, 0.25, 0.02)
    known = worklist | drawn | other
    label = np.where(known, truth & ~helped, np.nan).astype(float)
    X = np.column_stack([seen, rng.normal(size=cases)])
    people = np.arange(cases).astype(str)
    queue = Queue(
        score=score,
        chosen=Ranking.of(score).chosen(0.1),
        label=label,
        drawn=np.where(drawn, 1 / inclusion, 0.0),
        helped=helped,
        picked=worklist,
        propensity=examination_propensity(X, known & ~helped, groups=people, folds=2),
        groups=rng.integers(0, 80, cases).astype(str),
    )
    return queue, float((queue.chosen * truth).sum() / queue.chosen.sum())


def _values(queue: Queue) -> dict[str, float]:
    return dict(precision_estimates(queue, Bootstrap(draws=1)).select("estimate", "value").iter_rows())


def test_over_twenty_worlds_the_corrected_estimate_is_nearer_the_truth_than_the_naive_one() -> None:
    error: dict[str, list[float]] = {NAIVE: [], WEIGHTED: [], DRAWN: [], CORRECTED: []}
    for seed in range(20):
        queue, truth = world(seed)
        for name, value in _values(queue).items():
            error[name].append(abs(value - truth))
    mean = {name: float(np.mean(gaps)) for name, gaps in error.items()}
    assert mean[CORRECTED] < 0.6 * mean[NAIVE]
    assert mean[CORRECTED] < mean[DRAWN] < mean[WEIGHTED]
    nearer = np.array(error[CORRECTED]) < np.array(error[NAIVE])
    assert nearer.sum() >= 17


def test_each_estimate_says_how_many_findings_it_rests_on() -> None:
    queue, _ = world(3)
    told = precision_estimates(queue, DRAWS)
    assert told["estimate"].to_list() == [NAIVE, WEIGHTED, DRAWN, CORRECTED]
    assert (told["low"] <= told["value"]).all()
    assert (told["value"] <= told["high"]).all()
    by_name = {row["estimate"]: row for row in told.iter_rows(named=True)}
    assert by_name[NAIVE]["findings"] > by_name[WEIGHTED]["findings"] > by_name[DRAWN]["findings"] > 5
    assert by_name[WEIGHTED]["effective"] < by_name[WEIGHTED]["findings"]
    assert by_name[DRAWN]["effective"] == pytest.approx(by_name[DRAWN]["findings"])


def _corrected(queue: Queue) -> dict[str, Any]:
    told = precision_estimates(queue, Bootstrap(draws=100))
    return told.row(by_predicate=pl.col("estimate") == CORRECTED, named=True)


def test_the_interval_holds_the_doubt_about_the_curve_even_where_no_draw_differs() -> None:
    queue, _ = world(3, inclusion=0.03)
    alike = replace(queue, groups=np.full(len(queue.score), "one agency"))
    told = precision_estimates(alike, Bootstrap(draws=200)).row(
        by_predicate=pl.col("estimate") == CORRECTED, named=True
    )
    value, worth = told["value"], told["effective"] + PRIOR_CHECKS
    width = 2 * 1.645 * np.sqrt(value * (1 - value) * (1 / worth + 1 / queue.chosen.sum()))
    assert told["high"] - told["low"] == pytest.approx(width, rel=0.2)
    more, _ = world(3, inclusion=0.5)
    many = _corrected(replace(more, groups=alike.groups))
    assert many["high"] - many["low"] < 0.9 * (told["high"] - told["low"])


def test_intervals_are_drawn_by_seed() -> None:
    queue, _ = world(4)
    once, again, other = (precision_estimates(queue, Bootstrap(draws=20, seed=seed)) for seed in (1, 1, 2))
    assert once.equals(again)
    assert once["value"].to_list() == other["value"].to_list()
    assert once["low"].to_list() != other["low"].to_list()


def test_without_drawn_checks_nothing_can_be_corrected() -> None:
    queue, _ = world(3)
    blind = _values(replace(queue, drawn=np.zeros(len(queue.score))))
    assert np.isnan(blind[CORRECTED])
    assert np.isnan(blind[DRAWN])
    assert 0 < blind[NAIVE] < 1


def test_the_chance_of_being_examined_is_recovered_and_owes_nothing_to_the_row_itself() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=6000)
    truth = 1 / (1 + np.exp(-(-1 + 1.5 * x)))
    examined = rng.random(6000) < truth
    people = np.repeat(np.arange(3000), 2).astype(str)
    found = examination_propensity(x[:, None], examined, groups=people)
    assert np.abs(found - truth).mean() < 0.05
    flipped = examined.copy()
    flipped[:2] = ~flipped[:2]
    again = examination_propensity(x[:, None], flipped, groups=people)
    np.testing.assert_array_equal(found[:2], again[:2])


def test_weights_are_clipped_and_the_effective_number_of_findings_is_told() -> None:
    propensity = np.array([0.5] * 98 + [0.001, 0.0005])
    weights = inverse_weights(propensity, clip=10)
    assert weights.weight.max() == 20
    assert weights.clipped == pytest.approx(0.02)
    assert 40 < weights.effective < 50
    assert effective_size(np.ones(7)) == 7
    assert effective_size(np.zeros(3)) == 0


def test_the_helped_are_reported_both_ways_and_bound_what_is_left_out() -> None:
    queue, truth = world(5)
    told = helped_both_ways(queue, DRAWS)
    value = dict(told.select("helped", "value").iter_rows())
    assert value["none averted"] < value["left out"] < value["each averted"]
    assert value["none averted"] < truth < value["each averted"]
    share = float((queue.chosen * queue.helped).sum() / queue.chosen.sum())
    assert told["share"].to_list() == pytest.approx([share] * 3)
    assert value["each averted"] - value["none averted"] == pytest.approx(share)


def test_errors_of_findings_and_a_hidden_choice_are_taken_out_and_nothing_changes_without_them() -> None:
    table = sensitivity(0.3)
    none = table.filter(missed=0.0, false_alarm=0.0, hidden=1.0)
    assert none["value"].to_list() == pytest.approx([0.3])
    at = {(r["missed"], r["false_alarm"], r["hidden"]): r["value"] for r in table.iter_rows(named=True)}
    assert at[0.2, 0.0, 1.0] == pytest.approx(0.3 / 0.8)
    assert at[0.0, 0.05, 1.0] == pytest.approx(0.25 / 0.95)
    assert at[0.0, 0.0, 2.0] == pytest.approx((0.3 / 0.7 / 2) / (1 + 0.3 / 0.7 / 2))
    assert len(table) == 4 * 3 * 4


def test_errors_that_do_not_go_with_what_was_found_cannot_be_told() -> None:
    table = sensitivity(0.01, missed=[0.0], false_alarm=[0.05], hidden=[1.0])
    assert table["value"].is_nan().all()
    assert isinstance(table, pl.DataFrame)
