"""The one scoring function: a situation and a release give every active case its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from models.bands import BANDS, INSUFFICIENT, assign_bands, without_association
from models.features.catalogue import CATALOGUE_VERSION, INDEX, Matrix
from models.notices import NOTICES, notices
from models.reasons import REASONS, top_reasons
from models.recourse import KINDS, kinds
from models.single.case import OneCase, OneScore
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
class Figures:
    """The figures of ``n`` cases, row by row.

    Attributes
    ----------
    scored
        Which cases have figures; all others have the band ``insufficient``.
    probability, low, high, log_odds, other
        Shape (n,); NaN where the case has no score. A rules-only release has no probability.
    band
        Shape (n,): first, check, none or insufficient.
    groups, contributions, values
        Shape (n, 5): position in ``release.terms.groups`` (-1 none), contribution in log-odds, value of the feature
        (NaN if missing, or for a pair of features).
    """

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


@dataclass(frozen=True)
class Scores(Figures):
    """Scores of the cases of a situation, row by row.

    Attributes
    ----------
    base
        Log-odds of nobody in particular; log_odds = base + contributions + other, to the last bit.
    notices
        By code, shape (n,).
    recourse
        Shape (n,).
    """

    situation: Situation
    release: Release
    notices: dict[str, NDArray[np.bool_]]
    recourse: NDArray[np.str_]

    @property
    def base(self) -> float:
        """Log-odds before any term."""
        return self.release.terms.base

    def one(self, i: int) -> OneScore:
        """The score of one of the cases, as it is spoken of."""
        return one_score(
            self,
            i,
            case=self.situation.one(i),
            release=self.release,
            notices=[notice.code for notice in NOTICES if self.notices[notice.code][i]],
            recourse=str(self.recourse[i]),
        )

    def frame(self) -> pl.DataFrame:
        """The scores as a table with the columns of :data:`SCORE_SCHEMA`."""
        return score_frame(
            self.situation.cases,
            self,
            self.release,
            notices=notice_bits(self.notices),
            recourse=_places(self.recourse, tuple(KINDS)),
            t_us=self.situation.t_us,
            rules_version=self.situation.rules.version,
        )


def check_catalogue(release: Release) -> None:
    """Refuse a release that was made for another catalogue.

    Raises
    ------
    ValueError
        It was.
    """
    if release.manifest.catalogue_version != CATALOGUE_VERSION:
        needed = release.manifest.catalogue_version
        message = f"release {release.name} needs catalogue {needed}, this is {CATALOGUE_VERSION}"
        raise ValueError(message)


def figures(x: Matrix, scored: NDArray[np.bool_], release: Release) -> Figures:
    """Figures of cases from their features.

    Parameters
    ----------
    x
        Shape (n, k), of the same catalogue as the release.
    scored
        Which cases get figures.
    release
        Verified; trained or rules-only.

    Raises
    ------
    ValueError
        The release was made for another catalogue.
    """
    check_catalogue(release)
    terms = release.terms
    parts = terms.group_contributions(x)
    log_odds = terms.base + parts.sum(axis=1)
    days = x[:, INDEX["days_to_departure"]]
    missing = np.full(len(x), np.nan)
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
    values = np.where(at >= 0, x[np.arange(len(x))[:, None], np.maximum(at, 0)], np.nan)
    blank = ~scored
    return Figures(
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
    )


def one_score(
    figures: Figures, i: int, *, case: OneCase, release: Release, notices: Sequence[str], recourse: str
) -> OneScore:
    """The score of the case in row ``i`` of some figures."""
    return OneScore(
        case=case,
        release=release,
        probability=float(figures.probability[i]),
        low=float(figures.low[i]),
        high=float(figures.high[i]),
        band=str(figures.band[i]),
        log_odds=float(figures.log_odds[i]),
        reasons=[
            (int(group), float(contribution))
            for group, contribution in zip(figures.groups[i], figures.contributions[i], strict=True)
            if group >= 0
        ],
        other=float(figures.other[i]),
        notices=notices,
        recourse=recourse,
    )


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
    scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
    return Scores(
        **vars(figures(situation.x, scored, release)),
        situation=situation,
        release=release,
        notices=notices(situation),
        recourse=kinds(situation),
    )


def score_frame(
    cases: pl.DataFrame, figures: Figures, release: Release, *, notices: NDArray[np.int32], recourse: NDArray[np.int8],
    t_us: int, rules_version: str,
) -> pl.DataFrame:  # fmt: skip
    """Scores as a table with the columns of :data:`SCORE_SCHEMA`.

    Parameters
    ----------
    cases
        ``case_id``, ``candidate_id``, ``lane``.
    figures, notices, recourse
        Of the same cases; notices as :func:`notice_bits`, the way back as its place in
        :data:`models.recourse.KINDS`.
    release
        What the figures were computed with.
    t_us, rules_version
        As-of time, and the rules in force then.
    """

    def number(values: Floats) -> pl.Series:
        return pl.Series(values, dtype=pl.Float64, nan_to_null=True)

    return cases.select("case_id", "candidate_id", "lane").with_columns(
        as_of=pl.lit(t_us).cast(pl.Datetime("us", "UTC")),
        probability=number(figures.probability),
        probability_low=number(figures.low),
        probability_high=number(figures.high),
        band=_named(_places(figures.band, BANDS), BANDS),
        log_odds=number(figures.log_odds),
        base=number(np.where(figures.scored, release.terms.base, np.nan)),
        other=number(figures.other),
        reasons=_reasons(figures, release),
        notices=_notice_lists(notices),
        recourse_kind=_named(recourse, tuple(KINDS)),
        release=pl.lit(release.name),
        rules_version=pl.lit(rules_version),
    ).select(*SCORE_SCHEMA)  # fmt: skip


def notice_bits(applies: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.int32]:
    """Notices of each case as one number: bit k for the k-th of :data:`models.notices.NOTICES`, shape (n,)."""
    bits = np.zeros(len(next(iter(applies.values()))), dtype=np.int32)
    for place, notice in enumerate(NOTICES):
        bits |= applies[notice.code].astype(np.int32) << place
    return bits


def _notice_lists(bits: NDArray[np.int32]) -> pl.Series:
    """Codes of the notices of each case; few sets occur, so each list is made once."""
    sets, place = np.unique(bits, return_inverse=True)
    lists = [[notice.code for k, notice in enumerate(NOTICES) if each >> k & 1] for each in sets.tolist()]
    return pl.Series(lists, dtype=pl.List(pl.String)).gather(place)


def _reasons(figures: Figures, release: Release) -> pl.Series:
    """Reasons of each case as a list of structs."""
    given = figures.groups >= 0
    codes = pl.Series([group.code for group in release.terms.groups], dtype=pl.String)
    items = pl.DataFrame(
        {
            "code": codes.gather(figures.groups[given]) if len(codes) else pl.Series([], dtype=pl.String),
            "value": pl.Series(figures.values[given], nan_to_null=True),
            "contribution": figures.contributions[given],
        }
    ).to_struct()
    ends = np.zeros(len(given) + 1, dtype=np.int64)
    np.cumsum(given.sum(axis=1), out=ends[1:])
    # The ends by way of polars, since Arrow's own way from NumPy loads pandas.
    values = items.to_arrow(compat_level=pl.CompatLevel.oldest())
    lists = pl.Series(pa.LargeListArray.from_arrays(pl.Series(ends).to_arrow(), values))
    return lists.cast(pl.List(REASON))


def _places(words: NDArray[np.str_], names: Sequence[str]) -> NDArray[np.int8]:
    """Place of each word in ``names``, shape (n,)."""
    places = np.zeros(len(words), dtype=np.int8)
    for place, name in enumerate(names[1:], 1):
        places[words == name] = place
    return places


def _named(places: NDArray[np.int8], names: Sequence[str]) -> pl.Series:
    """The names at some places."""
    return pl.Series(list(names), dtype=pl.String).gather(places.astype(np.uint32))


__all__ = [
    "REASONS",
    "SCORE_SCHEMA",
    "Figures",
    "Scores",
    "figures",
    "notice_bits",
    "one_score",
    "score",
    "score_frame",
]
