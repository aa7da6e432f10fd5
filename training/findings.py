"""What is known about every case, whichever way it came to be known: the raw side of labels.

`training.labels` keeps what may be learnt from. Judging how findings came about needs the rest as well: people helped,
cases looked at because they stood out, and cases nobody looked at.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.aggregates import HELPED
from models.cases import CaseBlock
from models.terms import Floats
from training.examples import Names
from training.labels import WEIGHT_CAP
from training.selection import Queue, examination_propensity
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
