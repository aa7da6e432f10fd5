"""Additive tables: the whole model is a base plus one number from each small table.

A term is a table over one feature, or over two. A feature's values fall into bins (its *axis*); every table that uses
the feature uses the same bins. Contributions are log-odds, rounded to multiples of 2**-40, so that a sum of them is
exact in any order, on any engine, one row or a million.

Rules of the bins
-----------------
numeric
    ``cuts`` c[0] < c[1] < ... ; bin i holds c[i-1] < x <= c[i]. A value exactly on a cut belongs to the lower bin,
    which is the rule of scikit-learn's histogram trees (``x <= threshold`` goes left). -inf is in the first bin, +inf
    in the last.
category
    the level's index; a number that is no level is unknown.
missing
    NaN, and an unknown level, have a bin of their own: the last one.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

GRID_BITS = 40
GRID = 2.0**-GRID_BITS
#: Below this every sum of grid multiples fits the 53 bits of a double exactly: 2**12 * 2**40 < 2**53.
EXACT_LIMIT = 2.0**12


def to_grid(values: npt.ArrayLike) -> Floats:
    """Round log-odds to the nearest multiple of 2**-40 (the error is at most 2**-41, about 4.5e-13).

    Parameters
    ----------
    values : array-like of float
        Log-odds, finite, below 2**12 in size.

    Returns
    -------
    ndarray of float64
        Same shape; never a negative zero.
    """
    scaled = np.rint(np.asarray(values, dtype=np.float64) * 2.0**GRID_BITS)
    return np.asarray(scaled * GRID + 0.0, dtype=np.float64)


def on_grid(values: npt.ArrayLike) -> bool:
    """Whether every value is a finite multiple of 2**-40 and no negative zero."""
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        return False
    scaled = array * 2.0**GRID_BITS
    return bool((scaled == np.rint(scaled)).all()) and not bool((np.signbit(array) & (array == 0)).any())


@dataclass(frozen=True, eq=False)
class Axis:
    """How the values of one feature fall into bins.

    Parameters
    ----------
    name : str
        The feature's name in the catalogue.
    column : int
        Its column in the feature block.
    cuts : ndarray of float64
        Strictly increasing, finite; empty for a category.
    levels : int
        Number of levels of a category, 0 for a numeric feature.

    Raises
    ------
    ValueError
        When the cuts are not finite and increasing, or a category has cuts.
    """

    name: str
    column: int
    cuts: Floats
    levels: int = 0

    def __post_init__(self) -> None:
        cuts = np.array(self.cuts, dtype=np.float64)
        cuts.flags.writeable = False
        object.__setattr__(self, "cuts", cuts)
        if cuts.ndim != 1 or not np.isfinite(cuts).all() or not (np.diff(cuts) > 0).all():
            raise ValueError(f"axis {self.name}: cuts must be finite and strictly increasing")
        if self.levels < 0 or (self.levels and cuts.size):
            raise ValueError(f"axis {self.name}: a category has levels and no cuts")
        if self.column < 0:
            raise ValueError(f"axis {self.name}: column {self.column} does not exist")

    @property
    def bins(self) -> int:
        """Number of bins, the missing bin included."""
        return (self.levels or self.cuts.size + 1) + 1

    @property
    def missing(self) -> int:
        """Index of the missing (or unknown) bin: the last."""
        return self.bins - 1

    def assign(self, values: Floats) -> Indices:
        """Bin of each value.

        Parameters
        ----------
        values : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray of intp, shape (n,)
        """
        if self.levels:
            known = (values >= 0) & (values < self.levels) & (np.floor(values) == values)
            return np.where(known, np.where(known, values, 0).astype(np.intp), self.missing)
        found = np.searchsorted(self.cuts, values, side="left")
        return np.where(np.isnan(values), self.missing, found)

    def representative(self, position: int) -> float:
        """A value that falls into the given bin (NaN for the missing bin)."""
        if position == self.missing:
            return float("nan")
        if self.levels:
            return float(position)
        if position < self.cuts.size:
            return float(self.cuts[position])
        return float(np.nextafter(self.cuts[-1], np.inf)) if self.cuts.size else 0.0


@dataclass(frozen=True, eq=False)
class Term:
    """A table of contributions over one or two features.

    Parameters
    ----------
    features : tuple of str
        One or two feature names.
    values : ndarray of float64
        Shape (bins,) or (bins of the first, bins of the second), the missing bins last; multiples of 2**-40.
    """

    features: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        if len(self.features) not in (1, 2) or len(set(self.features)) != len(self.features):
            raise ValueError(f"term {self.features}: a term is over one feature, or over two different ones")
        if values.ndim != len(self.features):
            raise ValueError(f"term {self.name}: the table has {values.ndim} dimensions")
        if not on_grid(values):
            raise ValueError(f"term {self.name}: values must be finite multiples of 2**-{GRID_BITS}")

    @property
    def name(self) -> str:
        """``a`` or ``a*b``."""
        return "*".join(self.features)


@dataclass(frozen=True)
class Group:
    """The terms that are shown together as one reason.

    A main effect and the feature's pair with the context belong together; a pair of two features in their own right
    is a reason of its own, ``a*b``.
    """

    code: str
    features: tuple[str, ...]
    terms: tuple[int, ...]


class Terms:
    """A model in tables: a base, the axes of its features and the terms over them. Not to be changed once made.

    Parameters
    ----------
    base : float
        Log-odds before any term; a multiple of 2**-40.
    axes : iterable of Axis
        One per feature used.
    terms : iterable of Term
    context : iterable of str
        Features that only modify others (days to departure): never alone in a term, never a reason.

    Attributes
    ----------
    groups : tuple of Group
        The terms by the reason they are shown as, in catalogue order.

    Raises
    ------
    ValueError
        When a table does not fit its axes, a context feature stands alone, a term occurs twice, or the sums could
        leave the range in which they are exact.
    """

    def __init__(
        self, *, base: float, axes: Iterable[Axis], terms: Iterable[Term], context: Iterable[str] = frozenset()
    ) -> None:
        self.base = float(base)
        self.axes = tuple(axes)
        self.terms = tuple(terms)
        self.context = frozenset(context)
        self._check()
        self.groups = _group(self.axes, self.terms, self.context)
        position = {axis.name: i for i, axis in enumerate(self.axes)}
        group_of = {term: i for i, group in enumerate(self.groups) for term in group.terms}
        self._positions = tuple(tuple(position[name] for name in term.features) for term in self.terms)
        self._group_of = tuple(group_of[i] for i in range(len(self.terms)))
        self._row_axes = tuple((a.column, a.levels, a.missing, a.cuts.tolist()) for a in self.axes)
        found = list(zip(self._group_of, self._positions, [term.values.tolist() for term in self.terms], strict=True))
        self._row_mains: tuple[tuple[int, int, list[float]], ...] = tuple(
            (group, *at, values) for group, at, values in found if len(at) == 1
        )
        self._row_pairs: tuple[tuple[int, int, int, list[list[float]]], ...] = tuple(
            (group, *at, values) for group, at, values in found if len(at) != 1
        )

    def _check(self) -> None:
        by_name = {axis.name: axis for axis in self.axes}
        if len(by_name) != len(self.axes):
            raise ValueError("an axis occurs twice")
        if not on_grid(self.base):
            raise ValueError(f"base {self.base!r} must be a finite multiple of 2**-{GRID_BITS}")
        seen: set[frozenset[str]] = set()
        largest = abs(self.base)
        for term in self.terms:
            unknown = [name for name in term.features if name not in by_name]
            if unknown:
                raise ValueError(f"term {term.name}: no axis for {', '.join(unknown)}")
            shape = tuple(by_name[name].bins for name in term.features)
            if term.values.shape != shape:
                raise ValueError(f"term {term.name}: table of shape {term.values.shape}, its axes need {shape}")
            if all(name in self.context for name in term.features):
                raise ValueError(f"term {term.name}: a context feature has no effect of its own")
            if frozenset(term.features) in seen:
                raise ValueError(f"term {term.name} occurs twice")
            seen.add(frozenset(term.features))
            largest += float(np.abs(term.values).max())
        if largest >= EXACT_LIMIT:
            raise ValueError(f"the tables can add up to {largest:.1f}; sums are exact only below {EXACT_LIMIT:.0f}")

    def axis(self, name: str) -> Axis:
        """The axis of a feature; KeyError when the model does not use it."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise KeyError(name)

    def contributions(self, X: Floats) -> Floats:
        """What every term adds, in log-odds.

        Parameters
        ----------
        X : ndarray of float64, shape (n, k)
            A feature block in catalogue order; NaN is missing, infinities are legal.

        Returns
        -------
        ndarray of float64, shape (n, number of terms)
        """
        codes = self._codes(X)
        out = np.empty((X.shape[0], len(self.terms)), dtype=np.float64)
        for j, (term, at) in enumerate(zip(self.terms, self._positions, strict=True)):
            out[:, j] = term.values[codes[at[0]]] if len(at) == 1 else term.values[codes[at[0]], codes[at[1]]]
        return out

    def group_contributions(self, X: Floats) -> Floats:
        """What every reason group adds, in log-odds: shape (n, number of groups), in the order of ``groups``."""
        codes = self._codes(X)
        out = np.zeros((X.shape[0], len(self.groups)), dtype=np.float64)
        for term, at, group in zip(self.terms, self._positions, self._group_of, strict=True):
            out[:, group] += term.values[codes[at[0]]] if len(at) == 1 else term.values[codes[at[0]], codes[at[1]]]
        return out

    def log_odds(self, X: Floats) -> Floats:
        """Base plus all contributions: shape (n,), exact in any order of summing."""
        return np.asarray(self.base + self.group_contributions(X).sum(axis=1), dtype=np.float64)

    def group_row(self, x: Sequence[float]) -> list[float]:
        """`group_contributions` of one row in plain Python: the same bits, without the cost of arrays.

        Parameters
        ----------
        x : sequence of float, length k
            One row of a feature block, as Python floats for speed.
        """
        codes = []
        for column, levels, missing, cuts in self._row_axes:
            value = x[column]
            if math.isnan(value):
                codes.append(missing)
            elif levels:
                codes.append(int(value) if 0 <= value < levels and value == int(value) else missing)
            else:
                codes.append(bisect_left(cuts, value))
        out = [0.0] * len(self.groups)
        for group, at, values in self._row_mains:
            out[group] += values[codes[at]]
        for group, first, second, table in self._row_pairs:
            out[group] += table[codes[first]][codes[second]]
        return out

    def _codes(self, X: Floats) -> list[Indices]:
        if X.ndim != 2 or X.dtype != np.float64:
            raise ValueError(f"a feature block is a two-dimensional float64 array, not {X.dtype} of shape {X.shape}")
        return [axis.assign(X[:, axis.column]) for axis in self.axes]

    def bind(self, index: Mapping[str, int]) -> Terms:
        """The same tables for a block whose columns stand elsewhere, by feature name.

        Raises
        ------
        KeyError
            When a feature has no column in ``index``.
        """
        axes = [Axis(a.name, index[a.name], a.cuts, a.levels) for a in self.axes]
        return Terms(base=self.base, axes=axes, terms=self.terms, context=self.context)


def _group(axes: tuple[Axis, ...], terms: tuple[Term, ...], context: frozenset[str]) -> tuple[Group, ...]:
    """Reason groups in catalogue order (the columns of their features, single features first)."""
    column = {axis.name: axis.column for axis in axes}
    members: dict[tuple[str, ...], list[int]] = {}
    for i, term in enumerate(terms):
        names = sorted((name for name in term.features if name not in context), key=column.__getitem__)
        members.setdefault(tuple(names), []).append(i)
    order = sorted(members, key=lambda names: (len(names), [column[name] for name in names]))
    return tuple(Group("*".join(names), names, tuple(members[names])) for names in order)
