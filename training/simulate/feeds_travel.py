"""The feeds ``travel``, ``outcomes`` and ``incidents``."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.schema import FEEDS
from models.times import JAKARTA_OFFSET_US, US_PER_DAY, US_PER_SECOND
from training.simulate import brokers as broker_draws
from training.simulate import intentions, places
from training.simulate.cases import Cases, World
from training.simulate.checks import FINDINGS, REASONS, STATES, Outcomes
from training.simulate.draws import NEVER, NONE, Ints, between, chance, lag, office_hours, pick
from training.simulate.frames import blank, dates, labels, moments, numbered, numbers
from training.simulate.helping import KINDS
from training.simulate.records import assembled, retractions
from training.simulate.settings import Settings
from training.simulate.trips import PAYERS, TICKETS, TRANSITS, VISAS, Trips

INCIDENT_KINDS: Final = FEEDS["incidents"].field("kind").codes
_PAYER_KINDS: Final = 3


def travel(
    rng: np.random.Generator, world: World, trips: Trips, *, number: Ints, order: Ints, known: Ints
) -> pl.DataFrame:
    """The feed ``travel``.

    Parameters
    ----------
    number
        Number of each case's registration, negative for none.
    order
        Number of each itinerary.
    known
        Recording time of each person's first entry.
    """
    settings, n = world.settings, trips.size
    departure = trips.day * US_PER_DAY - JAKARTA_OFFSET_US + rng.integers(0, 86_400, n) * US_PER_SECOND
    booked = np.where(trips.booked == NONE, trips.day - between(rng, 3, 25, n), trips.booked)
    at = booked + lag(rng, n, mean=1.5, late=0.02)
    at = np.where(chance(rng, 0.06, n), trips.day + between(rng, 1, 12, n), at)
    recorded = office_hours(rng, at)
    recorded = np.maximum(recorded, known[trips.person] + 60_000_000)
    booked_at = np.where(trips.booked == NONE, NONE, office_hours(rng, booked))
    named = np.where(trips.named, number[np.maximum(trips.case, 0)], NONE)
    payer = np.where(trips.payer_kind == NONE, NONE, trips.payer_number * _PAYER_KINDS + trips.payer_kind)
    issued = np.where(chance(rng, 0.25, n), NONE, np.minimum(trips.day - trips.passport_age - 10, booked - 5))
    transit = pl.Series([t or None for t in TRANSITS], dtype=pl.String)
    frame = pl.DataFrame(
        {
            "travel_id": numbered("T", settings.seed, order, width=7),
            "candidate_id": numbered("C", settings.seed, trips.person, width=7),
            "registration_id": numbered("R", settings.seed, named, width=7),
            "departure_at": moments(departure),
            "departure_point": labels(places.REGIONS.points, trips.point),
            "destination_country": labels(intentions.COUNTRIES, trips.country),
            "transit_countries": transit.gather(pl.Series(trips.transit)),
            "visa_class": labels(VISAS, trips.visa),
            "planned_stay_days": numbers(trips.stay),
            "visa_days": numbers(trips.visa_days),
            "return_ticket": labels(TICKETS, trips.ticket),
            "booked_at": moments(booked_at),
            "payer": labels(PAYERS, trips.payer),
            "payer_ref": broker_draws.opaque("Y", settings, payer),
            "group_ref": broker_draws.opaque("G", settings, trips.group_number),
            "group_size": numbers(trips.group_size),
            "licensed_tour": pl.Series(trips.tour),
            "border_transfer_from": labels(places.REGIONS.codes, trips.from_region),
            "passport_issued_on": dates(issued),
            "passport_office_region": labels(places.REGIONS.codes, trips.passport_region),
            "passport_replaced": blank(pl.Series(trips.replaced), chance(rng, 0.3, n)),
            "recorded_at": moments(recorded),
        }
    )
    off = np.flatnonzero((trips.cancelled < NEVER) & chance(rng, 0.8, n))
    when = np.maximum(office_hours(rng, trips.cancelled[off]), recorded[off] + US_PER_DAY)
    return assembled("travel", settings, [frame, retractions("travel", frame, off, when)])


def outcomes(
    rng: np.random.Generator, world: World, cases: Cases, found: Outcomes, *, number: Ints, order: Ints, known: Ints
) -> pl.DataFrame:
    """The feed ``outcomes``; overturned findings are retracted. Arguments as for :func:`travel`."""
    settings, n = world.settings, found.size
    person = cases.person[found.case]
    recorded = office_hours(rng, found.checked + 1 + lag(rng, n, mean=3.0, late=0.06))
    recorded = np.maximum(recorded, known[person] + 60_000_000)
    probability = pl.Series(found.probability).fill_nan(None)
    frame = pl.DataFrame(
        {
            "outcome_id": numbered("O", settings.seed, order, width=7),
            "candidate_id": numbered("C", settings.seed, person, width=7),
            "registration_id": numbered("R", settings.seed, np.where(found.named, number[found.case], NONE), width=7),
            "departed_on": dates(found.departed),
            "checked_on": dates(found.checked),
            "finding": labels(FINDINGS, found.finding),
            "state_found": labels(STATES, found.state),
            "help_given": labels(KINDS, found.help),
            "examined_because": labels(REASONS, found.reason),
            "inclusion_probability": probability,
            "recorded_at": moments(recorded),
        }
    )
    off = np.flatnonzero(found.overturned < NEVER)
    when = np.maximum(office_hours(rng, found.overturned[off]), recorded[off] + US_PER_DAY)
    return assembled("outcomes", settings, [frame, retractions("outcomes", frame, off, when)])


def incidents(rng: np.random.Generator, settings: Settings) -> pl.DataFrame:
    """The feed ``incidents``: counts of people no other feed reaches, more at the borders."""
    regions = places.REGIONS
    weight = (regions.share + 0.02 * regions.border) / (regions.share + 0.02 * regions.border).sum()
    n = int(rng.poisson(settings.candidates * settings.length / 730 * 0.004 + 6))
    day = np.sort(settings.first + rng.integers(0, settings.length + 1, n))
    frame = pl.DataFrame(
        {
            "incident_id": numbered("I", settings.seed, np.arange(n), width=6),
            "region": labels(regions.codes, pick(rng, weight, n)),
            "occurred_on": dates(day),
            "kind": labels(INCIDENT_KINDS, pick(rng, [45, 35, 20], n)),
            "persons": pl.Series(1 + rng.negative_binomial(1, 0.25, n)),
            "recorded_at": moments(office_hours(rng, day + between(rng, 1, 12, n))),
        }
    )
    return assembled("incidents", settings, [frame])
