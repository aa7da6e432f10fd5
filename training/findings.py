"""What is known about every case, whichever way it came to be known: the raw side of labels.

`training.labels` keeps what may be learnt from. Judging how findings came about needs the rest as well: people helped,
cases looked at because they stood out, and cases nobody looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from models.aggregates import HELPED
from models.asof import Feeds
from models.cases import CaseBlock
from models.freshness import DeliveryStamp
from models.rules import RuleBook
from models.terms import Floats
from training.examples import Names
from training.labels import MATURITY_DAYS, WEIGHT_CAP
from training.selection import Queue, examination_propensity
from training.snapshots import Snapshots, grid_days, take_snapshots
from training.validation.ranking import Ranking

FINDINGS: Final = {
    "case_id": pl.String(),
    "label": pl.Float64(),
    "drawn": pl.Float64(),
    "helped": pl.Boolean(),
    "picked": pl.Boolean(),
    "checked_on": pl.Date(),
}
"""Columns of `case_findings`: ``label`` is null when no finding decided, ``drawn`` is the inverse inclusion probability
of a drawn check (0 without one), ``picked`` says that it was on a worklist, ``checked_on`` is the first examination."""


def case_findings(block: CaseBlock) -> pl.DataFrame:
    """Every case with an outcome on record.

    Parameters
    ----------
    block : CaseBlock
        As of the time until which findings may be known.

    Returns
    -------
    polars.DataFrame
        Columns of `FINDINGS`, ordered by case.
    """
    drawn = (pl.col("examined_because") == "random_check") & (pl.col("inclusion_probability") > 0)
    inverse = (1.0 / pl.col("inclusion_probability")).clip(1.0, WEIGHT_CAP)
    decided = pl.col("finding") != "undetermined"
    return (
        block.outcomes.filter(pl.col("case_id").is_not_null())
        .group_by("case_id")
        .agg(
            positive=(pl.col("finding") == "non_procedural").any(),
            decided=decided.any(),
            drawn=inverse.filter(drawn & decided).max(),
            helped=HELPED.any(),
            picked=(pl.col("examined_because") == "worklist").any(),
            checked_on=pl.col("checked_on").min(),
        )
        .select(
            "case_id",
            label=pl.when("decided").then(pl.col("positive").cast(pl.Float64)),
            drawn=pl.col("drawn").fill_null(0.0),
            helped=pl.col("helped").fill_null(value=False),
            picked="picked",
            checked_on="checked_on",
        )
        .cast(pl.Schema(FINDINGS))
        .sort("case_id")
    )


#: Days before departure at which a past queue is looked at, and days between two looks.
QUEUE_LEAD: Final = 21
QUEUE_STEP: Final = 7
#: Cases of a past queue that are frozen at most; of more, as many are drawn.
MOST_CASES: Final = 20_000


def past_queue(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    block: CaseBlock,
    *,
    first: int,
    rules: RuleBook,
    jobs: int = 1,
) -> Snapshots:
    """Everybody who stood in the queue three weeks before a departure that is long enough past to have been found out.

    Parameters
    ----------
    feeds, stamps
        All versions of all rows, and the deliveries.
    block : CaseBlock
        All cases as of the time until which findings may be known.
    first : int
        Jakarta day on which the queue is looked at first.
    rules : RuleBook
    jobs : int
        Processes.
    """
    past = (
        block.frame.filter(
            pl.col("registration_id").is_not_null(),
            pl.col("planned").is_between(first, block.today - MATURITY_DAYS),
        )["case_id"]
        .sort()
        .to_list()
    )
    chosen = sorted(past, key=lambda case: hashlib.sha256(case.encode()).digest())[:MOST_CASES]
    return take_snapshots(
        feeds,
        grid_days(first, block.today - MATURITY_DAYS, step=QUEUE_STEP),
        wanted=chosen,
        rules=rules,
        stamps=stamps,
        leads=(QUEUE_LEAD,),
        step=QUEUE_STEP,
        jobs=jobs,
    )


def queue_of(
    cases: Names, score: Floats, findings: pl.DataFrame, *, capacity: float, X: Floats, people: Names, agencies: Names
) -> Queue:
    """A queue with what became known of it, for `training.selection`.

    Parameters
    ----------
    cases : ndarray of str, shape (n,)
        One row a case, as it stood in the queue.
    score : ndarray of float64, shape (n,)
    findings : polars.DataFrame
        From `case_findings`.
    capacity : float
        Share of the queue that can be looked at.
    X : ndarray of float64, shape (n, k)
        Features, from which the chance of being examined is fitted.
    people, agencies : ndarray of str, shape (n,)
        Groups for fitting that chance, and those that intervals draw again; a case without agency ("") is its own.
    """
    known = pl.DataFrame({"case_id": cases}).join(findings, on="case_id", how="left", maintain_order="left")
    label = known["label"].fill_null(float("nan")).to_numpy()
    helped = known["helped"].fill_null(value=False).to_numpy()
    return Queue(
        score=score,
        chosen=Ranking.of(score).chosen(capacity),
        label=label,
        drawn=known["drawn"].fill_null(0.0).to_numpy(),
        helped=helped,
        picked=known["picked"].fill_null(value=False).to_numpy(),
        propensity=examination_propensity(X, ~np.isnan(label) & ~helped, groups=people),
        groups=np.where(agencies == "", np.char.add("case ", cases), agencies),
    )
