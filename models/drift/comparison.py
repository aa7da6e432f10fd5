"""Comparing a tally with the reference: effect sizes with intervals, and a verdict in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any, Final, Self

import numpy as np

from models.drift.tally import DESIGN, Found, Moments, Tally
from models.terms import Floats

STEADY: Final = "steady"
WATCH: Final = "watch"
MOVED: Final = "moved"
#: Standard errors in the bounds: 90 % between them.
REACH: Final = 1.645
#: Cases of an office, here and in the reference, below which nothing is said about it.
LEAST_CASES: Final = 30

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "feature": (0.1, 0.25),
    "missing": (0.05, 0.15),
    "term": (0.1, 0.25),
    "score": (0.1, 0.25),
    "office": (0.25, 0.5),
    "arrivals": (log(1.5), log(3.0)),
    "calibration": (log(1.25), log(1.6)),
}
"""By kind of shift, from where on the bound nearest to nought is to be watched, and where it has moved.

feature, score
    Population stability index.
missing
    Difference of the shares that lack the feature.
term, office
    Difference of mean contributions, and of mean log-odds, in log-odds.
arrivals, calibration
    Log of the ratio of rows per day, and of found over expected.
"""


@dataclass(frozen=True)
class Shift:
    """One difference between those scored and the reference.

    Attributes
    ----------
    kind : str
        A key of `LIMITS`.
    name : str
        Feature, reason, office or feed.
    value, low, high : float
        See `LIMITS`.
    feeds : tuple of str
        Feeds it comes from, where that is known.
    felt : bool
        False for a feature whose reasons are what they were: it may be watched, but nothing has moved that scores
        depend on (the season of the year is the plainest case).
    """

    kind: str
    name: str
    value: float
    low: float
    high: float
    feeds: tuple[str, ...] = ()
    felt: bool = True

    @property
    def nearest(self) -> float:
        """How far from nought it is at least."""
        return 0.0 if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high))

    @property
    def state(self) -> str:
        """`STEADY`, `WATCH` or `MOVED`."""
        watch, moved = LIMITS[self.kind]
        return MOVED if self.nearest > moved and self.felt else WATCH if self.nearest > watch else STEADY

    def __str__(self) -> str:
        """As ``licence_state 0.31 (0.27 to 0.35)``."""
        return f"{self.name} {self.value:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


@dataclass(frozen=True)
class Promise:
    """What the probabilities promise of a band before any finding is there; it holds as far as they are calibrated.

    Attributes
    ----------
    cases : int
    precision, low, high : float
        Share of its cases expected to be non-procedural, with the bounds of chance.
    recall : float
        Share of all expected to be non-procedural that are in it.
    """

    cases: int
    precision: float
    low: float
    high: float
    recall: float

    @classmethod
    def of(cls, band: Moments, everybody: float) -> Self:
        """From the probabilities in a band and the sum of all."""
        reach = REACH * sqrt(DESIGN * max(band.total - band.squares, 0.0)) / band.n
        recall = band.total / everybody if everybody else float("nan")
        return cls(int(band.n), band.mean, max(band.mean - reach, 0.0), min(band.mean + reach, 1.0), recall)

    def __str__(self) -> str:
        """As ``0.41 (0.35 to 0.47)``."""
        return f"{self.precision:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Drift:
    """What moved, the furthest first, and what the probabilities promise.

    Attributes
    ----------
    shifts : tuple of Shift
    promised, promised_then : mapping of str to Promise
        By band, now and in the reference.
    """

    shifts: tuple[Shift, ...]
    promised: Mapping[str, Promise]
    promised_then: Mapping[str, Promise]

    @property
    def state(self) -> str:
        """The worst state of any shift."""
        states = {shift.state for shift in self.shifts}
        return MOVED if MOVED in states else WATCH if WATCH in states else STEADY

    def of_feed(self) -> dict[str, str]:
        """The worst state of any shift of each feed."""
        order = (STEADY, WATCH, MOVED)
        found: dict[str, str] = {}
        for shift in self.shifts:
            for feed in shift.feeds:
                found[feed] = max(found.get(feed, STEADY), shift.state, key=order.index)
        return dict(sorted(found.items()))

    def line(self, *, most: int = 3) -> str:
        """The verdict in one line."""
        beyond = [shift for shift in self.shifts if shift.state != STEADY]
        said = f"drift: {self.state}"
        if beyond:
            said += " – " + ", ".join(f"{shift.kind} {shift}" for shift in beyond[:most])
            said += f" and {len(beyond) - most} more" if len(beyond) > most else ""
        if "first" in self.promised and "first" in self.promised_then:
            then = self.promised_then["first"].precision
            said += f"; expected in band first {self.promised['first']}, was {then:.2f}"
        return said

    def to_json(self, *, most: int = 20) -> dict[str, Any]:
        """As JSON values: the verdict, its line, the state of each feed, what was promised, and the largest shifts."""
        return {
            "state": self.state,
            "line": self.line(),
            "feeds": self.of_feed(),
            "promised": {name: _rounded(vars(promise)) for name, promise in self.promised.items()},
            "shifts": [
                _rounded({"kind": s.kind, "name": s.name, "value": s.value, "low": s.low, "high": s.high})
                | {"state": s.state, "feeds": list(s.feeds)}
                for s in self.shifts[:most]
            ],
        }


def compare(
    reference: Tally,
    now: Tally,
    *,
    feeds: Mapping[str, Sequence[str]] | None = None,
) -> Drift:
    """Compare those scored with the reference of the release that scored them.

    Parameters
    ----------
    reference, now : Tally
    feeds : mapping of str to sequence of str, optional
        By feature, the feeds it is computed from.

    Raises
    ------
    ValueError
        The tallies are of different releases: their features have other bins.
    """
    feeds = feeds or {}
    shifts = [*_features(reference, now, feeds), *_moments("term", reference.terms, now.terms)]
    shifts += [_stability("score", "log_odds", reference.score, now.score)]
    shifts += _moments("office", reference.offices, now.offices, least=LEAST_CASES)
    shifts += _arrivals(reference.arrivals, now.arrivals)
    if now.found.expected > 0:
        shifts.append(_calibration(now.found))
    order = {MOVED: 0, WATCH: 1, STEADY: 2}
    shifts.sort(key=lambda s: (order[s.state], -s.nearest / LIMITS[s.kind][1], s.kind, s.name))
    return Drift(tuple(shifts), _promised(now), _promised(reference))


def _features(reference: Tally, now: Tally, feeds: Mapping[str, Sequence[str]]) -> Iterable[Shift]:
    if set(reference.features) != set(now.features):
        raise ValueError("drift: the reference is that of a release with other features")
    for name, then in reference.features.items():
        here = now.features[name]
        if then.shape != here.shape:
            raise ValueError(f"drift: the reference is that of a release with other bins of {name}")
        of = tuple(feeds.get(name, ()))
        felt = _felt(name, reference.terms, now.terms)
        yield replace(_stability("feature", name, then, here, of), felt=felt)
        if then[-1] or here[-1]:
            yield _share("missing", name, then, here, of)


def _felt(feature: str, then: Mapping[str, Moments], here: Mapping[str, Moments]) -> bool:
    """Whether the contributions of a feature's reasons have another mean or another spread, by log-odds that matter."""
    least = LIMITS["term"][0]
    told = [(then[code], here[code]) for code in set(then) & set(here) if feature in code.split("*")]
    return any(abs(b.mean - a.mean) > least or abs(b.spread - a.spread) > least for a, b in told)


