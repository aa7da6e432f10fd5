"""The tables for heads of offices: right where they speak, silent where they must be."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.shares import drawn_share, share
from models.tallies import FINDINGS, SCHEMA
from risk_service.services.publishing import ALL, KINDS, TABLES, publish


def tally(*rows):
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def spread(office, place, month, agency="A1", **counts):
    """The same counts in the three tables that divide them differently."""
    for measure, n in counts.items():
        for about, b in (("region", place), ("month", month), ("agency", agency)):
            yield about, office, b, measure, n


def row(table, about, a, b):
    found = table.filter(about=about, a=a, b=b).to_dicts()
    assert len(found) <= 1
    return found[0] if found else None


def random_tally(seed, offices=4, places=9):
    """A tally over offices, regencies, agencies and months in which every table adds up to the same totals."""
    rng = np.random.default_rng(seed)
    counted = {}
    for case in range(900):
        office = int(rng.integers(offices))
        keys = {
            "region": f"{office}{int(rng.integers(places)) // 2:02d}",
            "agency": f"A{int(rng.integers(12))}",
            "month": f"2025-{int(rng.integers(1, 7)):02d}",
        }
        measure = "completed" if case % 3 == 0 else FINDINGS[int(rng.choice(4, p=[0.04, 0.3, 0.16, 0.5]))]
        for about, b in keys.items():
            counted[about, f"O{office}", b, measure] = counted.get((about, f"O{office}", b, measure), 0) + 1
    return tally(*((*key, n) for key, n in counted.items()))


def test_numbers_are_those_of_the_tally_with_totals_for_place_and_office():
    made = publish(
        tally(*spread("O1", "74.71", "2025-08", completed=40, other_found=8, other_clear=30),
              *spread("O2", "52.03", "2025-07", "A2", completed=20, other_found=9, other_clear=50))
    )  # fmt: skip

    assert row(made, "region", "O1", "74.71")["completed"] == 40
    assert row(made, "region", ALL, ALL)["completed"] == 60
    assert row(made, "month", ALL, ALL)["examined"] == 97
    assert row(made, "agency", "O2", "A2")["found"] == 9
    assert row(made, "region", "O1", "74.71")["helped"] == 0
    assert row(made, "region", "O1", "52.03") is None


def test_a_small_count_is_hidden_with_all_that_would_give_it_away():
    made = publish(
        tally(*spread("O1", "74.71", "2025-08", other_found=3, other_clear=30),
              *spread("O1", "74.03", "2025-07", "A2", other_found=12, other_clear=50))
    )  # fmt: skip

    assert row(made, "region", "O1", "74.71")["found"] is None
    assert row(made, "region", "O1", "74.03")["found"] is None
    assert row(made, "region", "O1", ALL)["found"] == 15


def test_drawn_checks_give_an_estimate_with_its_interval_only_where_their_numbers_are_shown():
    weights = {"weight": 400_000, "weight_found": 60_000, "weight_squared": 2_000_000_000}
    made = publish(
        tally(*spread("O1", "74.71", "2025-08", drawn_found=12, drawn_clear=68, **weights),
              *spread("O2", "52.03", "2025-07", "A2", drawn_found=2, drawn_clear=90, **weights))
    )  # fmt: skip
    shown, silent = row(made, "region", "O1", "74.71"), row(made, "region", "O2", "52.03")

    assert silent["share"] is None
    assert silent["drawn_found"] is None
    if shown["drawn_found"] is not None:
        assert shown["share"] == pytest.approx(0.15)
        assert shown["low"] < 0.15 < shown["high"]


@pytest.mark.parametrize("seed", range(3))
def test_no_hidden_count_follows_from_any_line_of_any_table(seed):
    made = publish(random_tally(seed))
    hidden_somewhere = 0
    for measure in ("completed", "found", "drawn_found", "examined", "drawn"):
        for about in TABLES:
            part = made.filter(about=about)
            values = {(r["a"], r["b"]): r[measure] for r in part.iter_rows(named=True)}
            present = {(r["a"], r["b"]) for r in part.iter_rows(named=True) if r[measure] != 0}
            for a in {a for a, _ in present} - {ALL}:
                hidden_somewhere += _line(values, [(a, b) for x, b in present if x == a and b != ALL], (a, ALL))
            for b in {b for _, b in present} - {ALL}:
                hidden_somewhere += _line(values, [(a, b) for a, x in present if x == b and a != ALL], (ALL, b))
    assert hidden_somewhere > 20


def _line(values, inside, total):
    known = [values[key] for key in inside if values.get(key) is not None]
    lost = len(inside) - len(known)
    if values.get(total) is not None:
        rest = values[total] - sum(known)
        assert rest >= 5 if lost else rest == 0
        assert lost != 1
    assert all(n >= 5 for n in known)
    return lost


@pytest.mark.parametrize("seed", range(3))
def test_a_total_is_shown_in_every_table_or_in_none(seed):
    made = publish(random_tally(seed))
    for measure in ("completed", "examined", "found", "drawn", "drawn_found"):
        for office in ["O0", "O1", "O2", "O3", ALL]:
            assert len({row(made, about, office, ALL)[measure] for about in TABLES}) == 1


def test_found_beside_examined_gives_no_small_rest_away():
    made = publish(
        tally(*spread("O1", "74.71", "2025-08", other_found=28, other_clear=2),
              *spread("O1", "74.03", "2025-07", "A2", other_found=12, other_clear=50))
    )  # fmt: skip
    found = row(made, "region", "O1", "74.71")

    assert found["examined"] is None or found["found"] is None or found["examined"] - found["found"] >= 5


def test_incidents_count_persons_and_hide_small_numbers():
    made = publish(
        tally(
            ("incident", "O1", "74.71", KINDS[1], 30), ("incident_on", "O1", "2025-08", KINDS[1], 32),
            ("incident", "O1", "74.03", KINDS[1], 2), ("incident", "O1", "74.71", KINDS[2], 9),
            ("incident_on", "O1", "2025-08", KINDS[2], 9),
        )
    )  # fmt: skip

    assert row(made, "region", "O1", "74.03")[KINDS[1]] is None
    assert row(made, "region", "O1", "74.71")[KINDS[1]] is None


def test_an_agencys_quarters_have_a_share_with_an_interval_where_both_numbers_are_shown():
    made = publish(
        tally(
            *(("quarter", "A1", quarter, measure, n) for quarter, measure, n in (
                ("2025-Q1", "other_found", 10), ("2025-Q1", "other_clear", 40),
                ("2025-Q2", "other_found", 6), ("2025-Q2", "other_clear", 44))),
        )
    )  # fmt: skip
    found = row(made, "quarter", "A1", "2025-Q1")

    assert (found["examined"], found["found"]) == (50, 10)
    assert found["low"] < found["share"] == 0.2 < found["high"]
    assert row(made, "quarter", "A1", ALL)["found"] == 16


def test_an_empty_tally_gives_empty_tables():
    assert publish(tally()).is_empty()


def test_wilsons_interval_is_that_of_the_textbook():
    told = share(10, 100)

    assert (round(told.low, 4), round(told.high, 4)) == (0.0552, 0.1744)
    assert share(0, 0) is None
    assert share(0, 20).low == 0
    equal = drawn_share(weight=100_000, weight_found=10_000, weight_squared=100_000_000)
    assert (equal.low, equal.high) == pytest.approx((told.low, told.high))
    assert drawn_share(weight=0, weight_found=0, weight_squared=0) is None
