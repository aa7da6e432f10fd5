"""How often the interval of a calibration alone holds the true rate, where the true curve is known exactly.

``python -m benchmarks.quality.curve_coverage`` makes up findings with a known curve between score and rate: scores
twice too steep and one too high, irregular cases found four times as often as others, a slice drawn by lot. A
calibration is fitted to them as for a release, and its interval is held against the true rate in tenths of a population
by score. The model behind the score is right here, so this is what the calibration answers for by itself; whole
releases are looked at by `benchmarks.quality.coverage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks._figures import Figure
from models.terms import Floats
from training.calibrate import CalibrationSettings, HeldOut, fit_calibration

SEEDS: Final = range(1, 41)
DRAWN: Final = ((1500, 0.1), (1500, 0.3), (6000, 0.1))
"""Departures, and the share of them drawn for a check."""
DAYS: Final = 21.0
TENTHS: Final = 10
POPULATION: Final = 20_000


def held(seed: int, *, departures: int, drawn: float, settings: CalibrationSettings) -> tuple[float, float]:
    """Share of the tenths whose true rate lies in the interval, and the mean width of that.

    Parameters
    ----------
    seed, departures : int
    drawn : float
        Share of the departures drawn for a check.
    settings : CalibrationSettings
    """
    rng = np.random.default_rng(seed)
    made = fit_calibration(_findings(rng, departures, drawn), seed=seed, settings=settings)
    true = _log_odds(rng, POPULATION)
    _, low, high = made.apply(_score(true), np.full(POPULATION, DAYS))
    inside, width = [], []
    for part in np.array_split(np.argsort(true), TENTHS):
        rate = float(_rate(true[part]).mean())
        inside.append(low[part].mean() <= rate <= high[part].mean())
        width.append(float((high - low)[part].mean()))
    return float(np.mean(inside)), float(np.mean(width))


def measure() -> Iterator[Figure]:
    """Yield the share held and the width for each number of drawn checks."""
    for departures, drawn in DRAWN:
        told = [held(seed, departures=departures, drawn=drawn, settings=CalibrationSettings()) for seed in SEEDS]
        share, width = np.mean(told, axis=0)
        error = float(np.std([inside for inside, _ in told]) / np.sqrt(len(told)))
        what = f"{departures:,} departures, {drawn:.0%} drawn"
        yield Figure(f"calibration interval holds the true rate: {what}", float(share), f"(standard error {error:.3f})")
        yield Figure(f"its mean width: {what}", float(width), "")


def _findings(rng: np.random.Generator, departures: int, share: float) -> HeldOut:
    true = _log_odds(rng, departures)
    label = (rng.random(departures) < _rate(true)).astype(float)
    drawn = rng.random(departures) < share
    found = drawn | (rng.random(departures) < np.where(label > 0, 0.4, 0.1))
    yardstick = np.where(drawn, 1 / share, 0.0)[found]
    return HeldOut(
        log_odds=_score(true[found]),
        spread=np.zeros(int(found.sum())),
        label=label[found],
        days=np.full(int(found.sum()), DAYS),
        cases=np.flatnonzero(found).astype(str),
        yardstick=yardstick,
        weight=np.ones(int(found.sum())),
    )


def _log_odds(rng: np.random.Generator, n: int) -> Floats:
    return rng.normal(-2.2, 1.2, n)


def _score(true: Floats) -> Floats:
    return 2 * true + 1


def _rate(true: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-true)))


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what:<80} {figure.value:>8.3f} {figure.unit}", flush=True)
