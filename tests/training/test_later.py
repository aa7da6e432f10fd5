"""What an office would have had from a release: capacity, agencies held out, calibration in parts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.asof import Feeds
from models.rules import RuleBook
from models.times import end_of_day
from tests.training.conftest import QUICKLY, STAMPS, TRAINED_UNTIL_US, WORLD_UNTIL
from training.card import card
from training.engines.additive import fold_of
from training.evaluate import FOUND, Rated
from training.fit import Trained, learn_from, lesson_of
from training.frozen import Frozen, freeze
from training.later import AT_CAPACITY, agencies_held_out, calibrated_by, curves
from training.train import HELD_OUT
from training.validation import Bootstrap

DRAWS = Bootstrap(draws=20)


@pytest.fixture(scope="module")
def frozen(world: Feeds, rules: RuleBook) -> tuple[Frozen, Frozen]:
    """Early and late."""
    times = [TRAINED_UNTIL_US, end_of_day(WORLD_UNTIL)]
    early, late = freeze(world, STAMPS, times, rules=rules, settings=QUICKLY)
    return early, late


def test_the_manifest_tells_what_the_capacity_was_spent_on_with_agencies_held_out_too(trained: Trained) -> None:
    told = trained.release.manifest.figures["backtest"]
    lines = told["capacity"]
    assert {line["figure"] for line in lines} == set(AT_CAPACITY)
    assert {line["model"] for line in lines} == {"release", "rules only", HELD_OUT}
    at = {(r["model"], r["figure"]): r["value"] for r in lines if r["counted"] == FOUND and r["window"] == "all"}
    assert at["release", "precision_by_office"] != at["release", "precision"]
    assert at["release", "unnecessary_per_helped"] == pytest.approx(
        (1 - at["release", "precision"]) / at["release", "precision"], abs=1e-4
    )
    assert 0 <= at["release", "surfaced_ahead"] <= 1
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_scores_with_agencies_held_out_owe_nothing_to_the_agency(frozen: tuple[Frozen, Frozen]) -> None:
    early, late = frozen
    quick = replace(QUICKLY, prior_cases=0.0, calibration=replace(QUICKLY.calibration, bootstraps=0))
    lesson = lesson_of(early, quick)
    near = early.at_leads(quick.leads)
    fit = learn_from(lesson._replace(groups=near.agencies), quick)
    found = agencies_held_out(early, late, quick)
    assert np.array_equal(found.score, fit.held_out(late.snapshots.X, late.agencies)[0])
    assert not np.array_equal(found.score, fit.terms.log_odds(late.snapshots.X))
    folds = fold_of(near.agencies, quick.engine.folds, salt=f"{quick.seed}/0")
    assert all(len(set(folds[near.agencies == name])) == 1 for name in np.unique(near.agencies))
    assert ((found.probability > 0) & (found.probability < 1)).any()


def test_calibration_is_told_by_lead_and_by_office(frozen: tuple[Frozen, Frozen]) -> None:
    _, late = frozen
    right = np.full(len(late), late.label.mean())
    told = calibrated_by(late, Rated(right, right), DRAWS).filter(counted=FOUND)
    leads = told.filter(by="lead")
    assert leads["part"].to_list() == ["45", "21", "7"]
    offices = told.filter(by="office")
    assert len(offices) > 1
    assert (offices["findings"] >= 30).all()
    assert set(offices["part"]) <= set(late.offices)
    assert (told["low"] <= told["rate"]).all()
    assert (told["rate"] <= told["high"]).all()
    one = offices["part"][0]
    here = late.offices == one
    names, at = np.unique(late.names("case_id")[here], return_index=True)
    assert offices["findings"][0] == names.size
    assert offices["positives"][0] == late.label[here][at].sum()
    assert offices["rate"][0] == pytest.approx(late.label[here][at].mean())


def test_reliability_is_told_by_window(frozen: tuple[Frozen, Frozen]) -> None:
    _, late = frozen
    p = np.linspace(0.01, 0.9, len(late))
    told = curves(late, Rated(p, p), DRAWS)
    assert set(told["window"]) == {"0-14", "14-30", "30-60"}
    for (_, _), part in told.group_by("counted", "window"):
        assert part["probability"].is_sorted()
        assert 1 <= len(part) <= 5


def test_the_card_shows_capacity_calibration_and_reliability_in_both_languages(trained: Trained) -> None:
    text = card(trained.release)
    for heading in ("## Dalam kapasitas / At capacity", "## Kalibrasi / Calibration", "Kurva keandalan"):
        assert heading in text
    assert "| all | release, agencies held out |" in text
    assert "| days 21 |" in text
    assert "| office " in text


def test_offices_are_those_of_the_cases(frozen: tuple[Frozen, Frozen], world: Feeds) -> None:
    _, late = frozen
    newest = world["registrations"].sort("recorded_at").unique("registration_id", keep="last").drop_nulls("office")
    office = dict(newest.select("registration_id", "office").iter_rows())
    named = zip(late.names("case_id").tolist(), late.offices.tolist(), strict=True)
    told = [office[case] == name for case, name in named if case in office]
    assert len(told) > 100
    assert np.mean(told) > 0.95
