"""Cases as of *t*: one intended departure each, with its itinerary, steps, outcomes and lane (contract, "The case")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.asof import Feeds, known, visible
from models.identity import with_nik_facts
from models.itineraries import assign_itineraries, assign_outcomes, chosen_itineraries, day, jakarta_day
from models.steps import Flags, StepTable, step_table
from models.times import date_of, day_number

if TYPE_CHECKING:
    import datetime as dt

    from models.freshness import Freshness
    from models.rules import Rules

LANES: Final = ("scored", "register", "no_date", "protection")

_ITINERARY: Final = {
    "travel_id": "travel_id",
    "departure_day": "departure_day",
    "departure_point": "departure_point",
    "destination_country": "itinerary_destination",
    "transit_countries": "transit_countries",
    "visa_class": "visa_class",
    "planned_stay_days": "planned_stay_days",
    "visa_days": "visa_days",
    "return_ticket": "return_ticket",
    "booked_day": "booked_day",
    "payer": "payer",
    "payer_ref": "payer_ref",
    "group_ref": "group_ref",
    "group_size": "group_size",
    "licensed_tour": "licensed_tour",
    "border_transfer_from": "border_transfer_from",
    "passport_issued_day": "passport_issued_day",
    "passport_replaced": "passport_replaced",
}


@dataclass(frozen=True)
class CaseBlock:
    """The visible cases of a set of candidates as of ``t_us``.

    Attributes
    ----------
    frame
        One row per visible case, closed ones included, ordered by ``case_id``; day columns are Int32 Jakarta days.
    steps
        Step states, row by row with ``frame``.
    travel, outcomes
        Visible itineraries with ``owner_id``; visible outcomes with ``case_id``.
    versions
        Every asserted version of the registrations known by then: which agency was recorded when.
    visible
        The visible feeds they were built from.
    """

    t_us: int
    frame: pl.DataFrame
    steps: StepTable
    travel: pl.DataFrame
    outcomes: pl.DataFrame
    versions: pl.DataFrame
    visible: Feeds

    @property
    def today(self) -> int:
        """Jakarta day number of the as-of time."""
        return day_number(self.t_us)

    @property
    def active(self) -> Flags:
        """Which cases are active as of the time."""
        return self.frame["active"].to_numpy()


def _candidates(feeds: Feeds, seen: Feeds, t_us: int, seq: int | None) -> pl.DataFrame:
    """Visible candidates with NIK facts and whether their birth date was ever corrected."""
    history = known(feeds["candidates"], t_us, seq) if "candidates" in feeds else seen["candidates"]
    corrected = (
        history.filter(~pl.col("retracted"))
        .group_by("candidate_id")
        .agg(birth_corrected=pl.col("birth_date").drop_nulls().n_unique() > 1)
    )
    return (
        with_nik_facts(seen["candidates"])
        .select(
            "candidate_id",
            "enrolled_as",
            "work_evidence",
            "safe_to_contact",
            "nik_state",
            "nik_birth",
            "birth_date",
            home_region="home_region",
            candidate_office="office",
            candidate_seq="ingest_seq",
        )
        .join(corrected, on="candidate_id", how="left", maintain_order="left")
    )


def _years_before(today: dt.date, years: int) -> dt.date:
    """The birth date of somebody who turns ``years`` on ``today`` (29 February counts from 1 March)."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, month=3, day=1)


def _lane(today: dt.date, rules: Rules) -> pl.Expr:
    grown_up = _years_before(today, int(rules.constant("minor_age_years")))
    return (
        pl.when(pl.col("birth_date") > grown_up)
        .then(pl.lit("protection"))
        .when(pl.col("registration_id").is_null())
        .then(pl.lit("register"))
        .when(pl.col("planned").is_null())
        .then(pl.lit("no_date"))
        .otherwise(pl.lit("scored"))
    )


def build_cases(
    feeds: Feeds,
    t_us: int,
    *,
    rules: Rules,
    freshness: Freshness,
    seq: int | None = None,
) -> CaseBlock:
    """Everything the scoring of a set of candidates needs, as of ``t_us``.

    Parameters
    ----------
    feeds
        Canonical frames, all versions of all rows, of any set of candidates (an H feed's rows of one candidate belong
        together) and of all agencies, permits, branches and offices they refer to.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    rules, freshness
        Rules in force and freshness as of the same time.
    """
    seen = visible(feeds, t_us, seq)
    today = day_number(t_us)
    registrations = seen["registrations"]
    travel = assign_itineraries(seen["travel"], registrations).with_columns(
        booked_day=jakarta_day("booked_at"), passport_issued_day=day("passport_issued_on")
    )
    people = _candidates(feeds, seen, t_us, seq)
    itinerary = {old: pl.col(old).alias(new) for old, new in _ITINERARY.items()}
    registered = registrations.select(
        "registration_id",
        "candidate_id",
        "placement",
        "scheme",
        "destination_country",
        "occupation",
        "agency_id",
        "branch_region",
        "permit_id",
        "recruiter_ref",
        "status",
        case_id=pl.col("registration_id"),
        registration_office=pl.col("office"),
        registered_day=day("registered_on"),
        stated_day=day("planned_departure_on"),
        seq=pl.col("ingest_seq"),
    ).join(
        chosen_itineraries(travel).select("owner_id", *itinerary.values()),
        left_on="registration_id",
        right_on="owner_id",
        how="left",
    )
    without = (
        people.filter((pl.col("enrolled_as") == "referred") & (pl.col("work_evidence") != "none"))
        .join(registrations, on="candidate_id", how="anti")
        .select("candidate_id")
    )
    referred = travel.join(without, on="candidate_id", how="semi").select(
        "candidate_id",
        "destination_country",
        *[column for old, column in itinerary.items() if old != "destination_country"],
        itinerary_destination=pl.col("destination_country"),
        case_id=pl.col("travel_id"),
        status=pl.lit("open"),
        seq=pl.col("ingest_seq"),
    )
    grace = int(rules.constant("active_grace_days"))
    frame = (
        pl.concat([registered, referred], how="diagonal")
        .join(people, on="candidate_id", how="left")
        .with_columns(
            planned=pl.coalesce("stated_day", "departure_day"),
            region=pl.coalesce("branch_region", "home_region"),
            office=pl.coalesce("registration_office", "candidate_office"),
        )
        .with_columns(
            active=(pl.col("status") == "open") & (pl.col("planned").is_null() | (pl.col("planned") >= today - grace)),
            lane=_lane(date_of(t_us), rules),
        )
        .drop("home_region", "registration_office", "candidate_office")
        .sort("case_id")
    )
    sources = {s: freshness.source_of.get(s) for s in frame["seq"].unique().to_list()}
    stale_by_seq = {
        s: freshness.stale("registration_steps", source, t_us=t_us, rules=rules) for s, source in sources.items()
    }
    stale = np.fromiter((stale_by_seq[s] for s in frame["seq"].to_list()), dtype=bool, count=len(frame))
    steps = step_table(frame, seen["registration_steps"], seen["offices"], today=today, rules=rules, stale=stale)
    return CaseBlock(
        t_us=t_us,
        frame=frame,
        steps=steps,
        travel=travel,
        outcomes=assign_outcomes(seen["outcomes"], frame),
        versions=known(feeds.get("registrations", registrations), t_us, seq)
        .filter(~pl.col("retracted"))
        .select("registration_id", "agency_id", "recorded_at", "ingest_seq", "row"),
        visible=seen,
    )
