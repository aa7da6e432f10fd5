"""From a score to a band: what to look at first, given how many cases the offices can review.

A trained release has its thresholds on the probability, the rules-only one on points (log-odds). Terms of association
alone (recruiter, payer, group, route, what others of the agency did) never lead to ``first``: without what they add,
a case must still reach that threshold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from models.calibration import Calibration
from models.terms import Floats, Terms

FIRST = "first"
CHECK = "check"
NONE = "none"
INSUFFICIENT = "insufficient"
#: All bands, the most urgent first.
BANDS = (FIRST, CHECK, NONE, INSUFFICIENT)

Scale = Literal["probability", "points"]


@dataclass(frozen=True)
class Bands:
    """Thresholds; a value on a threshold reaches it.

    Parameters
    ----------
    scale : {"probability", "points"}
        What the thresholds are measured on; points are log-odds.
    first, check : float
        With ``first`` > ``check``.

    Raises
    ------
    ValueError
        When the thresholds are not numbers in that order, or the scale is unknown.
    """

    scale: Scale
    first: float
    check: float

    def __post_init__(self) -> None:
        if self.scale not in ("probability", "points"):
            raise ValueError(f"bands: unknown scale {self.scale!r}")
        if not (np.isfinite(self.first) and np.isfinite(self.check) and self.first > self.check):
            raise ValueError(f"bands: first ({self.first}) must be greater than check ({self.check})")

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"scale": self.scale, "first": self.first, "check": self.check}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Bands:
        """Read what `to_json` wrote; ValueError when it is something else."""
        try:
            return cls(scale=document["scale"], first=float(document["first"]), check=float(document["check"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"bands: incomplete or of the wrong form ({error})") from error


def association_groups(terms: Terms, association: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which reason groups rest on an association with others.

    Parameters
    ----------
    terms : Terms
    association : iterable of str
        The catalogue's association features.

    Returns
    -------
    ndarray of bool, shape (number of groups,)
        True when any of the group's features is one of association.
    """
    names = frozenset(association)
    return np.array([not names.isdisjoint(group.features) for group in terms.groups], dtype=bool)


def without_association(log_odds: Floats, group_contributions: Floats, association: npt.NDArray[np.bool_]) -> Floats:
    """Log-odds without what association adds (what it takes away stays).

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n,)
    group_contributions : ndarray of float64, shape (n, number of groups)
    association : ndarray of bool, shape (number of groups,)
        From `association_groups`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Never greater than ``log_odds``.
    """
    added = np.maximum(group_contributions[:, association], 0.0).sum(axis=1)
    return np.asarray(log_odds - added, dtype=np.float64)


def assign_bands(
    bands: Bands,
    *,
    log_odds: Floats,
    own_log_odds: Floats,
    days_to_departure: Floats,
    calibration: Calibration | None,
) -> npt.NDArray[np.str_]:
    """Band of each case that has a score.

    Parameters
    ----------
    bands : Bands
    log_odds : ndarray of float64, shape (n,)
    own_log_odds : ndarray of float64, shape (n,)
        From `without_association`.
    days_to_departure : ndarray of float64, shape (n,)
        Chooses the calibration window.
    calibration : Calibration or None
        Needed when the thresholds are probabilities.

    Returns
    -------
    ndarray of str, shape (n,)
        ``first``, ``check`` or ``none``; ``insufficient`` where a probability is needed and there is no date.

    Raises
    ------
    ValueError
        When the thresholds are probabilities and there is no calibration.
    """
    if bands.scale == "points":
        value, own = log_odds, own_log_odds
    elif calibration is None:
        raise ValueError("bands: thresholds on the probability need a calibration")
    else:
        value = calibration.apply(log_odds, days_to_departure)[0]
        own = calibration.apply(own_log_odds, days_to_departure)[0]
    out = np.where(value >= bands.check, CHECK, NONE)
    out = np.where((value >= bands.first) & (own >= bands.first), FIRST, out)
    return np.asarray(np.where(np.isnan(value), INSUFFICIENT, out))


def band_of(
    bands: Bands,
    *,
    log_odds: float,
    own_log_odds: float,
    days_to_departure: float,
    calibration: Calibration | None,
) -> str:
    """`assign_bands` for one case in plain Python."""
    if bands.scale == "points":
        value, own = log_odds, own_log_odds
    elif calibration is None:
        raise ValueError("bands: thresholds on the probability need a calibration")
    else:
        value = calibration.apply_one(log_odds, days_to_departure)[0]
        own = calibration.apply_one(own_log_odds, days_to_departure)[0]
    if math.isnan(value):
        return INSUFFICIENT
    if value >= bands.first and own >= bands.first:
        return FIRST
    return CHECK if value >= bands.check else NONE
