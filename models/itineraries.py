"""Which case a record belongs to: itineraries to registrations, outcomes to cases (contract, "The case").

An itinerary or outcome that names a visible registration of the same candidate belongs to it. Otherwise the nearest
in time within 60 days decides; what matches none stays beside the cases and is never mixed in.
"""

from __future__ import annotations

from typing import Final

import polars as pl

MATCH_DAYS: Final = 60
"""Farthest distance, in days, of an itinerary or outcome from the departure it belongs to (contract)."""

_FAR: Final = 1_000_000


def jakarta_day(column: str) -> pl.Expr:
    """Days since 1970-01-01 (Int32) of the Jakarta date of a UTC timestamp column."""
    shifted = pl.col(column).dt.timestamp("us") + 7 * 3_600_000_000
    return shifted.floordiv(86_400_000_000).cast(pl.Int32)


def day(column: str) -> pl.Expr:
    """Days since 1970-01-01 (Int32) of a date column."""
    return pl.col(column).cast(pl.Int32)


def of_the_same(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows of candidates whom other rows speak of; most people have no itinerary and were never examined."""
    return rows.join(others.select("candidate_id"), on="candidate_id", how="semi")


def assign_itineraries(travel: pl.DataFrame, registrations: pl.DataFrame) -> pl.DataFrame:
    """The registration every itinerary belongs to.

    Parameters
    ----------
    travel, registrations
        Visible rows.

    Returns
    -------
    polars.DataFrame
        ``travel`` with ``departure_day`` (Int32) and ``owner_id`` (the registration, null where none matches) and
        ``distance`` (days between departure and planned date, null without a planned date).
    """
    itineraries = travel.with_columns(departure_day=jakarta_day("departure_at"))
    slim = itineraries.select(
        "travel_id", "candidate_id", "registration_id", "departure_day", "destination_country", "transit_countries"
    )
    wanted = registrations.select(
        "candidate_id",
        owner_id=pl.col("registration_id"),
        owner_destination=pl.col("destination_country"),
        registered_day=day("registered_on"),
        planned_day=day("planned_departure_on"),
    ).pipe(of_the_same, slim)
    named = (
        slim.filter(pl.col("registration_id").is_not_null())
        .join(
            wanted,
            left_on=["candidate_id", "registration_id"],
            right_on=["candidate_id", "owner_id"],
            how="inner",
        )
        .select("travel_id", owner_id="registration_id", gap=pl.col("departure_day") - pl.col("planned_day"))
    )
    unnamed = slim.join(named, on="travel_id", how="anti").join(wanted, on="candidate_id", how="inner")
    agrees = (pl.col("owner_destination") == pl.col("destination_country")) | (
        pl.col("transit_countries").str.split(";").list.contains(pl.col("owner_destination")).fill_null(value=False)
    )
    gap = pl.col("departure_day") - pl.col("planned_day")
    matched = (
        unnamed.with_columns(gap=gap)
        .filter(
            agrees,
            pl.col("departure_day") >= pl.col("registered_day"),
            pl.col("gap").is_null() | (pl.col("gap").abs() <= MATCH_DAYS),
        )
        .sort(
            pl.col("travel_id"),
            pl.col("gap").abs().fill_null(_FAR),
            -pl.col("registered_day"),
            pl.col("owner_id"),
            descending=[False, False, False, True],
        )
        .unique(subset="travel_id", keep="first", maintain_order=True)
        .select("travel_id", "owner_id", "gap")
    )
    owners = pl.concat([named, matched]).select("travel_id", "owner_id", distance=pl.col("gap").abs())
    return itineraries.join(owners, on="travel_id", how="left", maintain_order="left")


def chosen_itineraries(assigned: pl.DataFrame) -> pl.DataFrame:
    """Of several itineraries of one registration the one nearest to the planned date, then the latest recorded.

    Returns
    -------
    polars.DataFrame
        The rows of ``assigned`` that have an owner, one per ``owner_id``.
    """
    return (
        assigned.filter(pl.col("owner_id").is_not_null())
        .sort(
            "owner_id",
            pl.col("distance").fill_null(0),
            "recorded_at",
            "travel_id",
            descending=[False, False, True, True],
        )
        .unique(subset="owner_id", keep="first", maintain_order=True)
    )


def assign_outcomes(outcomes: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """The case every outcome belongs to.

    Parameters
    ----------
    outcomes
        Visible rows.
    cases
        ``case_id``, ``candidate_id``, ``registration_id`` (null for itinerary cases) and ``planned`` (Int32 day).

    Returns
    -------
    polars.DataFrame
        ``outcomes`` with ``case_id``, null where it belongs to none.
    """
    slim = of_the_same(cases.select("case_id", "candidate_id", "registration_id", "planned"), outcomes)
    named = (
        outcomes.filter(pl.col("registration_id").is_not_null())
        .join(slim.drop("planned"), on=["candidate_id", "registration_id"], how="inner")
        .select("outcome_id", "case_id")
    )
    reference = pl.coalesce(day("departed_on"), day("checked_on"))
    nearest = (
        outcomes.join(named, on="outcome_id", how="anti")
        .select("outcome_id", "candidate_id", reference=reference)
        .join(slim.filter(pl.col("planned").is_not_null()), on="candidate_id", how="inner")
        .with_columns(gap=(pl.col("reference") - pl.col("planned")).abs())
        .filter(pl.col("gap") <= MATCH_DAYS)
        .sort("outcome_id", "gap", "planned", "case_id", descending=[False, False, True, True])
        .unique(subset="outcome_id", keep="first", maintain_order=True)
        .select("outcome_id", "case_id")
    )
    return outcomes.join(pl.concat([named, nearest]), on="outcome_id", how="left", maintain_order="left")
