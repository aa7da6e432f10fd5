"""Itineraries: known for a part of the cases, a week or three before they begin, and following from the route.

About half of those who go as agreed have one, fewer of the others. Most name the registration. Visa, payer, group,
points of departure and transit follow from the route with much overlap: hubs are lawful and usual, islanders take a
domestic leg first, seafarers travel without a work visa, syndicates buy return tickets. Private journeys (a
pilgrimage, a holiday, a visit) lie beside the cases.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from models.schema import FEEDS, SCHEMES
from training.simulate import brokers as broker_draws
from training.simulate import intentions, places
from training.simulate.brokers import POPULAR, RING
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Ints, between, chance, days, pick, pick_by_group, span
from training.simulate.routes import BORDER, DIVERTED, SHORTCUT, Fates

VISAS: Final = FEEDS["travel"].field("visa_class").codes
TICKETS: Final = FEEDS["travel"].field("return_ticket").codes
PAYERS: Final = FEEDS["travel"].field("payer").codes
WORK, VISIT, UMRAH, TRANSIT, NO_VISA, UNKNOWN = range(6)
SELF, FAMILY, EMPLOYER, AGENCY, THIRD_PARTY, PAYER_UNKNOWN = range(6)
TRANSITS: Final = ("", "SG", "MY", "SG;MY", "QA", "AE", "LK", "TH", "TW", "MY;TH", "MY;TR", "SG;AE")

_KNOWN: Final = np.array([0.5, 0.5, 0.4, 0.36, 0.24])
_VISA: Final = np.array(
    [
        [90, 2, 0, 0, 2, 6],
        [74, 17, 0, 0, 2, 7],
        [22, 52, 4, 1, 13, 8],
        [12, 56, 8, 3, 12, 9],
        [8, 30, 0, 0, 50, 12],
        [25, 8, 0, 42, 15, 10],
    ],
    dtype=np.float64,
)
"""By route, last row seafarers who go as agreed: work, visit, umrah, transit, none, unknown."""
_TICKET: Final = np.array([[55, 10, 15, 20], [45, 15, 20, 20], [30, 18, 37, 15]], dtype=np.float64)
"""Work visa; visit visa as agreed; visit visa on an irregular route: returns are bought for show."""
_PAYER: Final = np.array(
    [
        [17, 12, 21, 34, 4, 12],
        [14, 8, 12, 46, 9, 11],
        [30, 22, 6, 4, 24, 14],
        [18, 14, 8, 4, 40, 16],
        [30, 24, 3, 1, 26, 16],
        [60, 30, 0, 0, 2, 8],
    ],
    dtype=np.float64,
)
"""By route, last row private journeys: self, family, employer, agency, third party, unknown."""
_TRANSIT: Final = np.array(
    [[70, 10, 8, 0, 5, 4, 0, 1, 2, 0, 0, 0], [32, 17, 17, 8, 3, 5, 5, 4, 1, 4, 2, 2]], dtype=np.float64
)
_DIVERTED_TO: Final = {"MY": 30, "SA": 22, "AE": 14, "KH": 12, "SG": 8, "TR": 4, "MM": 3, "LA": 3, "IQ": 2, "TH": 2}
_NEIGHBOURS: Final = {"SG": 38, "MY": 32, "TH": 12, "SA": 18}


@dataclass(frozen=True)
class Trips:
    """One row an itinerary; days since 1970, indices into people, cases, codes and regions, negative for nothing."""

    person: Ints
    case: Ints
    named: Bools
    day: Ints
    booked: Ints
    point: Ints
    country: Ints
    transit: Ints
    visa: Ints
    stay: Ints
    visa_days: Ints
    ticket: Ints
    payer: Ints
    payer_kind: Ints
    payer_number: Ints
    group_number: Ints
    group_size: Ints
    tour: Bools
    from_region: Ints
    passport_age: Ints
    passport_region: Ints
    replaced: Bools
    cancelled: Ints

    @property
    def size(self) -> int:
        """Number of itineraries."""
        return len(self.person)


def joined(parts: list[Trips]) -> Trips:
    """Itineraries one after another."""
    return Trips(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Trips)})


def trips(rng: np.random.Generator, world: World, cases: Cases, fates: Fates) -> Trips:
    """Itineraries of cases, those booked again, and private journeys."""
    known = np.where(cases.registered, _KNOWN[fates.route], 0.88)
    given_up = ~fates.departs
    share = np.where(given_up & cases.registered, 0.06, known)
    rows = np.flatnonzero(chance(rng, share, cases.size))
    planned = np.where(fates.departs, fates.ended, cases.planned_last)
    day = planned[rows]
    first = _of_cases(rng, world, cases, fates, rows=rows, day=day)
    again = np.flatnonzero(chance(rng, 0.05, len(rows)))
    moved = day[again] + between(rng, 3, 14, len(again))
    second = _of_cases(rng, world, cases, fates, rows=rows[again], day=moved)
    cancelled = first.cancelled.copy()
    cancelled[again] = np.where(chance(rng, 0.6, len(again)), day[again] - 2, NEVER)
    kept = Trips(**{f.name: getattr(first, f.name) for f in fields(Trips)} | {"cancelled": cancelled})
    return joined([kept, second, _private(rng, world)])


def _of_cases(rng: np.random.Generator, world: World, cases: Cases, fates: Fates, *, rows: Ints, day: Ints) -> Trips:
    n = len(rows)
    route, person, region = fates.route[rows], cases.person[rows], cases.region[rows]
    registered = cases.registered[rows]
    seafarer = (cases.scheme[rows] == SCHEMES.index("seafarer")) & registered
    # A referred person who works nowhere travels as declared: a visit, paid by whoever.
    visitor = ~registered & ~fates.natural[rows]
    irregular = fates.natural[rows]
    visa = pick_by_group(rng, np.where(seafarer & ~irregular, 5, np.where(visitor, SHORTCUT, route)), _VISA)
    elsewhere = pick(rng, [float(_DIVERTED_TO.get(c, 0)) for c in intentions.COUNTRIES], n)
    country = np.where((route == DIVERTED) & chance(rng, 0.72, n), elsewhere, cases.country[rows])
    country = np.where((route == BORDER), intentions.country("MY"), country)
    visit = np.isin(visa, (VISIT, UMRAH))
    days_allowed = np.select([visa == UMRAH, visit, visa == NO_VISA], [30, pick(rng, [6, 4], n) * 30 + 30, 30], NONE)
    long = np.where(irregular, 0.5, 0.1)
    stay = np.where(
        visit | (visa == NO_VISA),
        np.where(chance(rng, long, n), between(rng, 60, 800, n), between(rng, 5, 30, n)),
        between(rng, 500, 1100, n),
    )
    stay = np.where(chance(rng, 0.25, n), NONE, stay)
    notice = days(span(rng, n, median=np.array([17, 13, 9, 9, 6])[route], sigma=0.65)).clip(1, 120)
    payer, payer_kind, payer_number = _payers(rng, world, cases, rows, route)
    group, size, tour = _groups(rng, cases, rows, route, payer)
    replaced = chance(rng, np.where(irregular, 0.11, 0.035), n)
    transit = pick_by_group(rng, np.where(route == BORDER, 0, (route == DIVERTED).astype(np.int64)), _TRANSIT)
    return Trips(
        person=person,
        case=rows,
        named=registered & chance(rng, np.where(irregular, 0.5, 0.72), n),
        day=day,
        booked=np.where(chance(rng, 0.14, n), NONE, day - notice),
        point=_points(rng, region, route),
        country=country,
        transit=transit,
        visa=visa,
        stay=stay,
        visa_days=np.where(chance(rng, 0.3, n), NONE, days_allowed),
        ticket=pick_by_group(rng, np.where(visit, 1 + irregular, 0), _TICKET),
        payer=payer,
        payer_kind=payer_kind,
        payer_number=payer_number,
        group_number=group,
        group_size=size,
        tour=tour,
        from_region=_domestic_leg(rng, region, route),
        passport_age=np.where(replaced, between(rng, 20, 500, n), days(span(rng, n, median=220, sigma=1.1))),
        passport_region=np.where(chance(rng, 0.85, n), region, pick(rng, places.REGIONS.share, n)),
        replaced=replaced,
        cancelled=np.where(fates.departs[rows], NEVER, np.maximum(day - between(rng, 1, 10, n), 0)),
    )


def _points(rng: np.random.Generator, region: Ints, route: Ints) -> Ints:
    """The usual point of the province; on irregular routes also a hub, on the border route a ferry or land post."""
    regions, n = places.REGIONS, len(region)
    usual = pick_by_group(rng, regions.province[region], regions.usual_points)
    hub = np.array([regions.points.index(p) for p in places.HUB_POINTS])[rng.integers(0, len(places.HUB_POINTS), n)]
    posts = np.array([regions.points.index(p) for p in places.BORDER_POINTS])
    post = posts[pick(rng, [float(p in ("IDBTC", "IDNNK")) * 4 + 1 for p in places.BORDER_POINTS], n)]
    through_hub = np.isin(route, (SHORTCUT, DIVERTED)) & chance(rng, 0.45, n)
    return np.where(route == BORDER, post, np.where(through_hub, hub, usual))


def _domestic_leg(rng: np.random.Generator, region: Ints, route: Ints) -> Ints:
    """Region a domestic leg began in: the rule for islanders, the exception elsewhere."""
    islands = [i for i, p in enumerate(places.PROVINCES) if p.code in ("74", "53")]
    island = np.isin(places.REGIONS.province[region], islands)
    share = np.where(route == BORDER, 0.7, np.where(island, 0.75, 0.12))
    return np.where(chance(rng, share, len(region)), region, NONE)


def _payers(rng: np.random.Generator, world: World, cases: Cases, rows: Ints, route: Ints) -> tuple[Ints, Ints, Ints]:
    """Who pays, and the number behind the payer's reference: rings pay for their own, lenders for some."""
    n = len(rows)
    recruiter = cases.recruiter[rows]
    kind = broker_draws.kind_of(world.brokers, recruiter)
    payer = pick_by_group(rng, route, _PAYER)
    by_ring = (kind == RING) & chance(rng, np.where(route > 0, 0.65, 0.22), n)
    by_lender = (kind == POPULAR) & chance(rng, 0.16, n)
    payer = np.where(by_ring | by_lender, THIRD_PARTY, payer)
    no_agency = cases.agency[rows] == NONE
    payer = np.where((payer == AGENCY) & no_agency, EMPLOYER, payer)
    alone = (payer == THIRD_PARTY) & ~by_ring & ~by_lender
    number = np.select(
        [by_ring | by_lender, payer == AGENCY, alone],
        [recruiter, cases.agency[rows], rows],
        default=NONE,
    )
    payer_kind = np.select([by_ring | by_lender, payer == AGENCY, alone], [0, 1, 2], default=NONE)
    stated = chance(rng, 0.8, n)
    return payer, np.where(stated, payer_kind, NONE), np.where(stated, number, NONE)


