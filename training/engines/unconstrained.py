"""Gradient boosting that may do as it likes: what there would be to gain if nobody had to read the model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.engines.additive import Groups, fold_of
from training.engines.fitted import Fitted, by_fold
from training.engines.spec import Spec

FOLDS: Final = 3
TREES: Final = 150


def fit_unconstrained(
    X: Floats, y: Floats, *, weight: Floats, groups: Groups, specs: Sequence[Spec], seed: int
) -> Fitted:
    """Fit trees of depth four over all columns; see `training.engines.fitted.Engine`.

    The number of trees is chosen on the held-out groups, as for the engine it is compared with.
    """
    columns = [spec.column for spec in specs]
    salt = f"unconstrained/{seed}"
    fold = fold_of(groups, FOLDS, salt=salt)
    staged = np.zeros(TREES)
    models = []
    for k in range(FOLDS):
        rest = fold != k
        model = plain_fit(X[rest][:, columns], y[rest], weight[rest], seed=seed, trees=TREES)
        models.append(model)
        with threadpool_limits(limits=1):
            for i, raw in enumerate(model.staged_decision_function(X[~rest][:, columns])):
                z = np.ravel(raw)
                staged[i] += float((weight[~rest] * np.logaddexp(0.0, np.where(y[~rest] > 0, -z, z))).sum())
    best = int(staged.argmin()) + 1
    whole = plain_fit(X[:, columns], y, weight, seed=seed, trees=best)
    return Fitted(
        None,
        partial(_score, whole, columns, best),
        by_fold([partial(_score, model, columns, best) for model in models], salt),
    )


def plain_fit(X: Floats, y: Floats, weight: Floats, *, seed: int, trees: int) -> Any:
    """One fit of boosted trees of depth four on a block (n, k), one thread."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model: Any = HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=trees,
        max_depth=4,
        min_samples_leaf=30,
        l2_regularization=2.0,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(limits=1):
        return model.fit(X, y, sample_weight=weight)


def _score(model: Any, columns: list[int], trees: int, X: Floats) -> Floats:
    if not X.shape[0]:
        return np.empty(0)
    with threadpool_limits(limits=1):
        for i, raw in enumerate(model.staged_decision_function(X[:, columns])):
            if i + 1 == trees:
                return np.asarray(raw, dtype=np.float64).ravel()
    raise ValueError(f"the model has fewer than {trees} trees")
