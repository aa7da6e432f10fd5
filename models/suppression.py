"""Which counts of a table may be shown, so that nobody can be told from it, not even by subtracting.

A count under five is hidden. So is whatever else is needed that no hidden count follows from the others: in every line
whose total is shown, what is hidden is at least two counts that amount to at least five; and a hidden total has a
hidden count under it. All hidden counts look alike. A count that is zero because there is nobody to count is no secret:
it is marked empty, and nothing hides behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 5

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


def with_totals(counts: Counts, axes: Sequence[int]) -> Counts:
    """Counts with the sum over each of some axes appended at its end."""
    full = counts
    for axis in axes:
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    return full


def hidden(full: Counts, axes: Sequence[int], *, empty: Flags, forced: Flags | None = None) -> Flags:
    """Which counts of a table have to stay hidden.

    Parameters
    ----------
    full
        Counts with totals at the end of ``axes`` (:func:`with_totals`), not negative.
    axes
        Along which lines add up to a total.
    empty
        Counts that are known to be of nobody; zero all of them.
    forced
        Counts that have to be hidden because they are hidden in another table.

    Returns
    -------
    numpy.ndarray of bool
        Shape of ``full``.
    """
    result: Flags = (full < LEAST) & ~empty
    if forced is not None:
        result |= forced & ~empty
    going = True
    while going:
        going = False
        for axis in axes:
            going |= _hide_more(result, full, empty, axis=axis, crossing=[other for other in axes if other != axis])
    return result


def _hide_more(result: Flags, full: Counts, empty: Flags, *, axis: int, crossing: Sequence[int]) -> bool:
    """Hide one more count in every line along an axis that needs it; says whether there was any.

    The one taken is that which lays open the fewest lines that cross, and of those the smallest.
    """
    opened = np.zeros(full.shape, dtype=np.int64)
    for other in crossing:
        inner = np.take(result, range(full.shape[other] - 1), axis=other)
        opened += inner.sum(axis=other, keepdims=True) == 0
    mask, cost = np.moveaxis(result, axis, -1), np.moveaxis(opened, axis, -1)
    values, nobody = np.moveaxis(full, axis, -1), np.moveaxis(empty, axis, -1)[..., :-1]
    number = mask[..., :-1].sum(axis=-1)
    amount = np.where(mask, values, 0)[..., :-1].sum(axis=-1)
    total = mask[..., -1]
    told = ~total & (number > 0) & ((number < 2) | (amount < LEAST))
    needy = [tuple(int(i) for i in line) for line in np.argwhere(told | (total & (number == 0)))]
    dear = int(full.max(initial=0)) + 1
    for line in needy:
        open_ = ~mask[line][:-1] & ~nobody[line]
        if not open_.any():
            mask[(*line, -1)] = True
            continue
        price = cost[line][:-1] * dear + values[line][:-1]
        at = int(np.where(open_, price, np.iinfo(np.int64).max).argmin())
        mask[(*line, at)] = True
        place = [*line[:axis], at, *line[axis:]]
        for other in crossing:
            through = tuple(slice(None) if i == other else at_ for i, at_ in enumerate(place))
            if result[through][:-1].sum() == 1:
                opened[through] -= 1
    return bool(needy)


def hidden_together(
    tables: Sequence[Counts], axes: Sequence[int], *, empty: Sequence[Flags], shared: int
) -> list[Flags]:
    """Which counts stay hidden in several tables of the same things, divided in different ways.

    Parameters
    ----------
    tables, axes, empty
        As for :func:`hidden`.
    shared
        The axis along which they are divided differently; their totals along it are the same counts, and hidden in one
        table they are hidden in all.
    """
    masks = [hidden(table, axes, empty=none) for table, none in zip(tables, empty, strict=True)]
    while True:
        totals = np.logical_or.reduce([np.take(mask, -1, axis=shared) for mask in masks])
        if all((np.take(mask, -1, axis=shared) == totals).all() for mask in masks):
            return masks
        for number, (table, none) in enumerate(zip(tables, empty, strict=True)):
            forced = masks[number].copy()
            np.moveaxis(forced, shared, -1)[..., -1] |= totals
            masks[number] = hidden(table, axes, empty=none, forced=forced)
