from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.training.made import made, tumour_examples
from training.examples import Examples
from training.validation import (
    Bootstrap,
    Origins,
    Scored,
    backtest,
    differences,
    judged,
    reliability,
    report,
    rolling_origins,
)

QUICK = Origins(number=3, window=60, gap=30, first=120, least=5)
DRAWS = Bootstrap(draws=40)


def logistic(train: Examples):
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(np.nan_to_num(train.X), train.label)

    def score(rows: Examples) -> Scored:
        p = model.predict_proba(np.nan_to_num(rows.X))[:, 1]
        return Scored(p, p)

    return score


def guess(train: Examples):
    rate = float(train.label.mean())

    def score(rows: Examples) -> Scored:
        rng = np.random.default_rng(1)
        return Scored(rng.random(len(rows)), np.full(len(rows), rate))

    return score


@pytest.fixture(scope="module")
def data() -> Examples:
    return made(1500, seed=4)


@pytest.fixture(scope="module")
def found(data: Examples):
    splits = list(rolling_origins(data, QUICK))
    return backtest(data, splits, {"logistic": logistic, "guess": guess}, agency="agency", office="office")


def test_every_model_is_judged_on_the_same_rows(found) -> None:
    np.testing.assert_array_equal(found["logistic"].case, found["guess"].case)
    np.testing.assert_array_equal(found["logistic"].label, found["guess"].label)


def test_the_report_has_every_window_and_an_interval_for_every_figure(found) -> None:
    table = report(found, capacity=0.1, settings=DRAWS)
    assert set(table["window"]) == {"0-14", "14-30", "30-60", "all"}
    row = table.row(
        by_predicate=(pl.col("model") == "logistic") & (pl.col("window") == "all") & (pl.col("figure") == "precision"),
        named=True,
    )
    assert row["low"] <= row["value"] <= row["high"]
    assert row["groups"] == 40
    ahead = table.filter(pl.col("figure") == "surfaced_ahead")
    assert set(ahead["window"]) == {"all"}


def test_a_model_that_knows_something_is_above_a_guess_beyond_the_interval(found) -> None:
    gaps = differences(found, against="guess", capacity=0.1, settings=DRAWS)
    row = gaps.filter(window="all", figure="precision", model="logistic")
    assert row["low"][0] > 0
    assert "guess" not in set(gaps["model"])


def test_a_difference_is_drawn_together_so_a_model_differs_from_itself_by_nothing(found) -> None:
    gaps = differences({"a": found["logistic"], "b": found["logistic"]}, against="a", capacity=0.1, settings=DRAWS)
    told = gaps.drop_nans("value")
    assert (told["low"] == 0).all()
    assert (told["high"] == 0).all()


def test_drawn_checks_are_the_yardstick_when_there_are_any_and_all_findings_otherwise() -> None:
    data = made(400, inclusion=0.2)
    nothing = Scored(np.zeros(len(data)), np.full(len(data), np.nan))
    assert (judged(data, nothing).estimate == data.yardstick).all()
    assert (judged(data, nothing, yardstick=False).estimate == data.weight).all()
    plain = made(400)
    assert (judged(plain, nothing).estimate == plain.weight).all()


def test_open_cases_stand_in_the_queue_and_say_nothing_about_it() -> None:
    data = made(300, open_cases=100)
    seen = judged(data, Scored(np.zeros(len(data)), np.full(len(data), np.nan)))
    assert (seen.mass == 1).all()
    assert (seen.estimate[~data.labelled] == 0).all()


def test_the_curve_rises_and_its_rates_follow_the_probabilities(found) -> None:
    curve = reliability(found["logistic"], DRAWS, steps=5)
    assert curve["step"].to_list() == [0, 1, 2, 3, 4]
    assert curve["probability"].is_sorted()
    assert ((curve["rate"] - curve["probability"]).abs() < 0.12).all()
    assert (curve["low"] <= curve["rate"]).all()
    assert len(reliability(found["guess"], DRAWS)) <= 3  # equal probabilities are one step
    silent = found["guess"].rows(np.isnan(found["guess"].label))
    assert not len(reliability(silent, DRAWS))


def test_data_of_another_trade_run_through_unchanged() -> None:
    data = tumour_examples()
    found = backtest(data, rolling_origins(data, QUICK, hold_out="clinic"), {"m": logistic}, agency="clinic")
    table = report(found, capacity=0.3, settings=DRAWS)
    assert set(table["window"]) == {"all"}
    assert table.filter(figure="precision")["value"][0] > 0.8
