"""The engine: bags of constrained boosted trees, averaged, compiled to tables, with held-out scores for calibration.

What a step that is overdue says depends on how near the departure is: the hand-written rules say so too. Trees may
therefore look at a step and the context together from the first one on. Other pairs have to be chosen.

Groups (candidates, or agencies) are dealt into folds; every bag leaves one fold out. The release is the mean of all
bags. Each case also has scores from bags that never saw its group, which is what the probability is calibrated on;
how far the bags lie apart goes into the interval.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.directions import direction_violations
from models.terms import Floats, Indices, Terms
from training.compile import Pair, Reference, Tables, average, centre, purify, take_out_context, to_terms
from training.engines.binning import MAX_BINS, Binning
from training.engines.boosting import Boosting, cut_back, grow, grown, new_model, raw_scores, staged_scores, tables_of
from training.engines.pairs import PairSearch, Unexplained, elected, vote
from training.engines.spec import Spec

Groups = Sequence[str] | npt.NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """Settings of the engine.

    Parameters
    ----------
    folds, repeats : int
        ``folds`` x ``repeats`` bags.
    boosting : Boosting
    pairs : PairSearch
    max_bins : int
    jobs : int
        Processes that grow bags side by side; the result does not depend on it.
    """

    folds: int = 5
    repeats: int = 2
    boosting: Boosting = field(default_factory=Boosting)
    pairs: PairSearch = field(default_factory=PairSearch)
    max_bins: int = MAX_BINS
    jobs: int = 1


@dataclass(frozen=True, eq=False)
class Estimator:
    """The fitted trees, for analysts and for proving the tables; scores like the tables, by scikit-learn's own code.

    Parameters
    ----------
    binning : Binning
    models : list of HistGradientBoostingClassifier
    levels : dict of position to ndarray
        What the context says by itself, by bin; not part of a score (see `training.compile.take_out_context`).
    """

    binning: Binning
    models: list[Any]
    levels: dict[int, Floats]

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of a block (n, k): shape (n,)."""
        codes = self.binning.codes(X)
        raw = np.mean([raw_scores(model, codes) for model in self.models], axis=0)
        for position, level in self.levels.items():
            bins = self.binning.codes_of_bins(position)
            order = np.argsort(bins)
            raw = raw - level[order][np.searchsorted(bins[order], codes[:, position])]
        return np.asarray(raw, dtype=np.float64)

    def predict_proba(self, X: Floats) -> Floats:
        """Uncalibrated probabilities, shape (n, 2), as scikit-learn's classifiers give them."""
        p = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - p, p])


@dataclass(frozen=True)
class PairVote:
    """How many bags of the search for pairs chose a pair."""

    first: str
    second: str
    bags: int


