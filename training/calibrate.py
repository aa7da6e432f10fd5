"""From held-out scores and findings to a calibration and bands.

Drawn checks are the yardstick: weighted by the inverse of their inclusion probability they stand for all departures, so
they alone say how high the probability is. There are few of them, so the slope, which a selective choice of cases
distorts least, is taken from all findings, and each lead window leans on all windows together. On top of that smooth
curve an isotonic step table follows the drawn checks as far as they go.

The interval joins three doubts: where the isotonic table would be if the next finding went either way (Venn-Abers), how
the whole calibration varies when cases are drawn again (bootstrap), and how far the bags of the model lie apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.bands import Bands
from models.calibration import WINDOWS, Calibration, StepTable, window_of
from models.terms import Floats, Indices

_LEVELS = np.concatenate([np.arange(0.025, 0.96, 0.025), [0.97, 0.98, 0.99, 0.995]])


@dataclass(frozen=True, kw_only=True)
class CalibrationSettings:
    """Settings.

    Parameters
    ----------
    prior_cases : float
        Weight of the smooth curve against the drawn checks, in cases.
    lean : float
        Weight of all windows together against one, in units of a standard deviation of 1/lean of its parameters.
    bootstraps : int
    confidence : float
        Of the bootstrap's share in the interval.
    """

    prior_cases: float = 25.0
    lean: float = 4.0
    bootstraps: int = 200
    confidence: float = 0.9


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out scores with findings, one row a snapshot.

    Attributes
    ----------
    log_odds, spread : ndarray of float64, shape (n,)
        From `training.engines.additive.Fit.held_out`.
    label : ndarray of float64, shape (n,)
    days : ndarray of float64, shape (n,)
        Days to departure.
    cases : ndarray of str, shape (n,)
    yardstick : ndarray of float64, shape (n,)
        Weight of the case as a drawn check, 0 if it was not drawn.
    weight : ndarray of float64, shape (n,)
        Weight of the case among all findings.
    """

    log_odds: Floats
    spread: Floats
    label: Floats
    days: Floats
    cases: npt.NDArray[np.str_]
    yardstick: Floats
    weight: Floats


def fit_calibration(data: HeldOut, *, seed: int, settings: CalibrationSettings) -> Calibration:
    """Fit a step table for each lead window.

    Without any drawn check all findings take their place; the probability then holds for cases that are found the way
    these were found.

    Raises
    ------
    ValueError
        When there is no finding.
    """
    if not data.label.size:
        raise ValueError("no finding to calibrate on")
    windows = window_of(data.days)
    _, position = np.unique(data.cases, return_inverse=True)
    parts = [_Window.of(data, windows == w, position) for w in range(len(WINDOWS))]
    tables: list[StepTable | None] = [None] * len(parts)
    draws = np.random.default_rng(seed).poisson(1.0, size=(settings.bootstraps, position.max(initial=0) + 1))
    pooled = [_pooled(parts, None)] + [_pooled(parts, draw) for draw in draws]
    for w, part in enumerate(parts):
        if part is not None:
            tables[w] = _table(part, pooled, draws, settings)
    return Calibration(tuple(_borrowed(tables)))


@dataclass(frozen=True, eq=False)
class _Window:
    """The snapshots of one lead window, sorted into steps by score."""

    cuts: Floats
    step: Indices
    centre: Floats
    spread: Floats
    label: Floats
    case: Indices
    yardstick: Floats
    weight: Floats

    @classmethod
    def of(cls, data: HeldOut, rows: npt.NDArray[np.bool_], position: Indices) -> _Window | None:
        if not rows.any():
            return None
        z, case = data.log_odds[rows], position[rows]
        share = 1.0 / np.bincount(case)[case]
        weight, yardstick = data.weight[rows] * share, data.yardstick[rows] * share
        if not yardstick.any():
            yardstick = weight
        cuts = _weighted_quantiles(z, yardstick, _LEVELS)
        step = np.searchsorted(cuts, z, side="right")
        size = cuts.size + 1
        mass = np.bincount(step, minlength=size).astype(np.float64)
        edges = np.concatenate([[min(z.min(), cuts[0])], cuts, [max(z.max(), cuts[-1])]]) if cuts.size else None
        middle = (edges[:-1] + edges[1:]) / 2 if edges is not None else np.array([z.mean()])
        some = np.maximum(mass, 1.0)
        centre = np.where(mass > 0, np.bincount(step, weights=z, minlength=size) / some, middle)
        spread = np.where(mass > 0, np.bincount(step, weights=data.spread[rows], minlength=size) / some, np.nan)
        spread = np.where(np.isnan(spread), np.nanmean(spread), spread)
        return cls(
            cuts, step, centre, spread, data.label[rows], case, _effective(yardstick, case), _effective(weight, case)
        )

    def counts(self, weight: Floats, draw: Floats | None) -> tuple[Floats, Floats]:
        """Weighted cases and positives in each step."""
        used = weight if draw is None else weight * draw[self.case]
        size = self.cuts.size + 1
        mass = np.bincount(self.step, weights=used, minlength=size).astype(np.float64)
        return mass, np.bincount(self.step, weights=used * self.label, minlength=size).astype(np.float64)


