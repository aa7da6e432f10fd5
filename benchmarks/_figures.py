"""What a benchmark yields, and how it takes the time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value with its unit."""

    what: str
    value: float
    unit: str


def median_seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the median duration of a piece of work in seconds, after one run that does not count."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
