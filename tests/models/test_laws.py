"""Laws that hold in any world: nothing from the future, nobody's own record, one row as a block, steps never harm."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.aggregates import count, shares
from models.cases import build_cases
from models.features.catalogue import CATALOGUE, NEVER_INPUTS
from models.freshness import DeliveryStamp, freshness
from models.releases.rules_only import rules_only_release
from models.schema import FEEDS, STEPS
from models.score import score
from models.situation import Situation, situate
from models.times import parse_moment
from tests.models.worlds import BOOK, World, look, random_world, rules_at

TODAY = "2025-09-10"
T_US = parse_moment(TODAY)
RELEASE = rules_only_release(rules_version=BOOK.version)
seeds = st.integers(0, 10**6)


def same(a: Situation, b: Situation) -> None:
    """Cases, features and everything a score says of them agree bit for bit."""
    assert a.features_frame().equals(b.features_frame())
    assert a.x.tobytes() == b.x.tobytes()
    assert score(a, RELEASE).frame().equals(score(b, RELEASE).frame())


@given(seeds)
@settings(max_examples=25)
def test_what_is_recorded_after_t_changes_nothing_at_t(seed: int) -> None:
    world = random_world(seed)
    past = {
        name: frame.filter(pl.col("recorded_at").dt.timestamp("us") <= T_US) for name, frame in world.frames().items()
    }
    later = dt.timedelta(days=200)
    flood = random_world(seed + 1)
    for name, rows in flood.rows.items():
        for row in rows:
            shifted = {
                **row,
                "recorded_at": max(row["recorded_at"] + later, dt.datetime(2025, 9, 10, 17, tzinfo=dt.UTC)),
            }
            world.rows[name].append(shifted)
            world.rows[name].append({**shifted, "retracted": True})
    same(look(past, T_US), look(world, T_US))


@given(seeds)
@settings(max_examples=15)
def test_a_replay_does_not_see_later_deliveries_stamped_earlier(seed: int) -> None:
    world = random_world(seed)
    before = look(world, T_US)
    for name, rows in random_world(seed + 1).rows.items():
        world.rows[name].extend({**row, "ingest_seq": 2} for row in rows)
    same(before, look(world, T_US, seq=1))


@given(seeds)
@settings(max_examples=15)
def test_one_row_is_the_block_exactly(seed: int) -> None:
    feeds = random_world(seed).frames()
    whole = look(feeds, T_US)
    scored = score(whole, RELEASE).frame()
    for case_id, candidate_id in whole.cases.select("case_id", "candidate_id").iter_rows():
        own = {
            name: frame.filter(pl.col("candidate_id") == candidate_id) if FEEDS[name].partitioned else frame
            for name, frame in feeds.items()
        }
        one = look(own, T_US, aggregates=whole.aggregates, wanted=[case_id])
        row = whole.cases["case_id"].to_list().index(case_id)
        assert one.x.tobytes() == whole.x[row : row + 1].tobytes()
        assert score(one, RELEASE).frame().equals(scored[row : row + 1])


@given(seeds, st.integers(2, 5))
@settings(max_examples=15)
def test_counts_do_not_depend_on_how_the_population_is_divided(seed: int, parts: int) -> None:
    feeds = random_world(seed).frames()
    rules = rules_at(T_US)

    def part(number: int) -> dict[str, pl.DataFrame]:
        return {
            name: frame.filter(pl.col("candidate_id").hash(7) % parts == number) if FEEDS[name].partitioned else frame
            for name, frame in feeds.items()
        }

    whole = count([shares(build_cases(feeds, T_US, rules=rules), rules)])
    divided = count([shares(build_cases(part(k), T_US, rules=rules), rules) for k in reversed(range(parts))])
    for name, table in whole.tables.items():
        assert table.equals(divided.tables[name]), name


@given(seeds)
@settings(max_examples=15)
def test_outcomes_of_a_case_are_never_inputs_of_the_same_case(seed: int) -> None:
    feeds = random_world(seed).frames()
    before = look(feeds, T_US)
    owned = before.block.outcomes.filter(pl.col("case_id").is_not_null())
    for row, case_id in enumerate(before.cases["case_id"].to_list()):
        own = owned.filter(pl.col("case_id") == case_id)["outcome_id"]
        if own.is_empty():
            continue
        without = {**feeds, "outcomes": feeds["outcomes"].filter(~pl.col("outcome_id").is_in(own.implode()))}
        after = look(without, T_US, wanted=[case_id])
        np.testing.assert_array_equal(after.x[0], before.x[row])


@given(seeds, st.data())
@settings(max_examples=30)
def test_recording_missing_steps_never_raises_the_log_odds(seed: int, data: st.DataObject) -> None:
    world = random_world(seed)
    before = look(world, T_US)
    log_odds = score(before, RELEASE).log_odds
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
        done = dt.date(2025, 9, 10) - dt.timedelta(days=data.draw(st.integers(-20, 400)))
        valid = data.draw(st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2025, 1, 1)]))
        world.add(
            "registration_steps",
            dt.datetime(2025, 9, 10, 16, tzinfo=dt.UTC),
            seq=1,
            registration_id=case["registration_id"],
            candidate_id=case["candidate_id"],
            step=step,
            completed_on=done,
            valid_until=valid,
        )
    after = score(look(world, T_US, wanted=[case["case_id"]], aggregates=before.aggregates), RELEASE)
    assert after.log_odds[0] <= log_odds[row]


@pytest.mark.parametrize("column", ["sex", "full_name", "phone", "passport_no", "safe_to_contact"])
def test_personal_traits_never_reach_a_feature_or_a_score(column: str) -> None:
    feeds = random_world(4, people=25).frames()
    others = {"sex": "F", "safe_to_contact": False}
    changed = feeds["candidates"].with_columns(
        pl.lit(others.get(column, "X")).cast(feeds["candidates"].schema[column]).alias(column)
    )
    before, after = look(feeds, T_US), look({**feeds, "candidates": changed}, T_US)
    assert before.x.tobytes() == after.x.tobytes()


def test_the_home_region_only_says_which_office_to_ask() -> None:
    feeds = random_world(4, people=25).frames()
    changed = feeds["candidates"].with_columns(home_region=pl.lit("11.01"))
    assert look(feeds, T_US).x.tobytes() == look({**feeds, "candidates": changed}, T_US).x.tobytes()


def test_no_feature_is_a_never_input() -> None:
    for feature in CATALOGUE:
        assert feature.name not in NEVER_INPUTS
        assert not any(feature.name.startswith(f"{name}_is") or feature.name == name for name in NEVER_INPUTS)
    assert not [feature.name for feature in CATALOGUE if "outcomes" in feature.feeds and feature.pit not in ("C", "E")]


def test_reasons_and_the_rest_add_up_to_the_last_bit() -> None:
    scores = score(look(random_world(11, people=60), T_US), RELEASE)
    for row in scores.frame().filter(pl.col("log_odds").is_not_null()).iter_rows(named=True):
        total = row["base"] + sum(reason["contribution"] for reason in row["reasons"]) + row["other"]
        assert total == row["log_odds"]
        assert len(row["reasons"]) <= 5
        sizes = [abs(reason["contribution"]) for reason in row["reasons"]]
        assert sizes == sorted(sizes, reverse=True)


def test_a_delivery_without_people_has_no_scores_and_no_fault() -> None:
    frame = score(look(World(), T_US), RELEASE).frame()
    assert frame.is_empty()
    assert frame.columns[0] == "case_id"


def test_cases_outside_the_scored_lane_have_no_figures_but_a_way_back() -> None:
    frame = score(look(random_world(3, people=80), T_US), RELEASE).frame()
    outside = frame.filter(pl.col("lane") != "scored")
    assert set(outside["lane"].unique()) == {"register", "no_date", "protection"}
    assert outside["log_odds"].null_count() == len(outside)
    assert outside["band"].unique().to_list() == ["insufficient"]
    assert outside["recourse_kind"].null_count() == 0
    assert outside["reasons"].list.len().sum() == 0


def test_situate_counts_over_its_own_feeds_when_no_counts_are_given() -> None:
    feeds = random_world(5).frames()
    rules = rules_at(T_US)
    fresh = freshness([DeliveryStamp(1)], feeds, T_US)
    situation = situate(feeds, T_US, rules=rules, freshness=fresh)
    expected = count([shares(situation.block, rules)])
    assert situation.aggregates.tables["agency_id"].equals(expected.tables["agency_id"])
