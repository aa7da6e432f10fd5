"""Which pairs of features say together what they do not say alone, whichever half of the groups one looks at.

Shallow trees are grown on what the additive model leaves unexplained; each tree looks at two features at most. What
such trees say about a pair, less what they say about its features alone, ranks the pairs. (Counting which features
occur together in full trees finds strong main effects instead.)

Pairs of a step with the context are not searched: every model has them.

With some hundreds of pairs to choose from, the strongest of one search are partly chance. So the search is made in many
bags, each half of the groups, drawn in complementary halves, and a pair enters only if enough bags have it among their
strongest (stability selection; Meinshausen and Bühlmann 2010, Shah and Samworth 2013). Where every bag names q of p
possible pairs, at most q² / ((2 share - 1) p) pairs that say nothing are expected to enter, the share being that of the
bags needed; so q follows from how many one accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.compile import Pair, Reference, compile_trees, purify
from training.engines.binning import Binning


@dataclass(frozen=True, kw_only=True)
class PairSearch:
    """Settings of the search.

    Parameters
    ----------
    most : int
        Pairs at most, in all and in a bag.
    trees, min_leaf : int
        Shallow trees, and rows per leaf.
    least : float
        Share of the strongest pair's strength below which a pair is not worth a table.
    bags : int
        Halves of the groups that are searched, two for each division; even.
    enough : float
        Share of the bags that must have chosen a pair; above one half.
    by_chance : float
        Pairs that say nothing and may be expected to enter, at most: it bounds how many a bag may choose.
    """

    most: int = 10
    trees: int = 100
    min_leaf: int = 40
    least: float = 0.05
    bags: int = 10
    enough: float = 0.8
    by_chance: float = 0.5

    @property
    def votes_needed(self) -> int:
        """Bags that must have chosen a pair, at least."""
        return int(np.ceil(self.enough * self.bags - 1e-9))

    def in_a_bag(self, possible: int) -> int:
        """Pairs that one bag chooses at most, of so many possible ones; at least one."""
        share = self.votes_needed / self.bags
        return max(1, min(self.most, int(np.sqrt(max(self.by_chance * (2 * share - 1) * possible, 0.0)))))


@dataclass(frozen=True)
class Vote:
    """In how many bags a pair was chosen, and how strong it was there on average, as a share of the strongest."""

    pair: Pair
    bags: int
    strength: float


@dataclass(frozen=True, eq=False)
class Unexplained:
    """What an additive model leaves over, by row.

    Attributes
    ----------
    codes : ndarray of float64, shape (n, k)
    residual, weight : ndarray of float64, shape (n,)
        The next Newton step, and how much it counts.
    reference : Reference
    """

    codes: Floats
    residual: Floats
    weight: Floats
    reference: Reference

    @classmethod
    def of(cls, codes: Floats, y: Floats, *, weight: Floats, log_odds: Floats, reference: Reference) -> Unexplained:
        """From outcomes and held-out log-odds of the additive model (n,)."""
        p = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30, 30)))
        curvature = np.maximum(p * (1 - p), 1e-4)
        return cls(codes, (y - p) / curvature, weight * curvature, reference)

    def rows(self, keep: npt.NDArray[np.bool_]) -> Unexplained:
        """Some of the rows."""
        share = self.reference.weight[keep]
        part = Reference(tuple(bins[keep] for bins in self.reference.bins), share / max(float(share.sum()), 1e-300))
        return Unexplained(self.codes[keep], self.residual[keep], self.weight[keep], part)


def vote(
    binning: Binning,
    left: Unexplained,
    *,
    halves: Sequence[npt.NDArray[np.bool_]],
    settings: PairSearch,
    may_meet: Callable[[int, int], bool],
    seed: int,
    parallel: Callable[..., Any],
) -> list[Vote]:
    """How often each pair was chosen, the most often chosen first.

    Parameters
    ----------
    binning : Binning
    left : Unexplained
    halves : sequence of ndarray of bool, shape (n,)
        The rows of each bag.
    settings : PairSearch
    may_meet : callable
        Whether two positions may form a pair.
    seed : int
    parallel : callable
        A `joblib.Parallel`; the result does not depend on how many processes it has.

    Returns
    -------
    list of Vote
        Pairs that at least one bag chose; the smaller position first.
    """
    from joblib import delayed

    k = len(binning.specs)
    possible = [(a, b) for a in range(k) for b in range(a + 1, k) if may_meet(a, b)]
    if not possible:
        return []
    chosen: dict[Pair, list[float]] = {}
    for found in parallel(delayed(strongest)(binning, left.rows(half), possible, settings, seed) for half in halves):
        for pair, strength in found:
            chosen.setdefault(pair, []).append(strength)
    votes = [Vote(pair, len(strengths), float(np.mean(strengths))) for pair, strengths in chosen.items()]
    return sorted(votes, key=lambda v: (-v.bags, -v.strength, v.pair))


def elected(votes: Sequence[Vote], settings: PairSearch) -> list[Pair]:
    """The pairs that enough bags have chosen, from `vote`."""
    return [v.pair for v in votes if v.bags >= settings.votes_needed][: settings.most]


def strongest(
    binning: Binning, left: Unexplained, possible: Sequence[Pair], settings: PairSearch, seed: int
) -> list[tuple[Pair, float]]:
    """The pairs of one bag worth a table, with their strength as a share of the strongest pair's; the strongest first.

    None where a leaf would hold all rows.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    if left.residual.size < 2 * settings.min_leaf or not left.weight.any():
        return []
    model = HistGradientBoostingRegressor(
        learning_rate=0.1,
        max_iter=settings.trees,
        max_depth=2,
        min_samples_leaf=settings.min_leaf,
        early_stopping=False,
        random_state=seed,
        interaction_cst=[*({a, b} for a, b in possible), *({i} for i in range(len(binning.specs)))],
    )
    with threadpool_limits(limits=1):
        model.fit(left.codes, left.residual, sample_weight=left.weight)
    trees = [stage[0] for stage in model._predictors]  # noqa: SLF001  (there is no public way to the trees)
    found = compile_trees(trees, binning, allowed=possible, base=0.0)
    purify(found, binning, left.reference)
    strength: dict[Pair, float] = {}
    for pair, table in found.pairs.items():
        joint = left.reference.joint(pair, (table.shape[0], table.shape[1]))
        strength[pair] = float((joint * table**2).sum())
    ranked = sorted(strength, key=lambda pair: (-strength[pair], pair))
    most = strength[ranked[0]] if ranked else 0.0
    kept = [pair for pair in ranked if strength[pair] >= settings.least * most > 0]
    return [(pair, strength[pair] / most) for pair in kept[: settings.in_a_bag(len(possible))]]
