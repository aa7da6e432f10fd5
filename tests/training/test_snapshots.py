from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from models.asof import Feeds
from models.freshness import DeliveryStamp, freshness
from models.rules import RuleBook, load_rules
from models.situation import situate
from models.times import EPOCH_DATE, date_of, end_of_day
from training.simulate import Settings, simulate
from training.snapshots import Snapshots, grid_days, snapshot_weights, take_snapshots

UNTIL = dt.date(2025, 6, 30)
LAST = (UNTIL - EPOCH_DATE).days
LEADS = (30, 14, 7)
STAMPS = [DeliveryStamp(1)]


@pytest.fixture(scope="module")
def feeds() -> Feeds:
    made = simulate(Settings(candidates=300, seed=5, until=UNTIL, start=dt.date(2024, 12, 1))).feeds
    return {
        name: frame.with_columns(ingest_seq=pl.lit(1, dtype=pl.Int64), row=pl.int_range(pl.len(), dtype=pl.Int64))
        for name, frame in made.items()
    }


@pytest.fixture(scope="module")
def rules() -> RuleBook:
    return load_rules(None)


def _every_second_case(feeds: Feeds) -> list[str]:
    return feeds["registrations"]["registration_id"].unique().sort().to_list()[::2]


def _taken(feeds: Feeds, rules: RuleBook, *, wanted: list[str], jobs: int = 1) -> Snapshots:
    days = grid_days(LAST - 70, LAST - 40)
    return take_snapshots(feeds, days, wanted=wanted, rules=rules, stamps=STAMPS, leads=LEADS, jobs=jobs)


@pytest.fixture(scope="module")
def taken(feeds: Feeds, rules: RuleBook) -> Snapshots:
    found = _taken(feeds, rules, wanted=_every_second_case(feeds))
    assert len(found) > 50
    return found


def test_a_snapshot_is_what_scoring_on_that_day_would_have_seen(
    taken: Snapshots, feeds: Feeds, rules: RuleBook
) -> None:
    day = int(taken.frame["day"].mode().to_list()[0])
    t_us = end_of_day(EPOCH_DATE + dt.timedelta(days=day))
    now = situate(feeds, t_us, rules=rules.at(date_of(t_us), t_us), freshness=freshness(STAMPS, feeds, t_us))
    row = {case: i for i, case in enumerate(now.cases["case_id"].to_list())}
    at = (taken.frame["day"] == day).to_numpy()
    same = [row[case] for case in taken.frame["case_id"].filter(at).to_list()]
    assert same
    assert taken.X[at].tobytes() == np.ascontiguousarray(now.x[same]).tobytes()


def test_nothing_recorded_after_its_day_changes_a_snapshot(taken: Snapshots, feeds: Feeds, rules: RuleBook) -> None:
    last = end_of_day(EPOCH_DATE + dt.timedelta(days=LAST - 40))
    past = {name: frame.filter(pl.col("recorded_at").dt.timestamp("us") <= last) for name, frame in feeds.items()}
    assert sum(map(len, past.values())) < sum(map(len, feeds.values()))
    again = _taken(past, rules, wanted=_every_second_case(feeds))
    assert again.frame.equals(taken.frame)
    assert again.X.tobytes() == taken.X.tobytes()


def test_every_snapshot_is_near_its_lead_and_each_lead_of_a_case_is_met_once(taken: Snapshots) -> None:
    frame = taken.frame
    assert ((frame["days_to_departure"] - frame["lead"]).abs() <= 1).all()
    assert not frame.select("case_id", "lead").is_duplicated().any()
    assert not frame.select("case_id", "day").is_duplicated().any()
    assert set(frame["lead"].to_list()) == set(LEADS)


def test_the_number_of_processes_changes_nothing(taken: Snapshots, feeds: Feeds, rules: RuleBook) -> None:
    two = _taken(feeds, rules, wanted=_every_second_case(feeds), jobs=2)
    assert two.frame.equals(taken.frame)
    assert two.X.tobytes() == taken.X.tobytes()


def test_weights_of_a_case_add_up_to_the_weight_of_the_case(taken: Snapshots) -> None:
    cases = taken.frame.select("case_id").unique().sort("case_id")
    weights = cases.with_columns(weight=pl.int_range(1, pl.len() + 1).cast(pl.Float64))
    found = snapshot_weights(taken, weights)
    summed = taken.frame.with_columns(w=found).group_by("case_id").agg(pl.col("w").sum()).sort("case_id")
    assert np.allclose(summed["w"].to_numpy(), weights["weight"].to_numpy())


def test_rows_are_chosen_with_their_features(taken: Snapshots) -> None:
    mask = taken.frame["lead"] == 7
    some = taken.rows(mask)
    assert len(some) == mask.sum()
    assert (taken.X[mask.to_numpy()] == some.X).sum() == (~np.isnan(some.X)).sum()


def test_the_grid_ends_on_its_last_day() -> None:
    assert grid_days(10, 20, step=4) == [12, 16, 20]
