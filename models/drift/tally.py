"""Counting what was scored, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from models.bands import BANDS
from models.terms import Floats, Terms

if TYPE_CHECKING:
    from models.score import Scores

SCHEMA: Final = "drift/1"
#: Log-odds are counted in steps of a half.
SCORE_CUTS: Final = tuple(x / 2 for x in range(-16, 17))
#: Cases of one agency are alike: so many stand for one independent case.
DESIGN: Final = 2.0


@dataclass
class Moments:
    """Number, sum and sum of squares of some values."""

    n: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> Self:
        """From values."""
        return cls(float(values.size), float(values.sum()), float((values**2).sum()))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """NaN of nothing."""
        return self.total / self.n if self.n else float("nan")

    @property
    def spread(self) -> float:
        """Standard deviation; NaN of nothing."""
        return sqrt(max(self.squares / self.n - self.mean**2, 0.0)) if self.n else float("nan")

    @property
    def error(self) -> float:
        """Standard error of the mean, cases of one agency being alike."""
        if self.n < 2:
            return float("inf")
        return self.spread * sqrt(DESIGN / self.n)


@dataclass(frozen=True)
class Found:
    """What became of cases that had a probability, as sums, so that parts add up.

    Attributes
    ----------
    hits, expected, spread : float
        Weighted numbers found and expected non-procedural, and the variance of the first if the second is right.
    """

    hits: float = 0.0
    expected: float = 0.0
    spread: float = 0.0

    @classmethod
    def of(cls, label: Floats, probability: Floats, weight: Floats | None = None) -> Self:
        """From labels (0 or 1), the probabilities given before, and weights such as those of drawn checks."""
        w = np.ones(label.size) if weight is None else weight
        return cls(
            float((w * label).sum()),
            float((w * probability).sum()),
            float((w**2 * probability * (1 - probability)).sum()),
        )

    def __add__(self, other: Found) -> Found:
        return Found(self.hits + other.hits, self.expected + other.expected, self.spread + other.spread)


@dataclass(frozen=True)
class Tally:
    """What was scored, counted.

    Attributes
    ----------
    cases : int
        With a score.
    features : mapping of str to ndarray of float64
        Cases in each bin of the release's axes, the missing bin last.
    terms, offices, bands : mapping of str to Moments
        Contributions of each reason; log-odds of each office; probabilities in each band.
    score : ndarray of float64
        Cases in each step of `SCORE_CUTS`.
    arrivals : mapping of str to float
        Rows recorded per day, by feed.
    found : Found
        Findings that have arrived since, beside the probabilities given before.
    """

    cases: int = 0
    features: Mapping[str, Floats] = field(default_factory=dict)
    terms: Mapping[str, Moments] = field(default_factory=dict)
    offices: Mapping[str, Moments] = field(default_factory=dict)
    bands: Mapping[str, Moments] = field(default_factory=dict)
    score: Floats = field(default_factory=lambda: np.zeros(len(SCORE_CUTS) + 1))
    arrivals: Mapping[str, float] = field(default_factory=dict)
    found: Found = field(default_factory=Found)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.cases + other.cases,
            _added(self.features, other.features),
            _added(self.terms, other.terms),
            _added(self.offices, other.offices),
            _added(self.bands, other.bands),
            self.score + other.score,
            _added(self.arrivals, other.arrivals),
            self.found + other.found,
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "schema": SCHEMA,
            "cases": self.cases,
            "features": {name: counts.tolist() for name, counts in sorted(self.features.items())},
            **{
                part: {name: [m.n, m.total, m.squares] for name, m in sorted(getattr(self, part).items())}
                for part in ("terms", "offices", "bands")
            },
            "score": self.score.tolist(),
            "arrivals": dict(sorted(self.arrivals.items())),
            "found": [self.found.hits, self.found.expected, self.found.spread],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; ValueError when it is something else."""
        try:
            if document["schema"] != SCHEMA or len(document["score"]) != len(SCORE_CUTS) + 1:
                raise ValueError("drift: a reference of another form than this version knows")
            return cls(
                int(document["cases"]),
                {name: np.array(counts, dtype=np.float64) for name, counts in document["features"].items()},
                _moments(document["terms"]),
                _moments(document["offices"]),
                _moments(document["bands"]),
                np.array(document["score"], dtype=np.float64),
                {name: float(rate) for name, rate in document["arrivals"].items()},
                Found(*(float(x) for x in document["found"])),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"drift: the reference is incomplete or of the wrong form ({error})") from error


def tally(
    terms: Terms,
    X: Floats,
    *,
    probability: Floats,
    band: npt.NDArray[np.str_],
    office: npt.NDArray[np.str_],
    arrivals: Mapping[str, float] | None = None,
) -> Tally:
    """Count cases that have a score.

    Parameters
    ----------
    terms : Terms
        Of the release that scored them.
    X : ndarray of float64, shape (n, k)
        Features.
    probability : ndarray of float64, shape (n,)
        NaN in a rules-only release.
    band, office : ndarray of str, shape (n,)
    arrivals : mapping of str to float, optional
        Rows recorded per day lately, by feed.
    """
    parts = terms.group_contributions(X)
    log_odds = terms.base + parts.sum(axis=1)
    step = np.searchsorted(SCORE_CUTS, log_odds, side="right")
    return Tally(
        len(X),
        {a.name: np.bincount(a.assign(X[:, a.column]), minlength=a.bins).astype(np.float64) for a in terms.axes},
        {group.code: Moments.of(parts[:, j]) for j, group in enumerate(terms.groups)},
        {str(name): Moments.of(log_odds[office == name]) for name in np.unique(office)},
        {name: Moments.of(np.nan_to_num(probability[band == name])) for name in BANDS if (band == name).any()},
        np.bincount(step, minlength=len(SCORE_CUTS) + 1).astype(np.float64),
        dict(arrivals or {}),
    )


def tally_of(scores: Scores, *, arrivals: Mapping[str, float] | None = None) -> Tally:
    """Count the scores of a situation; cases without a score are left out."""
    rows = scores.scored
    office = scores.situation.cases["office"].fill_null("").to_numpy().astype(str)
    return tally(
        scores.release.terms,
        np.ascontiguousarray(scores.situation.x[rows]),
        probability=scores.probability[rows],
        band=scores.band[rows],
        office=office[rows],
        arrivals=arrivals,
    )


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(left)
    for name, value in right.items():
        out[name] = out[name] + value if name in out else value
    return out


def _moments(document: Mapping[str, Any]) -> dict[str, Moments]:
    return {name: Moments(*(float(x) for x in values)) for name, values in document.items()}
