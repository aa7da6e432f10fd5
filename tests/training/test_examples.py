from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.training.made import made, tumour_examples, tumours
from training.examples import ExamplesError, examples

FRAME = pd.DataFrame(
    {
        "on": ["2025-01-01", "2025-02-01", "2025-03-01"],
        "left": [True, False, None],
        "town": ["b", None, "a"],
        "steps": [1, 2, None],
        "agency": ["x", None, "x"],
    }
)


def test_a_pandas_frame_and_a_polars_frame_give_the_same_examples() -> None:
    ours = examples(FRAME, date="on", label="left", groups=["agency"])
    theirs = examples(pl.from_pandas(FRAME), date="on", label="left", groups=["agency"])
    np.testing.assert_array_equal(ours.X, theirs.X)
    np.testing.assert_array_equal(ours.label, theirs.label)
    assert ours.specs == theirs.specs


def test_text_becomes_levels_in_alphabetical_order_and_what_is_missing_stays_missing() -> None:
    data = examples(FRAME, date="on", label="left", groups=["agency"])
    assert data.names == ("town", "steps")
    assert data.specs[0].levels == 2
    np.testing.assert_array_equal(data.X, [[1, 1], [np.nan, 2], [0, np.nan]])
    np.testing.assert_array_equal(data.label, [1, 0, np.nan])
    assert data.X.flags.c_contiguous


def test_without_other_dates_the_event_is_the_day_itself_and_the_finding_comes_with_it() -> None:
    data = tumour_examples()
    assert (data.event_day == data.day).all()
    assert (data.known_day == data.day).all()
    assert data.day.min() >= (dt.date(2023, 1, 1) - dt.date(1970, 1, 1)).days


def test_rows_of_no_group_are_groups_of_their_own_by_case() -> None:
    data = examples(FRAME, date="on", label="left", groups=["agency"])
    assert data.group("agency").tolist() == ["x", "case 1", "x"]
    with pytest.raises(ExamplesError, match="Known: agency"):
        data.group("office")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": [2, 0, 1]}, "labels other than 0 and 1"),
        ({"on": ["yesterday", "2025-02-01", "2025-03-01"]}, "does not hold dates"),
        ({"on": ["2025-01-01", None, "2025-03-01"]}, "lacks 1 dates"),
        ({"town": pd.to_datetime(["2025-01-01"] * 3)}, "is a date"),
    ],
)
def test_a_column_that_holds_something_else_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ExamplesError, match=message):
        examples(FRAME.assign(**change), date="on", label="left", groups=["agency"])


def test_a_column_that_is_not_there_and_an_identifier_among_the_features_are_refused() -> None:
    with pytest.raises(ExamplesError, match=r"no column when \(named as date\)") as refused:
        examples(FRAME, date="when", label="left")
    assert "on, left, town, steps, agency" in refused.value.what_to_do
    many = pd.DataFrame({"on": "2025-01-01", "left": 0, "id": np.arange(300).astype(str)})
    with pytest.raises(ExamplesError, match="id has 300 different texts"):
        examples(many, date="on", label="left")


def test_rows_and_columns_keep_everything_together() -> None:
    data = made(50)
    some = data.rows(data.lead == 7).columns(["noise", "steps"])
    assert len(some) == 50
    assert some.names == ("noise", "steps")
    assert [spec.column for spec in some.specs] == [0, 1]
    np.testing.assert_array_equal(some.X[:, 1], data.X[data.lead == 7, 0])
    assert set(some.groups) == {"agency", "office"}


def test_a_public_frame_reads_without_further_ado() -> None:
    data = tumour_examples(tumours())
    assert data.X.shape == (569, 30)
    assert data.label.mean() == pytest.approx(0.373, abs=0.001)
