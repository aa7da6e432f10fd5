from __future__ import annotations

import math

import pytest

from tools.acceptance import COLUMNS, FIGURES, Different, same, sums


def row(**other):
    return (
        dict.fromkeys(COLUMNS)
        | dict.fromkeys(FIGURES, 0.25)
        | {"case_id": "R1", "candidate_id": "C1", "reasons": [], "notices": []}
        | {"log_odds": 0.5, "base": 0.25, "other": 0.25}
        | other
    )


def test_rows_that_agree_are_counted(capsys):
    same([row()], [row()], "here = there")
    assert capsys.readouterr().out == f"here = there: 1 rows, {len(COLUMNS)} columns, the same bit for bit\n"


@pytest.mark.parametrize(
    "other",
    [
        {"probability": math.nextafter(0.25, 1)},
        {"probability": None},
        {"other": -0.0},
        {"reasons": [{"code": "steps_overdue", "value": 1.0, "contribution": math.nextafter(0.0, 1)}]},
        {"band": "first"},
    ],
)
def test_the_least_difference_is_found(other):
    with pytest.raises(Different, match="case R1"):
        same([row()], [row(**other)], "here = there")


def test_a_row_too_many_is_found():
    with pytest.raises(Different, match="1 rows against 2"):
        same([row()], [row(), row(case_id="R2")], "here = there")


def test_a_sum_that_only_rounds_to_the_log_odds_is_found():
    sums([row(), row(log_odds=None)])
    with pytest.raises(Different, match="do not make the log-odds"):
        sums([row(other=math.nextafter(0.25, 1))])
