from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl

from models.cases import CaseBlock
from training.findings import FINDINGS, case_findings, queue_of

DAY = dt.date(2025, 3, 10)
TYPES = {"help_given": pl.String, "inclusion_probability": pl.Float64, "checked_on": pl.Date}


def _found(*outcomes: dict[str, Any]) -> pl.DataFrame:
    row = {
        "case_id": "R1",
        "finding": "procedural",
        "examined_because": "complaint",
        "inclusion_probability": None,
        "help_given": None,
        "checked_on": DAY,
    }
    block = SimpleNamespace(outcomes=pl.DataFrame([row | o for o in outcomes], schema_overrides=TYPES))
    found = case_findings(cast(CaseBlock, block))
    assert dict(found.schema) == FINDINGS
    return found


def test_one_finding_of_irregular_departure_outweighs_others_and_undetermined_says_nothing() -> None:
    found = _found({}, {"finding": "non_procedural"}, {"case_id": "R2", "finding": "undetermined"}, {"case_id": None})
    assert found["case_id"].to_list() == ["R1", "R2"]
    assert found["label"].to_list() == [1.0, None]


def test_help_worklists_and_drawn_checks_are_told_apart() -> None:
    found = _found(
        {"examined_because": "worklist", "help_given": "steps_completed", "checked_on": DAY - dt.timedelta(days=20)},
        {"examined_because": "random_check", "inclusion_probability": 0.05},
        {"case_id": "R2", "examined_because": "random_check", "inclusion_probability": 0.05, "finding": "undetermined"},
        {"case_id": "R3", "help_given": "none"},
    )
    assert found["helped"].to_list() == [True, False, False]
    assert found["picked"].to_list() == [True, False, False]
    assert found["drawn"].to_list() == [20.0, 0.0, 0.0]
    assert found["checked_on"][0] == DAY - dt.timedelta(days=20)


def test_a_queue_keeps_cases_nobody_looked_at() -> None:
    found = _found({"finding": "non_procedural"}, {"case_id": "R3", "help_given": "postponed"})
    cases = np.array(["R2", "R1", "R3"])
    queue = queue_of(
        cases,
        np.array([2.0, 1.0, 0.0]),
        found,
        capacity=0.5,
        X=np.zeros((3, 1)),
        people=cases,
        agencies=np.array(["", "A", "A"]),
    )
    np.testing.assert_array_equal(queue.label, [np.nan, 1.0, 0.0])
    np.testing.assert_array_equal(queue.helped, [False, False, True])
    np.testing.assert_allclose(queue.chosen, [1, 0.5, 0])
    assert queue.groups.tolist() == ["case R2", "A", "A"]
