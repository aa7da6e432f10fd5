"""One person as of *t*: what is visible of them, and their cases (:mod:`models.cases`, for one person)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models.identity import NIK_INVALID, NIK_MISSING, NIK_VALID
from models.itineraries import MATCH_DAYS
from models.schema import STEPS
from models.single.rows import Row, latest
from models.steps import CARRIED, NEVER, STEP_INDEX
from models.times import day_number

if TYPE_CHECKING:
    from models.rules import Rules

_FAR: Final = 1_000_000
_OF_TRIP: Final = (
    "visa_class",
    "planned_stay_days",
    "visa_days",
    "return_ticket",
    "payer",
    "payer_ref",
    "group_ref",
    "group_size",
    "licensed_tour",
    "border_transfer_from",
    "passport_replaced",
)
_OF_REGISTRATION: Final = (
    "registration_id",
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
)
_NIK: Final = re.compile(r"[0-9]{16}")
_SHORT_MONTHS: Final = (4, 6, 9, 11)


@dataclass(frozen=True)
class Person:
    """What is visible of one person.

    Attributes
    ----------
    candidate
        Their own record.
    birth_corrected
        Whether more than one birth date was ever stated.
    registrations
        Visible registrations.
    versions
        Every asserted version known by then of each registration, by id.
    steps
        Visible steps of each registration, by id and step.
    trips
        Visible itineraries with ``departure_day``, ``owner_id`` and ``distance``.
    outcomes
        Visible outcomes with ``case_id``.
    cases
        Their cases, closed ones included.
    """

    candidate: Row
    birth_corrected: bool
    registrations: Sequence[Row]
    versions: Mapping[str, Sequence[Row]]
    steps: Mapping[str, Mapping[str, Row]]
    trips: Sequence[Row]
    outcomes: Sequence[Row]
    cases: Sequence[Row]


def person_of(
    records: Mapping[str, Sequence[Row]], case_id: str, t_us: int, *, rules: Rules, seq: int | None = None
) -> Person | None:
    """The person a case is of; None if there is no such case as of ``t_us``.

    Parameters
    ----------
    records
        All versions of all rows of the person, and of everybody they share a key with, by feed.
    case_id
        Of a registration or, for a referred person, of an itinerary.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    """
    people = {row["candidate_id"]: row for row in latest("candidates", records["candidates"], t_us, seq)}
    registrations = [
        r for r in latest("registrations", records["registrations"], t_us, seq) if r["candidate_id"] in people
    ]
    travel = [r for r in latest("travel", records["travel"], t_us, seq) if r["candidate_id"] in people]
    named = [row for row in registrations if row["registration_id"] == case_id]
    named = named or [row for row in travel if row["travel_id"] == case_id]
    if not named:
        return None
    candidate_id = named[0]["candidate_id"]
    own = [row for row in registrations if row["candidate_id"] == candidate_id]
    ids = {row["registration_id"] for row in own}
    steps: dict[str, dict[str, Row]] = {name: {} for name in ids}
    for row in latest("registration_steps", records["registration_steps"], t_us, seq):
        if row["registration_id"] in ids and row["candidate_id"] in people:
            steps[row["registration_id"]][row["step"]] = row
    trips = [_assigned(trip, own) for trip in travel if trip["candidate_id"] == candidate_id]
    today = day_number(t_us)
    cases = _cases(people[candidate_id], own, trips, today=today, grace=int(rules.constant("active_grace_days")))
    if not any(case["case_id"] == case_id for case in cases):
        return None
    found = latest("outcomes", records["outcomes"], t_us, seq)

    def asserted(feed: str) -> list[Row]:
        rows = (row for row in records[feed] if row["recorded_at"] <= t_us and not row["retracted"])
        return [row for row in rows if seq is None or row["ingest_seq"] <= seq]

    births = {row["birth_date"] for row in asserted("candidates") if row["candidate_id"] == candidate_id}
    versions: dict[str, list[Row]] = {name: [] for name in ids}
    for row in asserted("registrations"):
        if row["registration_id"] in ids:
            versions[row["registration_id"]].append(row)
    return Person(
        candidate=people[candidate_id],
        birth_corrected=len(births - {None}) > 1,
        registrations=own,
        versions=versions,
        steps=steps,
        trips=trips,
        outcomes=[_of_case(row, cases) for row in found if row["candidate_id"] == candidate_id],
        cases=cases,
    )


def _assigned(trip: Row, registrations: Sequence[Row]) -> Row:
    """An itinerary with the registration it belongs to (:func:`models.itineraries.assign_itineraries`)."""
    day = day_number(trip["departure_at"])
    named = [row for row in registrations if row["registration_id"] == trip["registration_id"]]
    if named:
        owner, gap = named[0], _gap(day, named[0])
    else:
        places = (trip["destination_country"], *(trip["transit_countries"] or "").split(";"))
        fits = [
            (row, gap)
            for row in registrations
            if row["destination_country"] in places and day >= row["registered_on"]
            for gap in [_gap(day, row)]
            if gap is None or gap <= MATCH_DAYS
        ]
        fits.sort(key=lambda fit: fit[0]["registration_id"], reverse=True)
        owner, gap = min(
            fits, key=lambda fit: (_FAR if fit[1] is None else fit[1], -fit[0]["registered_on"]), default=({}, None)
        )
    return {**trip, "departure_day": day, "owner_id": owner.get("registration_id"), "distance": gap}


def _gap(day: int, registration: Row) -> int | None:
    planned = registration["planned_departure_on"]
    return None if planned is None else abs(day - planned)


def _chosen(trips: Sequence[Row], registration_id: str) -> Row | None:
    """The itinerary that counts of a registration (:func:`models.itineraries.chosen_itineraries`)."""
    own = (trip for trip in trips if trip["owner_id"] == registration_id)
    return max(own, key=lambda trip: (-(trip["distance"] or 0), trip["recorded_at"], trip["travel_id"]), default=None)


def _cases(
    candidate: Row, registrations: Sequence[Row], trips: Sequence[Row], *, today: int, grace: int
) -> list[dict[str, Any]]:
    """The rows of :attr:`models.cases.CaseBlock.frame` of one person."""
    found: list[dict[str, Any]] = []
    for row in registrations:
        trip = _chosen(trips, row["registration_id"])
        stated = row["planned_departure_on"]
        found.append(
            {name: row[name] for name in _OF_REGISTRATION}
            | {
                "candidate_id": row["candidate_id"],
                "case_id": row["registration_id"],
                "registered_day": row["registered_on"],
                "stated_day": stated,
                "seq": row["ingest_seq"],
                "planned": stated if stated is not None or trip is None else trip["departure_day"],
            }
            | _route(trip)
        )
    evidence = candidate["work_evidence"]
    if not registrations and candidate["enrolled_as"] == "referred" and evidence is not None and evidence != "none":
        found += [
            dict.fromkeys(_OF_REGISTRATION)
            | {
                "candidate_id": trip["candidate_id"],
                "destination_country": trip["destination_country"],
                "case_id": trip["travel_id"],
                "status": "open",
                "registered_day": None,
                "stated_day": None,
                "seq": trip["ingest_seq"],
                "planned": trip["departure_day"],
            }
            | _route(trip)
            for trip in trips
        ]
    for case in found:
        planned = case["planned"]
        case["active"] = case["status"] == "open" and (planned is None or planned >= today - grace)
    return found


def _route(trip: Row | None) -> dict[str, Any]:
    route = ("travel_id", "departure_day", "departure_point", "transit_countries")
    if trip is None:
        return dict.fromkeys((*route, "itinerary_destination"))
    return {name: trip[name] for name in route} | {"itinerary_destination": trip["destination_country"]}


def _of_case(outcome: Row, cases: Sequence[Row]) -> Row:
    """An outcome with the case it belongs to (:func:`models.itineraries.assign_outcomes`)."""
    registration = outcome["registration_id"]
    named = [case for case in cases if registration is not None and case["registration_id"] == registration]
    if named:
        return {**outcome, "case_id": named[0]["case_id"]}
    departed = outcome["departed_on"]
    day = outcome["checked_on"] if departed is None else departed
    near = [case for case in cases if case["planned"] is not None and abs(day - case["planned"]) <= MATCH_DAYS]
    nearest = max(near, key=lambda case: (-abs(day - case["planned"]), case["planned"], case["case_id"]), default=None)
    return {**outcome, "case_id": None if nearest is None else nearest["case_id"]}


def details(person: Person, case: Row, *, lane: str) -> dict[str, Any]:
    """The row of :meth:`models.cases.CaseBlock.details` of one case, dates as day numbers."""
    candidate = person.candidate
    trip = next((trip for trip in person.trips if trip["travel_id"] == case["travel_id"]), None)
    state, birth = nik_of(candidate)
    found = {**case} | {
        "enrolled_as": candidate["enrolled_as"],
        "work_evidence": candidate["work_evidence"],
        "safe_to_contact": candidate["safe_to_contact"],
        "nik_state": state,
        "nik_birth": birth,
        "birth_date": candidate["birth_date"],
        "candidate_seq": candidate["ingest_seq"],
        "birth_corrected": person.birth_corrected,
        "region": candidate["home_region"] if case["branch_region"] is None else case["branch_region"],
        "office": candidate["office"] if case["office"] is None else case["office"],
        "lane": lane,
    }
    for name in _OF_TRIP:
        found[name] = None if trip is None else trip[name]
    booked = None if trip is None else trip["booked_at"]
    found["booked_day"] = None if booked is None else day_number(booked)
    found["passport_issued_day"] = None if trip is None else trip["passport_issued_on"]
    return found


def nik_of(candidate: Row) -> tuple[int, int | None]:
    """State of a NIK and the birth date it encodes, as derived in the store or here (:mod:`models.identity`)."""
    if "nik_state" in candidate:
        return candidate["nik_state"], candidate["nik_birth"]
    nik = candidate["nik"]
    if nik is None:
        return NIK_MISSING, None
    written = nik[6:12]
    if not _NIK.fullmatch(nik):
        return NIK_INVALID, None
    day, month, year = int(written[:2]), int(written[2:4]), int(written[4:])
    born = day - 40 if day > 40 else day
    last = (29 if year % 4 == 0 else 28) if month == 2 else 30 if month in _SHORT_MONTHS else 31
    if not (1 <= month <= 12 and 1 <= born <= last):
        return NIK_INVALID, None
    return NIK_VALID, year * 10_000 + month * 100 + born


def done_days(person: Person, case: Row, today: int) -> list[int]:
    """Day on which each step of one case was done (:func:`models.steps.done_days`)."""
    done = [NEVER] * len(STEPS)
    if case["registration_id"] is None:
        return done
    of = {name: _valid(steps, today) for name, steps in person.steps.items()}
    own = of[case["registration_id"]]
    for step, day in own.items():
        done[STEP_INDEX[step]] = day
    earlier = [
        of[row["registration_id"]] for row in person.registrations if row["registered_on"] < case["registered_day"]
    ]
    for step in CARRIED:
        if step not in own:
            done[STEP_INDEX[step]] = max((lent.get(step, NEVER) for lent in earlier), default=NEVER)
    return done


def _valid(steps: Mapping[str, Row], today: int) -> dict[str, int]:
    """Steps that are done: by then, and not expired."""
    return {
        step: row["completed_on"]
        for step, row in steps.items()
        if row["completed_on"] <= today and (row["valid_until"] is None or row["valid_until"] >= today)
    }
