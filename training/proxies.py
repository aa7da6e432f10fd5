"""How well the terms of a model give away who somebody is.

Sex, age and home region are no inputs, but what is an input may stand for them. For each term the group is told from
its contribution alone, by a table learnt from other people; the figure is the chance that of two people of different
groups the right one is picked (0.5 is a coin, 1 gives it away).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.engines.additive import fold_of
from training.examples import Names

#: Groups of an attribute that are told apart; all others are one.
MOST_GROUPS: Final = 12
FOLDS: Final = 3
BINS: Final = 32
#: A term gives an attribute away when the lower bound is above this.
GIVES_AWAY: Final = 0.7
ALL_TERMS: Final = "(all terms together)"

PROXIES = {
    "attribute": pl.String(), "term": pl.String(), "auc": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "gives_away": pl.Boolean(),
}  # fmt: skip
"""Columns of `proxies`."""


def proxies(
    contributions: Floats,
    terms: Sequence[str],
    groups: Mapping[str, Names],
    people: Names,
    *,
    unknown: str = "unknown",
    together: bool = True,
) -> pl.DataFrame:
    """How well each term tells each attribute.

    Parameters
    ----------
    contributions : ndarray of float64, shape (n, number of terms)
        In log-odds, one row a person or case; from `models.terms.Terms.group_contributions`.
    terms : sequence of str
        Their names.
    groups : mapping of str to ndarray of str
        By attribute (such as sex, age band, home region), the group of each row.
    people : ndarray of str, shape (n,)
        Rows of one person are never on both sides.
    unknown : str
        Rows of this group are left out.
    together : bool
        Also all terms at once, by a model that may combine them.

    Returns
    -------
    polars.DataFrame
        Columns of `PROXIES`, the most telling first within each attribute. Intervals are of 90 %, after Hanley and
        McNeil (1982), over the smallest groups compared.
    """
    lines = []
    for attribute, values in groups.items():
        known = values != unknown
        code, size = _codes(values[known])
        if size < 2:
            continue
        fold = fold_of(people[known], FOLDS, salt="proxies")
        X = contributions[known]
        told = {name: _by_cell(X[:, j], code, fold, size) for j, name in enumerate(terms) if np.ptp(X[:, j]) > 0}
        if together:
            told[ALL_TERMS] = _by_model(X, code, fold, size)
        found = []
        for name, chance in told.items():
            auc, error = _auc(chance, code, size)
            low, high = auc - 1.645 * error, min(auc + 1.645 * error, 1.0)
            found.append((attribute, name, auc, low, high, low > GIVES_AWAY))
        lines += sorted(found, key=lambda line: -line[2])
    return pl.DataFrame(lines, schema=PROXIES, orient="row")


def _codes(values: Names) -> tuple[npt.NDArray[np.intp], int]:
    """Number of each row's group; the smallest groups beyond `MOST_GROUPS` are one."""
    names, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.empty(names.size, dtype=np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(names.size)
    merged = np.minimum(rank[code], MOST_GROUPS - 1)
    return merged, int(merged.max(initial=-1)) + 1


def _by_cell(values: Floats, code: npt.NDArray[np.intp], fold: npt.NDArray[np.intp], size: int) -> Floats:
    """Chance of each group given one contribution, from the other folds: shape (n, groups)."""
    distinct = np.unique(values)
    if distinct.size > BINS:
        distinct = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    cell = np.searchsorted(distinct, values)
    cells = distinct.size + 1
    out = np.empty((values.size, size))
    for k in range(FOLDS):
        rest = fold != k
        prior = np.bincount(code[rest], minlength=size) / max(int(rest.sum()), 1)
        counts = np.bincount(cell[rest] * size + code[rest], minlength=cells * size).reshape(cells, size)
        chance = (counts + 4 * prior) / (counts.sum(axis=1, keepdims=True) + 4)
        out[~rest] = chance[cell[~rest]]
    return out


def _by_model(X: Floats, code: npt.NDArray[np.intp], fold: npt.NDArray[np.intp], size: int) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    out = np.full((len(code), size), 1.0 / size)
    for k in range(FOLDS):
        rest = fold != k
        if np.unique(code[rest]).size < 2 or rest.all():
            continue
        model: Any = HistGradientBoostingClassifier(
            max_iter=30, max_depth=3, min_samples_leaf=20, early_stopping=False, random_state=0
        )
        with threadpool_limits(limits=1):
            model.fit(X[rest], code[rest])
            out[np.ix_(~rest, model.classes_)] = model.predict_proba(X[~rest])
    return out


def _auc(chance: Floats, code: npt.NDArray[np.intp], size: int) -> tuple[float, float]:
    """Mean over groups of one against the rest, by size, and its standard error."""
    total, weight, variance = 0.0, 0.0, 0.0
    for g in range(size):
        own = code == g
        a, b = int(own.sum()), int((~own).sum())
        if not a or not b:
            continue
        _, position, counts = np.unique(chance[:, g], return_inverse=True, return_counts=True)
        rank = (np.cumsum(counts) - (counts - 1) / 2)[position]
        auc = (float(rank[own].sum()) - a * (a + 1) / 2) / (a * b)
        q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
        spread = (auc * (1 - auc) + (a - 1) * (q1 - auc**2) + (b - 1) * (q2 - auc**2)) / (a * b)
        total, weight = total + a * auc, weight + a
        variance += a * sqrt(max(spread, 0.0))
    return (total / weight, variance / weight) if weight else (0.5, 0.5)
