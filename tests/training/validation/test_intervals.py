from __future__ import annotations

import numpy as np
import pytest

from training.validation import Bootstrap, Interval, bootstrap


def _mean(values: np.ndarray):
    return lambda draw: {"mean": float((values * draw).sum() / draw.sum())}


def test_cases_that_are_alike_make_a_wider_interval_when_drawn_as_groups() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(25), 40)
    values = rng.normal(0, 1, 25)[group] + rng.normal(0, 0.2, group.size)
    alone = bootstrap(_mean(values), np.arange(group.size), Bootstrap())["mean"]
    together = bootstrap(_mean(values), group, Bootstrap())["mean"]
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(30), 10)
        values = rng.normal(0, 1, 30)[group] + rng.normal(0, 1, group.size)
        found = bootstrap(_mean(values), group, Bootstrap(draws=100, seed=seed))["mean"]
        inside += found.low <= 0 <= found.high
    assert 0.8 < inside / 120 <= 0.97


def test_equal_seeds_give_equal_bounds_and_the_figure_lies_between_them() -> None:
    values = np.random.default_rng(0).normal(size=50)
    one = bootstrap(_mean(values), np.arange(50), Bootstrap(seed=4))["mean"]
    assert one == bootstrap(_mean(values), np.arange(50), Bootstrap(seed=4))["mean"]
    assert one.low <= one.value <= one.high


def test_what_can_seldom_be_told_has_no_bounds() -> None:
    group = np.array(["a", *["b"] * 9])

    def rare(draw: np.ndarray) -> dict[str, float]:
        return {"seldom": 1.0 if draw[0] == 1 and draw[1] == 1 else float("nan")}

    found = bootstrap(rare, np.concatenate([group, ["c", "d", "e", "f"]]), Bootstrap(draws=60))["seldom"]
    assert np.isnan([found.low, found.high]).all()
    assert str(Interval(float("nan"), 0, 0)) == "cannot be told"
    assert str(Interval(0.314, 0.2, 0.4)) == "0.31 (0.20 to 0.40)"


@pytest.mark.parametrize("draws", [1, 7])
def test_every_draw_takes_as_many_groups_as_there_are(draws: int) -> None:
    from training.validation.intervals import multiplicities

    group = np.array(["x", "x", "y", "z"])
    drawn = multiplicities(group, Bootstrap(draws=draws))
    assert drawn.shape == (draws, 4)
    assert (drawn[:, 1:].sum(axis=1) == 3).all()
    assert (drawn[:, 0] == drawn[:, 1]).all()
