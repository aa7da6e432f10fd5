"""Results of cases as they are kept in the store: one way to them for a rescoring and for a replay."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import polars as pl

from models.score import Scores, score
from models.situation import situate
from risk_service.store import scores as scores_kept

if TYPE_CHECKING:
    from models.aggregates import Aggregates
    from models.asof import Feeds
    from models.freshness import Freshness
    from models.registry import Release
    from models.rules import Rules
    from models.situation import Situation


def results(
    feeds: Feeds,
    *,
    t_us: int,
    seq: int,
    rules: Rules,
    freshness: Freshness,
    aggregates: Aggregates,
    release: Release,
    wanted: Collection[str] | None = None,
) -> pl.DataFrame:
    """Score the active cases in some feeds.

    Parameters
    ----------
    feeds
        Rows of some candidates, and all offices, agencies, ledgers, permits and branches.
    t_us, seq
        As-of time, UTC microseconds, and the last delivery that counts.
    rules, freshness
        As of then.
    aggregates
        Counts over everybody.
    release
        Verified.
    wanted
        Only these cases, by ``case_id``; None: all active ones.

    Returns
    -------
    polars.DataFrame
        ``case_id``, ``candidate_id`` and the columns of `risk_service.store.scores.RESULT`.
    """
    situation = situate(feeds, t_us, rules=rules, freshness=freshness, seq=seq, aggregates=aggregates, wanted=wanted)
    return as_kept(score(situation, release))


def as_kept(scores: Scores) -> pl.DataFrame:
    """Scores of a situation with the columns that :func:`results` returns."""
    return together(scores.frame(), about(scores.situation))


def about(situation: Situation) -> pl.DataFrame:
    """What is kept of the cases of a situation beside their scores, row by row."""
    sources = situation.freshness.source_of
    return situation.cases.select(
        "registration_id",
        "travel_id",
        "office",
        "region",
        "scheme",
        "placement",
        "agency_id",
        source=pl.col("seq").replace_strict(list(sources), list(sources.values()), return_dtype=pl.String),
        destination=pl.coalesce("destination_country", "itinerary_destination"),
        planned_day=pl.col("planned").cast(pl.Int64),
    )


def together(scores: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """A table of scores and :func:`about` the same cases, with the columns that :func:`results` returns."""
    return pl.concat([scores, about], how="horizontal").select(
        "case_id", "candidate_id", *(_as_kept(name) for name in scores_kept.RESULT)
    )


def _as_kept(name: str) -> pl.Expr:
    """Lists as JSON; a float is written with as many digits as give the same float again."""
    if name == "reasons":
        items = pl.col(name).list.eval(pl.element().struct.json_encode())
    elif name == "notices":
        items = pl.col(name).list.eval(pl.lit('"') + pl.element() + pl.lit('"'))
    else:
        return pl.col(name)
    return pl.concat_str(pl.lit("["), items.list.join(","), pl.lit("]")).alias(name)
