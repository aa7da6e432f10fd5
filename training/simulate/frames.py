"""From index arrays to contract columns. Negative indices and days become missing values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.schema import FEEDS
from training.simulate.draws import Bools, Ints


def labels(names: Sequence[str], index: Ints) -> pl.Series:
    """Text of each index."""
    table = pl.Series([*names, None], dtype=pl.String)
    return table.gather(pl.Series(np.where(index < 0, len(names), index)))


def numbered(letter: str, seed: int, number: Ints, *, width: int) -> pl.Series:
    """Identifiers such as ``C7-0000012``: the seed keeps two simulations apart."""
    text = f"{letter}{seed}-" + pl.Series(np.maximum(number, 0)).cast(pl.String).str.zfill(width)
    return blank(text, number < 0)


def blank(values: pl.Series, where: Bools) -> pl.Series:
    """``values`` without those marked."""
    if not where.any():
        return values
    nothing = pl.Series([None], dtype=values.dtype)
    return values.zip_with(pl.Series(~where), nothing.new_from_index(0, len(values)))


def dates(day: Ints) -> pl.Series:
    """Dates of days since 1970."""
    return blank(pl.Series(np.maximum(day, 0).astype(np.int32)).cast(pl.Date), day < 0)


def moments(us: Ints) -> pl.Series:
    """UTC timestamps of microseconds since 1970."""
    return blank(pl.Series(np.maximum(us, 0)).cast(pl.Datetime("us", "UTC")), us < 0)


def numbers(values: Ints) -> pl.Series:
    """Whole numbers."""
    return blank(pl.Series(np.maximum(values, 0)), values < 0)


def contract(feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """All columns of the feed in the contract's order and types; what the simulator leaves out is missing."""
    columns = []
    for field in FEEDS[feed].fields:
        have = field.name in frame.columns
        value = pl.col(field.name) if have else pl.lit(False if field.name == "retracted" else None)
        columns.append(value.cast(field.dtype).alias(field.name))
    return frame.select(columns).with_columns(pl.col("retracted").fill_null(value=False))
