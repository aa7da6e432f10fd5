"""Selective labels: what findings say about a queue when they were not drawn from it.

Findings come from complaints, borders, repatriations and worklists. They reach irregular departures far more often than
others, and among them the visible ones. Counting them as they come makes a queue look better than it is. Against that
stand four estimates of the same figure, from the most naive to the most careful:

naive
    All findings as they come, people helped in time among them as negatives.
weighted
    Findings weighted by the inverse of the chance of being examined, given the features; that chance is fitted, its
    weights are clipped, and the effective number of findings is told. What the examiners saw and no feature shows
    stays uncorrected.
drawn
    Drawn checks alone, weighted by the inverse of their known chance. Honest whatever the examiners saw, but few.
corrected
    How risk rises with the score is taken from all findings but those of cases picked for their visible signs, the
    level from drawn checks over the whole queue; what the drawn checks among those chosen say besides is added as far
    as their number goes. (Channels that reach irregular departures more often whatever the score, such as complaints,
    shift the level and leave the slope; a worklist made by looking at the same signs as the score flattens it.)

Who was helped before departure is censored: nobody knows what would have come. Every estimate except the naive one
leaves them out; `helped_both_ways` says how far that could matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

from models.terms import Floats
from training.engines.additive import fold_of
from training.examples import Flags
from training.validation.intervals import Bootstrap, interval, multiplicities

NAIVE: Final = "naive"
WEIGHTED: Final = "weighted"
DRAWN: Final = "drawn"
CORRECTED: Final = "corrected"
#: Largest inverse-propensity weight, as a multiple of the median one.
CLIP: Final = 10.0
#: Drawn checks among the chosen that weigh as much as the fitted curve; so the curve is believed like that many checks.
PRIOR_CHECKS: Final = 150.0

ESTIMATES = {
    "estimate": pl.String(), "value": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "findings": pl.Int64(), "effective": pl.Float64(), "clipped": pl.Float64(),
}  # fmt: skip
"""Columns of `precision_estimates`: findings among the chosen, their effective number, the share of weights clipped.
The corrected estimate also leans on findings outside; what is told of it are the drawn checks among the chosen."""


@dataclass(frozen=True, eq=False)
class Queue:
    """A queue and what became known of it; arrays of length n, one row a case.

    Attributes
    ----------
    score : ndarray of float64
        Log-odds or anything that orders; finite.
    chosen : ndarray of float64
        How much of each row is looked at, 0 to 1, from `training.validation.Ranking.chosen`.
    label : ndarray of float64
        What a finding says, 1 or 0; NaN without one. Of helped people too, if something was found.
    drawn : ndarray of float64
        The inverse of the chance with which a row was drawn for a check; 0 if it was not.
    helped : ndarray of bool
        Whether help was given before departure.
    picked : ndarray of bool
        Whether a row was examined because its visible signs stood out, as on a worklist.
    propensity : ndarray of float64
        Chance of being examined, from `examination_propensity`.
    groups : ndarray of str
        What intervals draw again.
    """

    score: Floats
    chosen: Floats
    label: Floats
    drawn: Floats
    helped: Flags
    picked: Flags
    propensity: Floats
    groups: npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Weights:
    """Clipped inverse-propensity weights.

    Attributes
    ----------
    weight : ndarray of float64, shape (n,)
    clipped : float
        Share of the weights that were clipped.
    effective : float
        Number of equally weighted findings that would be worth as much.
    """

    weight: Floats
    clipped: float
    effective: float


def examination_propensity(
    X: Floats, examined: Flags, *, groups: npt.NDArray[np.str_] | Sequence[str], folds: int = 5, seed: int = 0
) -> Floats:
    """Chance of being examined given the features, for each row from a model that did not see its group.

    Parameters
    ----------
    X : ndarray of float64, shape (n, k)
        NaN is missing.
    examined : ndarray of bool, shape (n,)
    groups : sequence of str, length n
    folds, seed : int

    Returns
    -------
    ndarray of float64, shape (n,)
        Between 0 and 1, neither of them reached.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    fold = fold_of(groups, folds, salt=f"examined/{seed}")
    out = np.full(len(examined), max(float(examined.mean()), 1e-3))
    for k in range(folds):
        rest = fold != k
        if rest.all() or not rest.any() or examined[rest].min() == examined[rest].max():
            continue
        model: Any = HistGradientBoostingClassifier(
            learning_rate=0.08, max_iter=60, max_depth=3, min_samples_leaf=40, l2_regularization=5.0,
            early_stopping=False, random_state=seed,
        )  # fmt: skip
        with threadpool_limits(limits=1):
            out[~rest] = model.fit(X[rest], examined[rest]).predict_proba(X[~rest])[:, 1]
    return np.asarray(np.clip(out, 1e-3, 1 - 1e-6), dtype=np.float64)


