"""The law of steps with a trained release: recording a missing step never raises a score."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.directions import direction_violations
from models.features.catalogue import CATALOGUE
from models.schema import STEPS
from models.score import score
from models.times import parse_moment
from tests.models.worlds import look, random_world
from training.fit import Trained

T_US = parse_moment("2025-09-10")


@given(st.integers(0, 10**6), st.data())
@settings(max_examples=25)
def test_recording_a_missing_step_never_raises_the_log_odds(trained: Trained, seed: int, data: st.DataObject) -> None:
    release = trained.release
    world = random_world(seed)
    before = look(world, T_US)
    log_odds = score(before, release).log_odds
    scored = np.flatnonzero(~np.isnan(log_odds))
    if scored.size == 0:
        return
    row = int(data.draw(st.sampled_from(scored.tolist())))
    case = before.cases.row(row, named=True)
    absent = [STEPS[j] for j in np.flatnonzero(before.facts.steps.done[row] == np.iinfo(np.int32).min)]
    if not absent:
        return
    chosen = absent if data.draw(st.booleans()) else [data.draw(st.sampled_from(absent))]
    for step in chosen:
        world.add(
            "registration_steps",
            dt.datetime(2025, 9, 10, 16, tzinfo=dt.UTC),
            registration_id=case["registration_id"],
            candidate_id=case["candidate_id"],
            step=step,
            completed_on=dt.date(2025, 9, 10) - dt.timedelta(days=data.draw(st.integers(-20, 400))),
            valid_until=data.draw(st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2025, 1, 1)])),
        )
    after = score(look(world, T_US, wanted=[case["case_id"]], aggregates=before.aggregates), release)
    assert after.log_odds[0] <= log_odds[row]


def test_every_direction_of_the_catalogue_holds_in_every_cell(trained: Trained) -> None:
    used = {axis.name for axis in trained.release.terms.axes}
    assert len([feature for feature in CATALOGUE if feature.direction and feature.name in used]) > 10
    assert direction_violations(trained.release.terms, CATALOGUE) == []


def test_steps_are_part_of_what_was_learned(trained: Trained) -> None:
    used = {axis.name for axis in trained.release.terms.axes}
    assert used & {"steps_overdue", "steps_orderly", "stalled_days"}
