"""A release judged on later cases, beside the rules and a naive model."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.asof import Feeds
from models.rules import RuleBook
from models.times import day_number, end_of_day
from tests.training.conftest import QUICKLY, STAMPS, TRAINED_UNTIL_US
from training.evaluate import DRAWN, FOUND, Evaluation, Rated, cells, compare, evaluate, in_words, judged, naive, rate
from training.fit import Trained
from training.frozen import TooFewFindingsError
from training.validation import Bootstrap

DRAWS = Bootstrap(draws=20)


def _value(table: pl.DataFrame, **where: str) -> float:
    found = table.filter(*(pl.col(name) == value for name, value in where.items()))
    assert len(found) == 1
    return float(found["value"][0])


def test_a_perfect_order_is_perfect_and_ties_have_no_order(trained: Trained) -> None:
    data = trained.data
    same = np.full(len(data), 0.25)
    rated = {"perfect": Rated(data.label, data.label), "blind": Rated(same, same)}
    table = compare(data, rated, DRAWS)
    for counted in (DRAWN, FOUND):
        assert _value(table, counted=counted, model="perfect", window="all", figure="pr_auc") == 1.0
        assert _value(table, counted=counted, model="perfect", window="all", figure="precision") == 1.0
        assert _value(table, counted=counted, model="perfect", window="all", figure="calibration") == pytest.approx(1)
        assert _value(table, counted=counted, model="perfect", window="all", figure="brier") == 0.0
        base = _value(table, counted=counted, model="blind", window="all", figure="base_rate")
        assert _value(table, counted=counted, model="blind", window="all", figure="precision") == pytest.approx(base)
        ratio = _value(table, counted=counted, model="blind", window="all", figure="calibration")
        assert ratio == pytest.approx(0.25 / base)


def test_drawn_checks_speak_for_as_many_cases_as_they_stand_for(trained: Trained) -> None:
    data = trained.data
    cases = data.snapshots.frame.select("case_id").with_columns(label=data.label, drawn=data.drawn).unique()
    drawn = cases.filter(pl.col("drawn") > 0)
    rate_of_all = float((drawn["label"] * drawn["drawn"]).sum() / drawn["drawn"].sum())
    nothing = np.full(len(data), np.nan)
    table = compare(data, {"silent": Rated(nothing, nothing)}, DRAWS)
    assert _value(table, counted=DRAWN, model="silent", window="all", figure="base_rate") == pytest.approx(rate_of_all)
    assert _value(table, counted=FOUND, model="silent", window="all", figure="base_rate") == pytest.approx(
        float(cases["label"].mean())  # type: ignore[arg-type]
    )


def test_the_release_orders_what_it_learned_better_than_chance(trained: Trained) -> None:
    table = compare(trained.data, {"release": rate(trained.release, trained.data)}, DRAWS)
    base = _value(table, counted=FOUND, model="release", window="all", figure="base_rate")
    assert _value(table, counted=FOUND, model="release", window="all", figure="pr_auc") > 1.5 * base


def test_a_naive_model_learns_from_one_lead_alone_and_abstains_without_it(trained: Trained) -> None:
    data = trained.data
    told = naive(data, data, seed=0)
    far = data.snapshots.frame["lead"] != 7
    assert not np.isnan(told.score).any()
    assert np.isnan(naive(data.rows(far), data, seed=0).score).all()
    changed = replace(data, label=np.where(far, 1 - data.label, data.label))
    assert np.array_equal(naive(changed, data, seed=0).score, told.score)


def test_cases_without_agency_are_groups_of_their_own(trained: Trained) -> None:
    data = trained.data
    groups = judged(data, rate(trained.release, data), data.drawn).agency
    without = data.names("agency_id") == ""
    assert without.any()
    assert (groups[without] == data.names("candidate_id")[without]).all()
    assert (groups[~without] == data.names("agency_id")[~without]).all()


def test_later_cases_alone_are_judged(trained: Trained, world: Feeds, rules: RuleBook) -> None:
    first = day_number(TRAINED_UNTIL_US) + 1
    known = end_of_day(dt.date(2025, 8, 31))
    asked = {"rules": rules, "settings": QUICKLY, "known_by_us": known}
    found = evaluate(world, STAMPS, {"release": trained.release}, departures=(first, day_number(known)), **asked)
    assert found.table["model"].unique().to_list() == ["release"]
    assert 0 < found.counts["cases"] < trained.data.counts()["cases"]
    with pytest.raises(TooFewFindingsError, match="There is no finding to learn from"):
        evaluate(world, STAMPS, {"release": trained.release}, departures=(first + 5000, first + 6000), **asked)


def test_words_say_simulated_and_how_many(trained: Trained) -> None:
    table = compare(trained.data, {"release": rate(trained.release, trained.data)}, DRAWS)
    found = Evaluation(table, trained.data.counts())
    text = in_words(found, simulated=True)
    assert "DATA SIMULASI" in text
    assert "DATA SIMULASI" not in in_words(found, simulated=False)
    assert f"{found.counts['drawn']} drawn by lot" in text
    assert "precision at 5 %" in text
    window, size, model, *figures = cells(table, counted=DRAWN)[-1]
    assert (window, model) == ("all", "release")
    assert size == f"{found.counts['drawn']} ({found.counts['drawn_non_procedural']})"
    assert all(" to " in figure for figure in figures)
