"""A simulated delivery is a complete one by the contract's own reader."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from models.delivery import Delivery, read_delivery
from models.freshness import freshness, stamp_of
from models.rules import load_rules
from models.schema import FEEDS
from models.situation import situate
from models.times import date_of, parse_moment
from training.simulate import Simulation, Written, write


def test_every_row_is_taken(delivery: Delivery, small: Simulation) -> None:
    assert delivery.rejects.is_empty()
    assert all(frame.is_empty() for frame in delivery.pending.values())
    assert delivery.rows == {name: len(frame) for name, frame in small.feeds.items()}
    assert all(delivery.rows[name] > 0 for name in FEEDS)


def test_only_permits_and_links_to_registrations_stay_unresolved(delivery: Delivery) -> None:
    cited = {(feed, column) for feed, columns in delivery.unresolved.items() for column in columns}
    assert cited <= {("registrations", "permit_id"), ("travel", "registration_id"), ("outcomes", "registration_id")}
    assert delivery.unresolved["registrations"]["permit_id"] > 0


def test_the_manifest_says_simulated_and_states_rows_hashes_and_completeness(written: Written) -> None:
    manifest = json.loads((written.folder / "manifest.json").read_text())
    assert manifest["simulated"] is True
    assert manifest["contract"] == "feeds/1"
    assert set(manifest["feeds"]) == set(FEEDS)
    for entry in manifest["feeds"].values():
        assert set(entry) == {"rows", "sha256", "complete_through"}
        assert entry["complete_through"].startswith("2025-12-31T16:59:59")


def test_nothing_is_recorded_after_the_last_day(small: Simulation) -> None:
    end = parse_moment("2025-12-31")
    for frame in small.feeds.values():
        assert frame["recorded_at"].cast(pl.Int64).max() <= end


@pytest.mark.parametrize(("form", "buckets"), [("csv", None), ("parquet", 4)])
def test_the_other_forms_hold_the_same_rows(
    small: Simulation, delivery: Delivery, tmp_path_factory: pytest.TempPathFactory, form: str, buckets: int | None
) -> None:
    folder = tmp_path_factory.mktemp("form") / "delivery"
    write(small, folder, form=form, buckets=buckets)
    other = read_delivery(folder)
    assert other.rejects.is_empty()
    for name, feed in FEEDS.items():
        columns = list(feed.columns)
        left = delivery.feeds[name].select(columns).sort(columns)
        assert left.equals(other.feeds[name].select(columns).sort(columns)), name


def test_corrections_retractions_and_status_changes_are_in_it(large: Simulation) -> None:
    for name in ("registrations", "registration_steps", "travel", "outcomes"):
        assert large.feeds[name]["retracted"].any(), name
    rows = large.feeds["registrations"].filter(~pl.col("retracted"))
    assert set(rows["status"].unique()) == {"open", "departed", "withdrawn"}
    for name in ("candidates", "registrations", "registration_steps", "permits"):
        key = list(FEEDS[name].key)
        assert large.feeds[name].filter(~pl.col("retracted")).select(key).is_duplicated().any(), name


def test_an_outage_delays_what_happened_in_it(large: Simulation) -> None:
    days = large.feeds["registration_steps"]["recorded_at"].dt.date()
    counts = days.value_counts(name="rows").sort("recorded_at").upsample("recorded_at", every="1d")
    quiet = counts["rows"].fill_null(0).rolling_sum(10).drop_nulls()
    assert quiet.min() == 0
    assert counts["rows"].max() > 5 * counts["rows"].median()


def test_an_unconnected_region_delivers_few_steps_of_its_local_offices_before_it_is_connected(
    large: Simulation,
) -> None:
    offices = large.feeds["offices"].filter(pl.col("connected_from").is_not_null())
    since = offices.filter(pl.col("office_id") == "DISNAKER-53.02")["connected_from"][0]
    steps = large.feeds["registration_steps"].filter(~pl.col("retracted"), pl.col("issuer") == "disnaker")
    placed = steps.join(
        large.feeds["registrations"].unique("registration_id", keep="first").select("registration_id", "branch_region"),
        on="registration_id",
    )
    unconnected = placed.filter(pl.col("branch_region").str.starts_with("53."))
    before = unconnected.filter(pl.col("completed_on") < since)
    assert 0 < len(before) < 0.4 * len(unconnected.filter(pl.col("completed_on") >= since))
    assert (before["recorded_at"].dt.date() >= since).all()


def test_features_can_be_taken_on_any_day(delivery: Delivery) -> None:
    rules = load_rules()
    for text in ("2024-02-01", "2025-01-15", "2025-12-31"):
        us = parse_moment(text)
        stamps = [stamp_of(delivery.manifest, 1)]
        frame = situate(
            delivery.feeds,
            us,
            rules=rules.at(date_of(us), us),
            freshness=freshness(stamps, delivery.feeds, us),
        ).features_frame()
        assert set(frame["lane"].unique()) <= {"scored", "register", "no_date", "protection"}
        assert np.isfinite(frame.filter(lane="scored")["steps_overdue"].to_numpy()).all()
