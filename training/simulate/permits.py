"""Recruitment permits (SIP2MI), made to measure: yearly, by agency, country and mostly post, with quotas.

Most registrations cite the permit in force. Some cite one of another post, one that has run out while its renewal was
late, or none; agencies gone bad more often none, and now and then a number that nobody has issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.schema import SCHEMES
from training.simulate import intentions
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Ints, between, chance, office_hours
from training.simulate.frames import dates, labels, moments, numbered
from training.simulate.settings import Settings

YEAR: Final = 365
_N_OCCUPATIONS: Final = len(intentions.OCCUPATIONS)
_N_COUNTRIES: Final = len(intentions.COUNTRIES)


@dataclass(frozen=True)
class Permits:
    """One row a permit; days since 1970, occupation negative for all posts."""

    agency: Ints
    country: Ints
    occupation: Ints
    quota: Ints
    valid_from: Ints
    valid_to: Ints
    withdrawn: Ints

    @property
    def size(self) -> int:
        """Number of permits."""
        return len(self.agency)


def draw(rng: np.random.Generator, world: World, cases: Cases) -> tuple[Permits, Ints]:
    """Permits for what the agencies recruit, and the one each case cites.

    Returns
    -------
    permits, cited
        ``cited`` is an index per case, negative for none; an index past the end is a number nobody has issued.
    """
    cites = (cases.scheme == SCHEMES.index("p_to_p")) & cases.registered & (cases.agency != NONE)
    rows = np.flatnonzero(cites)
    combination = (cases.agency[rows] * _N_COUNTRIES + cases.country[rows]) * _N_OCCUPATIONS + cases.occupation[rows]
    keys, of_row = np.unique(combination, return_inverse=True)
    # A rare post is recruited under the permit for another post of the country.
    rare = chance(rng, 0.12, len(keys))
    country_of = keys // _N_OCCUPATIONS
    first_of_country = np.searchsorted(country_of, country_of, side="left")
    holder = np.where(rare, first_of_country, np.arange(len(keys)))
    start = world.settings.first - between(rng, 200, 200 + YEAR, len(keys))
    years = (world.settings.last - world.settings.first) // YEAR + 4
    late = np.where(chance(rng, 0.1, len(keys) * years), between(rng, 15, 90, len(keys) * years), 0)
    valid_from = start[:, None] + np.arange(years) * YEAR + late.reshape(len(keys), years)
    valid_to = start[:, None] + (np.arange(years) + 1) * YEAR - 1
    # Each case cites the latest permit begun by its day.
    key = holder[of_row]
    year = ((cases.begun[rows] - start[key]) // YEAR).clip(0, years - 1)
    year = np.maximum(year - (cases.begun[rows] < valid_from[key, year]), 0)
    cited = np.full(cases.size, NONE, dtype=np.int64)
    cited[rows] = key * years + year
    number = len(keys) * years
    used = np.bincount(cited[rows], minlength=number)
    room = np.where(chance(rng, 0.05, number), 0.6 + 0.4 * rng.random(number), 1.15 + rng.random(number))
    agency = np.repeat(country_of // _N_COUNTRIES, years)
    turned = world.agencies.turned[agency]
    first, last = valid_from.ravel(), valid_to.ravel()
    withdrawn = np.where(
        (turned < last) & chance(rng, 0.3, number),
        np.maximum(turned, first) + between(rng, 120, 400, number),
        np.where(chance(rng, 0.006, number), first + between(rng, 30, 300, number), NEVER),
    )
    occupation = np.repeat(keys % _N_OCCUPATIONS, years)
    permits = Permits(
        agency=agency,
        country=np.repeat(country_of % _N_COUNTRIES, years),
        occupation=np.where(np.repeat(chance(rng, 0.05, len(keys)), years), NONE, occupation),
        quota=np.maximum(np.ceil(used * room).astype(np.int64), between(rng, 3, 25, number)),
        valid_from=first,
        valid_to=last,
        withdrawn=np.where(withdrawn <= last, withdrawn, NEVER),
    )
    return permits, _cited(rng, world, cases, cited, number)


def _cited(rng: np.random.Generator, world: World, cases: Cases, cited: Ints, number: int) -> Ints:
    """What is written down: the permit, none, or a number nobody has issued."""
    bad = np.maximum(cases.badness(world.agencies), 0.0)
    none = chance(rng, 0.04 + 0.09 * bad, cases.size)
    unknown = chance(rng, 0.003 + 0.02 * bad, cases.size)
    written = np.where(none, NONE, np.where(unknown, number + cases.agency * 7 + cases.begun % 7, cited))
    return np.where(cited == NONE, NONE, written)


def feed(rng: np.random.Generator, settings: Settings, permits: Permits) -> pl.DataFrame:
    """The feed ``permits``: granted, and those withdrawn once more when they are."""
    n = permits.size
    granted = office_hours(rng, permits.valid_from - between(rng, 0, 25, n))
    frame = pl.DataFrame(
        {
            "permit_id": numbered("P", settings.seed, np.arange(n), width=6),
            "agency_id": numbered("A", settings.seed, permits.agency, width=4),
            "destination_country": labels(intentions.COUNTRIES, permits.country),
            "occupation": labels(intentions.OCCUPATIONS, permits.occupation),
            "quota": pl.Series(permits.quota),
            "valid_from": dates(permits.valid_from),
            "valid_to": dates(permits.valid_to),
            "recorded_at": moments(granted),
        }
    )
    rows = np.flatnonzero(permits.withdrawn < NEVER)
    known = office_hours(rng, permits.withdrawn[rows] + between(rng, 3, 45, len(rows)))
    again = frame[rows].with_columns(withdrawn_on=dates(permits.withdrawn[rows]), recorded_at=moments(known))
    return pl.concat([frame.with_columns(withdrawn_on=pl.lit(None, dtype=pl.Date)), again], how="diagonal")
