"""Intervals by drawing whole groups again.

Cases of one agency are alike, so drawing cases one by one would make every interval too narrow. Here agencies (or
whatever the groups are) are drawn with replacement, each with all its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.terms import Floats

#: Figures by name, given how often each row was drawn.
Measure = Callable[[Floats], Mapping[str, float]]


@dataclass(frozen=True)
class Interval:
    """A figure and where it would be with other groups.

    Attributes
    ----------
    value : float
        NaN where it cannot be told.
    low, high : float
        Bounds; NaN where they cannot be told.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As ``0.31 (0.24 to 0.39)``."""
        if np.isnan(self.value):
            return "cannot be told"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """Settings.

    Parameters
    ----------
    draws : int
    seed : int
    confidence : float
        Share of the draws between the bounds.
    """

    draws: int = 200
    seed: int = 0
    confidence: float = 0.9


def multiplicities(groups: npt.NDArray[np.generic], settings: Bootstrap) -> npt.NDArray[np.int64]:
    """How often each row is drawn: shape (draws, n), equal within a group.

    Parameters
    ----------
    groups : ndarray, shape (n,)
    settings : Bootstrap
    """
    names, position = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(settings.seed)
    drawn = rng.multinomial(names.size, np.full(names.size, 1 / names.size), size=settings.draws)
    return np.asarray(drawn[:, position], dtype=np.int64)


def bootstrap(measure: Measure, groups: npt.NDArray[np.generic], settings: Bootstrap) -> dict[str, Interval]:
    """Figures with intervals.

    Parameters
    ----------
    measure : callable
        Given multiplicities (n,), figures by name; NaN where one cannot be told.
    groups : ndarray, shape (n,)
    settings : Bootstrap

    Returns
    -------
    dict of str to Interval
        Bounds are quantiles over the draws in which the figure could be told; NaN when that was fewer than half.
    """
    here = measure(np.ones(len(groups)))
    draws = multiplicities(groups, settings).astype(np.float64)
    again = [measure(draw) for draw in draws]
    return {
        name: interval(value, [drawn.get(name, float("nan")) for drawn in again], settings.confidence)
        for name, value in here.items()
    }


def interval(value: float, draws: Sequence[float], confidence: float) -> Interval:
    """Bounds of a figure from what it was over the draws (see `bootstrap`)."""
    told = np.asarray(draws, dtype=np.float64)
    told = told[np.isfinite(told)]
    if np.isnan(value) or not told.size or told.size < len(draws) / 2:
        return Interval(float(value), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(told, [tail, 1 - tail])
    return Interval(float(value), float(min(low, value)), float(max(high, value)))
