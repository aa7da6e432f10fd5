"""Rows as plain values: dates are Jakarta day numbers and times UTC microseconds, everything else as in the frames."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl
from polars import selectors

from models.schema import FEEDS
from models.times import EPOCH_DATE, to_us

Row = Mapping[str, Any]
_EPOCH: Final = EPOCH_DATE.toordinal()


def plain_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with dates and times as numbers."""
    return frame.with_columns(selectors.temporal().to_physical())


def plain_rows(frame: pl.DataFrame) -> list[Row]:
    """The rows of a canonical frame as plain values."""
    return list(plain_frame(frame).iter_rows(named=True))


def plain_value(value: Any) -> Any:
    """A single date or time as its number, any other value as it is."""
    if isinstance(value, dt.datetime):
        return to_us(value)
    return value.toordinal() - _EPOCH if isinstance(value, dt.date) else value


def latest(feed: str, rows: Iterable[Row], t_us: int, seq: int | None = None) -> list[Row]:
    """Of every key of a feed the row that counts, as :mod:`models.asof` says it; in order of delivery.

    Parameters
    ----------
    feed
        Name of the feed.
    rows
        All versions of some of its rows.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    """
    rows = [row for row in rows if row["recorded_at"] <= t_us and (seq is None or row["ingest_seq"] <= seq)]
    if len(rows) < 2:
        return [row for row in rows if not row["retracted"]]
    key = FEEDS[feed].key
    newest: dict[tuple[Any, ...], tuple[tuple[int, int, int], Row]] = {}
    for row in rows:
        name = tuple([row[column] for column in key])
        order = (row["recorded_at"], row["ingest_seq"], row["row"])
        if name not in newest or order >= newest[name][0]:
            newest[name] = (order, row)
    found = [row for _, row in newest.values() if not row["retracted"]]
    return sorted(found, key=lambda row: (row["ingest_seq"], row["row"]))


class Sorted:
    """Rows of a frame by the value of one column.

    Parameters
    ----------
    frame
        In any order; rows without a value are not found.
    by
        The column.
    """

    def __init__(self, frame: pl.DataFrame, by: str) -> None:
        self._frame = plain_frame(frame.filter(pl.col(by).is_not_null()).sort(by, maintain_order=True))
        self._keys: Sequence[str] = self._frame[by].to_list()

    def rows(self, value: str) -> list[Row]:
        """All rows with this value."""
        first = bisect_left(self._keys, value)
        last = bisect_right(self._keys, value, lo=first)
        return self._frame.slice(first, last - first).rows(named=True) if last > first else []  # type: ignore[return-value]