def inverse_weights(propensity: Floats, *, clip: float = CLIP) -> Weights:
    """Inverse-propensity weights of examined rows.

    Parameters
    ----------
    propensity : ndarray of float64, shape (n,)
    clip : float
        Largest weight as a multiple of the median one.
    """
    weight = 1.0 / propensity
    most = clip * float(np.median(weight)) if weight.size else 0.0
    clipped = np.minimum(weight, most)
    return Weights(clipped, float((weight > most).mean()) if weight.size else 0.0, effective_size(clipped))


def effective_size(weight: Floats) -> float:
    """Number of equally weighted rows that would be worth as much: (sum of w)**2 / sum of w**2."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def precision_estimates(queue: Queue, settings: Bootstrap) -> pl.DataFrame:
    """The share of the chosen whose departure is non-procedural, four ways.

    Parameters
    ----------
    queue : Queue
    settings : Bootstrap

    Returns
    -------
    polars.DataFrame
        Columns of `ESTIMATES`, a row for each estimate.
    """
    measured = _drawn_again(queue, settings)
    known = ~np.isnan(queue.label)
    free = known & ~queue.helped
    inverse = inverse_weights(queue.propensity[free])
    spread = np.zeros(len(queue.score))
    spread[free] = inverse.weight
    used = {
        NAIVE: (known, known.astype(np.float64), 0.0),
        WEIGHTED: (free, spread, inverse.clipped),
        DRAWN: (free & (queue.drawn > 0), queue.drawn, 0.0),
        CORRECTED: (free & (queue.drawn > 0), queue.drawn, 0.0),
    }
    rows = []
    for name, (mask, weight, clipped) in used.items():
        of_chosen = mask & (queue.chosen > 0)
        effective = effective_size(weight[of_chosen] * queue.chosen[of_chosen])
        told = [draw[name] for draw in measured]
        if name == CORRECTED:
            told[1:] = _would_be_true(told[1:], queue, effective, settings)
        value, low, high = astuple(interval(told[0], told[1:], settings.confidence))
        if name != CORRECTED:  # few findings may agree by chance in every draw
            least, most = _wilson(value, effective, settings.confidence)
            low, high = float(np.fmin(low, least)), float(np.fmax(high, most))
        line = {"estimate": name, "value": value, "low": low, "high": high}
        rows.append(line | {"findings": int(of_chosen.sum()), "effective": effective, "clipped": clipped})
    return pl.DataFrame(rows, schema=ESTIMATES)


def _drawn_again(queue: Queue, settings: Bootstrap) -> list[dict[str, float]]:
    """The estimates as they are, and in every draw of the groups."""
    draws = multiplicities(queue.groups, settings).astype(np.float64)
    return [_estimates(queue, draw) for draw in (np.ones(len(queue.score)), *draws)]


def _would_be_true(estimates: Sequence[float], queue: Queue, checks: float, settings: Bootstrap) -> list[float]:
    """What the share among the chosen might be, given the corrected estimate of each draw.

    Drawing groups again tells how far the estimate moves, but not how far the curve lies from the truth where few
    checks hold it, nor that the chosen are so many people and no more. The estimate leans on the curve as on
    `PRIOR_CHECKS` checks, so the share behind a draw is one of a beta distribution worth those and the checks there
    are; and of the chosen whose departure was not found out by a drawn check, a binomial number is positive.
    """
    rng = np.random.default_rng([settings.seed, 1])
    worth = checks + PRIOR_CHECKS
    people = float((queue.chosen * ~queue.helped).sum())
    seen = float((queue.chosen * (queue.drawn > 0) * ~queue.helped * ~np.isnan(queue.label)).sum())
    rest = max(round(people - seen), 0)
    out = []
    for estimate in estimates:
        if np.isnan(estimate):
            out.append(estimate)
            continue
        share = rng.beta(max(estimate * worth, 1e-6), max((1 - estimate) * worth, 1e-6))
        unknown = rng.binomial(rest, share) / rest if rest else share
        out.append(float((rest * unknown + seen * share) / people) if people else float(share))
    return out


def _wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
    """Bounds of a share of ``n`` findings (Wilson 1927); NaN without any."""
    if not n or np.isnan(share):
        return float("nan"), float("nan")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0))


def _estimates(queue: Queue, draw: Floats) -> dict[str, float]:
    known = ~np.isnan(queue.label)
    free = known & ~queue.helped
    label = np.nan_to_num(queue.label)
    chosen = queue.chosen * draw
    inverse = np.zeros(len(label))
    inverse[free] = inverse_weights(_told_anew(queue.propensity, free, draw)[free]).weight
    drawn = np.where(free, queue.drawn, 0.0)
    return {
        NAIVE: _mean(label, chosen * known),
        WEIGHTED: _mean(label, chosen * inverse),
        DRAWN: _mean(label, chosen * drawn),
        CORRECTED: _corrected(
            queue, label, chosen=chosen, every=(free & (~queue.picked | (queue.drawn > 0))) * draw, drawn=drawn * draw
        ),
    }


def _told_anew(propensity: Floats, examined: Flags, draw: Floats) -> Floats:
    """The chance of being examined as a draw tells it: its level and slope fitted anew, its shape kept."""
    z = np.log(propensity / (1 - propensity))
    level, slope = _logistic(z, examined.astype(np.float64), draw, slope=None)
    return np.asarray(np.clip(1.0 / (1.0 + np.exp(-(level + slope * z))), 1e-3, 1 - 1e-6), dtype=np.float64)


def _corrected(queue: Queue, label: Floats, *, chosen: Floats, every: Floats, drawn: Floats) -> float:
    """Slope from all findings, level from drawn checks, and what drawn checks among the chosen say besides."""
    z = queue.score - queue.score.mean()
    z = z / max(float(z.std()), 1e-9)
    if not drawn.any():
        return float("nan")
    slope = _logistic(z, label, every, slope=None)[1]
    level, _ = _logistic(z, label, drawn / max(float(drawn[drawn > 0].mean()), 1e-9), slope=slope)
    curve = 1.0 / (1.0 + np.exp(-np.clip(level + slope * z, -30, 30)))
    checks = drawn * queue.chosen
    trust = effective_size(checks) / (effective_size(checks) + PRIOR_CHECKS)
    besides = _mean(label - curve, checks) if checks.any() else 0.0
    return float(np.clip(_mean(curve, chosen) + trust * besides, 0.0, 1.0))


def _logistic(z: Floats, label: Floats, weight: Floats, *, slope: float | None) -> tuple[float, float]:
    """Intercept and slope of a logistic curve by Newton's method, with a light ridge; the slope may be given."""
    at = np.array([0.0, 1.0 if slope is None else slope])
    free = np.array([1.0, 1.0 if slope is None else 0.0])
    rows = weight > 0
    z, label, weight = z[rows], label[rows], weight[rows]
    design = np.column_stack([np.ones_like(z), z])
    ridge = np.diag([1e-3, 0.5 if slope is None else 1.0])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ at, -30, 30)))
        gradient = (design.T @ (weight * (label - p)) - ridge @ (at - [0.0, 1.0 if slope is None else slope])) * free
        hessian = design.T @ (design * (weight * p * (1 - p))[:, None]) + ridge
        hessian = hessian * np.outer(free, free) + np.diag(1 - free)
        move = np.clip(np.linalg.solve(hessian, gradient), -2.0, 2.0)
        at = at + move
        if np.abs(move).max() < 1e-9:
            break
    return float(at[0]), float(at[1])


