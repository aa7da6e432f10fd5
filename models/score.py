"""The one scoring function: a situation and a release give every active case its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.bands import INSUFFICIENT, assign_bands, without_association
from models.features.catalogue import CATALOGUE_VERSION, INDEX
from models.notices import NOTICES, notices
from models.reasons import REASONS, top_reasons
from models.recourse import kinds
from models.terms import Floats, Indices

if TYPE_CHECKING:
    from models.registry import Release
    from models.situation import Situation

REASON: Final = pl.Struct({"code": pl.String, "value": pl.Float64, "contribution": pl.Float64})
SCORE_SCHEMA: Final = {
    "case_id": pl.String(),
    "candidate_id": pl.String(),
    "as_of": pl.Datetime("us", "UTC"),
    "lane": pl.String(),
    "probability": pl.Float64(),
    "probability_low": pl.Float64(),
    "probability_high": pl.Float64(),
    "band": pl.String(),
    "log_odds": pl.Float64(),
    "base": pl.Float64(),
    "other": pl.Float64(),
    "reasons": pl.List(REASON),
    "notices": pl.List(pl.String),
    "recourse_kind": pl.String(),
    "release": pl.String(),
    "rules_version": pl.String(),
}
"""Columns of a file of scores, in order."""


@dataclass(frozen=True)
class Scores:
    """Scores of the cases of a situation, row by row.

    Attributes
    ----------
    probability, low, high, log_odds, other
        Shape (n,); NaN where the case has no score. A rules-only release has no probability.
    base
        Log-odds of nobody in particular; log_odds = base + contributions + other, to the last bit.
    band
        Shape (n,): first, check, none or insufficient.
    groups, contributions, values
        Shape (n, 5): position in ``release.terms.groups`` (-1 none), contribution in log-odds, value of the feature
        (NaN if missing, or for a pair of features).
    notices
        By code, shape (n,).
    recourse
        Shape (n,).
    """

    situation: Situation
    release: Release
    scored: NDArray[np.bool_]
    probability: Floats
    low: Floats
    high: Floats
    log_odds: Floats
    other: Floats
    band: NDArray[np.str_]
    groups: Indices
    contributions: Floats
    values: Floats
    notices: dict[str, NDArray[np.bool_]]
    recourse: NDArray[np.str_]

    @property
    def base(self) -> float:
        """Log-odds before any term."""
        return self.release.terms.base

    def frame(self) -> pl.DataFrame:
        """The scores as a table with the columns of :data:`SCORE_SCHEMA`."""
        cases, n = self.situation.cases, len(self.situation)
        names = np.array([*(group.code for group in self.release.terms.groups), ""], dtype=object)
        given = self.groups >= 0
        owner = np.repeat(np.arange(n, dtype=np.int64), given.sum(axis=1))
        reasons = (
            pl.DataFrame(
                {
                    "at": owner,
                    "code": pl.Series(names[self.groups[given]].tolist(), dtype=pl.String),
                    "value": pl.Series(self.values[given], nan_to_null=True),
                    "contribution": self.contributions[given],
                }
            )
            .select("at", reasons=pl.struct("code", "value", "contribution"))
            .group_by("at", maintain_order=True)
            .agg("reasons")
        )
        applies = pl.DataFrame({notice.code: self.notices[notice.code] for notice in NOTICES})
        codes = applies.select(
            pl.concat_list([pl.when(notice.code).then(pl.lit(notice.code)) for notice in NOTICES])
            .list.drop_nulls()
            .alias("notices")
        )["notices"]

        def number(values: Floats) -> pl.Series:
            return pl.Series(values, dtype=pl.Float64, nan_to_null=True)

        frame = (
            cases.select("case_id", "candidate_id", "lane")
            .with_row_index("at")
            .with_columns(pl.col("at").cast(pl.Int64))
            .with_columns(
                as_of=pl.lit(self.situation.t_us).cast(pl.Datetime("us", "UTC")),
                probability=number(self.probability),
                probability_low=number(self.low),
                probability_high=number(self.high),
                band=pl.Series(self.band.tolist(), dtype=pl.String),
                log_odds=number(self.log_odds),
                base=number(np.where(self.scored, self.base, np.nan)),
                other=number(self.other),
                notices=codes.cast(pl.List(pl.String)),
                recourse_kind=pl.Series(self.recourse.tolist(), dtype=pl.String),
                release=pl.lit(self.release.name),
                rules_version=pl.lit(self.situation.rules.version),
            )
            .join(reasons, on="at", how="left", maintain_order="left")
            .with_columns(pl.col("reasons").fill_null(pl.lit([], dtype=pl.List(REASON))))
        )
        return frame.select(*SCORE_SCHEMA).cast(pl.Schema(SCORE_SCHEMA))


def score(situation: Situation, release: Release) -> Scores:
    """Score every case of a situation.

    Cases outside the lane ``scored`` and cases with too little to go on get the band ``insufficient`` and no figures;
    notices and the way back are given to all.

    Parameters
    ----------
    situation
        Of the same catalogue as the release.
    release
        Verified; trained or rules-only.

    Raises
    ------
    ValueError
        The release was made for another catalogue.
    """
    if release.manifest.catalogue_version != CATALOGUE_VERSION:
        needed = release.manifest.catalogue_version
        message = f"release {release.name} needs catalogue {needed}, this is {CATALOGUE_VERSION}"
        raise ValueError(message)
    n = len(situation)
    scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
    terms = release.terms
    parts = terms.group_contributions(situation.x)
    log_odds = terms.base + parts.sum(axis=1)
    days = situation.x[:, INDEX["days_to_departure"]]
    missing = np.full(n, np.nan)
    if release.calibration is None:
        probability, low, high = missing, missing, missing
    else:
        probability, low, high = release.calibration.apply(log_odds, days)
    band = assign_bands(
        release.bands,
        log_odds=log_odds,
        own_log_odds=without_association(log_odds, parts, release.association),
        days_to_departure=days,
        calibration=release.calibration,
    )
    reasons = top_reasons(parts)
    columns = np.array(
        [INDEX[group.features[0]] if len(group.features) == 1 else -1 for group in terms.groups] + [-1], dtype=np.intp
    )
    at = columns[reasons.groups]
    values = np.where(at >= 0, situation.x[np.arange(n)[:, None], np.maximum(at, 0)], np.nan)
    blank = ~scored
    return Scores(
        situation=situation,
        release=release,
        scored=scored,
        probability=np.where(blank, np.nan, probability),
        low=np.where(blank, np.nan, low),
        high=np.where(blank, np.nan, high),
        log_odds=np.where(blank, np.nan, log_odds),
        other=np.where(blank, np.nan, reasons.other),
        band=np.where(blank, INSUFFICIENT, band),
        groups=np.where(blank[:, None], -1, reasons.groups),
        contributions=np.where(blank[:, None], 0.0, reasons.contributions),
        values=np.where(blank[:, None], np.nan, values),
        notices=notices(situation),
        recourse=kinds(situation),
    )


__all__ = ["REASONS", "SCORE_SCHEMA", "Scores", "score"]
