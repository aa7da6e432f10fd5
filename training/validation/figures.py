"""What a queue is worth: figures at capacity first, then calibration, then the area under the curve.

Two weights must not be confused. ``mass`` says how many cases of the queue a row stands for, and decides how far down
the queue one gets. ``estimate`` says for how many cases the finding of a row speaks: the inverse of the chance with
which it was drawn, and nought for a row without a finding, which still stands in the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.calibration import WINDOWS, window_of
from models.terms import Floats
from training.examples import Days, Flags, Names
from training.validation.ranking import Ranking

#: Days before departure by which a case has to be in front of somebody for help to be of use.
AHEAD_DAYS = 14
#: Days for which one queue is made when asking who was surfaced in time.
QUEUE_DAYS = 7
OVERALL = "all"

FIGURES = (
    "precision", "recall", "lift", "precision_by_office", "recall_by_office", "lift_by_office", "surfaced_ahead",
    "unnecessary_per_helped", "calibration", "brier", "pr_auc", "base_rate", "abstained",
)  # fmt: skip
"""Names of the figures, in the order in which they count.

precision, recall, lift
    Of those looked at when the capacity is spent on the whole queue; ``_by_office`` when each office has its share.
surfaced_ahead
    Share of the cases later known as positive that stood within capacity `AHEAD_DAYS` before the event or earlier.
unnecessary_per_helped
    People looked at without need for each one looked at with need.
calibration
    Mean probability over the rate that came true; 1 is right.
abstained
    Share of the queue without a score.
"""


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores of rows and what became known of them; arrays of length n.

    Attributes
    ----------
    score : ndarray of float64
        The higher, the earlier; NaN is an abstention.
    probability : ndarray of float64
        NaN where none was given.
    label : ndarray of float64
        1, 0, or NaN for not known.
    mass, estimate : ndarray of float64
        See the module.
    queue : ndarray of int64
        Rows of different queues do not compete: one number for each origin.
    office, case, agency : ndarray of str
        ``agency`` is what intervals draw again.
    lead : ndarray of float64
        Days to the event; NaN where there is none.
    day : ndarray of int64
    """

    score: Floats
    probability: Floats
    label: Floats
    mass: Floats
    estimate: Floats
    queue: Days
    office: Names
    case: Names
    agency: Names
    lead: Floats
    day: Days

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.score)

    def rows(self, keep: npt.NDArray[np.generic]) -> Judged:
        """Some of the rows."""
        return Judged(**{name: values[keep] for name, values in self.__dict__.items()})


class Figures:
    """All figures of one set of rows, for any number of draws.

    Parameters
    ----------
    data : Judged
    capacity : float
        Share of a queue that can be looked at.
    """

    def __init__(self, data: Judged, *, capacity: float) -> None:
        self.data = data
        self.capacity = capacity
        self._share = 1.0 / np.bincount(_codes(data.case))[_codes(data.case)]
        self._whole = Ranking.of(data.score, queue=data.queue)
        self._offices = Ranking.of(data.score, queue=np.char.add(np.char.add(data.queue.astype(str), "/"), data.office))
        self._pooled = Ranking.of(data.score)
        self._ahead = _Ahead(data, capacity)
        self._label = np.nan_to_num(data.label)
        self._estimate = np.where(np.isnan(data.label), 0.0, data.estimate) * self._share

    def __call__(self, draw: Floats) -> dict[str, float]:
        """Figures when each row was drawn so many times.

        Parameters
        ----------
        draw : ndarray of float64, shape (n,)
        """
        mass, weight = self.data.mass * self._share * draw, self._estimate * draw
        base = _ratio((weight * self._label).sum(), weight.sum())
        out = {"base_rate": base, "surfaced_ahead": self._ahead(draw)}
        for ranking, suffix in ((self._whole, ""), (self._offices, "_by_office")):
            chosen = ranking.chosen(self.capacity, mass=mass)
            seen, good = (weight * chosen).sum(), (weight * chosen * self._label).sum()
            out[f"precision{suffix}"] = _ratio(good, seen)
            out[f"recall{suffix}"] = _ratio(good, (weight * self._label).sum())
            out[f"lift{suffix}"] = _ratio(out[f"precision{suffix}"], base)
        precision = out["precision"]
        out["unnecessary_per_helped"] = _ratio(1 - precision, precision)
        out["pr_auc"] = self._pooled.average_precision(self._label, weight)
        out["abstained"] = _ratio((mass * np.isnan(self.data.score)).sum(), mass.sum())
        return out | self._of_probability(weight)

    def _of_probability(self, weight: Floats) -> dict[str, float]:
        told = ~np.isnan(self.data.probability)
        p, y, w = self.data.probability[told], self._label[told], weight[told]
        rate = _ratio((w * y).sum(), w.sum())
        return {
            "calibration": _ratio(_ratio((w * p).sum(), w.sum()), rate),
            "brier": _ratio((w * (p - y) ** 2).sum(), w.sum()),
        }


class _Ahead:
    """The share of positive cases that stood within capacity in time, queue by queue of some days."""

    def __init__(self, data: Judged, capacity: float) -> None:
        self._capacity = capacity
        period = (data.day - data.day.min(initial=0)) // QUEUE_DAYS
        self._ranking = Ranking.of(data.score, queue=data.queue * 100_000 + period)
        self._early = np.nan_to_num(data.lead, nan=-1.0) >= AHEAD_DAYS
        self._known = not bool(np.isnan(data.lead).all())
        self._case = _codes(data.case)
        self._mass = data.mass
        self._cases = int(self._case.max(initial=-1)) + 1
        positive = np.zeros(self._cases)
        np.maximum.at(positive, self._case, np.nan_to_num(data.label) * data.estimate)
        self._positive = positive

    def __call__(self, draw: Floats) -> float:
        if not self._known:
            return float("nan")
        chosen = np.where(self._early, self._ranking.chosen(self._capacity, mass=self._mass * draw), 0.0)
        surfaced, drawn = np.zeros(self._cases), np.zeros(self._cases)
        np.maximum.at(surfaced, self._case, chosen)
        np.maximum.at(drawn, self._case, draw)
        return _ratio((self._positive * surfaced * drawn).sum(), (self._positive * drawn).sum())


def windows(lead: Floats) -> dict[str, Flags]:
    """Rows of each lead window that has any, and of all together: mask (n,) by name."""
    position = window_of(lead)
    masks = {name: position == i for i, name in enumerate(WINDOWS)}
    found = {name: mask for name, mask in masks.items() if mask.any()}
    return found | {OVERALL: np.ones(lead.size, dtype=np.bool_)}


def names_of(figures: Sequence[str]) -> tuple[str, ...]:
    """Figures in the order in which they count."""
    return tuple(name for name in FIGURES if name in figures)


def _codes(names: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.intp)


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below > 0 else float("nan")
