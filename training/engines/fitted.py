"""What every engine returns, so that engines can be tried side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.terms import Floats, Terms
from training.compile import Reference, Tables, centre, purify, take_out_context, to_terms
from training.engines.additive import Groups, fold_of
from training.engines.binning import Binning
from training.engines.spec import Spec

#: Log-odds of a block (n, k): shape (n,).
Score = Callable[[Floats], Floats]
HeldOutScore = Callable[[Floats, Groups], Floats]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted engine.

    Attributes
    ----------
    terms : Terms or None
        The model in tables; None for an engine that cannot be read.
    score : callable
        Log-odds by the engine's own code, for proving the tables.
    held_out : callable
        Given a block and the groups of its rows, log-odds that owe nothing to a row's own group.
    """

    terms: Terms | None
    score: Score
    held_out: HeldOutScore

    def log_odds(self, X: Floats) -> Floats:
        """Log-odds of a block, from the tables where there are any."""
        return self.score(X) if self.terms is None else self.terms.log_odds(X)


def by_fold(parts: Sequence[Score], salt: str) -> HeldOutScore:
    """Each row by the part that did not see its group: part k never saw the groups that ``salt`` deals into fold k."""

    def held_out(X: Floats, groups: Groups) -> Floats:
        fold = fold_of(groups, len(parts), salt=salt)
        out = np.empty(X.shape[0])
        for k, part in enumerate(parts):
            out[fold == k] = part(X[fold == k])
        return out

    return held_out


class Engine(Protocol):
    """Something that learns log-odds from a block."""

    def __call__(
        self, X: Floats, y: Floats, *, weight: Floats, groups: Groups, specs: Sequence[Spec], seed: int
    ) -> Fitted:
        """Fit.

        Parameters
        ----------
        X : ndarray of float64, shape (n, k)
        y, weight : ndarray of float64, shape (n,)
            0 or 1; in units of cases.
        groups : sequence of str, length n
            Rows of one group are never on both sides of a fold.
        specs : sequence of Spec
        seed : int
        """


def finished(tables: Tables, binning: Binning, reference: Reference) -> tuple[Terms, dict[int, Floats]]:
    """Tables made readable: what the context says by itself taken out, pairs purified, mains centred, rounded.

    Returns
    -------
    terms : Terms
    levels : dict of position to ndarray
        What was taken out, by bin of the context, less its mean.
    """
    levels = take_out_context(tables, binning, reference)
    for position, level in levels.items():
        mean = float(level @ reference.share(position, binning.axes[position].bins))
        levels[position] = level - mean
        tables.base += mean
    purify(tables, binning, reference)
    centre(tables, binning, reference)
    return to_terms(tables, binning), levels


def without_levels(raw: Floats, X: Floats, binning: Binning, levels: dict[int, Floats]) -> Floats:
    """Raw scores less what the context says by itself."""
    for position, level in levels.items():
        axis = binning.axes[position]
        raw = raw - level[axis.assign(np.ascontiguousarray(X[:, axis.column]))]
    return raw
