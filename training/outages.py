"""Stretches in which a feed stood still.

What is not recorded during an outage looks as if it had not been done. Rows frozen in one must not be learnt from, or
the model learns when the line was down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.examples import Days, Flags

#: Days that are looked at together; a weekend is no outage.
SPAN: Final = 7
#: Days on either side that say what is usual.
AROUND: Final = 35
#: Share of the usual number of records below which a feed stands still.
STILL: Final = 0.15
#: Records expected in a span at least; a feed with fewer is often silent.
LEAST: Final = 15.0


@dataclass(frozen=True)
class Outage:
    """A feed stood still from ``first`` to ``last`` (days, both included)."""

    feed: str
    first: int
    last: int


def find_outages(records: Mapping[str, Days]) -> list[Outage]:
    """Outages of feeds.

    Parameters
    ----------
    records : mapping of str to ndarray of int64
        By feed, the day on which each of its rows was recorded; outages at the very beginning and end are not told from
        the beginning and end of the feed.

    Returns
    -------
    list of Outage
        Feed by feed in the order given, the earliest first.
    """
    return [outage for feed, days in records.items() for outage in _of_feed(feed, np.asarray(days, dtype=np.int64))]


def during(outages: Iterable[Outage], day: Days, *, after: int = 0) -> Flags:
    """Which days lie in an outage, or up to ``after`` days behind one: shape (n,)."""
    inside = np.zeros(len(day), dtype=np.bool_)
    for outage in outages:
        inside |= (day >= outage.first) & (day <= outage.last + after)
    return inside


def _of_feed(feed: str, days: Days) -> list[Outage]:
    if not days.size:
        return []
    first = int(days.min())
    counts = np.bincount(days - first)
    if counts.size < 3 * SPAN:
        return []
    spans = np.convolve(counts, np.ones(SPAN), mode="valid")  # spans[i]: records from day i to i + SPAN - 1
    still = np.zeros(counts.size, dtype=np.bool_)
    for i in range(spans.size):
        usual = float(np.median(spans[max(0, i - AROUND) : i + AROUND + 1]))
        if usual >= LEAST and spans[i] < STILL * usual:
            still[i : i + SPAN] = True
    # The days at the edges of a stretch that were as busy as ever do not belong to it.
    still &= counts < np.median(counts[counts > 0]) / 2
    found: list[Outage] = []
    for i in np.flatnonzero(still).tolist():
        day = first + i
        if found and day - found[-1].last <= SPAN // 2:
            found[-1] = Outage(feed, found[-1].first, day)
        else:
            found.append(Outage(feed, day, day))
    return [outage for outage in found if outage.last - outage.first + 1 >= SPAN // 2 + 1]
