"""The reasons of a score: the five largest groups of terms, and what remains.

Groups are ordered by the size of their contribution, equal sizes by catalogue order; a group that adds nothing is
never a reason. Contributions are multiples of 2**-40 (see `models.terms`), so base + reasons + other equals the
log-odds exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.terms import Floats, Indices

REASONS = 5


@dataclass(frozen=True, eq=False)
class Reasons:
    """Reasons of a block of cases.

    Attributes
    ----------
    groups : ndarray of intp, shape (n, 5)
        Positions in ``Terms.groups``, largest first; -1 where there is no further reason.
    contributions : ndarray of float64, shape (n, 5)
        In log-odds; 0 where there is no reason.
    other : ndarray of float64, shape (n,)
        What all other groups add, in log-odds.
    """

    groups: Indices
    contributions: Floats
    other: Floats


def top_reasons(group_contributions: Floats, *, count: int = REASONS) -> Reasons:
    """The largest contributions of every case.

    Parameters
    ----------
    group_contributions : ndarray of float64, shape (n, number of groups)
        From `Terms.group_contributions`; left untouched.
    count : int
        How many reasons at most.
    """
    n, number = group_contributions.shape
    groups = np.full((n, count), -1, dtype=np.intp)
    contributions = np.zeros((n, count), dtype=np.float64)
    size = np.abs(group_contributions)
    rows = np.arange(n)
    for rank in range(min(count, number)):
        best = size.argmax(axis=1)  # the first of equals: catalogue order
        found = size[rows, best] > 0
        groups[found, rank] = best[found]
        contributions[found, rank] = group_contributions[rows[found], best[found]]
        size[rows, best] = 0.0
    other = group_contributions.sum(axis=1) - contributions.sum(axis=1)
    return Reasons(groups, contributions, np.asarray(other, dtype=np.float64))


def top_reasons_row(contributions: Sequence[float], *, count: int = REASONS) -> tuple[list[tuple[int, float]], float]:
    """`top_reasons` of one case in plain Python.

    Returns
    -------
    reasons : list of (position in ``Terms.groups``, contribution)
    other : float
    """
    order = sorted([(-abs(c), i) for i, c in enumerate(contributions) if c])[:count]
    reasons = [(i, contributions[i]) for _, i in order]
    return reasons, sum(contributions, 0.0) - sum([c for _, c in reasons], 0.0)
