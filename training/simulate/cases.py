"""Cases: what is agreed between a person and an office, before anything goes right or wrong.

A case is a registration, or for a referred person the trip they were referred for. Later cases of the same person
follow from how the earlier one ended: a return after some months, another agency after giving up, a second
registration while the first is open.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from models.schema import PLACEMENTS, SCHEMES
from training.simulate import agencies as agency_draws
from training.simulate import brokers as broker_draws
from training.simulate import intentions, places
from training.simulate.agencies import COMPANY, MANNING, P3MI, Agencies
from training.simulate.brokers import Brokers
from training.simulate.draws import NONE, Bools, Floats, Ints, between, chance, days, span
from training.simulate.intentions import Intentions
from training.simulate.people import People
from training.simulate.settings import Settings

NEW: Final = PLACEMENTS.index("new")
RE_ENTRY: Final = PLACEMENTS.index("re_entry")

_DAYS_TO_DEPARTURE: Final = {"HK": 105, "TW": 105, "MY": 80, "SG": 85, "KR": 170, "JP": 140, "SA": 85}
_MEDIAN_DAYS: Final = np.array([_DAYS_TO_DEPARTURE.get(c, 100) for c in intentions.COUNTRIES], dtype=np.float64)


@dataclass(frozen=True)
class World:
    """What cases are drawn from."""

    settings: Settings
    people: People
    agencies: Agencies
    brokers: Brokers


@dataclass(frozen=True)
class Cases:
    """One row a case; days since 1970, indices into people, agencies, recruiters and codes.

    ``planned`` is the date first planned, ``planned_last`` the one after a postponement (equal without one), and
    ``dated`` whether the office ever writes it down. ``earlier`` is the row of the person's case before, or none.
    """

    person: Ints
    registered: Bools
    earlier: Ints
    scheme: Ints
    placement: Ints
    country: Ints
    occupation: Ints
    agency: Ints
    recruiter: Ints
    region: Ints
    begun: Ints
    planned: Ints
    planned_last: Ints
    dated: Bools

    @property
    def size(self) -> int:
        """Number of cases."""
        return len(self.person)

    @property
    def returning(self) -> Bools:
        """Whether the short list of steps applies."""
        return np.asarray(self.placement != NEW)

    def with_earlier(self, earlier: Ints) -> Cases:
        """The same with other rows of the cases before."""
        return replace(self, earlier=earlier)

    def badness(self, agencies: Agencies) -> Floats:
        """Hidden state of the agency half-way to departure."""
        return agencies.badness(self.agency, (self.begun + self.planned_last) // 2)


def joined(parts: list[Cases]) -> Cases:
    """Cases one after another."""
    return Cases(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Cases)})


def open_cases(
    rng: np.random.Generator,
    world: World,
    *,
    person: Ints,
    begun: Ints,
    plans: Intentions,
    earlier: Ints,
    registered: Bools,
) -> Cases:
    """Open a case for each person, on the day given, with what they intend."""
    n = len(person)
    home = world.people.region[person]
    away = chance(rng, 0.1, n)
    region = np.where(away, places.REGIONS.siblings(home, rng.integers(0, 10**6, n)), home)
    agency = _agency(rng, world, plans=plans, region=region, begun=begun, registered=registered)
    recruiter = broker_draws.choose(
        rng, world.brokers, scheme=plans.scheme, returning=plans.placement != NEW, region=region, referred=~registered
    )
    median = np.where(plans.placement == NEW, _MEDIAN_DAYS[plans.country], 42.0)
    wait = days(span(rng, n, median=np.where(registered, median, 26.0), sigma=0.38)).clip(7, 420)
    planned = begun + wait
    postponed = chance(rng, 0.18, n) & registered
    return Cases(
        person=person,
        registered=registered,
        earlier=earlier,
        scheme=plans.scheme,
        placement=plans.placement,
        country=plans.country,
        occupation=plans.occupation,
        agency=agency,
        recruiter=recruiter,
        region=region,
        begun=begun,
        planned=planned,
        planned_last=np.where(postponed, planned + days(span(rng, n, median=24, sigma=0.6)), planned),
        dated=chance(rng, 0.955, n),
    )


def _agency(
    rng: np.random.Generator, world: World, *, plans: Intentions, region: Ints, begun: Ints, registered: Bools
) -> Ints:
    agency = np.full(len(region), NONE, dtype=np.int64)
    for scheme, kind, share in (("p_to_p", P3MI, 1.0), ("seafarer", MANNING, 0.8), ("ukps", COMPANY, 1.0)):
        wanted = registered & (plans.scheme == SCHEMES.index(scheme))
        rows = np.flatnonzero(wanted & chance(rng, share, len(region)))
        if len(rows):
            agency[rows] = agency_draws.choose(
                rng, world.agencies, kind=kind, region=region[rows], country=plans.country[rows], day=begun[rows]
            )
    return agency


def first_cases(rng: np.random.Generator, world: World) -> Cases:
    """Everybody's first case: a registration, or the trip of a referred person."""
    people = world.people
    everybody = np.arange(people.size)
    return open_cases(
        rng,
        world,
        person=everybody,
        begun=people.began,
        plans=people.intentions,
        earlier=np.full(people.size, NONE, dtype=np.int64),
        registered=~people.referred,
    )


def later_cases(rng: np.random.Generator, world: World, cases: Cases, *, ended: Ints, departed: Bools) -> Cases:
    """Further cases of people whose case is given: return, another try, a second registration, help to register.

    Parameters
    ----------
    ended, departed
        How each of ``cases`` ends when left to itself: the day, and whether it is a departure.
    """
    n = cases.size
    back = departed & chance(rng, 0.2, n)
    again = ~departed & cases.registered & chance(rng, 0.4, n)
    second = cases.registered & ~back & ~again & chance(rng, 0.025, n)
    enrolled = ~cases.registered & world.people.registers_later[cases.person] & (cases.earlier == NONE)
    begun = np.select(
        [enrolled, back & cases.registered, again, second],
        [
            cases.begun + between(rng, 4, 20, n),
            ended + days(span(rng, n, median=310, sigma=0.35)),
            ended + days(span(rng, n, median=30, sigma=0.7)),
            cases.begun + days((cases.planned - cases.begun) * (0.2 + 0.7 * rng.random(n))),
        ],
        default=world.settings.last + 1,
    )
    rows = np.flatnonzero(begun <= world.settings.last)
    person = cases.person[rows]
    plans = Intentions(
        scheme=cases.scheme[rows],
        placement=np.where(back[rows] & cases.registered[rows], RE_ENTRY, NEW),
        country=cases.country[rows],
        occupation=cases.occupation[rows],
        woman=world.people.intentions.woman[person],
    )
    other = intentions.draw(
        rng, sultra=places.REGIONS.sultra[world.people.region[person]], referred=np.zeros(len(rows), dtype=np.bool_)
    )
    changed = chance(rng, 0.15, len(rows)) | ~cases.registered[rows]
    plans = replace(
        plans,
        scheme=np.where(changed, other.scheme, plans.scheme),
        country=np.where(changed, other.country, plans.country),
        occupation=np.where(changed, other.occupation, plans.occupation),
    )
    return open_cases(
        rng,
        world,
        person=person,
        begun=begun[rows],
        plans=plans,
        earlier=rows,
        registered=np.ones(len(rows), dtype=np.bool_),
    )
