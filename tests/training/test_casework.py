from __future__ import annotations

import numpy as np
import pytest

from models.times import day_number
from tests.training.small import Small, small
from training.casework import AGENCY, OFFICE, PERSON, case_examples, queue_examples, recorded_days, split_at
from training.checks import NOT_RUN, Material, run_checks, shouting
from training.examples import Examples
from training.groups import GROUPS


@pytest.fixture(scope="module")
def world() -> Small:
    return small()


@pytest.fixture(scope="module")
def data(world: Small) -> Examples:
    return case_examples(world.trained.data, world.block)


def test_examples_follow_the_frozen_cases_row_by_row(world: Small, data: Examples) -> None:
    frozen = world.trained.data
    assert len(data) == len(frozen)
    np.testing.assert_array_equal(data.label, frozen.label)
    assert data.case.tolist() == frozen.snapshots.frame["case_id"].to_list()
    for j, spec in enumerate(data.specs):
        assert spec.column == j
    assert "prior_confirmed" not in data.names  # off by default
    assert set(data.groups) == {AGENCY, OFFICE, PERSON, *GROUPS}


def test_a_row_is_older_than_its_event_and_than_its_finding(data: Examples) -> None:
    assert (data.day <= data.event_day).all()
    assert (data.known_day >= data.day).all()
    assert (data.known_day > data.event_day).mean() > 0.9


def test_the_queue_is_of_today_and_nobody_knows_how_it_ends(world: Small) -> None:
    use = queue_examples(world.situation)
    assert len(use) > 50
    assert not use.labelled.any()
    assert set(use.day) == {day_number(world.until_us)}
    assert not set(use.case) & set(case_examples(world.trained.data, world.block).case)
    assert (use.groups["sex"] != "").all()


def test_what_is_learnt_from_was_over_and_known_by_the_cut(world: Small, data: Examples) -> None:
    cut = day_number(world.until_us) - 120
    split = split_at(data, cut)
    assert (data.known_day[split.train] <= cut).all()
    assert (data.day[split.test] > cut).all()
    assert not set(data.case[split.train]) & set(data.case[split.test])


def test_checks_run_on_frozen_cases_and_none_shouts(world: Small, data: Examples) -> None:
    material = Material(
        data=data,
        split=split_at(data, day_number(world.until_us) - 120),
        use=queue_examples(world.situation),
        recorded={},
    )
    verdicts = run_checks(material)
    assert shouting(verdicts) == []
    assert "lead_shift" not in {verdict.code for verdict in verdicts if verdict.state == NOT_RUN}


def test_every_feed_that_features_read_has_its_days_of_recording(world: Small) -> None:
    days = recorded_days(world.feeds, until=day_number(world.until_us))
    assert {"registration_steps", "travel", "outcomes"} <= set(days)
    assert "offices" not in days  # nothing is computed from it
    assert days["travel"].max() <= day_number(world.until_us)
    assert len(days["travel"]) == len(world.feeds["travel"])
