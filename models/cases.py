"""Cases as of *t*: one intended departure each, with its itinerary, steps, outcomes and lane (contract, "The case")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.asof import Feeds, known, visible
from models.identity import with_nik_facts
from models.itineraries import assign_itineraries, assign_outcomes, chosen_itineraries, day, jakarta_day
from models.steps import Days, Flags, Plans, done_days, plans_for
from models.times import date_of, day_number

if TYPE_CHECKING:
    import datetime as dt

    from models.rules import Rules

LANES: Final = ("scored", "register", "no_date", "protection")

_ROUTE: Final = {
    "travel_id": "travel_id",
    "departure_day": "departure_day",
    "departure_point": "departure_point",
    "destination_country": "itinerary_destination",
    "transit_countries": "transit_countries",
}
_TRIP: Final = (
    "visa_class",
    "planned_stay_days",
    "visa_days",
    "return_ticket",
    "booked_day",
    "payer",
    "payer_ref",
    "group_ref",
    "group_size",
    "licensed_tour",
    "border_transfer_from",
    "passport_issued_day",
    "passport_replaced",
)


@dataclass(frozen=True)
class CaseBlock:
    """The visible cases of a set of candidates as of ``t_us``.

    Attributes
    ----------
    frame
        One row per visible case, closed ones included: what the counts about others need of it. Day columns are Int32
        Jakarta days.
    done, plans
        Day each step was done and the step plan, row by row with ``frame``.
    people
        Visible candidates with NIK facts.
    travel, outcomes
        Visible itineraries with ``owner_id``; visible outcomes with ``case_id``.
    versions
        Every asserted version of the registrations known by then: which agency was recorded when.
    visible
        The visible feeds they were built from.
    """

    t_us: int
    frame: pl.DataFrame
    done: Days
    plans: Plans
    people: pl.DataFrame
    travel: pl.DataFrame
    outcomes: pl.DataFrame
    versions: pl.DataFrame
    visible: Feeds
    rules: Rules

    @property
    def today(self) -> int:
        """Jakarta day number of the as-of time."""
        return day_number(self.t_us)

    @property
    def active(self) -> Flags:
        """Which cases are active as of the time."""
        return self.frame["active"].to_numpy()

    def rows(self, keep: Flags) -> NDArray[np.intp]:
        """Row numbers of the cases to keep, ordered by ``case_id``."""
        at = np.flatnonzero(keep)
        order = self.frame["case_id"][at].arg_sort().to_numpy()
        return np.asarray(at[order], dtype=np.intp)

    def details(self, rows: NDArray[np.intp]) -> pl.DataFrame:
        """Some rows of ``frame`` with everything about person and itinerary, ``region``, ``office`` and ``lane``."""
        return (
            self.frame[rows]
            .join(self.people, on="candidate_id", how="left", maintain_order="left")
            .join(self.travel.select("travel_id", *_TRIP), on="travel_id", how="left", maintain_order="left")
            .with_columns(
                region=pl.coalesce("branch_region", "home_region"),
                office=pl.coalesce("office", "candidate_office"),
                lane=_lane(date_of(self.t_us), self.rules),
            )
            .drop("home_region", "candidate_office")
        )


def _candidates(feeds: Feeds, seen: Feeds, t_us: int, seq: int | None) -> pl.DataFrame:
    """Visible candidates with NIK facts and whether their birth date was ever corrected."""
    history = known(feeds["candidates"], t_us, seq) if "candidates" in feeds else seen["candidates"]
    corrected = (
        history.filter(~pl.col("retracted") & pl.col("birth_date").is_not_null())
        .filter(pl.col("candidate_id").is_duplicated())
        .group_by("candidate_id")
        .agg(birth_corrected=pl.col("birth_date").n_unique() > 1)
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
    rules
        In force as of the same time.
    """
    seen = visible(feeds, t_us, seq)
    today = day_number(t_us)
    registrations = seen["registrations"]
    travel = assign_itineraries(seen["travel"], registrations).with_columns(
        booked_day=jakarta_day("booked_at"), passport_issued_day=day("passport_issued_on")
    )
    people = _candidates(feeds, seen, t_us, seq)
    route = {old: pl.col(old).alias(new) for old, new in _ROUTE.items()}
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
        "office",
        registration_row=pl.int_range(pl.len(), dtype=pl.UInt32),
        case_id=pl.col("registration_id"),
        registered_day=day("registered_on"),
        stated_day=day("planned_departure_on"),
        seq=pl.col("ingest_seq"),
    ).join(
        chosen_itineraries(travel).select("owner_id", *route.values()),
        left_on="registration_id",
        right_on="owner_id",
        how="left",
        maintain_order="left",
    )
    without = (
        people.filter((pl.col("enrolled_as") == "referred") & (pl.col("work_evidence") != "none"))
        .join(registrations, on="candidate_id", how="anti")
        .select("candidate_id")
    )
    referred = travel.join(without, on="candidate_id", how="semi").select(
        "candidate_id",
        "destination_country",
        *[column for old, column in route.items() if old != "destination_country"],
        itinerary_destination=pl.col("destination_country"),
        case_id=pl.col("travel_id"),
        status=pl.lit("open"),
        seq=pl.col("ingest_seq"),
    )
    grace = int(rules.constant("active_grace_days"))
    frame = (
        pl.concat([registered, referred], how="diagonal")
        .with_columns(planned=pl.coalesce("stated_day", "departure_day"))
        .with_columns(
            active=(pl.col("status") == "open") & (pl.col("planned").is_null() | (pl.col("planned") >= today - grace))
        )
    )
    return CaseBlock(
        t_us=t_us,
        frame=frame,
        done=done_days(frame, seen["registration_steps"], today),
        plans=plans_for(frame, rules),
        people=people,
        travel=travel,
        outcomes=assign_outcomes(seen["outcomes"], frame),
        versions=known(feeds.get("registrations", registrations), t_us, seq)
        .filter(~pl.col("retracted"))
        .select("registration_id", "agency_id", "recorded_at", "ingest_seq", "row"),
        visible=seen,
        rules=rules,
    )
