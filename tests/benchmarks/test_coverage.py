"""Which bins of later departures hold the rate that came true."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from benchmarks.quality.coverage import LEAST, ROWS, bins, in_words, report, summed, tenths


def _rows(*, shift: float = 0.0, cases: int = 4000, half: float = 0.05, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.06, 0.5, cases)
    p = truth + shift
    return pl.DataFrame(
        {
            "world": np.ones(cases, dtype=np.int64),
            "case": np.arange(cases).astype(str),
            "office": np.where(np.arange(cases) % 2 == 0, "a", "b"),
            "window": ["0-14"] * cases,
            "lead": np.full(cases, 7),
            "probability": p,
            "low": p - half,
            "high": p + half,
            "label": (rng.random(cases) < truth).astype(float),
        },
        schema=ROWS,
    )


def test_honest_intervals_hold_and_shifted_ones_do_not() -> None:
    honest, shifted = tenths(_rows()), tenths(_rows(shift=0.2))
    assert len(honest) == len(shifted) == 10
    assert honest["held"].mean() >= 0.9  # type: ignore[operator]
    assert not honest["outside"].any()
    assert not shifted["held"].any()
    assert shifted["outside"].all()


def test_what_chance_explains_is_not_beyond_doubt() -> None:
    found = tenths(_rows(half=1e-6))
    assert found["held"].sum() == 0
    assert found["outside"].sum() <= 3


def test_bins_with_few_cases_are_left_out_and_rows_of_one_case_count_once() -> None:
    rows = _rows(cases=LEAST - 1)
    assert not len(bins(rows, ["office"]))
    assert not len(bins(pl.concat([rows, rows]), ["world"]))
    assert bins(_rows(cases=LEAST), ["world"])["cases"].to_list() == [LEAST]


def test_the_table_has_a_line_for_each_part_that_there_is() -> None:
    rows = _rows()
    told = report(rows)
    assert told["days"]["part"].to_list() == ["0-14", "all"]
    assert told["office"]["bins"].to_list() == [2]
    assert told["probability"].filter(part="all")["bins"][0] == 10
    assert told["days"]["held"][0] == pytest.approx(tenths(rows)["held"].mean())
    text = in_words(rows)
    assert "| lead | 7 | 1 | 100% | 0% | 0.100 |" in text
    assert "None" not in text


def test_the_interval_of_what_is_held_is_that_over_worlds() -> None:
    found = pl.DataFrame({"world": [1, 1, 2, 2, 3, 3], "window": ["0-14"] * 6, "cases": [200] * 6, "low": [0.1] * 6,
                          "high": [0.2] * 6, "held": [True, True, True, False, True, True],
                          "outside": [False] * 6})  # fmt: skip
    told = summed(found, "window").row(0, named=True)
    assert told["held"] == pytest.approx(5 / 6)
    # Shares 1, 1/2, 1: standard error 1/6; Student's 95th percentile with two degrees of freedom is 2.920.
    assert told["half"] == pytest.approx(2.920 / 6, rel=1e-3)
    assert summed(found.filter(world=1), "window")["half"].to_list() == [None, None]
