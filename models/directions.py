"""The law of directions: what raises risk never lowers the score, in any cell of any table.

A feature's total effect is its own table plus its pairs. With the other features of its pairs held at any values, going
one bin up must not lower the log-odds of a feature of direction +1 (and must not raise them for -1). What is not known
counts no worse than the mildest known value: the missing bin stands below the first bin of a +1 feature, and after the
last bin of a -1 feature.

Because each pair has a partner of its own, the worst combination of partners is the sum of each pair's worst cell;
the check over that sum is the same as listing every combination. Tables are on a grid on which sums are exact, so no
tolerance is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from models.terms import Axis, Floats, Terms


class Directed(Protocol):
    """What the law has to know about a feature: the catalogue's entries and an engine's specs both say it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def direction(self) -> int:
        """+1: more never lowers the log-odds; -1: more never raises it; 0: unconstrained."""

    @property
    def can_miss(self) -> bool:
        """Whether missing is a legal value."""


def rising_order(axis: Axis, direction: int, *, can_miss: bool) -> list[int]:
    """Bins of a directed feature, from the one that must be lowest to the one that must be highest.

    Parameters
    ----------
    axis : Axis
    direction : {-1, 1}
    can_miss : bool
        Whether missing is a legal value; otherwise its bin is left out.
    """
    known = list(range(axis.bins - 1))
    order = known if direction > 0 else known[::-1]
    return [axis.missing, *order] if can_miss else order


def tables_by_bin(terms: Terms, name: str) -> list[Floats]:
    """Every table that a feature is in, the feature's bins first: shapes (bins, cells of the partner)."""
    tables = []
    for term in terms.terms:
        if name in term.features:
            turned = term.values.T if term.features[0] != name else term.values
            tables.append(turned.reshape(turned.shape[0], -1))
    return tables


def direction_violations(terms: Terms, features: Iterable[Directed]) -> list[str]:
    """Where a total effect goes against its feature's direction.

    Parameters
    ----------
    terms : Terms
    features : iterable of Directed
        Such as the catalogue.

    Returns
    -------
    list of str
        One line per step from bin to bin that breaks the law; empty when it holds.
    """
    used = {axis.name: axis for axis in terms.axes}
    found = []
    for feature in features:
        if feature.direction == 0 or feature.name not in used:
            continue
        order = rising_order(used[feature.name], feature.direction, can_miss=feature.can_miss)
        worst = np.zeros(len(order) - 1)
        for table in tables_by_bin(terms, feature.name):
            worst += np.diff(table[order], axis=0).min(axis=1)
        found += [
            f"{feature.name}: from bin {order[i]} to bin {order[i + 1]} the log-odds can change by {worst[i]:+.3g}"
            for i in np.flatnonzero(worst < 0)
        ]
    return found
