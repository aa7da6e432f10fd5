"""Models tried at origin after origin, and their figures side by side.

A model is anything that can be fitted on examples and then scores others. All models are judged on the same rows, drawn
again together, so that the interval of a difference is that of the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from models.terms import Floats
from training.examples import Examples
from training.validation.figures import OVERALL, Figures, Judged, names_of, windows
from training.validation.intervals import Bootstrap, interval, multiplicities
from training.validation.origins import Split

REPORT = {
    "model": pl.String(), "window": pl.String(), "figure": pl.String(), "value": pl.Float64(), "low": pl.Float64(),
    "high": pl.Float64(), "cases": pl.Int64(), "findings": pl.Int64(), "positives": pl.Int64(), "groups": pl.Int64(),
}  # fmt: skip
"""Columns of a report: ``cases`` in the queue, ``findings`` that count, ``groups`` that intervals draw again."""


@dataclass(frozen=True, eq=False)
class Scored:
    """What a fitted model says: ``score`` (the higher, the earlier; NaN abstains) and ``probability`` (or NaN)."""

    score: Floats
    probability: Floats


class Scorer(Protocol):
    """A fitted model."""

    def __call__(self, rows: Examples) -> Scored:
        """Score rows: arrays of length n."""


class Model(Protocol):
    """Something that can be fitted."""

    def __call__(self, train: Examples) -> Scorer:
        """Fit on labelled examples and return what scores others."""


def backtest(
    data: Examples,
    splits: Iterable[Split],
    models: Mapping[str, Model],
    *,
    agency: str | None = None,
    office: str | None = None,
) -> dict[str, Judged]:
    """Fit every model at every split and keep what it said of the rows to be judged.

    Parameters
    ----------
    data : Examples
    splits : iterable of Split
        From `training.validation.origins.rolling_origins`.
    models : mapping of str to Model
    agency, office : str, optional
        Group columns: what intervals draw again (cases if not given), and what has a queue of its own.

    Returns
    -------
    dict of str to Judged
        By model, the rows in the same order.
    """
    parts: dict[str, list[Scored]] = {name: [] for name in models}
    rows, queue = [], []
    for split in splits:
        train, test = data.rows(split.train), data.rows(split.test)
        for name, model in models.items():
            parts[name].append(model(train)(test))
        rows.append(np.flatnonzero(split.test))
        queue.append(np.full(len(test), split.origin, dtype=np.int64))
    at = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    origin = np.concatenate([np.empty(0, dtype=np.int64), *queue])
    return {
        name: judged(
            data.rows(at),
            Scored(np.concatenate([p.score for p in found]), np.concatenate([p.probability for p in found])),
            queue=origin,
            agency=agency,
            office=office,
        )
        for name, found in parts.items()
    }


def judged(
    data: Examples,
    scored: Scored,
    *,
    queue: np.ndarray | None = None,
    agency: str | None = None,
    office: str | None = None,
    yardstick: bool = True,
) -> Judged:
    """Put scores beside what became known.

    Parameters
    ----------
    data : Examples
    scored : Scored
        Row by row with ``data``.
    queue : ndarray of int64, shape (n,), optional
        Rows with different numbers do not compete.
    agency, office : str, optional
        Group columns, as in `backtest`.
    yardstick : bool
        Whether findings of drawn checks alone count, each with the inverse of its chance; without any drawn check
        all findings count with their own weight.
    """
    known = data.labelled
    drawn = np.where(known, data.yardstick, 0.0)
    estimate = drawn if yardstick and drawn.any() else np.where(known, data.weight, 0.0)
    waiting = bool((~known).any())
    n = len(data)
    return Judged(
        score=scored.score,
        probability=scored.probability,
        label=data.label,
        mass=np.ones(n) if waiting else estimate,
        estimate=estimate,
        queue=np.zeros(n, dtype=np.int64) if queue is None else queue,
        office=data.groups[office] if office else np.full(n, ""),
        case=data.case,
        agency=data.group(agency) if agency else data.case,
        lead=data.lead,
        day=data.day,
    )


def report(found: Mapping[str, Judged], *, capacity: float, settings: Bootstrap) -> pl.DataFrame:
    """Every figure of every model, per lead window and overall, with intervals.

    Parameters
    ----------
    found : mapping of str to Judged
        From `backtest`.
    capacity : float
        Share of a queue that can be looked at.
    settings : Bootstrap

    Returns
    -------
    polars.DataFrame
        Columns of `REPORT`.
    """
    lines = []
    for window, parts, told in _drawn(found, capacity, settings):
        for name, draws in told.items():
            lines += _lines(name, window, parts[name], draws, settings.confidence)
    return pl.DataFrame(lines, schema=REPORT)


def differences(found: Mapping[str, Judged], *, against: str, capacity: float, settings: Bootstrap) -> pl.DataFrame:
    """How much every other model is above the one named, with the interval of the difference; columns of `REPORT`."""
    lines = []
    for window, parts, told in _drawn(found, capacity, settings):
        for name in [name for name in found if name != against]:
            pairs = zip(told[name], told[against], strict=True)
            gaps = [{figure: ours[figure] - theirs[figure] for figure in ours} for ours, theirs in pairs]
            lines += _lines(name, window, parts[name], gaps, settings.confidence)
    return pl.DataFrame(lines, schema=REPORT)


def _drawn(
    found: Mapping[str, Judged], capacity: float, settings: Bootstrap
) -> Iterator[tuple[str, dict[str, Judged], dict[str, list[dict[str, float]]]]]:
    """Per window: the rows of every model, and its figures as they are and in every draw, the same for all models."""
    first = next(iter(found.values()), None)
    if first is None or not len(first):
        return
    for window, mask in windows(first.lead).items():
        parts = {name: data.rows(mask) for name, data in found.items()}
        draws = [np.ones(int(mask.sum())), *multiplicities(first.agency[mask], settings).astype(np.float64)]
        measures = {name: Figures(data, capacity=capacity) for name, data in parts.items()}
        yield window, parts, {name: [measure(draw) for draw in draws] for name, measure in measures.items()}


def _lines(
    name: str, window: str, part: Judged, draws: Sequence[Mapping[str, float]], confidence: float
) -> list[dict[str, object]]:
    """Lines of a report: the first draw is the figure itself, the others give its interval."""
    lines = []
    for figure in names_of(list(draws[0])):
        if figure == "surfaced_ahead" and window != OVERALL:
            continue
        iv = interval(draws[0][figure], [draw[figure] for draw in draws[1:]], confidence)
        line: dict[str, object] = {"model": name, "window": window, "figure": figure, "value": iv.value}
        lines.append(line | {"low": iv.low, "high": iv.high} | _counts(part))
    return lines


def _counts(data: Judged) -> dict[str, int]:
    speaks = ~np.isnan(data.label) & (data.estimate > 0)
    return {
        "cases": int(np.unique(data.case).size),
        "findings": int(np.unique(data.case[speaks]).size),
        "positives": int(np.unique(data.case[speaks & (data.label > 0)]).size),
        "groups": int(np.unique(data.agency).size),
    }