def _effective(weight: Floats, case: Indices) -> Floats:
    """Weights scaled to add up to the effective number of cases."""
    by_case = np.bincount(case, weights=weight)
    total = weight.sum()
    return weight * (total / (by_case**2).sum()) if total > 0 else weight


def _weighted_quantiles(values: Floats, weight: Floats, levels: Floats) -> Floats:
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order])
    at = np.searchsorted(share, levels * share[-1])
    return np.unique(values[order][np.minimum(at, values.size - 1)])[1:]


def _logistic(
    centre: Floats, mass: Floats, positives: Floats, *, start: tuple[float, float], lean: float, slope_free: bool
) -> tuple[float, float]:
    """Intercept and slope of a logistic curve over steps, leaning on ``start``; Newton's method with a ridge."""
    parameters = np.array(start)
    design = np.column_stack([np.ones_like(centre), centre])
    ridge = np.diag([lean, lean if slope_free else 1e9])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ parameters, -30, 30)))
        gradient = design.T @ (positives - mass * p) - ridge @ (parameters - start)
        hessian = design.T @ (design * (mass * p * (1 - p))[:, None]) + ridge
        move = np.clip(np.linalg.solve(hessian, gradient), -2.0, 2.0)
        parameters = parameters + move
        if np.abs(move).max() < 1e-10:
            break
    return float(parameters[0]), float(max(parameters[1], 0.0))


def _pooled(parts: Sequence[_Window | None], draw: Floats | None) -> tuple[float, float]:
    """Intercept (from the yardstick) and slope (from all findings) over all windows."""
    there = [part for part in parts if part is not None]
    centre = np.concatenate([part.centre for part in there])
    every = [part.counts(part.weight, draw) for part in there]
    drawn = [part.counts(part.yardstick, draw) for part in there]
    mass, positives = (np.concatenate([counts[i] for counts in every]) for i in (0, 1))
    curve = _logistic(centre, mass, positives, start=(0.0, 1.0), lean=0.1, slope_free=True)
    mass, positives = (np.concatenate([counts[i] for counts in drawn]) for i in (0, 1))
    return _logistic(centre, mass, positives, start=curve, lean=0.01, slope_free=False)


def _table(
    part: _Window, pooled: Sequence[tuple[float, float]], draws: npt.NDArray[np.int64], settings: CalibrationSettings
) -> StepTable:
    """The step table of one window: the curve, what the drawn checks add to it, and the interval."""
    lean = settings.lean**2
    curves = []
    for start, draw in zip(pooled, [None, *draws.astype(np.float64)], strict=True):
        every = _logistic(part.centre, *part.counts(part.weight, draw), start=start, lean=lean, slope_free=True)
        begin = (start[0], every[1])
        drawn = part.counts(part.yardstick, draw)
        intercept, slope = _logistic(part.centre, *drawn, start=begin, lean=lean / 4, slope_free=False)
        curve = 1.0 / (1.0 + np.exp(-np.clip(intercept + slope * part.centre, -30, 30)))
        curves.append((drawn[0], drawn[1], curve))
    prior = settings.prior_cases / part.centre.size
    mass, positives, curve = curves[0]
    p = _isotonic(mass + prior, positives + prior * curve)
    again = np.array([_isotonic(m + prior, pos + prior * c) for m, pos, c in curves[1:]])
    tail = (1 - settings.confidence) / 2
    if again.size:
        low, high = np.quantile(again, [tail, 1 - tail], axis=0)
    else:
        low, high = p, p
    down, up = _venn_abers(mass + prior, positives + prior * curve)
    low, high = np.minimum.reduce([low, down, p]), np.maximum.reduce([high, up, p])
    low = low[np.searchsorted(part.cuts, part.centre - part.spread, side="right")]
    high = high[np.searchsorted(part.cuts, part.centre + part.spread, side="right")]
    return _steps(part.cuts, p, low, high)


