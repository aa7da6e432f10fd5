"""Figures of a region for tests: a tally with enough people in it to be shown, in the place of the last run's."""

from __future__ import annotations

import polars as pl

from models.tallies import SCHEMA, merged
from risk_service.services.publishing import publish
from risk_service.store import office_lists as lists

OFFICE, OTHER = "O-BP3MI", "O-BP3MI-5203"
_WEIGHTS = {"weight": 400_000, "weight_found": 60_000, "weight_squared": 2_000_000_000}


def _spread(office, region, month, agency, **counts):
    for measure, n in counts.items():
        for about, b in (("region", region), ("month", month), ("agency", agency)):
            yield about, office, b, measure, n


def _stall(office, step, issuer, desk, **counts):
    for measure, n in counts.items():
        yield "stall", office, f"{step}|{issuer}|{desk}", measure, n


def rows():
    """Two regencies of one office and one of another; a third regency of two people."""
    drawn = {"drawn_found": 12, "drawn_clear": 68, **_WEIGHTS}
    yield from _spread(OFFICE, "74.71", "2025-08", "AG-ACT", completed=40, other_found=8, other_clear=30, **drawn)
    yield from _spread(OFFICE, "74.03", "2025-07", "AG-OLD", completed=30, other_found=3, other_clear=31, **drawn)
    yield from _spread(OFFICE, "74.72", "2025-06", "AG-ACT", completed=20, other_found=3, other_clear=32, **drawn)
    yield from _spread(OTHER, "52.03", "2025-08", "AG-ACT", completed=60, other_found=9, other_clear=50, **drawn)
    desk = ("medical", "clinic", "O-CLINIC-7471")
    yield from _stall(OFFICE, *desk, waiting=20, turn=9, overdue=8, unknown=2, stalled_days=400)
    yield from _stall(OTHER, *desk, waiting=4, turn=1, overdue=1, stalled_days=90)
    yield from _stall(OTHER, "registration", "disnaker", "O-DISNAKER-5203", waiting=3, overdue=3, stalled_days=9)
    yield "queue", OFFICE, "check", "scored", 40
    yield "queue", OFFICE, "check", "probability", 4_000_000
    for about, b in (("incident", "74.71"), ("incident_on", "2025-08")):
        yield about, OFFICE, b, "repatriation", 31
    for quarter in ("2025-Q1", "2025-Q2"):
        for measure, n in (("other_found", 10), ("other_clear", 40), ("completed", 25)):
            yield "quarter", "AG-ACT", quarter, measure, n


def put_figures(store) -> None:
    """Keep them as the figures of the last run, and two agencies' shared recruiter and payer."""
    tally = merged([pl.DataFrame(list(rows()), schema=SCHEMA, orient="row")])
    with store.writing() as connection:
        run_id = lists.last_tallied(connection)[0]
        lists.save_tally(connection, run_id, tally.filter(pl.col("about").is_in(["stall", "queue"])))
        lists.save_tally(connection, run_id, publish(tally), chunk=lists.PUBLISHED)
        lists.save_links(
            connection,
            pl.DataFrame(
                [
                    ("AG-ACT", "recruiter", "RK-77", 9),
                    ("AG-BURUK", "recruiter", "RK-77", 3),
                    ("AG-ACT", "payer", "3275014505900001", 6),
                    ("AG-EXP", "payer", "3275014505900001", 8),
                ],
                schema=["agency_id", "kind", "ref", "cases"],
                orient="row",
            ),
        )
