"""What an engine has to know about a column: no more than name, kind, direction and whether it may stand alone.

Engines are not tied to the feature catalogue; any frame can be described this way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.features.catalogue import CATALOGUE, INDEX, Feature

#: Features that sum up the steps, beside one feature for each of the most telling steps.
_STEP_SUMS = frozenset({"steps_overdue", "steps_orderly", "stalled_days"})

#: Days to departure at which a case is frozen for training; weights of a case's snapshots sum to one.
LEADS = (60, 45, 30, 21, 14, 7, 3)
#: Farther out cases are frozen for calibration and evaluation alone.
FAR_LEADS = (90, 75)
#: Half-way between the leads: a case is judged by the nearest lead it was frozen at.
LEAD_CUTS = (5.0, 10.5, 17.5, 25.5, 37.5, 52.5)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One column of a block.

    Parameters
    ----------
    name : str
    column : int
        Position in the block.
    direction : {-1, 0, 1}
        +1: more never lowers the log-odds.
    levels : int
        Number of levels of a category; 0 for numbers, ordinals and truth values.
    can_miss : bool
        Whether NaN is legal.
    context : bool
        Only modifies others; has no effect of its own.
    meets_context : bool
        Whether it may form a pair with the context.
    cuts : tuple of float, optional
        Cuts to use instead of those chosen from the data.
    """

    name: str
    column: int
    direction: int = 0
    levels: int = 0
    can_miss: bool = True
    context: bool = False
    meets_context: bool = False
    cuts: tuple[float, ...] | None = None


def catalogue_specs(features: Iterable[Feature] = CATALOGUE) -> tuple[Spec, ...]:
    """The features of the catalogue that a release uses unless an analyst asks otherwise."""
    return tuple(
        Spec(
            name=f.name,
            column=INDEX[f.name],
            direction=f.direction,
            levels=len(f.levels) if f.kind == "category" else 0,
            can_miss=f.can_miss,
            context=f.context,
            meets_context=f.step is not None or f.name in _STEP_SUMS,
            cuts=LEAD_CUTS if f.context else None,
        )
        for f in features
        if f.default_on
    )