def _isotonic(mass: Floats, positives: Floats) -> Floats:
    """Shares that never fall and fit best by weighted squares: neighbours out of order are pooled (all mass > 0)."""
    pools: list[tuple[float, float, int]] = []
    for m, p in zip(mass.tolist(), positives.tolist(), strict=True):
        pool = (m, p, 1)
        while pools and pools[-1][1] * pool[0] >= pool[1] * pools[-1][0]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    shares = np.repeat([p / m for m, p, _ in pools], [n for *_, n in pools])
    return np.maximum.accumulate(np.clip(shares, 0.0, 1.0))


def _venn_abers(mass: Floats, positives: Floats) -> tuple[Floats, Floats]:
    """Where each step would be if one more case in it were a negative, and a positive."""
    low, high = np.empty_like(mass), np.empty_like(mass)
    for i in range(mass.size):
        more = mass.copy()
        more[i] += 1.0
        low[i] = _isotonic(more, positives)[i]
        found = positives.copy()
        found[i] += 1.0
        high[i] = _isotonic(more, found)[i]
    return low, high


def _steps(cuts: Floats, p: Floats, low: Floats, high: Floats) -> StepTable:
    """A legal step table: bounds made to rise and to hold the probability; equal neighbours joined."""
    low = np.minimum(np.minimum.accumulate(low[::-1])[::-1], p)
    high = np.maximum(np.maximum.accumulate(high), p)
    low, high = np.maximum.accumulate(np.clip(low, 0, 1)), np.clip(high, 0, 1)
    change = (np.diff(p) > 0) | (np.diff(low) > 0) | (np.diff(high) > 0)
    keep = np.concatenate([[True], change])
    return StepTable(cuts[change], p[keep], low[keep], high[keep])


def _borrowed(tables: Sequence[StepTable | None]) -> list[StepTable]:
    """A window without findings takes the table of its nearest neighbour, with an interval twice as wide."""
    there = [w for w, table in enumerate(tables) if table is not None]
    out = []
    for w, table in enumerate(tables):
        if table is not None:
            out.append(table)
            continue
        near = tables[min(there, key=lambda other: (abs(other - w), other))]
        assert near is not None  # noqa: S101  # nosec B101 # for the type checker: `there` lists windows with a table
        odds = _logit(near.probability)
        low = _inverse_logit(odds - 2 * (odds - _logit(near.low)))
        high = _inverse_logit(odds + 2 * (_logit(near.high) - odds))
        out.append(_steps(near.cuts, near.probability, low, high))
    return out


def _logit(p: Floats) -> Floats:
    inside = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)))


def _inverse_logit(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


@dataclass(frozen=True, kw_only=True)
class BandPolicy:
    """How many cases can be looked at, and how often a look must be worth it.

    Parameters
    ----------
    first_share, check_share : float
        Share of the active cases in each band at most.
    first_precision, check_precision : float
        Mean probability within a band at least.
    """

    first_share: float = 0.05
    check_share: float = 0.15
    first_precision: float = 0.3
    check_precision: float = 0.15


def choose_bands(probability: Floats, policy: BandPolicy) -> Bands:
    """Thresholds for a queue.

    Parameters
    ----------
    probability : ndarray of float64, shape (n,)
        Of the active cases that have one.
    policy : BandPolicy

    Returns
    -------
    Bands
        The lowest thresholds at which neither capacity nor precision is missed. Where one step of the table alone
        exceeds the capacity, precision decides; where no case is precise enough, the stated precision itself is the
        threshold.
    """
    first = _threshold(probability, policy.first_share, policy.first_precision)
    rest = probability[probability < first]
    share = policy.check_share * probability.size / rest.size if rest.size else 1.0
    check = _threshold(rest, share, policy.check_precision)
    return Bands("probability", first, min(check, first * 0.999))


def _threshold(probability: Floats, share: float, precision: float) -> float:
    chosen = None
    for candidate in np.unique(probability)[::-1]:
        reached = probability[probability >= candidate]
        too_many = reached.size > share * probability.size
        if reached.mean() < precision or (too_many and chosen is not None):
            break
        chosen = float(candidate)
    return precision if chosen is None else chosen
