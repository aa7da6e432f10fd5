from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import polars as pl
import pytest

from models.cases import CaseBlock
from models.features.catalogue import CATALOGUE, INDEX
from models.releases.rules_only import rules_only_terms
from training.prior import Lesson, unexamined, with_prior
from training.snapshots import Snapshots


def _rows(overdue: list[float]) -> np.ndarray:
    X = np.array([[0.0 if not f.can_miss else np.nan for f in CATALOGUE] for _ in overdue])
    X = X.reshape(len(overdue), len(CATALOGUE))
    X[:, INDEX["steps_overdue"]] = overdue
    X[:, INDEX["days_to_departure"]] = 7.0
    return X


def _lesson() -> Lesson:
    overdue = [0.0] * 20 + [5.0] * 20
    y = np.array([0.0] * 18 + [1.0] * 2 + [0.0] * 6 + [1.0] * 14)
    return Lesson(_rows(overdue), y, np.ones(40), np.array([f"C{i}" for i in range(40)]))


def _prior(overdue: list[float]) -> Snapshots:
    return Snapshots(pl.DataFrame({"candidate_id": [f"P{i}" for i in range(len(overdue))]}), _rows(overdue))


def test_the_prior_weighs_as_many_cases_as_stated() -> None:
    lesson = with_prior(_lesson(), _prior([0.0, 1.0, 5.0]), cases=30.0)
    assert lesson.weight[40:].sum() == pytest.approx(30.0)
    assert lesson.X.shape == (46, len(CATALOGUE))
    assert lesson.groups[40:].tolist() == ["P0", "P1", "P2"] * 2
    assert (lesson.weight[:40] == 1.0).all()


def test_the_prior_says_what_the_rules_say_at_the_level_of_the_findings() -> None:
    prior = _prior([0.0, 1.0, 5.0])
    lesson = with_prior(_lesson(), prior, cases=3.0)
    probability = lesson.weight[40:43]
    points = rules_only_terms().log_odds(prior.X)
    assert (np.diff(points) > 0).all()
    assert (np.diff(probability) > 0).all()
    assert probability[0] == pytest.approx(0.1, abs=0.05)
    assert probability[2] == pytest.approx(0.7, abs=0.1)


def test_without_a_prior_the_lesson_stays_as_it_was() -> None:
    assert with_prior(_lesson(), _prior([])).y.size == 40
    assert with_prior(_lesson(), _prior([1.0]), cases=0.0).y.size == 40


def test_only_past_registered_cases_without_a_finding_are_drawn_and_always_the_same() -> None:
    frame = pl.DataFrame(
        {
            "case_id": [f"R{i:03}" for i in range(100)] + ["T1", "R900", "R901"],
            "registration_id": [f"R{i:03}" for i in range(100)] + [None, "R900", "R901"],
            "planned": [50] * 100 + [50, 500, None],
        },
        schema_overrides={"planned": pl.Int32},
    )
    block = cast(CaseBlock, SimpleNamespace(frame=frame, today=100))
    known = [f"R{i:03}" for i in range(40)]
    drawn = unexamined(block, known, most=30, seed=1)
    assert len(drawn) == 30
    assert set(drawn) <= {f"R{i:03}" for i in range(40, 100)}
    shuffled = cast(CaseBlock, SimpleNamespace(frame=frame.sample(fraction=1, shuffle=True, seed=3), today=100))
    assert unexamined(shuffled, known, most=30, seed=1) == drawn
    assert unexamined(block, known, most=30, seed=2) != drawn
    assert len(unexamined(block, known, most=500, seed=1)) == 60
