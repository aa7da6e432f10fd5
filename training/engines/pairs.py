"""Which pairs of features say together what they do not say alone.

Shallow trees are grown on what the additive model leaves unexplained; each tree looks at two features at most. What
such trees say about a pair, less what they say about its features alone, ranks the pairs. (Counting which features
occur together in full trees finds strong main effects instead.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.compile import Pair, Reference, compile_trees, purify, take_out_context
from training.engines.binning import Binning


@dataclass(frozen=True, kw_only=True)
class PairSearch:
    """Settings of the search.

    Parameters
    ----------
    most : int
        Pairs at most.
    trees, min_leaf : int
        Shallow trees, and rows per leaf.
    context_bonus : float
        How much stronger another pair must be than one of a step with the days to departure, to be preferred.
    least : float
        Share of the strongest pair's strength below which a pair is not worth a table.
    """

    most: int = 10
    trees: int = 150
    min_leaf: int = 50
    context_bonus: float = 2.0
    least: float = 0.05


def find_pairs(
    binning: Binning,
    codes: Floats,
    y: Floats,
    *,
    weight: Floats,
    additive: Floats,
    reference: Reference,
    settings: PairSearch,
    may_meet: Callable[[int, int], bool],
    seed: int,
) -> list[Pair]:
    """Pairs worth a table, the strongest first.

    Parameters
    ----------
    binning : Binning
    codes : ndarray of float64, shape (n, k)
    y, weight : ndarray of float64, shape (n,)
    additive : ndarray of float64, shape (n,)
        Held-out log-odds of the additive model.
    reference : Reference
    settings : PairSearch
    may_meet : callable
        Whether two positions may form a pair.
    seed : int

    Returns
    -------
    list of (position, position)
        The smaller position first.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    p = 1.0 / (1.0 + np.exp(-np.clip(additive, -30, 30)))
    curvature = np.maximum(p * (1 - p), 1e-4)
    k = len(binning.specs)
    possible = [(a, b) for a in range(k) for b in range(a + 1, k) if may_meet(a, b)]
    if not possible:
        return []
    model = HistGradientBoostingRegressor(
        learning_rate=0.1,
        max_iter=settings.trees,
        max_depth=2,
        min_samples_leaf=settings.min_leaf,
        early_stopping=False,
        random_state=seed,
        interaction_cst=[*({a, b} for a, b in possible), *({i} for i in range(k))],
    )
    with threadpool_limits(limits=1):
        model.fit(codes, (y - p) / curvature, sample_weight=weight * curvature)
    trees = [stage[0] for stage in model._predictors]  # noqa: SLF001  (there is no public way to the trees)
    found = compile_trees(trees, binning, allowed=possible, base=0.0)
    take_out_context(found, binning, reference)
    purify(found, binning, reference)
    strength: dict[Pair, float] = {}
    for pair, table in found.pairs.items():
        joint = reference.joint(pair, (table.shape[0], table.shape[1]))
        bonus = settings.context_bonus if any(binning.specs[i].context for i in pair) else 1.0
        strength[pair] = float((joint * table**2).sum()) * bonus
    ranked = sorted(strength, key=lambda pair: (-strength[pair], pair))
    return [pair for pair in ranked[: settings.most] if strength[pair] >= settings.least * strength[ranked[0]] > 0]