def _mean(values: Floats, weight: Floats) -> float:
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total > 0 else float("nan")


def helped_both_ways(queue: Queue, settings: Bootstrap) -> pl.DataFrame:
    """How far the people helped before departure could change the figure.

    Parameters
    ----------
    queue : Queue
    settings : Bootstrap

    Returns
    -------
    polars.DataFrame
        ``helped`` (how they are counted), ``value, low, high`` of the corrected precision, and ``share`` of the chosen
        who were helped. Left out; as if each had left irregularly without help; as if none had.
    """
    draws = [np.ones(len(queue.score)), *multiplicities(queue.groups, settings).astype(np.float64)]
    values = [_estimates(queue, draw)[CORRECTED] for draw in draws]
    free = ~np.isnan(queue.label) & ~queue.helped & (queue.chosen > 0)
    checks = effective_size(np.where(free, queue.drawn, 0.0) * queue.chosen)
    values[1:] = _would_be_true(values[1:], queue, checks, settings)
    told: dict[str, list[float]] = {"left out": [], "each averted": [], "none averted": [], "share": []}
    for draw, value in zip(draws, values, strict=True):
        share = _mean(queue.helped.astype(np.float64), queue.chosen * draw)
        rest = (1 - share) * value
        told["left out"].append(value)
        told["each averted"].append(rest + share)
        told["none averted"].append(rest)
        told["share"].append(share)
    found = {name: interval(some[0], some[1:], settings.confidence) for name, some in told.items()}
    return pl.DataFrame(
        [
            {"helped": name, "value": iv.value, "low": iv.low, "high": iv.high, "share": found["share"].value}
            for name, iv in found.items()
            if name != "share"
        ]
    )