def _stability(kind: str, name: str, then: Floats, here: Floats, feeds: tuple[str, ...] = ()) -> Shift:
    """Population stability index, less what chance alone would make of it, with an interval by the delta method."""
    n, m = then.sum() / DESIGN, here.sum() / DESIGN
    used = (then + here) > 0
    k = int(used.sum())
    if n < 1 or m < 1 or k < 2:
        return Shift(kind, name, 0.0, 0.0, 0.0, feeds)
    p, q = ((c[used] + 0.5) / (c[used].sum() + 0.5 * k) for c in (then, here))
    index = float(((p - q) * np.log(p / q)).sum())
    chance = (k - 1) * (1 / n + 1 / m)
    slope_p, slope_q = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    spread = float((p @ slope_p**2 - (p @ slope_p) ** 2) / n + (q @ slope_q**2 - (q @ slope_q) ** 2) / m)
    error = sqrt(max(spread, 0.0) + 2 * (k - 1) * (1 / n + 1 / m) ** 2)
    value = max(index - chance, 0.0)
    return Shift(kind, name, value, max(index - chance - REACH * error, 0.0), value + REACH * error, feeds)


def _share(kind: str, name: str, then: Floats, here: Floats, feeds: tuple[str, ...]) -> Shift:
    n, m = max(then.sum(), 1.0), max(here.sum(), 1.0)
    a, b = then[-1] / n, here[-1] / m
    error = sqrt(DESIGN * (a * (1 - a) / n + b * (1 - b) / m + 0.25 / n**2 + 0.25 / m**2))
    return Shift(kind, name, b - a, b - a - REACH * error, b - a + REACH * error, feeds)


def _moments(kind: str, then: Mapping[str, Moments], here: Mapping[str, Moments], *, least: int = 1) -> Iterable[Shift]:
    for name in sorted(set(then) & set(here)):
        a, b = then[name], here[name]
        if min(a.n, b.n) < least:
            continue
        gap, reach = b.mean - a.mean, REACH * sqrt(a.error**2 + b.error**2)
        if np.isfinite(reach):
            yield Shift(kind, name, gap, gap - reach, gap + reach)


def _arrivals(then: Mapping[str, float], here: Mapping[str, float]) -> Iterable[Shift]:
    """Rows per day, with the bounds that a week's count of them would have by chance."""
    for feed in sorted(set(then) & set(here)):
        if then[feed] * 7 < 1:
            continue
        value = log((here[feed] * 7 + 0.5) / (then[feed] * 7 + 0.5))
        reach = REACH * sqrt(DESIGN * (1 / (here[feed] * 7 + 1) + 1 / (then[feed] * 7 + 1)))
        yield Shift("arrivals", feed, value, value - reach, value + reach, (feed,))


def _calibration(found: Found) -> Shift:
    value = log(max(found.hits, 0.5) / found.expected)
    reach = REACH * sqrt(DESIGN * found.spread) / found.expected
    return Shift("calibration", "found over expected", value, value - reach, value + reach, ("outcomes",))


def _promised(part: Tally) -> dict[str, Promise]:
    everybody = sum(moments.total for moments in part.bands.values())
    return {name: Promise.of(moments, everybody) for name, moments in part.bands.items() if moments.total > 0}


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Floats to six digits, and null for what cannot be told."""
    return {
        name: (round(value, 6) if np.isfinite(value) else None) if isinstance(value, float) else value
        for name, value in values.items()
    }
