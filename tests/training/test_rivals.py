from __future__ import annotations

import numpy as np
import pytest

from tests.training.frames import QUICK
from tests.training.made import made, tumour_examples
from training.examples import Examples
from training.rivals import SCORECARD, UNCONSTRAINED, Curve, EngineModel, engines
from training.validation import Bootstrap, Origins, backtest, report, rolling_origins

ORIGINS = Origins(number=2, window=90, gap=30, first=240, least=10)


@pytest.fixture(scope="module")
def data() -> Examples:
    return made(900, inclusion=0.3)


def test_every_engine_runs_through_the_same_backtest_and_is_calibrated(data: Examples) -> None:
    models = {name: EngineModel(engine, group="agency") for name, engine in engines(QUICK).items()}
    splits = list(rolling_origins(data, ORIGINS))[-1:]
    found = backtest(data, splits, models, agency="agency", office="office")
    table = report(found, capacity=0.15, settings=Bootstrap(draws=20))
    for name in models:
        assert table.filter(model=name, window="all", figure="lift")["value"][0] > 1.2
        ratio = table.filter(model=name, window="all", figure="calibration").row(0, named=True)
        assert 0.6 < ratio["value"] < 1.6


def test_a_frame_of_another_trade_runs_through_unchanged() -> None:
    data = tumour_examples()
    every = engines(QUICK)
    models = {name: EngineModel(every[name]) for name in ("additive", SCORECARD, UNCONSTRAINED)}
    splits = list(rolling_origins(data, ORIGINS, hold_out="clinic", folds=2))[-1:]
    table = report(backtest(data, splits, models, agency="clinic"), capacity=0.3, settings=Bootstrap(draws=20))
    assert set(table["model"]) == set(models)
    assert (table.filter(figure="pr_auc")["value"] > 0.85).all()


def test_a_level_for_each_window_is_learnt_and_windows_without_findings_lean_on_all() -> None:
    rng = np.random.default_rng(0)
    window = rng.integers(0, 2, 8000)
    z = rng.normal(size=8000)
    label = (rng.random(8000) < 1 / (1 + np.exp(-(0.5 * z - 1 + window)))).astype(float)
    curve = Curve.fit(z, label, weight=np.ones(8000), window=window)
    p = curve.probability(z, window)
    for w in (0, 1):
        assert p[window == w].mean() == pytest.approx(label[window == w].mean(), rel=0.05)
    assert curve.slope == pytest.approx(0.5, abs=0.1)
    between = curve.probability(np.zeros(1), np.array([3]))[0]
    assert curve.probability(np.zeros(1), np.array([0]))[0] < between < curve.probability(np.zeros(1), np.array([1]))[0]


def test_drawn_checks_set_the_level_when_there_are_any() -> None:
    rng = np.random.default_rng(1)
    z = np.zeros(4000)
    label = (rng.random(4000) < 0.1).astype(float)
    weight = np.where(np.arange(4000) < 2000, 1.0, 0.0)
    label[2000:] = 1.0
    curve = Curve.fit(z, label, weight=weight, window=np.full(4000, -1))
    assert curve.probability(z[:1], np.array([-1]))[0] == pytest.approx(0.1, abs=0.02)
