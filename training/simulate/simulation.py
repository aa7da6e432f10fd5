"""The whole of a simulation, from settings to feeds and hidden truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.schema import FEEDS
from training.simulate import agencies as agency_draws
from training.simulate import brokers as broker_draws
from training.simulate import cases as case_draws
from training.simulate import checks, feeds_people, feeds_steps, feeds_travel, helping, ledger, offices, people, permits
from training.simulate import routes as fate_draws
from training.simulate import steps as step_draws
from training.simulate import trips as trip_draws
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Ints, lag, office_hours
from training.simulate.frames import dates, labels, numbered
from training.simulate.records import assembled
from training.simulate.routes import Fates
from training.simulate.settings import Settings
from training.simulate.trips import Trips

ROUNDS: Final = 3
"""How many cases one person can have, one after another."""


@dataclass(frozen=True)
class Simulation:
    """What a simulation yields.

    Attributes
    ----------
    settings
        As asked.
    world
        People, agencies and recruiters with their hidden state, for tests.
    feeds
        Every feed of the contract, all its columns, in the order of recording.
    truth
        One row a case: ``candidate_id``, ``case_id``, ``registration_id``, ``departs``, ``departure_on``,
        ``non_procedural`` (what really happens), ``helped``, ``counterfactual`` (what would have happened without
        help), ``probability`` (of that), ``route``, ``recruiter_kind``, ``agency_badness``. No job reads it.
    """

    settings: Settings
    world: World
    feeds: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def quiet(_: str) -> None:
    """Report no progress."""


def simulate(settings: Settings, *, progress: Callable[[str], None] = quiet) -> Simulation:
    """Simulate deliveries.

    Parameters
    ----------
    settings
        What is asked for.
    progress
        Called with the name of each stage.
    """
    rng = np.random.default_rng(settings.seed)
    progress("people, agencies, recruiters")
    crowd = people.draw(rng, settings)
    firms = agency_draws.draw(rng, settings)
    world = World(settings, crowd, firms, broker_draws.draw(rng, settings))
    progress("cases")
    cases, natural = _cases(rng, world)
    progress("steps, itineraries")
    file = step_draws.progress(rng, cases, natural)
    trips = trip_draws.trips(rng, world, cases, natural)
    progress("help, checks")
    given = helping.help_given(rng, world, cases, natural, progress=file, trips=trips)
    later, fates, file = helping.after_help(rng, cases, natural, file, given)
    found = checks.outcomes(rng, world, later, fates, given)
    progress("records")
    number = _rank(cases.begun, cases.registered)
    travel_number = _rank(trips.day, np.ones(trips.size, dtype=np.bool_))
    outcome_number = _rank(found.checked, np.ones(found.size, dtype=np.bool_))
    person_known = office_hours(rng, crowd.began + lag(rng, crowd.size, mean=0.6, late=0.01))
    known = np.maximum(
        office_hours(rng, cases.begun + lag(rng, cases.size, mean=0.8, late=0.015)), person_known[cases.person] + 10**9
    )
    permit, cited = permits.draw(rng, world, cases)
    states = feeds_people.versions(rng, later, fates, given, first_planned=cases.planned, known=known)
    placed = np.bincount(cases.agency[cases.agency != NONE], minlength=firms.size)
    feeds = {
        "offices": assembled("offices", settings, [offices.feed(rng, settings, firms)]),
        "candidates": feeds_people.candidates(rng, world, cases, person_known),
        "registrations": feeds_people.registrations(
            rng, world, later, states, number=number, permit=cited, known=known
        ),
        "registration_steps": feeds_steps.registration_steps(
            rng, world, later, fates, file, number=number, known=known
        ),
        "agencies": assembled("agencies", settings, [ledger.agencies_feed(rng, settings, firms)]),
        "agency_events": assembled("agency_events", settings, [ledger.events(rng, settings, firms, placed)]),
        "permits": assembled("permits", settings, [permits.feed(rng, settings, permit)]),
        "branches": assembled("branches", settings, [ledger.branches_feed(rng, settings, firms)]),
        "travel": feeds_travel.travel(rng, world, trips, number=number, order=travel_number, known=person_known),
        "outcomes": feeds_travel.outcomes(
            rng, world, later, found, number=number, order=outcome_number, known=person_known
        ),
        "incidents": feeds_travel.incidents(rng, settings),
    }
    truth = _truth(
        world, later, natural, fates=fates, given=given, trips=trips, number=number, travel_number=travel_number
    )
    return Simulation(settings, world, {name: feeds[name] for name in FEEDS}, truth)


def _cases(rng: np.random.Generator, world: World) -> tuple[Cases, Fates]:
    """All cases with their fates, round by round; ``earlier`` points into the whole."""
    cases = case_draws.first_cases(rng, world)
    fates, base = fate_draws.fates(rng, world, cases)
    all_cases, all_fates, offset = [cases], [fates], 0
    for _ in range(ROUNDS - 1):
        cases = case_draws.later_cases(rng, world, cases, ended=fates.ended, departed=fates.departs)
        fates, _ = fate_draws.fates(rng, world, cases, base=base)
        shifted = cases.with_earlier(cases.earlier + offset)
        offset += all_cases[-1].size
        all_cases.append(shifted)
        all_fates.append(fates)
    return case_draws.joined(all_cases), fate_draws.joined(all_fates)


def _rank(day: Ints, counted: Bools) -> Ints:
    """Numbers in the order of days, :data:`~training.simulate.draws.NONE` for those not counted."""
    out = np.full(len(day), NONE, dtype=np.int64)
    rows = np.flatnonzero(counted)
    out[rows[np.argsort(day[rows], kind="stable")]] = np.arange(len(rows))
    return out


def _truth(
    world: World,
    cases: Cases,
    natural: Fates,
    *,
    fates: Fates,
    given: helping.Help,
    trips: Trips,
    number: Ints,
    travel_number: Ints,
) -> pl.DataFrame:
    """The hidden truth of every case: registrations, and trips of referred people."""
    seed = world.settings.seed
    trip = np.full(cases.size, NONE, dtype=np.int64)
    rows = np.flatnonzero(trips.case != NONE)[::-1]
    trip[trips.case[rows]] = travel_number[rows]
    registration = numbered("R", seed, number, width=7)
    travel = numbered("T", seed, np.where(cases.registered, NONE, trip), width=7)
    departs = fates.departs
    return pl.DataFrame(
        {
            "candidate_id": numbered("C", seed, cases.person, width=7),
            "case_id": registration.zip_with(pl.Series(cases.registered), travel),
            "registration_id": registration,
            "departs": departs,
            "departure_on": dates(np.where(departs & (fates.ended < NEVER), fates.ended, NONE)),
            "non_procedural": fates.natural & departs,
            "helped": given.helped,
            "counterfactual": natural.natural,
            "probability": natural.probability,
            "route": labels(fate_draws.ROUTES, fates.route),
            "recruiter_kind": labels(broker_draws.KINDS, broker_draws.kind_of(world.brokers, cases.recruiter)),
            "agency_badness": cases.badness(world.agencies),
        }
    ).filter(pl.col("case_id").is_not_null())
