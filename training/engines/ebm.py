"""The rival: interpret-core's explainable boosting machine, compiled to the same tables.

It is given the same bins, as codes, and the pairs it finds itself. It knows no directions for pairs, so the law is
checked afterwards and not enforced; a release needs it to hold.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.terms import Floats
from training.compile import Reference, Tables
from training.engines.additive import Groups, fold_of, may_meet
from training.engines.binning import Binning
from training.engines.fitted import Fitted, by_fold, finished, without_levels
from training.engines.spec import Spec

FOLDS: Final = 4
PAIRS: Final = 10
ROUNDS: Final = 2000


@dataclass(frozen=True, eq=False)
class _Machine:
    """A fitted machine over codes, and the bins the codes stand for."""

    model: Any
    binning: Binning

    def raw(self, X: Floats) -> Floats:
        """Log-odds by interpret's own code, the context's included."""
        return np.asarray(self.model.decision_function(self.binning.codes(X)), dtype=np.float64)

    def tables(self, bag: int | None) -> Tables:
        """What one bag says, or all of them together (interpret's mean, not a plain one), over our bins."""
        model = self.model
        base = model.intercept_ if bag is None else model.bagged_intercept_[bag]
        every = model.term_scores_ if bag is None else [scores[bag] for scores in model.bagged_scores_]
        tables = Tables(base=float(np.ravel(base)[0]))
        codes = [self.binning.codes_of_bins(i) for i in range(len(self.binning.specs))]
        for features, scores in zip(model.term_features_, every, strict=True):
            # Resolution may differ between mains and pairs; its index 0 is missing, which codes never are.
            level = min(len(features), len(model.bins_[features[0]])) - 1
            at = [np.digitize(codes[i], model.bins_[i][min(level, len(model.bins_[i]) - 1)]) + 1 for i in features]
            table = np.asarray(scores, dtype=np.float64)
            if len(features) == 1:
                tables.mains[features[0]] = table[at[0]]
            else:
                cells = table[np.ix_(*at)]
                low, high = sorted(features)
                tables.pairs[low, high] = cells if features[0] == low else cells.T
        return tables


def fit_ebm(X: Floats, y: Floats, *, weight: Floats, groups: Groups, specs: Sequence[Spec], seed: int) -> Fitted:
    """Fit the rival; see `training.engines.fitted.Engine`.

    Bag k learns from neither fold k nor the fold after it, on which it decides when to stop.
    """
    free = tuple(replace(spec, direction=0) for spec in specs)
    binning = Binning.fit(free, X, weight)
    reference = Reference.of(binning, X, weight)
    salt = f"ebm/{seed}"
    fold = fold_of(groups, FOLDS, salt=salt)
    bags = np.ones((len(y), FOLDS), dtype=np.int8)
    for k in range(FOLDS):
        bags[fold == k, k] = 0
        bags[fold == (k + 1) % FOLDS, k] = -1
    k = len(free)
    apart = [(a, b) for a in range(k) for b in range(a + 1, k) if not may_meet(free, a, b)]
    machine = _Machine(_fitted(binning, X, y, weight=weight, bags=bags, apart=apart, seed=seed), binning)
    bagged = [machine.tables(bag) for bag in range(FOLDS)]
    terms, levels = finished(machine.tables(None), binning, reference)
    return Fitted(
        terms,
        partial(_score, machine, levels),
        by_fold([partial(_looked_up, tables, binning, levels) for tables in bagged], salt),
    )


def _fitted(
    binning: Binning,
    X: Floats,
    y: Floats,
    *,
    weight: Floats,
    bags: npt.NDArray[np.int8],
    apart: list[tuple[int, int]],
    seed: int,
) -> Any:
    from interpret.glassbox import ExplainableBoostingClassifier

    model: Any = ExplainableBoostingClassifier(
        feature_types=["continuous"] * len(binning.specs),
        max_bins=256,
        max_interaction_bins=256,
        interactions=PAIRS,
        exclude=apart,
        outer_bags=FOLDS,
        max_rounds=ROUNDS,
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of excluded pairs that it would not have chosen anyway
        model.fit(binning.codes(X), y.astype(np.int64), sample_weight=weight, bags=bags)
    return model


def _score(machine: _Machine, levels: dict[int, Floats], X: Floats) -> Floats:
    return without_levels(machine.raw(X), X, machine.binning, levels)


def _looked_up(tables: Tables, binning: Binning, levels: dict[int, Floats], X: Floats) -> Floats:
    bins = [axis.assign(np.ascontiguousarray(X[:, axis.column])) for axis in binning.axes]
    out = np.full(X.shape[0], tables.base)
    for i, main in tables.mains.items():
        out += main[bins[i]]
    for (i, j), table in tables.pairs.items():
        out += table[bins[i], bins[j]]
    return without_levels(out, X, binning, levels)
