"""Every rescoring ends with one line about whether those scored are still like those the release was made for."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import polars as pl
import pytest

from models.delivery import read_delivery
from models.drift import MOVED, STEADY, Found, arrivals, tally_of
from models.registry import load_release, make_release, publish_release
from models.rules import load_rules
from models.score import score
from models.times import parse_moment
from risk_service.cli.rescore import run_in_words
from risk_service.jobs.files import in_words, rescore_files
from risk_service.services.drift import found_since
from risk_service.services.installation import Installation
from risk_service.services.rescoring import rescore
from tests.risk_service.api.test_same_as_files import NAME, calibrated_release
from tests.risk_service.jobs.deliveries import in_one_go
from tests.service import DAY_US, JUDGE, NOW_US

WEEK_US = 7 * 86_400_000_000


@pytest.fixture(scope="module")
def release():
    """A release made for the judge's world as of its day."""
    parts, delivery = calibrated_release(), read_delivery(JUDGE / "first")
    made = make_release(parts.manifest, parts.terms, parts.calibration, parts.bands)
    counted = tally_of(score(in_one_go(JUDGE / "first"), made), arrivals=arrivals(delivery.feeds, DAY_US))
    return replace(made, reference=counted)


def run(service, release, *, as_of_us=DAY_US + WEEK_US, chunk=20_000):
    return rescore(
        service.store, release=release, rules=load_rules(), as_of_us=as_of_us, clock=lambda: NOW_US, chunk=chunk
    )


@pytest.mark.everywhere
def test_in_chunks_or_whole_from_the_store_or_from_files_the_verdict_is_the_same(service, release, tmp_path):
    in_chunks = run(service, release, chunk=25)
    files = rescore_files(
        JUDGE / "first", DAY_US + WEEK_US, tmp_path / "scores.parquet", release=release, rules=load_rules()
    )
    assert in_chunks.drift == files.drift
    assert in_chunks.drift.startswith("drift: ")
    assert "\n" not in in_chunks.drift
    assert in_chunks.drift in run_in_words(in_chunks).splitlines()[-1]
    assert files.drift in in_words(files, tmp_path / "scores.parquet", DAY_US).splitlines()[-1]
    kept = json.loads(in_chunks.run.report)["drift"]
    assert kept["line"] == in_chunks.drift
    assert set(kept["feeds"]) <= set(read_delivery(JUDGE / "first").feeds)


def test_the_day_a_release_was_made_for_is_steady_and_a_feed_that_stood_still_since_is_told(service, release):
    same = run(service, release, as_of_us=DAY_US)
    assert same.drift.startswith(f"drift: {STEADY}")
    busy = replace(release, reference=replace(release.reference, arrivals={"travel": 400.0}))
    assert run(service, busy, as_of_us=DAY_US + 1).drift.startswith(f"drift: {MOVED} – arrivals travel -")


def test_a_release_without_a_reference_says_so(service, release):
    assert run(service, replace(release, reference=None)).drift.startswith("drift: not told")


def test_the_reference_travels_with_the_release(service, release):
    here = Installation(registry=service.settings.registry, keys=service.settings.keys)
    publish_release(here.registry, release, here.signing_key(), card="# tested")
    loaded = load_release(here.registry, NAME, here.trusted())
    assert loaded.reference.to_json() == release.reference.to_json()


def test_findings_of_drawn_checks_stand_beside_the_last_probability_before_the_check(service, release):
    store = service.store
    run(service, release, as_of_us=DAY_US)
    with store.reading() as connection:
        table = "SELECT case_id, probability FROM scores WHERE release = ? AND probability IS NOT NULL ORDER BY case_id"
        said = connection.exec_driver_sql(table.replace("?", f"'{NAME}'")).all()[:4]
    (a, pa), (b, pb), (c, _), (d, _) = said
    later = dt.date(2025, 9, 20)
    outcomes = pl.DataFrame(
        [
            (a, "non_procedural", "random_check", 0.1, None, later),
            (b, "procedural", "random_check", 0.5, None, later),
            (c, "procedural", "random_check", 0.5, "counselling", later),  # helped: what it would have been is unknown
            (d, "non_procedural", "worklist", None, None, later),  # not drawn
            (d, "non_procedural", "random_check", 0.5, None, dt.date(2025, 9, 1)),  # nothing was said of it before
        ],
        schema={
            "case_id": pl.String, "finding": pl.String, "examined_because": pl.String,
            "inclusion_probability": pl.Float64, "help_given": pl.String, "checked_on": pl.Date,
        },
        orient="row",
    )  # fmt: skip
    with store.reading() as connection:
        found = found_since(connection, outcomes, release=NAME)
        assert found_since(connection, outcomes, release="another") == Found()
    assert found.hits == pytest.approx(10.0)
    assert found.expected == pytest.approx(10 * pa + 2 * pb)


def test_rows_recorded_lately_are_counted_by_feed(release):
    feeds = read_delivery(JUDGE / "first").feeds
    lately = arrivals(feeds, DAY_US)
    assert set(lately) == set(feeds)
    assert lately["registrations"] > 0
    assert arrivals(feeds, parse_moment("2015-01-01"))["registrations"] == 0
    assert arrivals(feeds, DAY_US, seq=0)["registrations"] == 0
