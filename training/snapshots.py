"""Snapshots: cases frozen at several distances from departure, as they were knowable then.

A model trained a week before departure calls everybody risky who is still far from it. So every case is frozen at each
of several leads, and its snapshots share one weight. The state of all cases is computed on a regular grid of days, by
the very functions that score; a snapshot is the day of the grid on which a case, by the date planned at that time, was
nearest to the lead. Nothing known later enters, neither a changed date nor how the case ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.features.catalogue import INDEX, Matrix
from models.freshness import DeliveryStamp, freshness
from models.rules import RuleBook
from models.situation import situate
from models.times import EPOCH_DATE, date_of, day_number, end_of_day
from training.engines.spec import LEADS

#: Days between two days of the grid; a lead is met within half of it.
GRID_DAYS: Final = 3

_KEYS: Final = {
    "case_id": pl.String(),
    "candidate_id": pl.String(),
    "agency_id": pl.String(),
    "day": pl.Int32(),
    "days_to_departure": pl.Float64(),
}


@dataclass(frozen=True)
class Snapshots:
    """Frozen cases.

    Attributes
    ----------
    frame : polars.DataFrame
        ``case_id, candidate_id, agency_id, day`` (Jakarta day number of the snapshot), ``days_to_departure`` (as
        planned then) and ``lead``; ordered by case and day.
    X : ndarray of float64, shape (n, number of catalogue features)
        Features, row by row with ``frame``.
    """

    frame: pl.DataFrame
    X: Matrix

    def __len__(self) -> int:
        """Number of snapshots."""
        return len(self.frame)

    def rows(self, keep: pl.Series | np.ndarray) -> Snapshots:
        """Some of the snapshots, by a mask."""
        mask = np.asarray(keep, dtype=bool)
        return Snapshots(self.frame.filter(mask), self.X[mask])


def grid_days(first: int, last: int, *, step: int = GRID_DAYS) -> list[int]:
    """Days on which situations are computed, counted back from ``last`` (Jakarta day numbers, inclusive)."""
    return list(range(last, first - 1, -step))[::-1]


def take_snapshots(
    feeds: Feeds,
    days: Sequence[int],
    *,
    wanted: Collection[str],
    rules: RuleBook,
    stamps: Sequence[DeliveryStamp],
    leads: Sequence[int] = LEADS,
    step: int = GRID_DAYS,
    jobs: int = 1,
) -> Snapshots:
    """Freeze cases near each lead.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows, of everybody: the counts about others are taken over all.
    days : sequence of int
        From `grid_days`, with the same ``step``.
    wanted : collection of str
        Cases to freeze.
    rules : RuleBook
    stamps : sequence of DeliveryStamp
    leads : sequence of int
        Days to departure.
    step : int
        A snapshot may be off its lead by half of it.
    jobs : int
        Processes; the result does not depend on it.
    """
    from joblib import Parallel, delayed

    parts = [list(days[i::jobs]) for i in range(max(jobs, 1))]
    names = sorted(wanted)
    done = Parallel(n_jobs=jobs, max_nbytes=None)(
        delayed(_frozen)(feeds, part, names, rules, list(stamps)) for part in parts if part
    )
    empty = pl.DataFrame(schema=_KEYS)
    frame = pl.concat([empty, *(keys for keys, _ in done)])
    X = np.vstack([np.empty((0, len(INDEX))), *(x for _, x in done)])
    return _nearest(frame, X, leads, step)


def snapshot_weights(snapshots: Snapshots, case_weight: pl.DataFrame) -> np.ndarray:
    """Weight of each snapshot, so that those of a case add up to the case's weight.

    Parameters
    ----------
    snapshots : Snapshots
    case_weight : polars.DataFrame
        ``case_id`` and ``weight``.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    weighted = snapshots.frame.with_columns(share=1.0 / pl.len().over("case_id")).join(
        case_weight.select("case_id", "weight"), on="case_id", how="left", maintain_order="left"
    )
    return weighted.select((pl.col("share") * pl.col("weight")).alias("w"))["w"].to_numpy()


def _frozen(
    feeds: Feeds, days: Sequence[int], wanted: Sequence[str], rules: RuleBook, stamps: Sequence[DeliveryStamp]
) -> tuple[pl.DataFrame, Matrix]:
    """Keys and features of the wanted cases that have a score on each of the days."""
    keys, blocks = [], []
    for number in days:
        t_us = end_of_day(EPOCH_DATE + dt.timedelta(days=number))
        situation = situate(
            feeds,
            t_us,
            rules=rules.at(date_of(t_us), t_us),
            freshness=freshness(stamps, feeds, t_us),
            wanted=wanted,
        )
        scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
        frame = situation.cases.select("case_id", "candidate_id", "agency_id").with_columns(
            day=pl.lit(day_number(t_us), dtype=pl.Int32),
            days_to_departure=pl.Series(situation.x[:, INDEX["days_to_departure"]]),
        )
        keys.append(frame.filter(scored).cast(pl.Schema(_KEYS)))
        blocks.append(situation.x[scored])
    return pl.concat(keys), np.vstack(blocks)


def _nearest(frame: pl.DataFrame, X: Matrix, leads: Sequence[int], step: int) -> Snapshots:
    """Of each case and lead the nearest day of the grid (of two equally near, the earlier); each day once."""
    half = step // 2
    targets = pl.DataFrame({"lead": list(leads)}, schema={"lead": pl.Int32})
    chosen = (
        frame.with_row_index("at")
        .join(targets, how="cross")
        .with_columns(off=(pl.col("days_to_departure") - pl.col("lead")).abs())
        .filter(pl.col("off") <= half)
        .sort("case_id", "lead", "off", "day")
        .unique(subset=["case_id", "lead"], keep="first", maintain_order=True)
        .sort("case_id", "day", "off")
        .unique(subset=["case_id", "day"], keep="first", maintain_order=True)
    )
    return Snapshots(chosen.select(*_KEYS, "lead"), np.ascontiguousarray(X[chosen["at"].to_numpy()]))
