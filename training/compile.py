"""From fitted trees to tables: exact, centred, pairs purified, with the law of directions to the last bit.

A tree whose leaves each depend on one or two features is a sum of tables. Walking the trees adds every leaf's value to
the cells it covers, so the tables say what the trees say, for any input at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.directions import rising_order, tables_by_bin
from models.terms import Axis, Floats, Indices, Term, Terms, to_grid
from training.engines.binning import Binning

Pair = tuple[int, int]


class CompileError(ValueError):
    """Fitted trees do not have the form that was asked for."""


@dataclass
class Tables:
    """Tables under construction, in ordinary floating point.

    Attributes
    ----------
    base : float
    mains : dict of position to ndarray, shape (bins,)
    pairs : dict of (position, position) to ndarray, shape (bins, bins)
        The smaller position first.
    """

    base: float = 0.0
    mains: dict[int, Floats] = field(default_factory=dict)
    pairs: dict[Pair, Floats] = field(default_factory=dict)


def compile_trees(predictors: Iterable[Any], binning: Binning, *, allowed: Iterable[Pair], base: float) -> Tables:
    """Tables of fitted trees.

    Parameters
    ----------
    predictors : iterable of scikit-learn TreePredictor
        Grown on the codes of ``binning``.
    binning : Binning
    allowed : iterable of (position, position)
        Pairs that may meet in one path.
    base : float
        The model's baseline, in log-odds.

    Raises
    ------
    CompileError
        When features meet that must not, or a split is of a kind that codes cannot have.
    """
    pairs = {(min(pair), max(pair)) for pair in allowed}
    codes = [binning.codes_of_bins(i) for i in range(len(binning.specs))]
    tables = Tables(base=base)
    for predictor in predictors:
        nodes = predictor.nodes
        if nodes["is_categorical"].any():
            raise CompileError("a tree splits on a native category; columns must be encoded as codes")
        stack: list[tuple[int, dict[int, np.ndarray]]] = [(0, {})]
        while stack:
            number, path = stack.pop()
            node = nodes[number]
            if node["is_leaf"]:
                _add_leaf(tables, path, float(node["value"]), pairs, binning)
                continue
            feature = int(node["feature_idx"])
            left = codes[feature] <= node["num_threshold"]
            before = path.get(feature, np.ones(left.size, dtype=bool))
            stack.append((int(node["left"]), path | {feature: before & left}))
            stack.append((int(node["right"]), path | {feature: before & ~left}))
    return tables


def _add_leaf(tables: Tables, path: dict[int, np.ndarray], value: float, pairs: set[Pair], binning: Binning) -> None:
    met = tuple(sorted(path))
    if not met:
        tables.base += value
    elif len(met) == 1:
        main = tables.mains.setdefault(met[0], np.zeros(binning.axes[met[0]].bins))
        main[path[met[0]]] += value
    elif met in pairs:
        shape = tuple(binning.axes[i].bins for i in met)
        table = tables.pairs.setdefault((met[0], met[1]), np.zeros(shape))
        table[np.ix_(path[met[0]], path[met[1]])] += value
    else:
        names = ", ".join(binning.specs[i].name for i in met)
        raise CompileError(f"features meet in a tree that must not: {names}")


def average(parts: Sequence[Tables]) -> Tables:
    """The mean of several models over the same bins."""
    out = Tables(base=float(np.mean([part.base for part in parts])))
    for part in parts:
        for i, main in part.mains.items():
            out.mains[i] = out.mains.get(i, 0.0) + main / len(parts)
        for pair, table in part.pairs.items():
            out.pairs[pair] = out.pairs.get(pair, 0.0) + table / len(parts)
    return out


@dataclass(frozen=True)
class Reference:
    """The population that tables are centred on: bins of its cases, and their weights."""

    bins: tuple[Indices, ...]
    weight: Floats

    @classmethod
    def of(cls, binning: Binning, X: Floats, weight: Floats) -> Reference:
        """From a block (n, k) and weights (n,)."""
        bins = tuple(axis.assign(np.ascontiguousarray(X[:, axis.column])) for axis in binning.axes)
        return cls(bins, weight / weight.sum())

    def share(self, position: int, size: int) -> Floats:
        """Share of each bin of a column."""
        return np.asarray(np.bincount(self.bins[position], weights=self.weight, minlength=size), dtype=np.float64)

    def joint(self, pair: Pair, shape: tuple[int, int]) -> Floats:
        """Share of each cell of two columns."""
        cell = self.bins[pair[0]] * shape[1] + self.bins[pair[1]]
        flat = np.bincount(cell, weights=self.weight, minlength=shape[0] * shape[1])
        return np.asarray(flat.reshape(shape), dtype=np.float64)


def take_out_context(tables: Tables, binning: Binning, reference: Reference) -> dict[int, Floats]:
    """Centre every pair with a context feature within each value of the context, and drop the context's own effect.

    What an average case contributes at a given lead is context, no reason; the calibration of each lead window accounts
    for it. Without this, "no step overdue" at 60 days would count as a reason for concern.

    Returns
    -------
    dict of position to ndarray, shape (bins,)
        What was taken out, by bin of the context.
    """
    levels: dict[int, Floats] = {}
    for i, spec in enumerate(binning.specs):
        if spec.context:
            levels[i] = tables.mains.pop(i, np.zeros(binning.axes[i].bins))
    for pair, table in tables.pairs.items():
        for axis_number, i in enumerate(pair):
            if i not in levels:
                continue
            turned = table if axis_number == 1 else table.T  # rows: the feature, columns: the context
            joint = reference.joint(pair, (table.shape[0], table.shape[1]))
            joint = joint if axis_number == 1 else joint.T
            mass = joint.sum(axis=0)
            other = joint.sum(axis=1)
            share = np.where(mass > 0, joint / np.where(mass > 0, mass, 1.0), other[:, None])
            mean = (turned * share).sum(axis=0)
            np.subtract(turned, mean, out=turned)  # a view: changes the table
            levels[i] = levels[i] + mean
    return levels


def purify(tables: Tables, binning: Binning, reference: Reference) -> None:
    """Move what a pair says about one feature alone into that feature's own table; nothing is lost.

    The shares of the two features are taken as independent, which makes one pass exact.
    """
    for pair, table in tables.pairs.items():
        if any(binning.specs[i].context for i in pair):
            continue
        shares = [reference.share(i, binning.axes[i].bins) for i in pair]
        rows, columns = table @ shares[1], shares[0] @ table
        grand = float(shares[0] @ rows)
        np.subtract(table, rows[:, None] + columns[None, :] - grand, out=table)
        for i, effect in zip(pair, (rows - grand, columns - grand), strict=True):
            tables.mains[i] = tables.mains.get(i, np.zeros(effect.size)) + effect
        tables.base += grand


def centre(tables: Tables, binning: Binning, reference: Reference) -> None:
    """Move the mean of every main effect over the reference population into the base."""
    for i, main in tables.mains.items():
        mean = float(main @ reference.share(i, binning.axes[i].bins))
        np.subtract(main, mean, out=main)
        tables.base += mean


def to_terms(tables: Tables, binning: Binning) -> Terms:
    """Round to the grid, repair what rounding did to the directions, and leave out what says nothing.

    Cuts across which no table changes, tables of zeros, and axes nobody uses are left out.
    """
    base = float(to_grid(tables.base))
    mains = {i: to_grid(values) for i, values in tables.mains.items()}
    pairs = {pair: to_grid(values) for pair, values in tables.pairs.items()}
    for i, spec in enumerate(binning.specs):
        if spec.direction and any(i in pair for pair in pairs):
            mains.setdefault(i, np.zeros(binning.axes[i].bins))
    everything: dict[tuple[int, ...], Floats] = {(i,): values for i, values in mains.items()}
    everything.update({(a, b): values for (a, b), values in pairs.items()})
    axes = {i: binning.axes[i] for key in everything for i in key}
    terms = _assemble(base, axes, everything, binning)
    for i, spec in enumerate(binning.specs):
        if spec.direction and i in mains:
            _repair(terms, mains[i], axes[i], direction=spec.direction, can_miss=spec.can_miss)
    everything = {key: values for key, values in everything.items() if values.any()}
    axes = {i: axis for i, axis in axes.items() if any(i in key for key in everything)}
    for i in list(axes):
        _merge_bins(i, axes, everything)
    return _assemble(base, axes, everything, binning)


def _assemble(
    base: float, axes: Mapping[int, Axis], tables: Mapping[tuple[int, ...], Floats], binning: Binning
) -> Terms:
    terms = [Term(tuple(binning.specs[i].name for i in key), tables[key]) for key in sorted(tables, key=_order)]
    context = [spec.name for spec in binning.specs if spec.context]
    return Terms(base=base, axes=[axes[i] for i in sorted(axes)], terms=terms, context=context)


def _order(key: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    return len(key), key


def _repair(terms: Terms, main: Floats, axis: Axis, *, direction: int, can_miss: bool) -> None:
    """Lift a main effect where rounding made the total effect fall by a few steps of the grid."""
    order = rising_order(axis, direction, can_miss=can_miss)
    worst = np.zeros(len(order) - 1)
    for table in tables_by_bin(terms, axis.name):
        worst += np.diff(table[order], axis=0).min(axis=1)
    lift = np.concatenate([[0.0], np.cumsum(np.maximum(-worst, 0.0))])
    if lift[-1] > 1e-10:
        raise CompileError(f"{axis.name}: the fitted trees break its direction by {lift[-1]:.3g}")
    main[order] = main[order] + lift


def _merge_bins(position: int, axes: dict[int, Axis], tables: dict[tuple[int, ...], Floats]) -> None:
    axis = axes[position]
    if axis.levels or not axis.cuts.size:
        return
    same = np.ones(axis.cuts.size, dtype=bool)
    for key, table in tables.items():
        if position in key:
            by_bin = np.moveaxis(table, key.index(position), 0).reshape(axis.bins, -1)
            same &= (np.diff(by_bin[:-1], axis=0) == 0).all(axis=1)
    keep = np.flatnonzero(np.append(~same, True))  # bins of which the upper edge stays, and the last known one
    axes[position] = Axis(axis.name, axis.column, axis.cuts[~same])
    bins = np.append(keep, axis.missing)
    for key, table in tables.items():
        if position in key:
            tables[key] = np.take(table, bins, axis=key.index(position))
