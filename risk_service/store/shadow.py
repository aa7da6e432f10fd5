"""What a release that is not in force would have said, beside what was shown: for those who judge releases only.

Use
---
``save(connection, frame, release=…, as_of_us=…, group=…)``
    A release's results of a group of candidates as of a run; only what changed is written.
``latest(connection, release)``, ``before(connection, release, case_ids)``
    The last results of a release; all results of some cases.

Nothing that officers see reads these rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, Table
from sqlalchemy.engine import Connection

from risk_service.store.bulk import insert_frame, read_frame
from risk_service.store.feeds import Candidates
from risk_service.store.tables import METADATA, TEXT

shadow_scores: Final = Table(
    "shadow_scores",
    METADATA,
    Column("release", TEXT, primary_key=True, comment="not in force then"),
    Column("case_id", TEXT, primary_key=True),
    Column("candidate_id", TEXT, primary_key=True),
    Column("as_of_us", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", TEXT, ForeignKey("runs.run_id"), nullable=False, comment="whose queue it was"),
    Column("ingest_seq", Integer, nullable=False),
    Column("lane", TEXT, nullable=False),
    Column("band", TEXT, nullable=False),
    *(Column(name, Double) for name in ("probability", "probability_low", "probability_high", "log_odds")),
    Column("reasons", TEXT, nullable=False, comment="JSON: code, value, contribution, largest first"),
    Column("office", TEXT),
    Column("planned_day", Integer),
    Column("shown_release", TEXT, nullable=False),
    Column("shown_band", TEXT, nullable=False),
    Column("shown_log_odds", Double),
    Index("ix_shadow_scores_candidate_id", "candidate_id"),
    Index("ix_shadow_scores_run_id", "run_id"),
    comment="a release scored beside the one in force; a row whenever either result changed; shown to no officer",
    sqlite_with_rowid=False,
)

KEY: Final = ("case_id", "candidate_id")
RESULT: Final = (
    "lane", "band", "probability", "probability_low", "probability_high", "log_odds", "reasons", "office",
    "planned_day", "shown_release", "shown_band", "shown_log_odds",
)  # fmt: skip
"""A row is written anew when one of these differs from the row before."""


def save(
    connection: Connection,
    frame: pl.DataFrame,
    *,
    release: str,
    run_id: str,
    as_of_us: int,
    ingest_seq: int,
    group: Candidates,
) -> int:
    """Write what changed in the results of a group of candidates; how many rows.

    Parameters
    ----------
    frame
        Columns of :data:`KEY` and :data:`RESULT`, of all active cases of the group.
    group
        What there is of them as of the same time is replaced, so that doing it again changes nothing.
    """
    c = shadow_scores.c
    mine = group.has(c.candidate_id)
    connection.execute(sa.delete(shadow_scores).where(c.release == release, c.as_of_us == as_of_us, mine))
    earlier = read_frame(connection, _latest(release, c.as_of_us < as_of_us, mine))
    joined = frame.join(earlier, on=KEY, how="left", suffix="_before", maintain_order="left")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in RESULT)
    rows = joined.filter(pl.col("lane_before").is_null() | differs).select(
        *KEY,
        *RESULT,
        release=pl.lit(release),
        run_id=pl.lit(run_id),
        as_of_us=pl.lit(as_of_us, dtype=pl.Int64),
        ingest_seq=pl.lit(ingest_seq, dtype=pl.Int64),
    )
    return insert_frame(connection, shadow_scores, rows)


def latest(connection: Connection, release: str) -> pl.DataFrame:
    """The last result of a release for each case it ever scored: columns of the table, ordered by case."""
    return read_frame(connection, _latest(release)).sort(*KEY)


def before(connection: Connection, release: str, case_ids: Collection[str]) -> pl.DataFrame:
    """All results of a release for some cases."""
    c = shadow_scores.c
    return read_frame(connection, sa.select(shadow_scores).where(c.release == release, c.case_id.in_(list(case_ids))))


def _latest(release: str, *conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    c = shadow_scores.c
    keys = (c.case_id, c.candidate_id)
    last = (
        sa.select(*keys, sa.func.max(c.as_of_us).label("as_of_us"))
        .where(c.release == release, *conditions)
        .group_by(*keys)
        .subquery()
    )
    same = sa.and_(c.release == release, *(c[name] == last.c[name] for name in (*KEY, "as_of_us")))
    return sa.select(shadow_scores).join(last, same)
