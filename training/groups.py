"""Whom an audit compares: groups of people, computed apart from scoring.

Sex, age, origin and names are never inputs of a score (`models.features`); they are read here, from the feeds, only to
see whether errors fall on some people more than on others. Nothing of this package is imported by scoring, and the
columns made here exist in no feature block.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from typing import Final

import polars as pl

from models.cases import CaseBlock
from models.times import date_of

AGE_BANDS: Final = ((0, 17, "0-17"), (18, 24, "18-24"), (25, 34, "25-34"), (35, 44, "35-44"), (45, 200, "45+"))
UNKNOWN: Final = "unknown"
GROUPS: Final = ("sex", "age_band", "origin", "place", "scheme", "destination", "first_time", "single_name")
"""Columns of `case_groups`, besides ``case_id``; all text.

sex
    As recorded, not as a NIK or a name suggests.
age_band
    At the as-of date.
origin
    Regency of origin.
place
    ``island``, ``remote`` or ``mainland``, by `training/regions.csv`; a deployment edits that file.
scheme, destination
    Of the registration; the destination of the itinerary where there is none.
first_time
    ``yes`` when the person has no earlier registration that departed and this one is no return.
single_name
    Whether the recorded name is one word; ``unknown`` where names are sealed.
"""


@lru_cache(maxsize=1)
def places() -> dict[str, str]:
    """Kind of place by regency code: ``island`` or ``remote``; what is not listed is mainland."""
    text = files("training").joinpath("regions.csv").read_text(encoding="utf-8")
    return {row["region"]: row["kind"] for row in csv.DictReader(text.splitlines())}


def case_groups(block: CaseBlock) -> pl.DataFrame:
    """The groups of every visible case.

    Parameters
    ----------
    block : CaseBlock
        As of the time the groups are told for.

    Returns
    -------
    polars.DataFrame
        ``case_id`` and the columns of `GROUPS`, one row a case, in the order of the block.
    """
    people = block.visible["candidates"]
    named = pl.col("full_name") if "full_name" in people.columns else pl.lit(None, dtype=pl.String)
    words = named.str.strip_chars().str.split(" ").list.eval(pl.element().filter(pl.element() != "")).list.len()
    persons = people.select(
        "candidate_id",
        "sex",
        "birth_date",
        origin="home_region",
        single_name=pl.when(named.is_not_null()).then(pl.when(words <= 1).then(pl.lit("yes")).otherwise(pl.lit("no"))),
    )
    today = date_of(block.t_us)
    birthday_to_come = pl.lit(today.month * 100 + today.day) < (
        pl.col("birth_date").dt.month().cast(pl.Int32) * 100 + pl.col("birth_date").dt.day().cast(pl.Int32)
    )
    age = pl.lit(today.year) - pl.col("birth_date").dt.year() - birthday_to_come.cast(pl.Int32)
    band = pl.coalesce([pl.when(age.is_between(low, high)).then(pl.lit(name)) for low, high, name in AGE_BANDS])
    departed = (
        block.frame.filter(pl.col("status") == "departed")
        .group_by("candidate_id")
        .agg(first_departed=pl.col("registered_day").min())
    )
    earlier = (pl.col("first_departed") < pl.col("registered_day")).fill_null(value=False)
    returns = pl.col("placement").is_in(["re_entry", "extension"]).fill_null(value=False)
    frame = (
        block.frame.join(persons, on="candidate_id", how="left", maintain_order="left")
        .join(departed, on="candidate_id", how="left", maintain_order="left")
        .with_columns(
            age_band=band,
            place=pl.when(pl.col("origin").is_not_null()).then(
                pl.col("origin").replace_strict(places(), default="mainland", return_dtype=pl.String)
            ),
            destination=pl.coalesce("destination_country", "itinerary_destination"),
            first_time=pl.when(earlier | returns).then(pl.lit("no")).otherwise(pl.lit("yes")),
        )
    )
    return frame.select("case_id", *(pl.col(name).fill_null(UNKNOWN) for name in GROUPS))
