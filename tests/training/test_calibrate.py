from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration import WINDOWS, Calibration
from tests.models.builders import seeds
from training.calibrate import BandPolicy, CalibrationSettings, HeldOut, choose_bands, fit_calibration

QUICK = CalibrationSettings(bootstraps=40)
DAYS = (7.0, 21.0, 45.0, 75.0)


def _held_out(
    cases: int, seed: int, *, days: tuple[float, ...] = DAYS, inclusion: float = 0.3, spread: float = 0.2
) -> HeldOut:
    """Scores twice too steep and one too high; irregular cases are found four times as often, a slice is drawn."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-2.2, 1.2, cases)
    label = (rng.random(cases) < 1 / (1 + np.exp(-true))).astype(float)
    drawn = rng.random(cases) < inclusion
    found = drawn | (rng.random(cases) < np.where(label > 0, 0.4, 0.1))
    case = np.repeat(np.flatnonzero(found), len(days))
    yardstick = np.where(drawn, 1 / inclusion, 0.0)[case]
    return HeldOut(
        log_odds=2 * true[case] + 1,
        spread=np.full(case.size, spread),
        label=label[case],
        days=np.tile(days, int(found.sum())),
        cases=case.astype(str),
        yardstick=yardstick,
        weight=np.where(yardstick > 0, yardstick, 1.0),
    )


def _population(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.normal(-2.2, 1.2, 20000)
    return 2 * true + 1, 1 / (1 + np.exp(-true))


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return fit_calibration(_held_out(6000, 1), seed=1, settings=QUICK)


def test_in_every_window_the_mean_probability_is_that_of_all_departures_though_findings_are_selective(
    calibration: Calibration,
) -> None:
    z, truth = _population(2)
    found_rate = _held_out(6000, 1).label.mean()
    assert found_rate > 1.3 * truth.mean()
    for days in DAYS:
        p, _, _ = calibration.apply(z, np.full(z.size, days))
        assert 0.85 < p.mean() / truth.mean() < 1.15


def test_probabilities_follow_the_truth_from_low_to_high(calibration: Calibration) -> None:
    z, truth = _population(2)
    p, low, high = calibration.apply(z, np.full(z.size, 21.0))
    for part in np.array_split(np.argsort(z), 5):
        assert abs(p[part].mean() - truth[part].mean()) < 0.25 * truth[part].mean() + 0.02
    inside = (low <= truth) & (truth <= high)
    assert inside.mean() > 0.7


@given(seeds, st.integers(60, 400))
@settings(max_examples=8)
def test_any_findings_give_a_legal_table(seed: int, cases: int) -> None:
    made = fit_calibration(_held_out(cases, seed), seed=seed, settings=CalibrationSettings(bootstraps=10))
    z = np.linspace(-12, 8, 200)
    for days in DAYS:
        p, low, high = made.apply(z, np.full(z.size, days))
        assert (np.diff(p) >= 0).all()
        assert ((low >= 0) & (low <= p) & (p <= high) & (high <= 1)).all()


def test_no_probability_is_nought_or_one(calibration: Calibration) -> None:
    p, _, _ = calibration.apply(np.array([-50.0, 50.0]), np.array([7.0, 7.0]))
    assert 0 < p[0] < p[1] < 1


def _width(calibration: Calibration) -> float:
    z, _ = _population(3)
    _, low, high = calibration.apply(z, np.full(z.size, 21.0))
    return float((high - low).mean())


def test_the_interval_widens_where_data_are_few_and_bags_lie_apart(calibration: Calibration) -> None:
    few = fit_calibration(_held_out(500, 1), seed=1, settings=QUICK)
    apart = fit_calibration(_held_out(6000, 1, spread=1.5), seed=1, settings=QUICK)
    assert _width(few) > 1.5 * _width(calibration)
    assert _width(apart) > 1.2 * _width(calibration)


def test_a_window_without_findings_borrows_from_its_neighbour_with_a_wider_interval() -> None:
    made = fit_calibration(_held_out(3000, 1, days=DAYS[:3]), seed=1, settings=QUICK)
    z, _ = _population(3)
    near = made.apply(z, np.full(z.size, 45.0))
    borrowed = made.apply(z, np.full(z.size, 75.0))
    assert (near[0] == borrowed[0]).all()
    assert (borrowed[1] <= near[1]).all()
    assert (borrowed[2] >= near[2]).all()
    assert (borrowed[2] - borrowed[1]).mean() > (near[2] - near[1]).mean()


def test_without_drawn_checks_all_findings_take_their_place() -> None:
    data = _held_out(3000, 1)
    bare = HeldOut(**{**data.__dict__, "yardstick": np.zeros_like(data.yardstick), "weight": np.ones_like(data.weight)})
    made = fit_calibration(bare, seed=1, settings=QUICK)
    p, _, _ = made.apply(data.log_odds, data.days)
    assert abs(p.mean() - data.label.mean()) < 0.05


def test_equal_data_and_seed_give_equal_tables() -> None:
    made = [fit_calibration(_held_out(400, 5), seed=9, settings=QUICK).to_json() for _ in range(2)]
    assert made[0] == made[1]
    assert len(made[0]["tables"]) == len(WINDOWS)


def test_without_any_finding_there_is_nothing_to_calibrate_on() -> None:
    none = np.empty(0)
    data = HeldOut(none, none, none, none, none.astype(str), none, none)
    with pytest.raises(ValueError, match="no finding"):
        fit_calibration(data, seed=1, settings=QUICK)


def test_bands_keep_to_capacity_and_to_the_stated_precision() -> None:
    rng = np.random.default_rng(0)
    probability = np.round(rng.beta(0.6, 6, 5000), 3)
    policy = BandPolicy(first_share=0.05, check_share=0.15, first_precision=0.3, check_precision=0.15)
    bands = choose_bands(probability, policy)
    first = probability >= bands.first
    check = (probability >= bands.check) & ~first
    assert 0.03 < first.mean() <= 0.05
    assert 0.1 < check.mean() <= 0.15
    assert probability[first].mean() >= 0.3
    assert probability[check].mean() >= 0.15


def test_where_precision_is_short_fewer_cases_are_chosen_than_capacity_allows() -> None:
    probability = np.concatenate([np.full(20, 0.4), np.full(980, 0.1)])
    bands = choose_bands(probability, BandPolicy(first_share=0.5, first_precision=0.3))
    assert bands.first == 0.4
    assert choose_bands(np.full(100, 0.1), BandPolicy(first_precision=0.3)).first == 0.3


def test_where_one_step_alone_exceeds_capacity_precision_decides() -> None:
    probability = np.concatenate([np.full(300, 0.5), np.full(700, 0.1)])
    bands = choose_bands(probability, BandPolicy(first_share=0.05))
    assert bands.first == 0.5
    assert bands.check < 0.5
