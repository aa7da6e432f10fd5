"""People: where they live, how old they are, what presses on them. The last is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.simulate import intentions, places
from training.simulate.draws import Bools, Floats, Ints, between, chance, days, pick, span
from training.simulate.intentions import Intentions
from training.simulate.settings import Settings

SHARE_REFERRED: Final = 0.08
SHARE_MINOR: Final = 0.004
WORK_EVIDENCE: Final = ("none", "job_offer", "employer_contact", "agency_contact", "own_statement")

_AGES: Final = ((18, 20, 6.0), (20, 25, 16.5), (25, 30, 18.0), (30, 35, 18.0), (35, 40, 16.5), (40, 45, 14.5),
                (45, 50, 7.0), (50, 58, 3.5))  # fmt: skip
"""Mostly 25 to 44, after returning workers (domain notes §4); the full distribution is not published."""


@dataclass(frozen=True)
class People:
    """One row a person.

    ``urgency`` (debt, need) and ``knowledge`` (of rules and rights) are standard normal and hidden: no feed carries
    them. ``began`` is the day of the first registration or referral; ``registers_later`` marks referred people who
    are helped to register. Ages and birth dates are days since 1970.
    """

    region: Ints
    referred: Bools
    registers_later: Bools
    began: Ints
    intentions: Intentions
    born: Ints
    born_stated: Ints
    born_corrected: Bools
    first_region: Ints
    has_nik: Bools
    work_evidence: Ints
    urgency: Floats
    knowledge: Floats

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.region)

    @property
    def minor(self) -> Bools:
        """Younger than 18 when they began."""
        return np.asarray(self.began - self.born < 18 * 365.25)


def draw(rng: np.random.Generator, settings: Settings) -> People:
    """People with their first intention, in the order of their first appearance."""
    n = settings.candidates
    regions = places.REGIONS
    began = np.sort(settings.first + days(settings.length * rng.random(n) ** 0.92 - 0.5).clip(0))
    referred = chance(rng, SHARE_REFERRED, n)
    region = pick(rng, regions.share, n)
    plans = intentions.draw(rng, sultra=regions.sultra[region], referred=referred)
    born = _birthdays(rng, began)
    stated, corrected = _stated(rng, born)
    knowledge = rng.standard_normal(n)
    elsewhere = chance(rng, 0.1, n)
    return People(
        region=region,
        referred=referred,
        registers_later=referred & chance(rng, 0.12, n),
        began=began,
        intentions=plans,
        born=born,
        born_stated=stated,
        born_corrected=corrected,
        first_region=np.where(elsewhere, pick(rng, regions.share, n), region),
        has_nik=~chance(rng, 0.03 + 0.05 * referred, n),
        work_evidence=_evidence(rng, referred),
        urgency=rng.standard_normal(n),
        knowledge=knowledge,
    )


def _birthdays(rng: np.random.Generator, began: Ints) -> Ints:
    n = len(began)
    band = pick(rng, [weight for _, _, weight in _AGES], n)
    low = np.array([a for a, _, _ in _AGES], dtype=np.float64)[band]
    high = np.array([b for _, b, _ in _AGES], dtype=np.float64)[band]
    years = low + (high - low) * rng.random(n)
    years = np.where(chance(rng, SHARE_MINOR, n), 15.5 + 2.4 * rng.random(n), years)
    return began - days(years * 365.25)


def _stated(rng: np.random.Generator, born: Ints) -> tuple[Ints, Bools]:
    """Birth dates as delivered: some differ from the NIK, mostly by clerical error; part of those is corrected later.

    Of children, some papers state an age of 18 or more.
    """
    n = len(born)
    slip = chance(rng, 0.022, n)
    shifted = np.where(
        chance(rng, 0.5, n), born + between(rng, -25, 25, n), born - days(span(rng, n, median=500, sigma=0.8))
    )
    return np.where(slip, shifted, born), slip & chance(rng, 0.35, n)


def _evidence(rng: np.random.Generator, referred: Bools) -> Ints:
    """Kind of work evidence: referred people mostly have some, registered ones need none."""
    n = len(referred)
    some = pick(rng, [6, 30, 14, 25, 25], n)
    few = np.where(chance(rng, 0.06, n), pick(rng, [0, 40, 30, 20, 10], n), 0)
    return np.where(referred, some, few)
