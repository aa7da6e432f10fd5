"""One feature that explains too much to be true."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, share
from training.engines.additive import fold_of
from training.examples import Examples

FOLDS: Final = 3
MOST_CASES: Final = 8_000
LEAST_POSITIVES: Final = 30
BINS: Final = 16
#: Share of the uncertainty about the label that one feature takes away by itself.
ALONE: Final = 0.25
#: Its part of what all features together take away ...
OF_ALL: Final = 0.5
#: ... and what is left of that without it.
WITHOUT: Final = 0.6
#: A mark: at least this share of the positives bear it, hardly anybody else does, ...
BEARERS: Final = 0.1
PURE: Final = 0.97
#: ... and to the other features its bearers do not look that certain.
UNSEEN: Final = 0.7
MOST_MARKS: Final = 3
#: Features whose ranks agree so well say the same and are taken away together.
SAME: Final = 0.95


Folds = npt.NDArray[np.intp]


class OneFeature(Check):
    """A single feature says most of what is known, and nothing else can say it.

    Strong features are welcome; they have company, since what drives an outcome shows in several places. A feature that
    holds the answer stands alone: with it nearly everything is explained, without it little is. The answer may also be
    in a mark that only some of the positives bear: nobody else has it, and nothing else points to them.
    """

    code: ClassVar[str] = "one_feature"
    title: ClassVar[Text] = Text("Satu fitur menjelaskan terlalu banyak", "One feature explains too much")
    what_to_do: ClassVar[Text] = Text(
        "Cari tahu kapan dan bagaimana fitur itu dicatat; buang bila memuat jawabannya.",
        "Find out when and how it is recorded; leave it out if it holds the answer.",
    )

    def look(self, material: Material) -> list[Text]:
        """The feature that stands alone, if there is one."""
        data = _sample(material.data)
        positives = int(data.label.sum())
        if min(positives, len(data) - positives) < LEAST_POSITIVES or not data.names:
            raise CannotRunError(Text("terlalu sedikit temuan", "too few findings"))
        folds = fold_of(data.case, FOLDS, salt="one feature")
        null = _loss(data.label, _constant(data.label, folds))
        alone = np.array([1 - _loss(data.label, _by_bin(x, data.label, folds)) / null for x in data.X.T])
        found = _alone(data, folds, alone=alone, null=null)
        return found or _mark(data, folds)


def _alone(data: Examples, folds: Folds, *, alone: Floats, null: float) -> list[Text]:
    """The best feature, if it explains much and the others do not."""
    best = int(alone.argmax())
    if alone[best] < ALONE:
        return []
    everything = 1 - _loss(data.label, _fitted(data.X, data.label, folds)) / null
    without = 1 - _loss(data.label, _without(data, best, folds)) / null
    whole = max(everything, float(alone[best]))
    if alone[best] < OF_ALL * whole or without > WITHOUT * whole:
        return []
    name, much, left = data.names[best], share(float(alone[best]), 1.0), share(max(without, 0.0), 1.0)
    return [
        Text(
            f"{name} sendirian menjelaskan {much} dari ketidakpastian; semua fitur lain bersama-sama {left}.",
            f"{name} alone explains {much} of the uncertainty; all other features together explain {left}.",
        )
    ]


def _mark(data: Examples, folds: Folds) -> list[Text]:
    """A value that some of the positives bear and nobody else, and that the other features do not point to."""
    found, looked = [], 0
    for j, name in enumerate(data.names):
        bearers = _pure(_binned(data.X[:, j]), data.label)
        if bearers.sum() < LEAST_POSITIVES / 2 or data.label[bearers].sum() < BEARERS * data.label.sum():
            continue
        looked += 1
        if looked > MOST_MARKS:
            break
        others = float(_without(data, j, folds)[bearers].mean())
        if others < UNSEEN:
            much = share(float(data.label[bearers].sum()), float(data.label.sum()))
            found.append(
                Text(
                    f"{name} memuat nilai yang hanya ada pada temuan positif ({much} di antaranya); menurut fitur lain "
                    f"kasus-kasus itu bernilai {share(others, 1)}.",
                    f"{name} has a value that only positives bear ({much} of them); by the other features these cases "
                    f"stand at {share(others, 1)}.",
                )
            )
    return found


def _pure(code: Folds, label: Floats) -> npt.NDArray[np.bool_]:
    """Rows in bins that hold positives only."""
    if label.mean() > 0.5:
        return np.zeros(label.size, dtype=np.bool_)
    mass = np.bincount(code)
    rate = np.bincount(code, weights=label) / np.maximum(mass, 1)
    return np.asarray(((rate >= PURE) & (mass >= 5))[code], dtype=np.bool_)


def _sample(data: Examples) -> Examples:
    """A row for each case, the nearest to the event; every so many of them when there are many."""
    rows = np.flatnonzero(data.labelled)
    order = rows[np.lexsort((-data.day[rows], data.case[rows]))]
    _, at = np.unique(data.case[order], return_index=True)
    chosen = order[at]
    return data.rows(chosen[:: max(1, -(-chosen.size // MOST_CASES))])


def _loss(label: Floats, p: Floats) -> float:
    inside = np.clip(p, 1e-4, 1 - 1e-4)
    return float(-np.where(label > 0, np.log(inside), np.log(1 - inside)).mean())


def _constant(label: Floats, folds: Folds) -> Floats:
    out = np.empty(label.size)
    for k in range(FOLDS):
        out[folds == k] = label[folds != k].mean()
    return out


def _binned(values: Floats) -> Folds:
    """Bin of each value: every value if there are few, else quantiles; missing is a bin."""
    known = ~np.isnan(values)
    code = np.full(values.size, -1)
    if known.any():
        distinct = np.unique(values[known])
        if distinct.size > BINS:
            distinct = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)[:-1]))
        code[known] = np.searchsorted(distinct, values[known], side="right")
    return np.asarray(code + 1, dtype=np.intp)


def _by_bin(values: Floats, label: Floats, folds: Folds) -> Floats:
    """Rates by bin of one feature, told from the other folds."""
    code = _binned(values)
    size = int(code.max()) + 1
    out = np.empty(values.size)
    for k in range(FOLDS):
        rest = folds != k
        mean = label[rest].mean()
        mass = np.bincount(code[rest], minlength=size) + 1.0
        out[~rest] = ((np.bincount(code[rest], weights=label[rest], minlength=size) + mean) / mass)[code[~rest]]
    return out


def _fitted(X: Floats, label: Floats, folds: Folds) -> Floats:
    """Probabilities by a model that may do as it likes, from the other folds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    out = np.empty(label.size)
    for k in range(FOLDS):
        model: Any = HistGradientBoostingClassifier(
            max_iter=60, max_depth=3, min_samples_leaf=15, l2_regularization=5.0, early_stopping=False, random_state=0
        )
        with threadpool_limits(limits=1):
            out[folds == k] = model.fit(X[folds != k], label[folds != k]).predict_proba(X[folds == k])[:, 1]
    return out


def _without(data: Examples, feature: int, folds: Folds) -> Floats:
    """Probabilities by all features but one and those that say the same."""
    rest = [j for j in range(len(data.names)) if j != feature and not _same(data.X[:, j], data.X[:, feature])]
    return _fitted(data.X[:, rest], data.label, folds) if rest else _constant(data.label, folds)


def _same(left: Floats, right: Floats) -> bool:
    """Whether two features order the rows alike."""
    a, b = _rank(left), _rank(right)
    if a.std() == 0 or b.std() == 0:
        return False
    return bool(abs(np.corrcoef(a, b)[0, 1]) > SAME)


def _rank(values: Floats) -> Floats:
    _, position, counts = np.unique(np.nan_to_num(values, nan=-np.inf), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts / 2)[position], dtype=np.float64)
