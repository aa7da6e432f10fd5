"""References inside a delivery: rows whose parent is unknown wait, repeated rows count once."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.schema import Feed


def known_keys(feed: Feed, frame: pl.DataFrame) -> pl.DataFrame:
    """Distinct first key fields of ``frame``: what others may refer to."""
    return frame.select(pl.col(feed.key[0]).unique())


def settle(feed: Feed, frame: pl.DataFrame, known: Mapping[str, pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split rows into those whose hard references resolve and those that must wait.

    Parameters
    ----------
    feed, frame
        Good rows of the feed.
    known
        By parent feed, a frame with the known keys in its only column.

    Returns
    -------
    tuple of pl.DataFrame
        Settled and waiting rows, in the order given. A retraction may leave its parent out.
    """
    waits = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    for column, parent in feed.parents:
        waits = waits | ~(frame[column].is_in(known[parent].to_series().implode()) | frame[column].is_null())
    return frame.filter(~waits), frame.filter(waits)


def without_repeats(feed: Feed, frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with every identical row only once, the first one."""
    moment = [*feed.key, "recorded_at"]
    if frame.is_empty() or not frame.select(pl.struct(moment).is_duplicated().any()).item():
        return frame
    return frame.unique(subset=list(feed.columns), keep="first", maintain_order=True)
