"""From facts to rows as an office would record them: late, corrected, withdrawn, held up by an outage."""

from __future__ import annotations

from typing import Final

import polars as pl

from models.schema import FEEDS
from models.times import US_PER_DAY, US_PER_SECOND, end_of_day
from training.simulate.draws import Ints
from training.simulate.frames import contract, moments
from training.simulate.settings import Settings

OUTAGES: Final = {"registration_steps": (0.62, 18), "travel": (0.4, 11)}
"""Feeds that stood still for a while: where in the time, and for how many days. Facts are recorded afterwards."""
CATCHING_UP_DAYS: Final = 3
MOMENT: Final = pl.Datetime("us", "UTC")


def after_outage(settings: Settings, feed: str, recorded: pl.Expr) -> pl.Expr:
    """Recording times with those inside the outage of the feed moved, in their order, to the days after it."""
    if feed not in OUTAGES:
        return recorded
    part, length = OUTAGES[feed]
    begin = (settings.first + round(part * settings.length)) * US_PER_DAY
    end = begin + length * US_PER_DAY
    us = recorded.cast(pl.Int64)
    caught_up = end + (us - begin) * CATCHING_UP_DAYS // length // US_PER_SECOND * US_PER_SECOND
    return pl.when(us.is_between(begin, end, closed="left")).then(caught_up).otherwise(us).cast(MOMENT)


def retractions(feed: str, frame: pl.DataFrame, rows: Ints, recorded: Ints) -> pl.DataFrame:
    """Rows that withdraw those given: the key, the candidate (for the partition) and the time, nothing else."""
    keep = [c for c in (*FEEDS[feed].key, "candidate_id") if c in FEEDS[feed].columns]
    return (
        frame[rows]
        .select(list(dict.fromkeys(keep)))
        .with_columns(recorded_at=moments(recorded), retracted=pl.lit(value=True))
    )


def assembled(feed: str, settings: Settings, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """The feed in the contract's form: everything recorded by the last day, in the order of recording."""
    frame = pl.concat([contract(feed, part) for part in parts])
    frame = frame.with_columns(recorded_at=after_outage(settings, feed, pl.col("recorded_at")))
    last = pl.lit(end_of_day(settings.until)).cast(MOMENT)
    return frame.filter(pl.col("recorded_at") <= last).sort("recorded_at", maintain_order=True)
