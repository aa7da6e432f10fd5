"""A model on later departures, looked at from more sides: at capacity, with agencies held out, and bin by bin.

The backtest of `training.train` asks which model is better. Here is asked what an office would have had from it: how
many of the people looked at needed it, how many of those in need were found and how early, whether that holds for an
agency nobody had learned from, and whether ten in a hundred meant ten in a hundred at every office and lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from models.calibration import WINDOWS
from models.terms import Floats
from training.evaluate import DRAWN, FOUND, Rated, judged
from training.fit import finish, learn_from, lesson_of
from training.frozen import Frozen
from training.settings import TrainSettings
from training.validation import Bootstrap, bootstrap, reliability
from training.validation.figures import windows

AT_CAPACITY: Final = (
    "precision", "recall", "lift", "precision_by_office", "recall_by_office", "lift_by_office", "surfaced_ahead",
    "unnecessary_per_helped",
)  # fmt: skip
"""Figures of `training.validation` that say what the capacity is spent on."""
LEAST: Final = 30
"""Findings of an office below which nothing is said of its calibration."""
STEPS: Final = 5
BY_PART = {
    "counted": pl.String(), "by": pl.String(), "part": pl.String(), "findings": pl.Int64(), "positives": pl.Int64(),
    "probability": pl.Float64(), "rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
}  # fmt: skip
"""Columns of `calibrated_by`: mean probability, the rate that came true and its interval."""


def agencies_held_out(early: Frozen, after: Frozen, settings: TrainSettings) -> Rated:
    """Scores of later snapshots by bags that knew neither the time nor the agency; cases without agency go by person.

    Parameters
    ----------
    early, after : Frozen
    settings : TrainSettings

    Raises
    ------
    TooFewFindingsError
        There is too little to learn from.
    """
    lesson = lesson_of(early, settings)
    near = early.at_leads(settings.leads)
    groups = np.concatenate([near.agencies, lesson.groups[len(near) :]])  # those of the rules' prior follow
    fit = learn_from(lesson._replace(groups=groups), settings)
    learned = finish(fit, early, lesson, settings=settings, groups=early.agencies)
    score = fit.held_out(after.snapshots.X, after.agencies)[0]
    return Rated(score, learned.calibration.apply(score, after.days)[0])


def calibrated_by(after: Frozen, ours: Rated, settings: Bootstrap) -> pl.DataFrame:
    """Mean probability beside the rate that came true, by lead and by office; columns of `BY_PART`.

    Of drawn checks, and apart from them of all findings. Intervals draw agencies again.
    """
    parts = {"lead": after.snapshots.frame["lead"].cast(pl.String).to_numpy().astype(str), "office": after.offices}
    tables = []
    for counted, estimate in ((DRAWN, after.drawn), (FOUND, np.ones(len(after)))):
        told = judged(after, ours, estimate)
        keep = (estimate > 0) & ~np.isnan(told.probability) & ~np.isnan(told.label)
        tables += [
            _by_part(by, name[keep], told.rows(keep).__dict__, settings).with_columns(counted=pl.lit(counted))
            for by, name in parts.items()
        ]
    return pl.concat(tables).select(*BY_PART)


def _by_part(by: str, part: np.ndarray, told: Mapping[str, np.ndarray], settings: Bootstrap) -> pl.DataFrame:
    names, code = np.unique(part, return_inverse=True)
    _, case, times = np.unique(told["case"], return_inverse=True, return_counts=True)
    weight: Floats = told["estimate"] / times[case]

    def shares(draw: Floats) -> dict[str, float]:
        mass = np.bincount(code, weights=weight * draw, minlength=names.size)
        hits = np.bincount(code, weights=weight * draw * told["label"], minlength=names.size)
        rate = np.divide(hits, mass, out=np.full(names.size, np.nan), where=mass > 0)
        return dict(zip(names.tolist(), rate.tolist(), strict=True))

    found = bootstrap(shares, told["agency"], settings)
    rows = []
    for i, name in enumerate(names.tolist()):
        here = code == i
        positive = here & (told["label"] > 0)
        counts = {"findings": np.unique(told["case"][here]).size, "positives": np.unique(told["case"][positive]).size}
        if by == "office" and counts["findings"] < LEAST:
            continue
        mean = float(np.average(told["probability"][here], weights=weight[here]))
        interval = {"rate": found[name].value, "low": found[name].low, "high": found[name].high}
        rows.append({"counted": "", "by": by, "part": name, **counts, "probability": mean, **interval})
    order = (pl.col("part").cast(pl.Int64, strict=False), pl.col("findings"))
    return pl.DataFrame(rows, schema=BY_PART).sort(order, descending=[True, True], nulls_last=True)


def curves(after: Frozen, ours: Rated, settings: Bootstrap) -> pl.DataFrame:
    """Reliability curves by lead window: ``counted``, ``window`` and the columns of `training.validation.CURVE`."""
    tables = []
    for counted, estimate in ((DRAWN, after.drawn), (FOUND, np.ones(len(after)))):
        told = judged(after, ours, estimate)
        for window, mask in windows(after.days).items():
            if window in WINDOWS:
                curve = reliability(told.rows(mask), settings, steps=STEPS)
                tables.append(curve.select(pl.lit(counted).alias("counted"), pl.lit(window).alias("window"), pl.all()))
    return pl.concat(tables) if tables else pl.DataFrame()
