"""Constrained gradient boosting: scikit-learn's histogram trees, of which each looks at one feature or an allowed pair.

First the additive stage (each tree on one feature, or on a step and the days to departure), then trees that may also
look at the chosen pairs, grown on top of it with a warm start. Columns are given as integer codes (see `binning`), so
there are no native categories: scikit-learn 1.9.1 re-orders monotonic constraints for them but not interaction
constraints, and then binds the wrong features.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.compile import Pair, Tables, compile_trees
from training.engines.binning import Binning


@dataclass(frozen=True, kw_only=True)
class Boosting:
    """Settings of the trees.

    Parameters
    ----------
    learning_rate, l2, leaves, min_leaf
        Shrinkage; L2 penalty on leaf values, in units of cases; leaves per tree; rows per leaf.
    max_additive, max_pairs_stage : int
        Trees at most in each stage; how many are used is chosen on held-out groups.
    patience : int
        A stage ends when this many trees in a row have not made the held-out groups more likely.
    """

    learning_rate: float = 0.1
    l2: float = 2.0
    leaves: int = 5
    min_leaf: int = 30
    max_additive: int = 250
    max_pairs_stage: int = 100
    patience: int = 40


def new_model(settings: Boosting, binning: Binning, *, seed: int) -> Any:
    """An unfitted classifier for the additive stage."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        l2_regularization=settings.l2,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.min_leaf,
        early_stopping=False,
        warm_start=True,
        random_state=seed,
        monotonic_cst=[spec.direction for spec in binning.specs],
        interaction_cst=[{i} for i in range(len(binning.specs))],
    )


def grow(model: Any, codes: Floats, y: Floats, weight: Floats, *, trees: int, pairs: Sequence[Pair] = ()) -> Any:
    """Grow a model to the given number of trees; the new ones may look at one feature or at one of the pairs.

    One thread: sums in another order would give other bits.
    """
    if trees > grown(model):
        alone = [{i} for i in range(codes.shape[1])]
        model.set_params(max_iter=trees, interaction_cst=[*({*pair} for pair in pairs), *alone])
        with threadpool_limits(limits=1):
            model.fit(codes, y, sample_weight=weight)
    return model


def grown(model: Any) -> int:
    """Number of trees of a model."""
    return len(getattr(model, "_predictors", ()))


def cut_back(model: Any, trees: int) -> Any:
    """The model without the trees after the given number; it can be grown again from there."""
    if grown(model) > trees:
        del model._predictors[trees:]  # noqa: SLF001  (there is no public way to the trees)
    return model


def raw_scores(model: Any, codes: Floats) -> Floats:
    """Log-odds as scikit-learn computes them: shape (n,)."""
    with threadpool_limits(limits=1):
        return np.asarray(model.decision_function(codes), dtype=np.float64)


def staged_scores(model: Any, codes: Floats) -> Iterator[Floats]:
    """Log-odds after each tree."""
    with threadpool_limits(limits=1):
        yield from (np.asarray(stage, dtype=np.float64).ravel() for stage in model.staged_decision_function(codes))


def tables_of(model: Any, binning: Binning, pairs: Sequence[Pair]) -> Tables:
    """The model as tables; CompileError when features met that must not."""
    predictors = [stage[0] for stage in model._predictors]  # noqa: SLF001  (there is no public way to the trees)
    base = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    return compile_trees(predictors, binning, allowed=pairs, base=base)
