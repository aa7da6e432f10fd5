"""From log-odds to a probability with an interval: one step table per lead window.

The same log-odds mean different things 60 days and 7 days before departure, so each window of days to departure has a
table of its own. Within a window the probability never falls as the log-odds rise.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.terms import Floats, Indices

#: Upper ends, inclusive, in days to departure: ..14, 15..30, 31..60, 61.. . Every number of days is in exactly one
#: window.
WINDOW_ENDS = (14.0, 30.0, 60.0)
WINDOWS = ("0-14", "14-30", "30-60", "60+")


def window_of(days_to_departure: Floats) -> Indices:
    """Window of each case.

    Parameters
    ----------
    days_to_departure : ndarray of float64, shape (n,)
        Days; a departure already past belongs to the first window.

    Returns
    -------
    ndarray of intp, shape (n,)
        Position in `WINDOWS`; -1 where the days are missing.
    """
    found = np.searchsorted(np.asarray(WINDOW_ENDS), days_to_departure, side="left")
    return np.where(np.isnan(days_to_departure), -1, found)


@dataclass(frozen=True, eq=False)
class StepTable:
    """Probability, and its lower and upper bound, as a step function of log-odds.

    Parameters
    ----------
    cuts : ndarray of float64, shape (s - 1,)
        Strictly increasing log-odds; a value on a cut belongs to the step above.
    probability, low, high : ndarray of float64, shape (s,)
        Each non-decreasing, with 0 <= low <= probability <= high <= 1.

    Raises
    ------
    ValueError
        When one of these conditions does not hold.
    """

    cuts: Floats
    probability: Floats
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        for name in ("cuts", "probability", "low", "high"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"calibration: {name} must be finite numbers in one row")
        if not (np.diff(self.cuts) > 0).all():
            raise ValueError("calibration: cuts must increase")
        for values in (self.probability, self.low, self.high):
            if values.size != self.cuts.size + 1 or (np.diff(values) < 0).any():
                raise ValueError("calibration: steps must be one more than cuts and must not fall")
        if not ((self.low >= 0) & (self.low <= self.probability)).all():
            raise ValueError("calibration: the lower bound must lie between 0 and the probability")
        if not ((self.high >= self.probability) & (self.high <= 1)).all():
            raise ValueError("calibration: the upper bound must lie between the probability and 1")

    @cached_property
    def row(self) -> tuple[list[float], list[tuple[float, float, float]]]:
        """The cuts, and what each step says, as plain numbers."""
        steps = zip(self.probability.tolist(), self.low.tolist(), self.high.tolist(), strict=True)
        return self.cuts.tolist(), list(steps)

    def step(self, log_odds: Floats) -> Indices:
        """Position of the step of each value: shape (n,)."""
        return np.asarray(np.searchsorted(self.cuts, log_odds, side="right"), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The step tables of a release, one per window of `WINDOWS`."""

    tables: tuple[StepTable, ...]

    def __post_init__(self) -> None:
        if len(self.tables) != len(WINDOWS):
            raise ValueError(f"calibration: {len(self.tables)} tables for {len(WINDOWS)} windows")

    def apply(self, log_odds: Floats, days_to_departure: Floats) -> tuple[Floats, Floats, Floats]:
        """Probability, lower and upper bound.

        Parameters
        ----------
        log_odds, days_to_departure : ndarray of float64, shape (n,)

        Returns
        -------
        probability, low, high : ndarray of float64, shape (n,)
            NaN where the days to departure are missing.
        """
        windows = window_of(days_to_departure)
        out = np.full((3, log_odds.size), np.nan)
        for position, table in enumerate(self.tables):
            rows = np.flatnonzero(windows == position)
            step = table.step(log_odds[rows])
            for line, values in enumerate((table.probability, table.low, table.high)):
                out[line, rows] = values[step]
        return out[0], out[1], out[2]

    def apply_one(self, log_odds: float, days_to_departure: float) -> tuple[float, float, float]:
        """`apply` for one case in plain Python."""
        if math.isnan(days_to_departure):
            return math.nan, math.nan, math.nan
        cuts, steps = self.tables[bisect.bisect_left(WINDOW_ENDS, days_to_departure)].row
        return steps[bisect.bisect_right(cuts, log_odds)]

    def to_json(self) -> dict[str, Any]:
        """As JSON values; numbers survive the round trip bit for bit."""
        tables = [
            {"window": window, "cuts": t.cuts.tolist(), "probability": t.probability.tolist(),
             "low": t.low.tolist(), "high": t.high.tolist()}
            for window, t in zip(WINDOWS, self.tables, strict=True)
        ]  # fmt: skip
        return {"window_ends": list(WINDOW_ENDS), "tables": tables}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Calibration:
        """Read what `to_json` wrote; ValueError when it is something else."""
        try:
            if tuple(document["window_ends"]) != WINDOW_ENDS:
                raise ValueError("calibration: other lead windows than this version knows")
            tables: Sequence[Mapping[str, Any]] = document["tables"]
            if tuple(t["window"] for t in tables) != WINDOWS:
                raise ValueError("calibration: other lead windows than this version knows")
            return cls(tuple(StepTable(t["cuts"], t["probability"], t["low"], t["high"]) for t in tables))
        except (KeyError, TypeError) as error:
            raise ValueError(f"calibration: incomplete or of the wrong form ({error})") from error
