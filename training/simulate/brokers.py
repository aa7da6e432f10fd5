"""Recruiters and who pays: ordinary ones, popular honest ones, and rings.

A ring and a popular honest recruiter bring equally many people; only the ring's people are drawn to irregular routes.
Both show in the feeds as one opaque reference with many registrations. A ring works across agencies and several
regions, pays through a few payers of its own, and changes its references after about a year. Village lenders pay
for the people of popular recruiters now and then, quite lawfully.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from training.simulate import places
from training.simulate.draws import NONE, Bools, Floats, Ints, chance, pick, pick_by_group
from training.simulate.frames import blank
from training.simulate.settings import Settings

NOBODY: Final = 0
ORDINARY: Final = 1
POPULAR: Final = 2
RING: Final = 3
KINDS: Final = ("none", "ordinary", "popular", "ring")
ERA_DAYS: Final = 380
MOST_ERAS: Final = 64

_SHARES: Final = {ORDINARY: 0.72, POPULAR: 0.18, RING: 0.10}
_REGIONS_EACH: Final = {ORDINARY: 1, POPULAR: 2, RING: 3}
_WITH_RECRUITER: Final = np.array([0.0, 0.05, 0.55, 0.0, 0.12, 0.3])
"""Share of new registrations with a recruiter, by scheme."""


@dataclass(frozen=True)
class Brokers:
    """One row a recruiter: its kind, and where it works, as (recruiters, regions)."""

    kind: Ints
    works_in: Bools

    def reference(self, recruiter: Ints, day: Ints) -> Ints:
        """Number behind the opaque reference of a recruiter on a day: rings change it."""
        r = np.maximum(recruiter, 0)
        era = np.where(self.kind[r] == RING, (day + 97 * r) // ERA_DAYS % MOST_ERAS, 0)
        return np.where(recruiter == NONE, NONE, r * MOST_ERAS + era)


def draw(rng: np.random.Generator, settings: Settings) -> Brokers:
    """Recruiters in proportion to the number of candidates; each works where people leave."""
    n = settings.candidates
    kind = np.repeat([ORDINARY, POPULAR, RING], [max(60, n // 14), max(4, round(n / 1500)), max(2, round(n / 2600))])
    works_in = np.zeros((len(kind), places.REGIONS.size), dtype=np.bool_)
    share = np.asarray(places.REGIONS.share)
    for k, each in _REGIONS_EACH.items():
        rows = np.flatnonzero(kind == k)
        for _ in range(each):
            works_in[rows, pick(rng, share, len(rows))] = True
    return Brokers(kind=kind, works_in=works_in)


def choose(
    rng: np.random.Generator, brokers: Brokers, *, scheme: Ints, returning: Bools, region: Ints, referred: Bools
) -> Ints:
    """A recruiter, or none, for each case; of the referred, who have no registration, rings bring a quarter."""
    n = len(scheme)
    has = chance(rng, np.where(referred, 0.5, np.where(returning, 0.06, _WITH_RECRUITER[scheme])), n)
    kind = 1 + pick(rng, [_SHARES[k] for k in (ORDINARY, POPULAR, RING)], n)
    kind = np.where(referred & chance(rng, 0.45, n), RING, kind)
    chosen = np.full(n, NONE, dtype=np.int64)
    for k in (RING, POPULAR, ORDINARY):
        pool = np.flatnonzero(brokers.kind == k)
        weights: Floats = brokers.works_in[pool].T.astype(np.float64)
        rows = np.flatnonzero(has & (kind == k))
        got = pick_by_group(rng, region[rows], weights)
        chosen[rows] = np.where(got == NONE, NONE, pool[np.maximum(got, 0)])
    return chosen


def kind_of(brokers: Brokers, recruiter: Ints) -> Ints:
    """Kind of each recruiter, :data:`NOBODY` for none."""
    return np.where(recruiter == NONE, NOBODY, brokers.kind[np.maximum(recruiter, 0)])


def opaque(letter: str, settings: Settings, number: Ints) -> pl.Series:
    """References that tell nothing: numbers scrambled one to one within 32 bits."""
    mixed = (np.maximum(number, 0) * 2654435761 + settings.seed * 40503 + 12345) % 2**32
    text = f"{letter}{settings.seed}-" + pl.Series(mixed).cast(pl.String).str.zfill(10)
    return blank(text, number < 0)
