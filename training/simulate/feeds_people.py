"""The feeds ``candidates`` and ``registrations``, with their corrections and changes of status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.schema import FEEDS, PLACEMENTS, SCHEMES
from models.times import US_PER_DAY
from training.simulate import brokers as broker_draws
from training.simulate import intentions, names, offices, places
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Ints, between, chance, days, lag, office_hours, span
from training.simulate.frames import blank, dates, labels, moments, numbered
from training.simulate.helping import Help
from training.simulate.people import WORK_EVIDENCE
from training.simulate.records import assembled, retractions
from training.simulate.routes import EARLY, PROCEDURAL, WITHDRAWS, Fates

STATUS: Final = FEEDS["registrations"].field("status").codes
OPEN, DEPARTED, WITHDRAWN = range(3)
ENROLLED: Final = FEEDS["candidates"].field("enrolled_as").codes
_HOUR: Final = US_PER_DAY // 24


def candidates(rng: np.random.Generator, world: World, cases: Cases, known: Ints) -> pl.DataFrame:
    """The feed ``candidates``: first entry, enrolment of the referred, corrections of birth date and phone.

    Parameters
    ----------
    known
        Recording time (UTC microseconds) of each person's first entry.
    """
    people, settings, n = world.people, world.settings, world.people.size
    woman, region = people.intentions.woman, people.region
    office = labels([offices.placement_office(r) for r in range(places.REGIONS.size)], region)
    nik = names.niks(rng, region=places.REGIONS.codes, first_region=people.first_region, born=people.born, woman=woman)
    first = pl.DataFrame(
        {
            "candidate_id": numbered("C", settings.seed, np.arange(n), width=7),
            "nik": blank(nik, ~people.has_nik),
            "full_name": names.personal_names(rng, woman=woman, sultra=places.REGIONS.sultra[region]),
            "sex": labels(("F", "M"), (~woman).astype(np.int64)),
            "birth_date": dates(np.where(chance(rng, 0.01, n), NONE, people.born_stated)),
            "passport_no": blank(names.passports(rng, n), chance(rng, 0.45, n)),
            "phone": blank(names.phones(rng, n), chance(rng, 0.08, n)),
            "safe_to_contact": pl.Series(chance(rng, 0.97, n)).zip_with(
                pl.Series(chance(rng, 0.85, n)), pl.Series([None], dtype=pl.Boolean).new_from_index(0, n)
            ),
            "home_region": labels(places.REGIONS.codes, region),
            "enrolled_as": labels(ENROLLED, people.referred.astype(np.int64)),
            "work_evidence": labels(WORK_EVIDENCE, people.work_evidence),
            "office": office,
            "recorded_at": moments(known),
        }
    )
    # Who is enrolled later is not corrected besides, so that no later row brings an old value back.
    settled = ~people.registers_later
    fixed = np.flatnonzero(people.born_corrected & settled)
    fix = first[fixed].with_columns(
        birth_date=dates(people.born[fixed]),
        recorded_at=moments(known[fixed] + between(rng, 10, 150, len(fixed)) * US_PER_DAY),
    )
    moved = np.flatnonzero(chance(rng, 0.03, n) & ~people.born_corrected & settled)
    phone = first[moved].with_columns(
        phone=names.phones(rng, len(moved)),
        recorded_at=moments(known[moved] + between(rng, 5, 200, len(moved)) * US_PER_DAY),
    )
    enrolled = np.flatnonzero(cases.registered & people.referred[cases.person] & (cases.earlier != NONE))
    person, at = np.unique(cases.person[enrolled], return_index=True)
    late = office_hours(rng, cases.begun[enrolled[at]])
    joined = first[person].with_columns(
        enrolled_as=pl.lit("registered"), recorded_at=moments(np.maximum(late, known[person] + _HOUR))
    )
    return assembled("candidates", settings, [first, fix, phone, joined])


@dataclass(frozen=True)
class Versions:
    """Successive states of registrations, one row a state: the case, planned date, status, whether still in error."""

    case: Ints
    planned: Ints
    status: Ints
    in_error: Bools
    recorded: Ints


def versions(
    rng: np.random.Generator, cases: Cases, fates: Fates, given: Help, *, first_planned: Ints, known: Ints
) -> Versions:
    """What offices write down about each registration, in time.

    Parameters
    ----------
    first_planned
        The date planned at first; ``cases.planned_last`` is the one after postponement and help.
    known
        Recording time of the first entry.
    """
    n = cases.size
    rows = np.flatnonzero(cases.registered)
    early = chance(rng, 0.8, n)
    error = chance(rng, 0.012, n)
    late_permit = chance(rng, 0.07, n)
    planned = np.where(cases.dated & early, first_planned, NONE)
    out = [(rows, planned[rows], np.full(len(rows), OPEN), (error | late_permit)[rows], known[rows])]
    last = known.copy()

    def add(which: Ints, day: Ints, status: Ints) -> None:
        last[which] = np.maximum(office_hours(rng, day), last[which] + _HOUR)
        out.append((which, planned[which], status, np.zeros(len(which), dtype=np.bool_), last[which]))

    which = np.flatnonzero(cases.registered & (error | late_permit))
    add(which, known[which] // US_PER_DAY + between(rng, 1, 7, len(which)), np.full(len(which), OPEN))
    which = np.flatnonzero(cases.registered & cases.dated & ~early)
    planned[which] = first_planned[which]
    wait = first_planned[which] - cases.begun[which]
    add(which, cases.begun[which] + days(wait * (0.15 + 0.45 * rng.random(len(which)))), np.full(len(which), OPEN))
    which = np.flatnonzero(cases.registered & cases.dated & (cases.planned_last != first_planned))
    planned[which] = cases.planned_last[which]
    told = np.where(given.helped[which], given.day[which] + 2, first_planned[which] - between(rng, 1, 24, len(which)))
    add(which, np.maximum(told, cases.begun[which] + 1), np.full(len(which), OPEN))
    which, status, day = _endings(rng, cases, fates)
    add(which, day, status)
    return Versions(*(np.concatenate(column) for column in zip(*out, strict=True)))


def _endings(rng: np.random.Generator, cases: Cases, fates: Fates) -> tuple[Ints, Ints, Ints]:
    """Which registrations are closed, how and when: irregular departures often stay open or count as withdrawn."""
    n = cases.size
    seen = np.where(fates.route == PROCEDURAL, 0.965, np.where(fates.route == EARLY, 0.8, 0.2))
    u = rng.random(n)
    left = fates.departs & (u < seen)
    lost = fates.departs & ~left & (u > 0.75)
    gave_up = (fates.fate == WITHDRAWS) & chance(rng, 0.85, n)
    which = np.flatnonzero(cases.registered & (left | lost | gave_up))
    status = np.where(left, DEPARTED, WITHDRAWN)[which]
    wait = np.where(left, lag(rng, n, mean=3.0, late=0.08), days(span(rng, n, median=18, sigma=0.9)))
    return which, status, np.minimum(fates.ended, NEVER)[which] + wait[which]


def registrations(
    rng: np.random.Generator, world: World, cases: Cases, states: Versions, *, number: Ints, permit: Ints, known: Ints
) -> pl.DataFrame:
    """The feed ``registrations`` from the successive states.

    Parameters
    ----------
    number
        Number of each case's registration, negative for none.
    permit
        Index of the permit each case cites, negative for none.
    """
    settings, c = world.settings, states.case
    wrong = chance(rng, 0.012 / (0.012 + 0.07), cases.size)
    occupation = np.where(
        states.in_error & wrong[c], (cases.occupation[c] + 1) % len(intentions.OCCUPATIONS), cases.occupation[c]
    )
    cited = np.where(states.in_error & ~wrong[c], NONE, permit[c])
    reference = world.brokers.reference(cases.recruiter, cases.begun)
    branch = np.where(chance(rng, 0.04, cases.size), NONE, cases.region)
    office = labels([offices.placement_office(r) for r in range(places.REGIONS.size)], cases.region)
    frame = pl.DataFrame(
        {
            "registration_id": numbered("R", settings.seed, number[c], width=7),
            "candidate_id": numbered("C", settings.seed, cases.person[c], width=7),
            "placement": labels(PLACEMENTS, cases.placement[c]),
            "scheme": labels(SCHEMES, cases.scheme[c]),
            "destination_country": labels(intentions.COUNTRIES, cases.country[c]),
            "occupation": labels(intentions.OCCUPATIONS, occupation),
            "agency_id": numbered("A", settings.seed, cases.agency[c], width=4),
            "branch_region": labels(places.REGIONS.codes, branch[c]),
            "permit_id": numbered("P", settings.seed, cited, width=6),
            "recruiter_ref": broker_draws.opaque("K", settings, reference)[c],
            "office": office[c],
            "registered_on": dates(cases.begun[c]),
            "planned_departure_on": dates(states.planned),
            "status": labels(STATUS, states.status),
            "recorded_at": moments(states.recorded),
        }
    )
    double = np.flatnonzero(cases.registered & chance(rng, 0.0025, cases.size))
    position = np.searchsorted(c[: int(cases.registered.sum())], double)
    taken_back = known[double] + between(rng, 15, 90, len(double)) * US_PER_DAY
    return assembled("registrations", settings, [frame, retractions("registrations", frame, position, taken_back)])
