"""Vectorised draws that several parts share. Days are whole days since 1970 (Asia/Jakarta)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.times import JAKARTA_OFFSET_US, US_PER_DAY, US_PER_SECOND

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NONE: Final = -1
"""Index that stands for nothing."""
NEVER: Final = 10**7
"""A day that does not come."""


def chance(rng: np.random.Generator, probability: npt.NDArray[np.floating[Any]] | float, size: int) -> Bools:
    """One yes or no each, with the given probability."""
    return np.asarray(rng.random(size) < probability)


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Indices drawn with the given weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    at = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.asarray(np.minimum(at, len(edges) - 1), dtype=np.int64)


def pick_by_group(rng: np.random.Generator, group: Ints, weights: Floats) -> Ints:
    """For each element an index drawn with the weights of its group.

    Parameters
    ----------
    group
        Shape (n,), a row of ``weights`` each.
    weights
        Shape (groups, choices); a row without any weight gives :data:`NONE`.
    """
    out = np.full(len(group), NONE, dtype=np.int64)
    if not len(group):
        return out
    u = rng.random(len(group))
    order = np.argsort(group, kind="stable")
    found, begins = np.unique(group[order], return_index=True)
    ends = np.append(begins[1:], len(group))
    for g, begin, end in zip(found.tolist(), begins.tolist(), ends.tolist(), strict=True):
        edges = np.cumsum(weights[g])
        if edges[-1] > 0:
            rows = order[begin:end]
            out[rows] = np.minimum(np.searchsorted(edges, u[rows] * edges[-1], side="right"), len(edges) - 1)
    return out


def span(rng: np.random.Generator, size: int, *, median: Floats | float, sigma: float) -> Floats:
    """Log-normal durations in days."""
    return np.asarray(median * np.exp(sigma * rng.standard_normal(size)), dtype=np.float64)


def between(rng: np.random.Generator, low: int, high: int, size: int) -> Ints:
    """Whole numbers from ``low`` to ``high``, both included."""
    return rng.integers(low, high + 1, size)


def sigmoid(x: Floats) -> Floats:
    """Probability of log-odds ``x``."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def days(values: Floats) -> Ints:
    """Whole days of real ones."""
    return np.rint(values).astype(np.int64)


def office_hours(rng: np.random.Generator, day: Ints) -> Ints:
    """UTC microseconds of a moment in office hours (07:00 to 18:00 in Jakarta) of each day."""
    seconds = rng.integers(7 * 3600, 18 * 3600, len(day))
    return day * US_PER_DAY - JAKARTA_OFFSET_US + seconds * US_PER_SECOND


def lag(rng: np.random.Generator, size: int, *, mean: float, late: float = 0.0) -> Ints:
    """Days until a fact is recorded: mostly few, with probability ``late`` weeks."""
    usual = rng.geometric(1.0 / (1.0 + mean), size) - 1
    long = days(span(rng, size, median=35.0, sigma=0.7))
    return np.where(chance(rng, late, size), long, usual)