def sensitivity(
    value: float,
    *,
    missed: Sequence[float] = (0.0, 0.05, 0.1, 0.2),
    false_alarm: Sequence[float] = (0.0, 0.01, 0.05),
    hidden: Sequence[float] = (0.5, 1.0, 2.0, 4.0),
) -> pl.DataFrame:
    """What a share of positives would truly be if findings err or the choice of cases hides something.

    Parameters
    ----------
    value : float
        The share found, such as a precision or a base rate.
    missed, false_alarm : sequence of float
        Share of true positives found negative, and of true negatives found positive.
    hidden : sequence of float
        How many times the odds of being examined are for a positive, compared with a negative that looks the same.

    Returns
    -------
    polars.DataFrame
        ``missed, false_alarm, hidden, value``, a row for each combination. NaN where errors so large do not go with
        what was found.

    Notes
    -----
    Errors are taken out as by Rogan and Gladen (1978), the hidden choice by dividing the odds.
    """
    rows = []
    for m in missed:
        for f in false_alarm:
            rate = (value - f) / (1 - m - f) if m + f < 1 else float("nan")
            possible = 0.0 <= rate <= 1.0
            for odds in hidden:
                true = rate / (rate + (1 - rate) * odds) if possible else float("nan")
                rows.append({"missed": m, "false_alarm": f, "hidden": odds, "value": true})
    return pl.DataFrame(rows)
