"""The figures of one case in plain Python: :func:`models.score.figures` to the last bit, without the cost of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.bands import INSUFFICIENT, band_of
from models.features.catalogue import INDEX
from models.reasons import top_reasons_row

if TYPE_CHECKING:
    from models.registry import Release

_DAYS: Final = INDEX["days_to_departure"]


@dataclass(frozen=True)
class OneFigures:
    """Figures of a case; NaN where it has none, and then no reasons.

    Attributes
    ----------
    reasons
        The largest groups of terms by their place in ``release.terms.groups``, each with its contribution.
    """

    probability: float
    low: float
    high: float
    log_odds: float
    other: float
    band: str
    reasons: Sequence[tuple[int, float]]


BLANK: Final = OneFigures(math.nan, math.nan, math.nan, math.nan, math.nan, INSUFFICIENT, ())
"""Those of a case that has none."""


def figures_one(x: Sequence[float], release: Release) -> OneFigures:
    """Figures of one case from its features.

    Parameters
    ----------
    x
        One row of a feature block of the release's catalogue, as Python floats.
    release
        Verified; trained or rules-only.
    """
    terms = release.terms
    parts = terms.group_row(x)
    log_odds = terms.base + sum(parts)  # exact in any order, see models.terms
    added = sum(part for part, others in zip(parts, release.association_row, strict=True) if others and part > 0)
    days = x[_DAYS]
    probability, low, high = (
        (math.nan, math.nan, math.nan) if release.calibration is None else release.calibration.apply_one(log_odds, days)
    )
    band = band_of(
        release.bands,
        log_odds=log_odds,
        own_log_odds=log_odds - added,
        days_to_departure=days,
        calibration=release.calibration,
    )
    reasons, other = top_reasons_row(parts)
    return OneFigures(probability, low, high, log_odds, other, band, reasons)
