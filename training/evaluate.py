"""A release on cases it has not seen, beside the rules-only release and a naive model, by days to departure.

Two ways of counting, never mixed. *Drawn checks* are weighted by the inverse of their inclusion probability and stand
for all departures: they are the yardstick, and few. *All findings* count one each and hold for cases found the way
these were found. Ties share their places; a case without a score ranks last. Intervals draw agencies again (a
candidate without agency is a group of its own).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.freshness import DeliveryStamp
from models.registry import Release
from models.rules import RuleBook
from models.terms import Floats
from training.train import Examples, TrainingError, TrainSettings, examples_until
from training.validation import Bootstrap, Figures, Judged, bootstrap
from training.validation.figures import windows

FIGURES: Final = ("pr_auc", "precision", "calibration", "brier", "base_rate")
CAPACITY: Final = 0.05
NAIVE_LEAD: Final = 7


@dataclass(frozen=True)
class Rated:
    """Scores of a model on snapshots: ``score`` orders (NaN abstains), ``probability`` is NaN where it gives none."""

    score: Floats
    probability: Floats


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes
    ----------
    table : polars.DataFrame
        ``counted`` (drawn checks or all findings), ``window``, ``model``, ``figure``, ``value``, ``low``, ``high``,
        ``cases``, ``positives``.
    cases, positives, drawn : int
        Cases that could be judged, those found non-procedural, those drawn by lot.
    """

    table: pl.DataFrame
    cases: int
    positives: int
    drawn: int
    models: Sequence[str] = field(default=())


def rate(release: Release, x: Floats, days: Floats) -> Rated:
    """Scores of a release on a block of snapshots."""
    log_odds = release.terms.log_odds(x)
    if release.calibration is None:
        return Rated(log_odds, np.full(log_odds.size, np.nan))
    return Rated(log_odds, release.calibration.apply(log_odds, days)[0])


def naive_model(train: Examples, x: Floats, *, seed: int) -> Rated:
    """What one gets by training seven days before departure and scoring everybody: boosting without constraints."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    week = (train.snapshots.frame["lead"] == NAIVE_LEAD).to_numpy()
    label = train.label[week]
    if not (week.any() and label.min() < label.max()):
        nothing = np.full(len(x), np.nan)
        return Rated(nothing, nothing)
    weight = np.where(train.drawn[week] > 0, train.drawn[week], 1.0)
    model = HistGradientBoostingClassifier(max_depth=3, max_iter=100, learning_rate=0.1, random_state=seed)
    model.fit(train.snapshots.X[week], label, sample_weight=weight)
    p = model.predict_proba(x)[:, 1]
    return Rated(p, p)


def evaluate(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    release: Release,
    *,
    departures: tuple[int, int],
    known_by_us: int,
    rules: RuleBook,
    settings: TrainSettings,
    beside: Mapping[str, Release],
    naive_from_us: int | None,
) -> Evaluation:
    """Judge a release on later cases.

    Parameters
    ----------
    departures : (int, int)
        Cases that departed on these Jakarta day numbers, both inclusive.
    known_by_us : int
        Findings recorded by then.
    beside : mapping of name to Release
        Others to show, such as the rules-only one.
    naive_from_us : int or None
        End of the data a naive model is trained on; None leaves it out.

    Raises
    ------
    TrainingError
        No finding of such a case is known.
    """
    later = examples_until(feeds, stamps, known_by_us, rules=rules, settings=settings, departures=departures)
    if not len(later):
        raise TrainingError(
            "No case of that time can be judged: none has a finding and a snapshot.",
            what_to_do="Choose a longer time with --from and --until.",
        )
    x, days = later.snapshots.X, later.snapshots.frame["days_to_departure"].to_numpy()
    rated = {"release": rate(release, x, days)} | {name: rate(other, x, days) for name, other in beside.items()}
    if naive_from_us is not None:
        before = examples_until(feeds, stamps, naive_from_us, rules=rules, settings=settings)
        rated["naive"] = naive_model(before, x, seed=settings.seed)
    cases = later.snapshots.frame.select("case_id").with_columns(label=later.label, drawn=later.drawn > 0).unique()
    return Evaluation(
        table=compare(later, rated, seed=settings.seed),
        cases=len(cases),
        positives=int(cases["label"].sum()),
        drawn=int(cases["drawn"].sum()),
        models=tuple(rated),
    )


def compare(examples: Examples, rated: Mapping[str, Rated], *, seed: int) -> pl.DataFrame:
    """The table of an :class:`Evaluation`."""
    ways = {"drawn checks": examples.drawn, "all findings": np.ones(len(examples))}
    lines = []
    for counted, estimate in ways.items():
        keep = estimate > 0
        if not keep.any():
            continue
        for model, scores in rated.items():
            data = _judged(examples, scores, estimate).rows(keep)
            for window, mask in windows(data.lead).items():
                rows = data.rows(mask)
                measure = Figures(rows, capacity=CAPACITY)
                found = bootstrap(measure, rows.agency, Bootstrap(draws=100, seed=seed))
                size = {
                    "cases": np.unique(rows.case).size,
                    "positives": np.unique(rows.case[rows.label > 0]).size,
                }
                lines += [
                    {"counted": counted, "window": window, "model": model, "figure": figure,
                     "value": found[figure].value, "low": found[figure].low, "high": found[figure].high, **size}
                    for figure in FIGURES
                ]  # fmt: skip
    return pl.DataFrame(lines)


def _judged(examples: Examples, rated: Rated, estimate: Floats) -> Judged:
    frame = examples.snapshots.frame
    case = frame["case_id"].to_numpy().astype(str)
    agency = frame.select(pl.coalesce("agency_id", "candidate_id"))["agency_id"].to_numpy().astype(str)
    lead = frame["days_to_departure"].to_numpy()
    return Judged(
        score=rated.score,
        probability=rated.probability,
        label=examples.label,
        mass=np.ones(len(frame)),
        estimate=estimate,
        queue=np.zeros(len(frame), dtype=np.int64),
        office=np.full(len(frame), "all"),
        case=case,
        agency=agency,
        lead=lead,
        day=frame["day"].cast(pl.Int64).to_numpy(),
    )


def in_words(found: Evaluation, *, simulated: bool) -> str:
    """The evaluation as lines for a terminal."""
    lines = [
        f"{found.cases} later cases with a finding, {found.positives} of them non-procedural; "
        f"{found.drawn} drawn by lot." + (" SIMULATED DATA." if simulated else "")
    ]
    titles = {"pr_auc": "PR-AUC", "precision": "precision at 5 %", "calibration": "mean p / rate", "brier": "Brier"}
    for counted in found.table["counted"].unique(maintain_order=True):
        lines += ["", f"{counted}, by days to departure:"]
        lines.append("  " + f"{'window':9}{'model':12}" + "".join(f"{title:>24}" for title in titles.values()))
        part = found.table.filter(pl.col("counted") == counted)
        for window in part["window"].unique(maintain_order=True):
            for model in found.models:
                rows = part.filter((pl.col("window") == window) & (pl.col("model") == model))
                cells = [_cell(rows.filter(pl.col("figure") == figure)) for figure in titles]
                lines.append("  " + f"{window:9}{model:12}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _cell(row: pl.DataFrame) -> str:
    if row.is_empty() or row["value"][0] is None or np.isnan(row["value"][0]):
        return "-"
    value, low, high = row["value"][0], row["low"][0], row["high"][0]
    if low is None or np.isnan(low):
        return f"{value:.2f}"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"
