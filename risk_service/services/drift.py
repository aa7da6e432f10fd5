"""Drift of a run: counts of its chunks, findings beside probabilities given before, and where the verdict is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl
import sqlalchemy as sa

from models.drift import Drift, Found, Tally, drawn_findings, drift_line
from models.times import EPOCH_DATE, JAKARTA_OFFSET_US, US_PER_DAY
from risk_service.store.bulk import read_frame
from risk_service.store.tables import scores

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

AT_ONCE: Final = 500


def found_since(connection: Connection, outcomes: pl.DataFrame, *, release: str) -> Found:
    """Findings of drawn checks beside the last probability that a release gave before the day of the check.

    Parameters
    ----------
    outcomes
        Visible outcomes of some candidates with their ``case_id``.
    release
        Name; what other releases said of a case does not count.
    """
    drawn = drawn_findings(outcomes)
    ids = drawn["case_id"].to_list()
    given = [_given(connection, ids[at : at + AT_ONCE], release) for at in range(0, len(ids), AT_ONCE)]
    if not given:
        return Found()
    checked = (pl.col("checked_on") - EPOCH_DATE).dt.total_days() * US_PER_DAY - JAKARTA_OFFSET_US
    both = (
        drawn.join(pl.concat(given), on="case_id", how="inner")
        .filter(pl.col("as_of_us") < checked)
        .sort("as_of_us", "score_id")
        .unique("case_id", keep="last", maintain_order=True)
        .sort("case_id")
    )
    return Found.of(*(both[name].to_numpy() for name in ("label", "probability", "weight")))


def _given(connection: Connection, case_ids: Iterable[str], release: str) -> pl.DataFrame:
    columns = (scores.c.case_id, scores.c.score_id, scores.c.as_of_us, scores.c.probability)
    query = sa.select(*columns).where(
        scores.c.case_id.in_(list(case_ids)), scores.c.release == release, scores.c.probability.is_not(None)
    )
    return read_frame(connection, query)


def as_text(counted: Tally) -> str:
    """The counts of a chunk as text; `total` reads it."""
    return json.dumps(counted.to_json(), separators=(",", ":"))


def total(parts: Iterable[str | None]) -> Tally:
    """The counts of several chunks together."""
    return reduce(Tally.__add__, (Tally.from_json(json.loads(part)) for part in parts if part), Tally())


def with_drift(report: str, found: Drift | None) -> str:
    """The report of a run with the verdict added under ``drift``."""
    verdict = {"line": drift_line(found)} if found is None else found.to_json()
    return json.dumps({**json.loads(report), "drift": verdict}, separators=(",", ":"))


def line_of(report: str) -> str:
    """The line of a verdict in the report of a run; empty where there is none."""
    return str(json.loads(report).get("drift", {}).get("line", ""))