@dataclass(frozen=True, eq=False)
class Fit:
    """What the engine returns.

    Attributes
    ----------
    terms : Terms
    estimator : Estimator
    pairs : list of (str, str)
        Chosen by the search; trees may also look at those of `context_pairs`.
    trees : (int, int)
        Trees per bag after the additive stage, and in all.
    seed : int
    settings : EngineSettings
    votes : list of PairVote
        Pairs that some bag of the search chose, the most often chosen first.
    edited_bags : sequence of (Terms, Terms)
        Where an analyst edited the tables: those of each bag by itself before and after (see `training.edits`); else
        empty.
    """

    terms: Terms
    estimator: Estimator
    pairs: list[tuple[str, str]]
    trees: tuple[int, int]
    seed: int
    settings: EngineSettings
    votes: Sequence[PairVote] = ()
    edited_bags: Sequence[tuple[Terms, Terms]] = ()

    @property
    def allowed(self) -> list[Pair]:
        """Positions of every pair that a tree may look at."""
        specs = self.estimator.binning.specs
        position = {spec.name: i for i, spec in enumerate(specs)}
        return [*context_pairs(specs), *((position[a], position[b]) for a, b in self.pairs)]

    def bag_scores(self, X: Floats) -> Floats:
        """Log-odds by each bag, edits included: shape (repeats, folds, n)."""
        binning, levels = self.estimator.binning, self.estimator.levels
        scores = [Estimator(binning, [model], levels).decision_function(X) for model in self.estimator.models]
        for i, (before, after) in enumerate(self.edited_bags):
            scores[i] = scores[i] + after.log_odds(X) - before.log_odds(X)
        return np.array(scores).reshape(self.settings.repeats, self.settings.folds, X.shape[0])

    def held_out(self, X: Floats, groups: Groups) -> tuple[Floats, Floats]:
        """Scores that owe nothing to the row's own group, and their uncertainty.

        Parameters
        ----------
        X : ndarray of float64, shape (n, k)
        groups : sequence of str, length n
            As in fitting; rows that were not fitted on are welcome.

        Returns
        -------
        log_odds : ndarray of float64, shape (n,)
            Mean over the bags that did not see the group.
        spread : ndarray of float64, shape (n,)
            Standard error over all bags, by a jackknife that leaves out a fold at a time.
        """
        scores = self.bag_scores(X)
        rows = np.arange(X.shape[0])
        unseen = [
            scores[repeat, _dealt(groups, self.seed, repeat, self.settings.folds), rows]
            for repeat in range(self.settings.repeats)
        ]
        variance = scores.reshape(-1, X.shape[0]).var(axis=0)
        return np.mean(unseen, axis=0), np.sqrt((self.settings.folds - 1) * variance)


def fold_of(groups: Groups, folds: int, *, salt: str) -> Indices:
    """Fold of each row, by a hash of its group: the same group always falls into the same fold."""
    names, position = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    dealt = [int.from_bytes(hashlib.sha256(f"{salt}/{name}".encode()).digest()[:8], "big") % folds for name in names]
    return np.asarray(dealt, dtype=np.intp)[position]


def log_loss(y: Floats, weight: Floats, log_odds: Floats) -> float:
    """Weighted mean of -log(likelihood), in nats."""
    return float(np.average(np.logaddexp(0.0, np.where(y > 0, -log_odds, log_odds)), weights=weight))


def may_meet(specs: Sequence[Spec], a: int, b: int) -> bool:
    """Whether two columns may form a pair that the search can choose: any but those with the context."""
    return not (specs[a].context or specs[b].context)


def context_pairs(specs: Sequence[Spec]) -> list[Pair]:
    """The pairs every model may use: the context with each feature that meets it; the smaller position first."""
    contexts = [i for i, spec in enumerate(specs) if spec.context]
    steps = [i for i, spec in enumerate(specs) if spec.meets_context]
    return sorted((min(a, b), max(a, b)) for a in contexts for b in steps)


