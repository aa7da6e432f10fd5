"""Whether the reasons people read would be others if a few cases had been others.

Every bag of the engine left some people out. Its tables, read by themselves, give each case reasons of their own; a
release whose leading reasons change from bag to bag explains chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.reasons import top_reasons
from models.terms import Floats, Terms
from training.compile import Reference
from training.engines.additive import Fit
from training.engines.boosting import tables_of
from training.engines.fitted import finished

#: Leading reasons that are compared.
LEADING = 3
#: Cases among those of the highest scores that are looked at.
URGENT = 0.1


@dataclass(frozen=True)
class Stability:
    """How far bags agree.

    Attributes
    ----------
    same_first : float
        Share of the urgent cases whose first reason is that of the release, mean over bags.
    same_leading : float
        Share of the three leading reasons that are among those of the release, mean over cases and bags.
    bags, cases : int
    """

    same_first: float
    same_leading: float
    bags: int
    cases: int


def bag_terms(fit: Fit, X: Floats, weight: Floats) -> list[Terms]:
    """The tables of each bag by itself.

    Parameters
    ----------
    fit : Fit
    X : ndarray of float64, shape (n, k)
        The population that tables are centred on.
    weight : ndarray of float64, shape (n,)
    """
    binning = fit.estimator.binning
    reference = Reference.of(binning, X, weight)
    return [finished(tables_of(model, binning, fit.allowed), binning, reference)[0] for model in fit.estimator.models]


def reason_stability(fit: Fit, X: Floats, weight: Floats) -> Stability:
    """Compare the leading reasons of the most urgent cases, bag by bag, with those of the release.

    Parameters
    ----------
    fit : Fit
    X : ndarray of float64, shape (n, k)
    weight : ndarray of float64, shape (n,)
    """
    score = fit.terms.log_odds(X)
    urgent = np.argsort(-score, kind="stable")[: max(1, round(URGENT * len(score)))]
    ours = _leading(fit.terms, X[urgent])
    parts = [after for _, after in fit.edited_bags] or bag_terms(fit, X, weight)
    bags = [_leading(terms, X[urgent]) for terms in parts]
    first = np.mean([[a[:1] == b[:1] for a, b in zip(ours, bag, strict=True)] for bag in bags])
    leading = np.mean([[_shared(a, b) for a, b in zip(ours, bag, strict=True)] for bag in bags])
    return Stability(float(first), float(leading), len(bags), len(urgent))


def _leading(terms: Terms, X: Floats) -> list[list[str]]:
    reasons = top_reasons(terms.group_contributions(np.ascontiguousarray(X)))
    codes = [group.code for group in terms.groups]
    return [
        [codes[g] for g, c in zip(row, size, strict=True) if g >= 0 and c > 0][:LEADING]
        for row, size in zip(reasons.groups, reasons.contributions, strict=True)
    ]


def _shared(ours: list[str], theirs: list[str]) -> float:
    return len(set(ours) & set(theirs)) / len(ours) if ours else 1.0
