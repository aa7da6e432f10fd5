"""A release on cases it has not seen, beside the rules-only release and a naive model, by days to departure.

Two ways of counting, never mixed. *Drawn checks* are weighted by the inverse of their inclusion probability and stand
for all departures: they are the yardstick, and few. *All findings* count one each and hold for cases found the way
these were found. Ties share their places; a case without a score ranks last. Intervals draw agencies again (a
candidate without agency is a group of its own).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.calibration import Calibration
from models.freshness import DeliveryStamp
from models.registry import Release
from models.rules import RuleBook
from models.terms import Floats, Terms
from training.frozen import Frozen, TooFewFindingsError, enough, freeze
from training.settings import TrainSettings
from training.validation import Bootstrap, Judged, report

CAPACITY: Final = 0.05
NAIVE_LEAD: Final = 7
DRAWN: Final = "drawn checks"
FOUND: Final = "all findings"

FIGURES: Final = {
    "pr_auc": "PR-AUC",
    "precision": "precision at 5 %",
    "calibration": "mean p / rate",
    "brier": "Brier",
}
"""Figures shown, with their titles."""


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
        ``counted`` (drawn checks or all findings), ``model``, ``window``, ``figure``, ``value``, ``low``, ``high``,
        ``cases``, ``positives`` and the other columns of `training.validation.report`.
    counts : dict
        From `Frozen.counts`.
    """

    table: pl.DataFrame
    counts: Mapping[str, int]


def rate(release: Release, data: Frozen) -> Rated:
    """Scores of a release on snapshots."""
    return rate_tables(release.terms, release.calibration, data)


def rate_tables(terms: Terms, calibration: Calibration | None, data: Frozen) -> Rated:
    """Scores of tables on snapshots; without a calibration there is no probability."""
    log_odds = terms.log_odds(data.snapshots.X)
    if calibration is None:
        return Rated(log_odds, np.full(log_odds.size, np.nan))
    return Rated(log_odds, calibration.apply(log_odds, data.days)[0])


def naive(train: Frozen, data: Frozen, *, seed: int) -> Rated:
    """What is often built instead, trained seven days before departure on findings as they come, and used at any time.

    Boosting without constraints. It abstains where there is not enough to train it on.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    week = train.at_leads([NAIVE_LEAD])
    nothing = np.full(len(data), np.nan)
    try:
        enough(week)
    except TooFewFindingsError:
        return Rated(nothing, nothing)
    model = HistGradientBoostingClassifier(max_depth=3, max_iter=100, learning_rate=0.1, random_state=seed)
    with threadpool_limits(limits=1):
        model.fit(week.snapshots.X, week.label)
        p = np.asarray(model.predict_proba(data.snapshots.X)[:, 1], dtype=np.float64)
    return Rated(p, p)


def judged(data: Frozen, rated: Rated, estimate: Floats) -> Judged:
    """Scores beside findings, for `training.validation`; ``estimate`` says for how many cases a finding speaks."""
    n = len(data)
    return Judged(
        score=rated.score,
        probability=rated.probability,
        label=data.label,
        mass=estimate,
        estimate=estimate,
        queue=np.zeros(n, dtype=np.int64),
        office=data.offices,
        case=data.names("case_id"),
        agency=data.agencies,
        lead=data.days,
        day=data.snapshots.frame["day"].cast(pl.Int64).to_numpy(),
    )


def every_figure(data: Frozen, rated: Mapping[str, Rated], settings: Bootstrap) -> pl.DataFrame:
    """All figures of `training.validation`, each way of counting, with a column ``counted``."""
    tables = []
    for counted, estimate in ((DRAWN, data.drawn), (FOUND, np.ones(len(data)))):
        keep = estimate > 0
        found = {name: judged(data, scores, estimate).rows(keep) for name, scores in rated.items()}
        tables.append(report(found, capacity=CAPACITY, settings=settings).with_columns(counted=pl.lit(counted)))
    return pl.concat(tables)


def compare(data: Frozen, rated: Mapping[str, Rated], settings: Bootstrap) -> pl.DataFrame:
    """The table of an :class:`Evaluation`."""
    return shown(every_figure(data, rated, settings))


def shown(figures: pl.DataFrame) -> pl.DataFrame:
    """Of all figures those that a table shows."""
    return figures.filter(pl.col("figure").is_in([*FIGURES, "base_rate"]))


def evaluate(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    models: Mapping[str, Release],
    *,
    departures: tuple[int, int],
    known_by_us: int,
    rules: RuleBook,
    settings: TrainSettings,
    naive_until_us: int | None = None,
) -> Evaluation:
    """Judge releases on later cases.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows.
    stamps : sequence of DeliveryStamp
    models : mapping of name to Release
    departures : (int, int)
        Cases that departed on these Jakarta day numbers, both inclusive.
    known_by_us : int
        Findings recorded by then; UTC microseconds.
    rules : RuleBook
    settings : TrainSettings
    naive_until_us : int, optional
        End of the data a naive model is trained on; without it there is none.

    Raises
    ------
    TooFewFindingsError
        No finding of such a case is known.
    """
    times = [known_by_us] if naive_until_us is None else [known_by_us, naive_until_us]
    frozen = freeze(
        feeds,
        stamps,
        times,
        rules=rules,
        settings=settings,
        departures=departures if naive_until_us is None else None,  # the naive model learns from earlier ones
        prior=False,
    )
    later = frozen[0].departing(*departures)
    if not len(later):
        raise TooFewFindingsError(
            "No case of that time can be judged: none has a finding and a snapshot.",
            what_to_do="Choose a longer time with --from and --until.",
        )
    rated = {name: rate(release, later) for name, release in models.items()}
    if naive_until_us is not None:
        rated["naive"] = naive(frozen[1], later, seed=settings.seed)
    return Evaluation(compare(later, rated, Bootstrap(draws=settings.draws, seed=settings.seed)), later.counts())


def cells(table: pl.DataFrame, *, counted: str) -> list[list[str]]:
    """Rows of text: window, cases (positive), model, and the `FIGURES` with their intervals."""
    part = table.filter(pl.col("counted") == counted)
    rows = []
    for window in part["window"].unique(maintain_order=True):
        for model in part["model"].unique(maintain_order=True):
            here = part.filter((pl.col("window") == window) & (pl.col("model") == model))
            size = f"{here['findings'][0]} ({here['positives'][0]})"
            rows.append([window, size, model, *(_cell(here.filter(pl.col("figure") == figure)) for figure in FIGURES)])
    return rows


def _cell(row: pl.DataFrame) -> str:
    if row.is_empty() or row["value"][0] is None or np.isnan(row["value"][0]):
        return "-"
    value, low, high = row["value"][0], row["low"][0], row["high"][0]
    if low is None or np.isnan(low):
        return f"{value:.2f}"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


HEADINGS: Final = ("days", "cases (positive)", "model", *FIGURES.values())
"""Headings of `cells`."""


def in_words(found: Evaluation, *, simulated: bool) -> str:
    """The evaluation as lines for a terminal."""
    counts = found.counts
    lines = [
        "{cases} later cases with a finding, {non_procedural} of them non-procedural; {drawn} drawn by lot.".format(
            **counts
        )
    ]
    if simulated:
        lines += ["DATA SIMULASI: these figures describe no person and no office."]
    for counted in found.table["counted"].unique(maintain_order=True):
        rows = [list(HEADINGS), *cells(found.table, counted=counted)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
        lines += ["", f"{counted}, by days to departure:"]
        lines += ["  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
                  for row in rows]  # fmt: skip
    return "\n".join(lines)
