"""Cases as of *t*: one intended departure each, with its itinerary, steps, outcomes and lane (contract, "The case")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.asof import Seen, known, visible
from models.identity import NIK_FACTS, with_nik_facts
from models.itineraries import assign_itineraries, assign_outcomes, chosen_itineraries, day, jakarta_day
from models.ledger import Ledger, ledgers
from models.schema import FEEDS
from models.stepplans import Plans, plans_for
from models.steps import Days, Flags, done_days
from models.times import date_of, day_number

if TYPE_CHECKING:
    import datetime as dt

    from models.references import References
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
_PERSON: Final = (
    "candidate_id",
    "enrolled_as",
    "work_evidence",
    "safe_to_contact",
    "nik",
    "birth_date",
    "home_region",
    "office",
    "ingest_seq",
)
_REGISTRATION: Final = (*FEEDS["registrations"].columns, "ingest_seq")
_ITINERARY: Final = (*FEEDS["travel"].columns, "ingest_seq")
_PLACES: Final = {
    "office": pl.coalesce("office", "candidate_office"),
    "region": pl.coalesce("branch_region", "home_region"),
}


@dataclass(frozen=True)
class CaseBlock:
    """The visible cases of a set of candidates as of ``t_us``.

    Attributes
    ----------
    frame
        One row per visible case, closed ones included: what the counts about others need of it. Registrations come
        first, in the order of the visible ones. Day columns are Int32 Jakarta days.
    done, plans
        Day each step was done and the step plan, row by row with ``frame``.
    travel, outcomes
        Visible itineraries with ``owner_id``; visible outcomes with ``case_id``.
    visible
        The visible feeds they were built from.
    feeds, seq, references
        All versions of all rows, the last delivery read, and what was read before, as they were given.
    """

    t_us: int
    frame: pl.DataFrame
    done: Days
    plans: Plans
    travel: pl.DataFrame
    outcomes: pl.DataFrame
    visible: Seen
    feeds: Mapping[str, pl.DataFrame]
    seq: int | None
    rules: Rules
    references: References | None = None

    @property
    def today(self) -> int:
        """Jakarta day number of the as-of time."""
        return day_number(self.t_us)

    @property
    def active(self) -> Flags:
        """Which cases are active as of the time."""
        return self.frame["active"].to_numpy()

    @cached_property
    def ledgers(self) -> Mapping[str, Ledger]:
        """The ledger of every agency with events."""
        if self.references is not None:
            return self.references.ledgers
        return ledgers(self.visible["agency_events"], today=self.today, rules=self.rules)

    def rows(self, keep: Flags) -> NDArray[np.intp]:
        """Row numbers of the cases to keep, ordered by ``case_id``."""
        at = np.flatnonzero(keep)
        order = self.frame["case_id"].gather(at).arg_sort().to_numpy()
        return np.asarray(at[order], dtype=np.intp)

    def details(self, rows: NDArray[np.intp]) -> pl.DataFrame:
        """Some rows of ``frame`` with everything about person and itinerary, ``region``, ``office`` and ``lane``."""
        cases = self.frame[rows]
        return (
            cases.join(self._people(cases), on="candidate_id", how="left", maintain_order="left")
            .join(self.travel.select("travel_id", *_TRIP), on="travel_id", how="left", maintain_order="left")
            .with_columns(
                **_PLACES,
                lane=_lane(date_of(self.t_us), self.rules),
            )
            .drop("home_region", "candidate_office")
        )

    def places(self) -> pl.DataFrame:
        """``office`` and ``region`` of every row of ``frame``, as :meth:`details` gives them."""
        own = self.visible.columns("candidates", "candidate_id", "home_region", "office")
        return (
            self.frame.select("candidate_id", "branch_region", "office")
            .join(own.rename({"office": "candidate_office"}), on="candidate_id", how="left", maintain_order="left")
            .select(**_PLACES)
        )

    def versions(self, registrations: pl.DataFrame) -> pl.DataFrame:
        """Every asserted version known by then of some registrations (``registration_id``): whose agency when."""
        given = self.feeds["registrations"] if "registrations" in self.feeds else self.visible["registrations"]
        return (
            given.select("registration_id", "agency_id", "recorded_at", "ingest_seq", "row", "retracted")
            .join(registrations.select("registration_id"), on="registration_id", how="semi")
            .pipe(known, self.t_us, self.seq)
            .filter(~pl.col("retracted"))
            .drop("retracted")
        )

    def _people(self, cases: pl.DataFrame) -> pl.DataFrame:
        """The candidates of some cases, with NIK facts and whether their birth date was ever corrected."""
        wanted = cases.select("candidate_id").unique()
        given = self.feeds["candidates"] if "candidates" in self.feeds else self.visible["candidates"]
        corrected = (
            given.select("candidate_id", "birth_date", "recorded_at", "ingest_seq", "retracted")
            .join(wanted, on="candidate_id", how="semi")
            .pipe(known, self.t_us, self.seq)
            .filter(~pl.col("retracted") & pl.col("birth_date").is_not_null())
            .filter(pl.col("candidate_id").is_duplicated())
            .group_by("candidate_id")
            .agg(birth_corrected=pl.col("birth_date").n_unique() > 1)
        )
        seen = self.visible.columns("candidates", *_PERSON, *NIK_FACTS).join(wanted, on="candidate_id", how="semi")
        return (
            with_nik_facts(seen)
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


def grown_up(today: dt.date, rules: Rules) -> dt.date:
    """The latest birth date of somebody who is no minor on ``today``."""
    return _years_before(today, int(rules.constant("minor_age_years")))


def _lane(today: dt.date, rules: Rules) -> pl.Expr:
    return (
        pl.when(pl.col("birth_date") > grown_up(today, rules))
        .then(pl.lit("protection"))
        .when(pl.col("registration_id").is_null())
        .then(pl.lit("register"))
        .when(pl.col("planned").is_null())
        .then(pl.lit("no_date"))
        .otherwise(pl.lit("scored"))
    )


def build_cases(
    feeds: Mapping[str, pl.DataFrame],
    t_us: int,
    *,
    rules: Rules,
    seq: int | None = None,
    references: References | None = None,
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
    references
        Offices, agencies, ledgers, permits and branches as of that time, where they have been read already; those of
        ``feeds`` are then not looked at.
    """
    seen = visible(feeds, t_us, seq, references=None if references is None else references.seen)
    today = day_number(t_us)
    registrations = seen.columns("registrations", *_REGISTRATION)
    travel = assign_itineraries(seen.columns("travel", *_ITINERARY), registrations).with_columns(
        booked_day=jakarta_day("booked_at"), passport_issued_day=day("passport_issued_on")
    )
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
        case_id=pl.col("registration_id"),
        registered_day=day("registered_on"),
        stated_day=day("planned_departure_on"),
        seq=pl.col("ingest_seq"),
    ).join(
        chosen_itineraries(travel.select("owner_id", "distance", "recorded_at", *_ROUTE)).select(
            "owner_id", *route.values()
        ),
        left_on="registration_id",
        right_on="owner_id",
        how="left",
        maintain_order="left",
    )
    without = (
        seen.columns("candidates", "candidate_id", "enrolled_as", "work_evidence")
        .filter((pl.col("enrolled_as") == "referred") & (pl.col("work_evidence") != "none"))
        .join(registrations.select("candidate_id"), on="candidate_id", how="anti")
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
        done=done_days(frame, seen.steps, today),
        plans=plans_for(frame, rules),
        travel=travel,
        outcomes=assign_outcomes(seen["outcomes"], frame),
        visible=seen,
        feeds=feeds,
        seq=seq,
        rules=rules,
        references=references,
    )
