"""A logistic scorecard: points for each bin of each feature, as credit scoring has done it for decades.

It knows no pairs and no directions. Beside the engine it shows what those are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.compile import Reference, Tables
from training.engines.additive import Groups, fold_of
from training.engines.binning import Binning
from training.engines.fitted import Fitted, by_fold, finished, without_levels
from training.engines.spec import Spec

MAX_BINS: Final = 8
FOLDS: Final = 5
#: Inverse strength of the penalty on the squares of the points.
FREEDOM: Final = 0.5


@dataclass(frozen=True, eq=False)
class Points:
    """Points of every bin, feature by feature, and the constant."""

    binning: Binning
    constant: float
    points: tuple[Floats, ...]

    def raw(self, X: Floats) -> Floats:
        """Log-odds, the context's own points included: shape (n,)."""
        out = np.full(X.shape[0], self.constant)
        for axis, points in zip(self.binning.axes, self.points, strict=True):
            out += points[axis.assign(np.ascontiguousarray(X[:, axis.column]))]
        return out


def fit_scorecard(X: Floats, y: Floats, *, weight: Floats, groups: Groups, specs: Sequence[Spec], seed: int) -> Fitted:
    """Fit a scorecard; see `training.engines.fitted.Engine`."""
    free = tuple(replace(spec, direction=0) for spec in specs)
    binning = Binning.fit(free, X, weight, max_bins=MAX_BINS)
    reference = Reference.of(binning, X, weight)
    whole = _points(binning, X, y, weight)
    salt = f"scorecard/{seed}"
    fold = fold_of(groups, FOLDS, salt=salt)
    parts = [_points(binning, X[fold != k], y[fold != k], weight[fold != k]) for k in range(FOLDS)]
    tables = Tables(whole.constant, {i: points.copy() for i, points in enumerate(whole.points)})
    terms, levels = finished(tables, binning, reference)
    return Fitted(
        terms,
        partial(_score, whole, levels),
        by_fold([partial(_score, part, levels) for part in parts], salt),
    )


def _score(points: Points, levels: dict[int, Floats], X: Floats) -> Floats:
    return without_levels(points.raw(X), X, points.binning, levels)


def _points(binning: Binning, X: Floats, y: Floats, weight: Floats) -> Points:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    sizes = np.array([axis.bins for axis in binning.axes])
    begin = np.concatenate([[0], np.cumsum(sizes)])
    n = X.shape[0]
    columns = np.column_stack([begin[i] + axis.assign(np.ascontiguousarray(X[:, axis.column]))
                               for i, axis in enumerate(binning.axes)])  # fmt: skip
    rows = np.repeat(np.arange(n), len(sizes))
    marks = csr_matrix((np.ones(columns.size), (rows, columns.ravel())), shape=(n, int(begin[-1])))
    model: Any = LogisticRegression(C=FREEDOM, max_iter=500, tol=1e-6)
    with threadpool_limits(limits=1):
        model.fit(marks, y, sample_weight=weight)
    points = tuple(model.coef_[0][begin[i] : begin[i + 1]].astype(np.float64) for i in range(len(sizes)))
    return Points(binning, float(model.intercept_[0]), points)
