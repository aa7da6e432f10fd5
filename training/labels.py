"""Labels: what is known at a time about how cases ended, and which snapshots of a case may carry it.

The rules, and why:

- Only findings that stand count. A retracted one was overturned; ``undetermined`` says nothing.
- A finding of non-procedural departure outweighs other findings of the same case.
- A case helped before departure is censored at the help: snapshots from that day on are left out, and the case is never
  a negative, because nobody knows what would have happened without the help. If the help is on record without a day
  before departure, every snapshot is left out.
- An examination before departure may change what follows, so snapshots from its day on are left out as well.
- A case counts only when its departure is long enough past for findings to have arrived (*mature*). Findings of both
  kinds wait equally long, so that quick ones are not over-represented.
- Drawn random checks carry their inclusion probability. They are the yardstick: weighted by its inverse they stand for
  all departures. Findings that came another way are found selectively and stand for themselves alone.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from models.aggregates import HELPED
from models.cases import CaseBlock
from models.itineraries import day

#: Days after departure by which findings are taken to have arrived.
MATURITY_DAYS: Final = 30
#: Largest weight of one drawn check.
WEIGHT_CAP: Final = 50.0

LABELS: Final = {
    "case_id": pl.String(),
    "candidate_id": pl.String(),
    "agency_id": pl.String(),
    "departure_day": pl.Int32(),
    "label": pl.Int8(),
    "usable_before": pl.Int32(),
    "drawn": pl.Boolean(),
    "weight": pl.Float64(),
}
"""Columns of a table of labels; days are Jakarta day numbers, ``usable_before`` is null where nothing bounds it."""


def case_labels(block: CaseBlock, *, maturity_days: int = MATURITY_DAYS) -> pl.DataFrame:
    """The labelled cases as of the block's time.

    Parameters
    ----------
    block : CaseBlock
        Built as of the time until which findings may be known.
    maturity_days : int

    Returns
    -------
    polars.DataFrame
        One row per labelled case, with the columns of `LABELS`, ordered by case. ``weight`` is the inverse inclusion
        probability of a drawn check, capped, else 1.
    """
    cases = block.frame.select("case_id", "candidate_id", "agency_id", "planned")
    findings = (
        block.outcomes.filter(pl.col("case_id").is_not_null())
        .select(
            "case_id",
            "finding",
            "examined_because",
            "inclusion_probability",
            helped=HELPED,
            departed=day("departed_on"),
            checked=day("checked_on"),
        )
        .join(cases, on="case_id", how="inner")
    )
    departure = pl.coalesce(pl.col("departed").max().over("case_id"), "planned")
    before = pl.col("checked") <= pl.col("departure_day")
    drawn = (pl.col("examined_because") == "random_check") & (pl.col("inclusion_probability") > 0)
    inverse = (1.0 / pl.col("inclusion_probability")).clip(1.0, WEIGHT_CAP)
    told = findings.with_columns(departure_day=departure).filter(pl.col("departure_day").is_not_null())
    by_case = told.group_by("case_id").agg(
        pl.col("candidate_id", "agency_id", "departure_day").first(),
        confirmed=(pl.col("finding") == "non_procedural").any(),
        cleared=(pl.col("finding") == "procedural").any(),
        helped=pl.col("helped").any(),
        helped_on=pl.col("checked").filter(pl.col("helped") & before).min(),
        examined_on=pl.col("checked").filter(before).min(),
        drawn=drawn.any(),
        weight=inverse.filter(drawn).max(),
    )
    unknown_help = pl.col("helped") & pl.col("helped_on").is_null()
    mature = pl.col("departure_day") <= block.today - maturity_days
    return (
        by_case.filter(mature, ~unknown_help, pl.col("confirmed") | (pl.col("cleared") & ~pl.col("helped")))
        .select(
            "case_id",
            "candidate_id",
            "agency_id",
            "departure_day",
            label=pl.col("confirmed").cast(pl.Int8),
            usable_before=pl.min_horizontal("helped_on", "examined_on"),
            drawn=pl.col("drawn"),
            weight=pl.col("weight").fill_null(1.0),
        )
        .cast(pl.Schema(LABELS))
        .sort("case_id")
    )


def case_offices(block: CaseBlock) -> pl.DataFrame:
    """The office of every visible case: ``case_id, office``; the person's where the case names none."""
    people = block.visible["candidates"].select("candidate_id", candidate_office="office")
    frame = block.frame.join(people, on="candidate_id", how="left", maintain_order="left")
    return frame.select("case_id", office=pl.coalesce("office", "candidate_office"))
