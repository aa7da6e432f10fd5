"""The engines that a release is compared with every time: what being readable, and keeping the law, costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from models.calibration import window_of
from training.engines.spec import catalogue_specs
from training.evaluate import Rated, judged
from training.frozen import Frozen
from training.rivals import EBM, SCORECARD, UNCONSTRAINED, Curve, engines, rows_per_case
from training.settings import TrainSettings
from training.validation import Bootstrap, differences

RIVALS: Final = (SCORECARD, EBM, UNCONSTRAINED)
COST_FIGURES: Final = ("precision", "pr_auc", "brier")


def beside(early: Frozen, after: Frozen, *, settings: TrainSettings) -> dict[str, Rated]:
    """Scores of the rivals on later snapshots, after learning from early ones.

    Parameters
    ----------
    early, after : Frozen
    settings : TrainSettings

    Returns
    -------
    dict of str to Rated
        By name. Probabilities come from a logistic curve with a level for each lead window.
    """
    near = early.at_leads(settings.leads)
    groups, weight = near.names("candidate_id"), near.weight
    drawn = near.drawn if near.drawn.any() else np.ones(len(near))
    found = {}
    for name, engine in engines().items():
        if name not in RIVALS:
            continue
        fitted = engine(
            near.snapshots.X, near.label, weight=weight, groups=groups, specs=catalogue_specs(), seed=settings.seed
        )
        curve = Curve.fit(
            fitted.held_out(near.snapshots.X, groups),
            near.label,
            weight=drawn / rows_per_case(near.names("case_id")),
            window=window_of(near.days),
        )
        score = fitted.log_odds(after.snapshots.X)
        found[name] = Rated(score, curve.probability(score, window_of(after.days)))
    return found


def costs(
    after: Frozen, ours: Rated, theirs: dict[str, Rated], settings: Bootstrap, *, capacity: float
) -> pl.DataFrame:
    """How far the release is above each rival, on all findings, with the interval of the difference.

    Parameters
    ----------
    after : Frozen
    ours : Rated
        The release.
    theirs : dict of str to Rated
    settings : Bootstrap
    capacity : float

    Returns
    -------
    polars.DataFrame
        ``rival, figure, value, low, high``; negative where the release is worse (for Brier, where it is better).
    """
    every, nowhere = np.ones(len(after)), np.full(len(after), np.nan)
    tables = []
    for name, rated in theirs.items():
        # Without leads there is but one window: the differences are those over all of them.
        both = {n: replace(judged(after, r, every), lead=nowhere) for n, r in (("release", ours), (name, rated))}
        gaps = differences(both, against=name, capacity=capacity, settings=settings)
        keep = gaps.filter(pl.col("figure").is_in(COST_FIGURES))
        tables.append(keep.select(pl.lit(name).alias("rival"), "figure", "value", "low", "high"))
    return pl.concat(tables) if tables else pl.DataFrame()
