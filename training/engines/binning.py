"""Readable bins, and the codes that trees are grown on.

Cuts are values that occur, so that a table reads "up to 2 steps", "more than 30 days". Trees never see the values but
the number of the bin, with the missing bin at its mild end: below all others for a feature of direction +1, above
them for -1. That turns the law for missing values into an ordinary monotonic constraint. (scikit-learn constrains
known values only.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.terms import Axis, Floats
from training.engines.spec import Spec

MAX_BINS = 16


def fit_axis(spec: Spec, values: Floats, weight: Floats, *, max_bins: int = MAX_BINS) -> Axis:
    """Cuts of one column: every value that occurs if they are few, else weighted quantiles.

    Parameters
    ----------
    spec : Spec
    values, weight : ndarray of float64, shape (n,)
        NaN is missing; infinities take no part in choosing the cuts.
    max_bins : int
        Bins at most, the missing one not counted.
    """
    if spec.levels:
        return Axis(spec.name, spec.column, np.empty(0), spec.levels)
    if spec.cuts is not None:
        return Axis(spec.name, spec.column, np.array(spec.cuts, dtype=np.float64))
    finite = np.isfinite(values)
    distinct, position = np.unique(values[finite], return_inverse=True)
    if distinct.size > max_bins:
        share = np.cumsum(np.bincount(position, weights=weight[finite]))
        wanted = share[-1] * np.arange(1, max_bins) / max_bins
        chosen = np.unique(np.searchsorted(share, wanted))
        cuts = distinct[chosen[chosen < distinct.size - 1]]
    else:
        cuts = distinct[:-1]
    return Axis(spec.name, spec.column, cuts)


@dataclass(frozen=True)
class Binning:
    """Bins of every column of a model, and the codes trees are grown on.

    Parameters
    ----------
    specs : tuple of Spec
    axes : tuple of Axis
        One per spec, in the same order.
    """

    specs: tuple[Spec, ...]
    axes: tuple[Axis, ...]

    @classmethod
    def fit(cls, specs: Sequence[Spec], X: Floats, weight: Floats, *, max_bins: int = MAX_BINS) -> Binning:
        """Choose the cuts from a block (n, k) and its weights (n,)."""
        axes = tuple(fit_axis(spec, X[:, spec.column], weight, max_bins=max_bins) for spec in specs)
        return cls(tuple(specs), axes)

    def codes_of_bins(self, position: int) -> Floats:
        """Code of each bin of a column, the missing bin last: shape (bins,)."""
        axis, spec = self.axes[position], self.specs[position]
        codes = np.arange(axis.bins, dtype=np.float64)
        if spec.direction > 0:
            codes[axis.missing] = -1.0
        return codes

    def codes(self, X: Floats) -> Floats:
        """Codes of a block, as the trees see it: shape (n, number of specs), never missing.

        This is written apart from `Axis.assign`, so that comparing a model with its tables compares two
        implementations.
        """
        out = np.empty((X.shape[0], len(self.specs)))
        for position, (spec, axis) in enumerate(zip(self.specs, self.axes, strict=True)):
            values = X[:, spec.column]
            if spec.levels:
                unknown = ~np.isin(values, np.arange(spec.levels))
                code = np.where(unknown, axis.missing, values)
            else:
                unknown = np.isnan(values)
                code = np.digitize(np.where(unknown, 0.0, values), axis.cuts, right=True).astype(np.float64)
            out[:, position] = np.where(unknown, -1.0 if spec.direction > 0 else axis.missing, code)
        return out
