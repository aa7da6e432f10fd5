from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from models.times import day_number
from tests.training.small import Small, small
from training.review import Review, review
from training.validation import Bootstrap


@pytest.fixture(scope="module")
def world() -> Small:
    return small()


@pytest.fixture(scope="module")
def found(world: Small) -> Review:
    trained = world.trained
    return review(
        world.feeds,
        world.stamps,
        world.until_us,
        data=trained.data,
        fit=trained.learned.fit,
        release=trained.release,
        held_out=trained.learned.held_out.log_odds,
        cut=day_number(world.until_us) - 240,
        rules=world.rules,
        settings=Bootstrap(draws=20),
    )


def test_every_check_ran_and_every_group_was_compared(found: Review) -> None:
    assert len(found.checks) == 9
    assert {v.state for v in found.checks if v.code != "feed_outage"} == {"quiet"}
    attributes = set(found.fairness["attribute"])
    assert {"sex", "age_band", "first_time", "sex x age_band"} <= attributes


def test_errors_come_from_drawn_checks_and_referrals_from_the_queue_of_today(found: Review, world: Small) -> None:
    sex = found.fairness.filter(attribute="sex", figure="referral")
    queue = len(world.situation)
    labelled = world.trained.data.counts()
    assert sex["findings"].sum() <= labelled["drawn"]
    assert sex["cases"].sum() <= queue + labelled["cases"]


def test_hidden_attributes_are_asked_of_every_reason(found: Review, world: Small) -> None:
    assert set(found.proxies["attribute"]) == {"sex", "age_band", "origin"}
    codes = {group.code for group in world.trained.release.terms.groups}
    assert set(found.proxies["term"]) - codes == {"(all terms together)"}


def test_selection_is_estimated_on_a_past_queue(found: Review) -> None:
    assert found.selection["estimate"].to_list() == ["naive", "weighted", "drawn", "corrected"]
    assert len(found.helped) == 3
    at = found.sensitivity.filter(missed=0.0, false_alarm=0.0, hidden=1.0)["value"][0]
    assert at == pytest.approx(found.selection.filter(estimate="corrected")["value"][0])


def test_summaries_are_plain_json_and_tables_go_to_analysts(found: Review) -> None:
    summary = found.to_json()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert set(summary["fairness"]["verdicts"]) == {"holds", "breach", "not enough evidence"}
    assert len(summary["fairness"]["unsettled"]) <= 12
    files = found.analyst_files()
    table = pl.read_csv(files["fairness.csv"])
    assert len(table) == len(found.fairness)
    assert np.isfinite(found.stability.same_leading)