def fit_additive(
    X: Floats,
    y: Floats,
    *,
    weight: Floats,
    groups: Groups,
    specs: Sequence[Spec],
    seed: int,
    settings: EngineSettings,
) -> Fit:
    """Fit the readable model.

    Parameters
    ----------
    X : ndarray of float64, shape (n, k)
    y : ndarray of float64, shape (n,)
        0 or 1.
    weight : ndarray of float64, shape (n,)
        In units of cases.
    groups : sequence of str, length n
        Rows of one group are never on both sides of a fold.
    specs : sequence of Spec
    seed : int
    settings : EngineSettings

    Raises
    ------
    ValueError
        When there are not both outcomes in the data of some bag.
    """
    from joblib import Parallel, delayed

    binning = Binning.fit(specs, X, weight, max_bins=settings.max_bins)
    codes = binning.codes(X)
    reference = Reference.of(binning, X, weight)
    dealt = [_dealt(groups, seed, repeat, settings.folds) for repeat in range(settings.repeats)]
    for folds in dealt:
        _both_outcomes_everywhere(y, folds, settings.folds)
    parallel = Parallel(n_jobs=settings.jobs, max_nbytes=None)
    given = context_pairs(specs)
    job = _Job(binning, codes, y, weight, settings.boosting, seed, given)

    stage = parallel(delayed(job.additive)(dealt[0] != k) for k in range(settings.folds))
    first, additive = _best_stage([scores for _, scores in stage], dealt[0], y, weight, start=1)
    votes = vote(
        binning,
        Unexplained.of(codes, y, weight=weight, log_odds=additive, reference=reference),
        halves=_halves(groups, seed, settings.pairs.bags),
        settings=settings.pairs,
        may_meet=lambda a, b: may_meet(specs, a, b),
        seed=seed,
        parallel=parallel,
    )
    found = elected(votes, settings.pairs)
    last = first
    if found:
        started = [model for model, _ in stage]
        stage = parallel(delayed(job.paired)(dealt[0] != k, started[k], first, found) for k in range(settings.folds))
        more, paired = _best_stage([scores for _, scores in stage], dealt[0], y, weight, start=0)
        last = first + more if _clearly_better(paired, additive, y, weight, groups) else first
    pairs = found if last > first else []

    # The bags of the first repeat have been grown on the way.
    begun = [(folds, k, stage[k][0] if repeat == 0 else None) for repeat, folds in enumerate(dealt)
             for k in range(settings.folds)]  # fmt: skip
    models = parallel(delayed(job.bag)(folds != k, model, first, last, pairs) for folds, k, model in begun)
    estimator, terms = _combine(models, binning, [*given, *pairs], reference)
    names = [(specs[a].name, specs[b].name) for a, b in pairs]
    told = [PairVote(specs[v.pair[0]].name, specs[v.pair[1]].name, v.bags) for v in votes]
    return Fit(terms, estimator, names, (first, last), seed, settings, told)


