"""References inside a delivery: rows whose parent is unknown wait, repeated rows count once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from models.schema import Feed

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


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
    settled: pl.Series | None = None
    for column, parent in feed.parents:
        found = frame[column].is_in(known[parent].to_series().implode()) | frame[column].is_null()
        settled = found if settled is None else settled & found
    if settled is None or settled.all():
        return frame, frame.clear()
    return frame.filter(settled), frame.filter(~settled)


def without_repeats(feed: Feed, frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with every identical row only once, the first one."""
    moment = [*feed.key, "recorded_at"]
    # Equal moments have equal hashes, so where no hash repeats nothing does; text is compared only where one repeats.
    hashes = np.zeros(frame.height, dtype=np.uint64)
    for name in moment:
        hashes = (hashes * _SPREAD) ^ frame[name].hash().to_numpy()
    alike = pl.Series(hashes).is_duplicated()
    if not alike.any():
        return frame
    suspects = frame.filter(alike)
    if not suspects.select(pl.struct(moment).is_duplicated().any()).item():
        return frame
    first = suspects.with_row_index("at").unique(subset=list(feed.columns), keep="first", maintain_order=True)["at"]
    kept = alike.not_().to_numpy().copy()
    kept[np.flatnonzero(alike.to_numpy())[first.to_numpy()]] = True
    return frame.filter(pl.Series(kept))