def _groups(rng: np.random.Generator, cases: Cases, rows: Ints, route: Ints, payer: Ints) -> tuple[Ints, Ints, Bools]:
    """Groups: agencies send many together on one day; others travel in small groups or alone."""
    n = len(rows)
    by_agency = (payer == AGENCY) & chance(rng, 0.6, n)
    small = ~by_agency & chance(rng, np.where(route > 0, 0.36, 0.08), n)
    size = np.select([by_agency, small], [between(rng, 3, 30, n), between(rng, 2, 11, n)], default=1)
    number = np.where(by_agency, cases.agency[rows] * 10_000 + cases.planned_last[rows] // 7 % 10_000, NONE)
    size = np.where(chance(rng, 0.15, n), NONE, size)
    return number, size, small & chance(rng, 0.12, n)


def _private(rng: np.random.Generator, world: World) -> Trips:
    """Journeys that have nothing to do with work, of one person in thirty."""
    people, settings = world.people, world.settings
    who = np.flatnonzero(chance(rng, 0.035, people.size))
    n = len(who)
    country = pick(rng, [float(_NEIGHBOURS.get(c, 0)) for c in intentions.COUNTRIES], n)
    umrah = country == intentions.country("SA")
    day = people.began[who] + between(rng, -30, 260, n)
    day = np.minimum(day, settings.last + 20)
    region = people.region[who]
    stay = np.where(umrah, between(rng, 9, 16, n), between(rng, 2, 12, n))
    nothing = np.full(n, NONE, dtype=np.int64)
    none = np.zeros(n, dtype=np.int64)
    return Trips(
        person=who,
        case=nothing,
        named=np.zeros(n, dtype=np.bool_),
        day=day,
        booked=day - days(span(rng, n, median=24, sigma=0.6)).clip(1, 120),
        point=_points(rng, region, none),
        country=country,
        transit=none,
        visa=np.where(umrah, UMRAH, np.where(chance(rng, 0.4, n), NO_VISA, VISIT)),
        stay=stay,
        visa_days=np.full(n, 30, dtype=np.int64),
        ticket=pick(rng, [5, 10, 80, 5], n),
        payer=pick_by_group(rng, np.full(n, 5, dtype=np.int64), _PAYER),
        payer_kind=nothing,
        payer_number=nothing,
        group_number=nothing,
        group_size=np.where(umrah, between(rng, 10, 45, n), between(rng, 1, 5, n)),
        tour=umrah,
        from_region=_domestic_leg(rng, region, none),
        passport_age=days(span(rng, n, median=500, sigma=0.8)),
        passport_region=region,
        replaced=chance(rng, 0.03, n),
        cancelled=np.full(n, NEVER, dtype=np.int64),
    )
