from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from models.cases import CaseBlock
from models.times import EPOCH_DATE
from training.labels import LABELS, WEIGHT_CAP, case_labels

DEPARTURE = dt.date(2025, 3, 10)
UNTIL = dt.date(2025, 6, 1)


def _labels(
    *outcomes: dict[str, Any], until: dt.date = UNTIL, planned: dt.date | None = DEPARTURE
) -> list[dict[str, Any]]:
    day = None if planned is None else (planned - EPOCH_DATE).days
    frame = pl.DataFrame(
        {"case_id": ["R1"], "candidate_id": ["C1"], "agency_id": ["A1"], "planned": [day]},
        schema_overrides={"planned": pl.Int32},
    )
    row = {
        "case_id": "R1",
        "finding": "procedural",
        "examined_because": "random_check",
        "inclusion_probability": 0.05,
        "help_given": None,
        "departed_on": DEPARTURE,
        "checked_on": DEPARTURE + dt.timedelta(days=20),
    }
    types = {
        "departed_on": pl.Date,
        "checked_on": pl.Date,
        "help_given": pl.String,
        "case_id": pl.String,
        "inclusion_probability": pl.Float64,
    }
    made = pl.DataFrame([row | outcome for outcome in outcomes], schema_overrides=types)
    block = SimpleNamespace(frame=frame, outcomes=made, today=(until - EPOCH_DATE).days)
    labels = case_labels(cast(CaseBlock, block))
    assert dict(labels.schema) == LABELS
    return labels.to_dicts()


def _day(days_from_departure: int) -> int:
    return (DEPARTURE - EPOCH_DATE).days + days_from_departure


def test_a_drawn_check_stands_for_the_inverse_of_its_probability_up_to_a_cap() -> None:
    [label] = _labels({})
    assert (label["label"], label["drawn"], label["weight"], label["usable_before"]) == (0, True, 20.0, None)
    [rare] = _labels({"inclusion_probability": 0.001})
    assert rare["weight"] == WEIGHT_CAP


def test_a_finding_that_came_another_way_stands_for_itself() -> None:
    [label] = _labels({"finding": "non_procedural", "examined_because": "complaint", "inclusion_probability": None})
    assert (label["label"], label["drawn"], label["weight"]) == (1, False, 1.0)


def test_a_random_check_without_a_probability_is_no_drawn_one() -> None:
    [label] = _labels({"inclusion_probability": None})
    assert (label["drawn"], label["weight"]) == (False, 1.0)


def test_undetermined_says_nothing() -> None:
    assert _labels({"finding": "undetermined"}) == []


def test_a_standing_finding_outweighs_a_clearance() -> None:
    [label] = _labels({}, {"finding": "non_procedural", "examined_because": "repatriation"})
    assert (label["label"], label["drawn"]) == (1, True)


def test_a_helped_case_is_never_a_negative() -> None:
    before = DEPARTURE - dt.timedelta(days=12)
    helped = {"help_given": "steps_completed", "checked_on": before, "examined_because": "worklist"}
    assert _labels(helped) == []
    assert _labels({}, helped) == []
    assert _labels({"help_given": "none"}) != []


def test_a_helped_case_found_non_procedural_counts_until_the_help() -> None:
    before = DEPARTURE - dt.timedelta(days=12)
    helped = {
        "help_given": "steps_completed",
        "checked_on": before,
        "examined_because": "worklist",
        "finding": "undetermined",
    }
    [label] = _labels({"finding": "non_procedural"}, helped)
    assert (label["label"], label["usable_before"]) == (1, _day(-12))


def test_help_on_an_unknown_day_leaves_no_snapshot() -> None:
    assert _labels({"finding": "non_procedural", "help_given": "route_changed"}) == []


def test_an_examination_before_departure_bounds_the_snapshots() -> None:
    [label] = _labels({"checked_on": DEPARTURE - dt.timedelta(days=9), "help_given": "none", "departed_on": None})
    assert (label["label"], label["usable_before"]) == (0, _day(-9))


def test_a_case_counts_only_when_findings_had_time_to_arrive() -> None:
    assert _labels({}, until=DEPARTURE + dt.timedelta(days=29)) == []
    assert len(_labels({}, until=DEPARTURE + dt.timedelta(days=30))) == 1


def test_the_departure_found_counts_before_the_one_planned() -> None:
    [found] = _labels({"departed_on": DEPARTURE + dt.timedelta(days=4)})
    assert found["departure_day"] == _day(4)
    [planned] = _labels({"departed_on": None})
    assert planned["departure_day"] == _day(0)
    assert _labels({"departed_on": None}, planned=None) == []


def test_an_outcome_of_no_case_is_left_out() -> None:
    assert _labels({"case_id": None}) == []
