"""What is kept of cases that are over says as of any later time what their rows say."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.aggregates import count, shares_of
from models.cases import build_cases
from models.dated import Dated
from models.schema import FEEDS
from models.tallies import tally_cases
from models.times import day_number, parse_moment
from tests.models.worlds import random_world, rules_at

T_US = parse_moment("2025-09-10")
DAY_US = 86_400_000_000
seeds = st.integers(0, 10**6)


def whole(feeds: dict[str, pl.DataFrame], t_us: int) -> Dated:
    return Dated.of(build_cases(feeds, t_us, rules=rules_at(t_us)), places=True)


def told(dated: Dated, t_us: int) -> dict[str, list[tuple[object, ...]]]:
    """All that follows from it as of a time."""
    today, rules = day_number(t_us), rules_at(t_us)
    counts = count([shares_of(dated, today=today, rules=rules)])
    tally = tally_cases(dated, today=today, rules=rules)
    return {name: table.rows() for name, table in counts.tables.items()} | {"tally": tally.rows()}


@given(seeds, st.sampled_from([0, 1, 30, 200]))
@settings(max_examples=40)
def test_what_was_understood_once_says_the_same_as_of_a_later_time(seed: int, days: int) -> None:
    feeds = {
        name: frame.filter(pl.col("recorded_at").dt.timestamp("us") <= T_US)
        for name, frame in random_world(seed).frames().items()
    }
    later = T_US + days * DAY_US
    assert told(whole(feeds, T_US), later) == told(whole(feeds, later), later)


@given(seeds)
@settings(max_examples=25)
def test_people_understood_apart_say_together_what_they_say_in_one_piece(seed: int) -> None:
    feeds = random_world(seed).frames()
    people = feeds["candidates"]["candidate_id"].unique().sort()
    some, others = people[::2], people[1::2]

    def of(chosen: pl.Series) -> Dated:
        mine = pl.col("candidate_id").is_in(chosen.implode())
        return whole({n: f.filter(mine) if FEEDS[n].partitioned else f for n, f in feeds.items()}, T_US)

    everybody = whole(feeds, T_US)
    assert told(of(some).beside(of(others)), T_US) == told(everybody, T_US)
    assert told(everybody.without(others.to_list()), T_US) == told(of(some), T_US)


def test_kinds_of_plan_are_kept_once_however_often_parts_are_put_together() -> None:
    one = whole(random_world(3).frames(), T_US)
    assert one.beside(one).beside(one).kinds.equals(one.kinds)


@pytest.mark.parametrize("attribute", [field.name for field in dataclasses.fields(Dated)])
def test_nothing_in_it_is_a_number_of_days_to_the_time(attribute: str) -> None:
    feeds = {
        name: frame.filter(pl.col("recorded_at").dt.timestamp("us") <= T_US)
        for name, frame in random_world(5).frames().items()
    }
    assert getattr(whole(feeds, T_US), attribute).equals(getattr(whole(feeds, T_US + 400 * DAY_US), attribute))