def _halves(groups: Groups, seed: int, number: int) -> list[npt.NDArray[np.bool_]]:
    """Halves of the groups, each with its complement, drawn by hash like folds."""
    dealt = [fold_of(groups, 2, salt=f"{seed}/pairs/{i}") for i in range((number + 1) // 2)]
    return [sides == side for sides in dealt for side in (0, 1)][:number]


def _dealt(groups: Groups, seed: int, repeat: int, folds: int) -> Indices:
    return fold_of(groups, folds, salt=f"{seed}/{repeat}")


@dataclass(frozen=True, eq=False)
class _Job:
    """Growing one bag; a module-level class, so that it can be sent to another process."""

    binning: Binning
    codes: Floats
    y: Floats
    weight: Floats
    settings: Boosting
    seed: int
    given: Sequence[Pair]

    def _grow(self, model: Any, rows: npt.NDArray[np.bool_], trees: int, pairs: Sequence[Pair] = ()) -> Any:
        return grow(model, self.codes[rows], self.y[rows], self.weight[rows], trees=trees, pairs=[*self.given, *pairs])

    def _new(self) -> Any:
        return new_model(self.settings, self.binning, seed=self.seed)

    def additive(self, rows: npt.NDArray[np.bool_]) -> tuple[Any, Floats]:
        """A model, and its held-out log-odds after each tree of the additive stage: shape (trees, held-out rows)."""
        return self._staged(rows, self._new(), most=self.settings.max_additive)

    def paired(self, rows: npt.NDArray[np.bool_], model: Any, first: int, pairs: Sequence[Pair]) -> tuple[Any, Floats]:
        """A model and its held-out log-odds after the additive stage and after each tree that may look at pairs."""
        model = self._grow(cut_back(model, first), rows, first)
        model, scores = self._staged(rows, model, most=first + self.settings.max_pairs_stage, pairs=pairs)
        return model, scores[first - 1 :]

    def bag(self, rows: npt.NDArray[np.bool_], model: Any, first: int, last: int, pairs: Sequence[Pair]) -> Any:
        """A fitted model: one grown on these rows before, cut back or grown on, or else a new one."""
        model = self._new() if model is None else cut_back(model, last)
        return self._grow(self._grow(model, rows, first), rows, last, pairs)

    def _staged(
        self, rows: npt.NDArray[np.bool_], model: Any, *, most: int, pairs: Sequence[Pair] = ()
    ) -> tuple[Any, Floats]:
        """Grow until the held-out rows have not become more likely for a while; log-odds after each tree."""
        begun, patience = grown(model), self.settings.patience
        while True:
            model = self._grow(model, rows, min(grown(model) + patience, most), pairs)
            scores = np.array(list(staged_scores(model, self.codes[~rows])))
            losses = [log_loss(self.y[~rows], self.weight[~rows], score) for score in scores[max(begun - 1, 0) :]]
            if grown(model) >= most or int(np.argmin(losses)) < len(losses) - patience:
                return model, scores


def _best_stage(
    staged: Sequence[Floats], folds: Indices, y: Floats, weight: Floats, *, start: int
) -> tuple[int, Floats]:
    """Number of trees with the smallest held-out loss, and the held-out scores there."""
    scores = np.empty((max(len(part) for part in staged), y.size))
    for k, part in enumerate(staged):  # where a model stopped earlier, its last trees stand for the rest
        scores[:, folds == k] = part[np.minimum(np.arange(len(scores)), len(part) - 1)]
    losses = [log_loss(y, weight, stage) for stage in scores]
    best = int(np.argmin(losses))
    return best + start, scores[best]


def _clearly_better(new: Floats, old: Floats, y: Floats, weight: Floats, groups: Groups) -> bool:
    """Whether held-out log-odds fit better by more than their standard error over groups.

    Otherwise the pairs are left out: tables that are there without need are read, and believed.
    """
    gain = weight * (np.logaddexp(0.0, np.where(y > 0, -old, old)) - np.logaddexp(0.0, np.where(y > 0, -new, new)))
    by_group = np.bincount(np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1], weights=gain)
    return bool(by_group.sum() > np.sqrt((by_group**2).sum()))


def _combine(
    models: list[Any], binning: Binning, pairs: Sequence[Pair], reference: Reference
) -> tuple[Estimator, Terms]:
    tables: Tables = average([tables_of(model, binning, pairs) for model in models])
    levels = take_out_context(tables, binning, reference)
    for position, level in levels.items():  # keep the overall level: only what varies with the context is taken out
        mean = float(level @ reference.share(position, binning.axes[position].bins))
        levels[position] = level - mean
        tables.base += mean
    purify(tables, binning, reference)
    centre(tables, binning, reference)
    return Estimator(binning, models, levels), to_terms(tables, binning)


def _both_outcomes_everywhere(y: Floats, folds: Indices, number: int) -> None:
    for k in range(number):
        inside = y[folds != k]
        if not (inside.size and inside.min() < inside.max()):
            raise ValueError("too few findings of both kinds to learn from")


def reproduction_error(fit: Fit, X: Floats) -> float:
    """Largest difference between the tables and the trees on a block (n, k), in log-odds."""
    return float(np.abs(fit.terms.log_odds(X) - fit.estimator.decision_function(X)).max(initial=0.0))


def hostile_rows(fit: Fit, width: int) -> Floats:
    """Rows that break careless code: missing, unknown levels, infinities, values exactly on and beside every cut."""
    probes = [np.array([np.nan, np.inf, -np.inf, -1.0, 0.5, 1e9, -0.0])] * width
    for axis in (*fit.estimator.binning.axes, *fit.terms.axes):
        beside = [np.nextafter(axis.cuts, np.inf), np.nextafter(axis.cuts, -np.inf)]
        levels = np.arange(axis.levels + 2, dtype=np.float64)
        probes[axis.column] = np.concatenate([probes[axis.column], axis.cuts, *beside, levels])
    length = max(probe.size for probe in probes)
    rows = []
    for shift in range(4):
        columns = [np.resize(np.roll(probe, shift * j), length) for j, probe in enumerate(probes)]
        rows.append(np.column_stack(columns))
    return np.ascontiguousarray(np.vstack([np.full((1, width), np.nan), *rows]))


def broken_directions(fit: Fit) -> list[str]:
    """Steps from bin to bin in which a total effect goes against its direction; empty when the law holds."""
    return direction_violations(fit.terms, fit.estimator.binning.specs)
