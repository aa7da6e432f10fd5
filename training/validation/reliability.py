"""Reliability curves: what share came true of those who were given a probability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from models.terms import Floats
from training.validation.figures import Judged
from training.validation.intervals import Bootstrap, bootstrap

CURVE = {
    "step": pl.Int64(), "probability": pl.Float64(), "rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "cases": pl.Float64(),
}  # fmt: skip
"""Columns of a curve: mean probability and rate of a step with its interval, and for how many cases it speaks."""


def reliability(data: Judged, settings: Bootstrap, *, steps: int = 10) -> pl.DataFrame:
    """The curve of a set of rows.

    Parameters
    ----------
    data : Judged
    settings : Bootstrap
    steps : int
        Steps of about equally many cases; fewer where many share a probability.

    Returns
    -------
    polars.DataFrame
        Columns of `CURVE`; empty without a probability and a finding.
    """
    known = ~np.isnan(data.probability) & ~np.isnan(data.label) & (data.estimate > 0)
    if not known.any():
        return pl.DataFrame(schema=CURVE)
    told = data.rows(known)
    share = 1.0 / np.unique(told.case, return_counts=True)[1][np.unique(told.case, return_inverse=True)[1]]
    weight = told.estimate * share
    step = _steps(told.probability, weight, steps)
    size = int(step.max()) + 1

    def rates(draw: Floats) -> Mapping[str, float]:
        mass = np.bincount(step, weights=weight * draw, minlength=size)
        hits = np.bincount(step, weights=weight * draw * told.label, minlength=size)
        rate = np.divide(hits, mass, out=np.full(size, np.nan), where=mass > 0)
        return {str(i): float(value) for i, value in enumerate(rate)}

    found = bootstrap(rates, told.agency, settings)
    mass = np.bincount(step, weights=weight, minlength=size)
    mean = np.bincount(step, weights=weight * told.probability, minlength=size) / mass
    rows = [
        {"step": i, "probability": mean[i], "rate": found[str(i)].value, "low": found[str(i)].low,
         "high": found[str(i)].high, "cases": mass[i]}
        for i in range(size)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CURVE)


def _steps(probability: Floats, weight: Floats, steps: int) -> np.ndarray:
    """Number of the step of each row; equal probabilities are never divided."""
    _, position = np.unique(probability, return_inverse=True)
    share = np.cumsum(np.bincount(position, weights=weight))
    middle = (share - np.bincount(position, weights=weight) / 2) / share[-1]
    number = np.minimum((middle * steps).astype(np.intp), steps - 1)
    return np.asarray(np.unique(number, return_inverse=True)[1][position], dtype=np.intp)
