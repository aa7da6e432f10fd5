"""Watching a release: what is counted when it scores, and the line a run ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from models.aggregates import HELPED
from models.drift.comparison import Drift, compare
from models.drift.tally import Tally
from models.features.catalogue import CATALOGUE
from models.times import US_PER_DAY

if TYPE_CHECKING:
    from models.asof import Feeds
    from models.registry import Release

#: Days over which rows recorded are counted: the tides of a week and of a month even out.
LATELY_DAYS: Final = 28
READ_FROM: Final = {feature.name: feature.feeds for feature in CATALOGUE}
"""By feature, the feeds it is computed from."""
NOTHING_TO_COMPARE: Final = "drift: not told – the release comes without a population to compare with"
#: Weight of one drawn check at most.
WEIGHT_CAP: Final = 50.0


def arrivals(feeds: Feeds, t_us: int, *, seq: int | None = None) -> dict[str, float]:
    """Rows recorded per day over the last `LATELY_DAYS` days, by feed.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows; of parts the rates add up.
    t_us : int
        As-of time, UTC microseconds.
    seq : int, optional
        The last delivery read.
    """
    recorded = pl.col("recorded_at").cast(pl.Int64)
    lately = recorded.is_between(t_us - LATELY_DAYS * US_PER_DAY, t_us, closed="right")
    if seq is not None:
        lately &= pl.col("ingest_seq") <= seq
    return {name: float(frame.select(lately.sum()).item() or 0) / LATELY_DAYS for name, frame in feeds.items()}


def drawn_findings(outcomes: pl.DataFrame) -> pl.DataFrame:
    """What drawn checks have found: ``case_id, label, weight, checked_on``, ordered by case.

    Parameters
    ----------
    outcomes : polars.DataFrame
        Visible outcomes with their ``case_id`` (`models.cases.CaseBlock`).

    Notes
    -----
    A case that was helped and found procedural is left out: what it would have been is not known. The weight is the
    inverse of the inclusion probability, at most `WEIGHT_CAP`.
    """
    drawn = (pl.col("examined_because") == "random_check") & (pl.col("inclusion_probability") > 0)
    positive = pl.col("finding") == "non_procedural"
    return (
        outcomes.filter(pl.col("case_id").is_not_null() & (pl.col("finding") != "undetermined"))
        .group_by("case_id")
        .agg(
            label=positive.any().cast(pl.Float64),
            helped=HELPED.any(),
            weight=(1.0 / pl.col("inclusion_probability")).clip(1.0, WEIGHT_CAP).filter(drawn).max(),
            checked_on=pl.col("checked_on").min(),
        )
        .filter(pl.col("weight").is_not_null(), (pl.col("label") > 0) | ~pl.col("helped"))
        .select("case_id", "label", "weight", "checked_on")
        .sort("case_id")
    )


def watch(release: Release, now: Tally) -> Drift | None:
    """Compare those scored with the population the release was made for.

    Parameters
    ----------
    release : Release
        The one that scored them.
    now : Tally
        Of everybody scored.

    Returns
    -------
    Drift or None
        None where the release has no reference, as the rules-only one, or nobody was scored.
    """
    if release.reference is None or not now.cases:
        return None
    return compare(release.reference, now, feeds=READ_FROM)


def drift_line(found: Drift | None) -> str:
    """The verdict in one line."""
    return NOTHING_TO_COMPARE if found is None else found.line()
