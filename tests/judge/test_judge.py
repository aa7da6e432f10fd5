"""The implementation before the judge: visible rows, cases, features and notices that were worked out by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest

from models.asof import visible
from models.features.catalogue import CATALOGUE
from models.schema import FEEDS
from models.times import parse_moment, to_us
from tests.judge.world import TIMES, expected, feeds, full_cases, sight


@pytest.fixture(scope="session")
def look(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    return lambda time: sight(time, folder)


def lines(name, *columns):
    """The lines of an expected file as parameters, named by ``columns``."""
    return [pytest.param(line, id="-".join(line[column] for column in columns)) for line in expected(name)]


def the_row(frame, feed, key):
    """The one row with that key, or None."""
    parts = key.split("/")
    found = frame.filter(
        pl.all_horizontal([pl.col(k) == v for k, v in zip(FEEDS[feed].key, parts, strict=True)])
    ).to_dicts()
    assert len(found) <= 1, "a key is visible twice"
    return found[0] if found else None


def same(value, text):
    """Whether a canonical value is what the judge wrote."""
    if hasattr(value, "tzinfo"):
        return to_us(value) == parse_moment(text)
    return str(value) == text


@pytest.mark.parametrize("line", lines("visible", "time", "feed", "key"))
def test_of_every_key_the_row_that_was_knowable_is_visible(look, line):
    row = the_row(look(line["time"]).visible[line["feed"]], line["feed"], line["key"])
    if line["value"] == "absent":
        assert row is None, line["why"]
    else:
        assert row is not None, line["why"]
        assert same(row[line["field"]], line["value"]), (row[line["field"]], line["why"])


def case_of(look, time, case_id):
    found = look(time).situation.cases.filter(pl.col("case_id") == case_id).to_dicts()
    assert len(found) <= 1, "a case stands twice"
    return found[0] if found else None


@pytest.mark.parametrize("line", lines("cases", "time", "case_id"))
def test_a_case_is_in_its_lane_with_its_itinerary(look, line):
    case = case_of(look, line["time"], line["case_id"])
    if line["lane"] == "absent":
        assert case is None, line["why"]
        return
    assert case is not None, line["why"]
    got = {
        "candidate_id": case["candidate_id"],
        "lane": case["lane"],
        "active": "yes" if case["active"] else "no",
        "travel_id": case["travel_id"] or "",
    }
    assert got == {name: line[name] for name in got}, line["why"]


def test_on_the_day_there_are_no_other_cases(look):
    cases = look("day").situation.cases["case_id"].to_list()
    assert sorted(cases) == sorted(line["case_id"] for line in expected("cases") if line["time"] == "day")


@pytest.mark.parametrize("line", lines("travel", "time", "travel_id"))
def test_an_itinerary_belongs_to_its_case_or_stays_beside_all(look, line):
    situation = look(line["time"]).situation
    trip = the_row(situation.block.travel, "travel", line["travel_id"])
    assert trip is not None
    own_case = case_of(look, line["time"], line["travel_id"])
    got = line["travel_id"] if own_case is not None else trip["owner_id"] or "none"
    assert got == line["case_id"], line["why"]
    assert own_case is None or trip["owner_id"] is None


@pytest.mark.parametrize("line", lines("outcomes", "time", "outcome_id"))
def test_an_outcome_belongs_to_the_case_named_or_nearest(look, line):
    outcome = the_row(look(line["time"]).situation.block.outcomes, "outcomes", line["outcome_id"])
    assert outcome is not None
    assert (outcome["case_id"] or "none") == line["case_id"], line["why"]


def value_of(look, time, case_id, feature):
    frame = look(time).situation.features_frame()
    found = frame.filter(pl.col("case_id") == case_id)[feature].to_list()
    assert len(found) == 1, f"{case_id} is no case at {time}"
    return found[0]


def agree(value, text):
    if isinstance(value, str):
        return value == text or (text == "0" and value == "none")
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if missing or text == "missing":
        return missing and text == "missing"
    return math.isclose(float(value), float(text), rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("line", lines("features", "time", "case_id", "feature"))
def test_a_feature_has_the_value_worked_out_by_hand(look, line):
    value = value_of(look, line["time"], line["case_id"], line["feature"])
    assert agree(value, line["value"]), f"expected {line['value']}, got {value}: {line['why']}"


@pytest.mark.parametrize("case_id", full_cases())
def test_every_feature_of_a_case_has_the_value_worked_out_by_hand(look, case_id):
    hand = expected(f"full/{case_id}")
    got = {line["feature"]: value_of(look, "day", case_id, line["feature"]) for line in hand}
    wrong = {
        f"{line['feature']}: expected {line['value']}, got {got[line['feature']]} ({line['why']})"
        for line in hand
        if not agree(got[line["feature"]], line["value"])
    }
    assert not wrong, "\n".join(sorted(wrong))
    assert {line["feature"] for line in hand} == {feature.name for feature in CATALOGUE}


@pytest.mark.parametrize("line", lines("notices", "time", "case_id", "notice"))
def test_a_notice_is_shown_where_its_rule_holds(look, line):
    shown = line["case_id"] in look(line["time"]).notices[line["notice"]]
    assert shown == (line["shown"] == "yes"), line["why"]


@pytest.mark.parametrize("line", lines("sufficiency", "time", "case_id"))
def test_too_little_to_go_on_is_told_apart_from_not_done(look, line):
    situation = look(line["time"]).situation
    at = situation.cases["case_id"].to_list().index(line["case_id"])
    assert bool(situation.insufficient[at]) == (line["insufficient"] == "yes"), line["why"]


def test_a_replay_of_the_day_is_what_was_seen_with_the_first_delivery_alone(look):
    first = {name: frame.filter(pl.col("ingest_seq") == 1) for name, frame in feeds().items()}
    alone = visible(first, TIMES["day"].as_of_us)
    seen = look("day").visible
    assert all(seen[name].equals(alone[name]) for name in FEEDS)


def test_a_row_is_knowable_from_the_very_instant_it_is_recorded():
    told = feeds()
    for name in ("offices", "agencies", "candidates"):
        first = told[name].sort("recorded_at").row(0, named=True)
        at = to_us(first["recorded_at"])
        keys = FEEDS[name].key
        for t, there in ((at - 1, False), (at, True), (at + 1, True)):
            rows = visible(told, t)[name]
            found = rows.filter(pl.all_horizontal(pl.col(k) == first[k] for k in keys))
            assert (not found.is_empty()) == there, (name, t - at)
