"""Agencies: where they work, what they serve, and a hidden path of quality that some leave for the worse.

``badness`` is the hidden state. About one in six placement agencies turns at some day: over a few months its badness
rises by about two. What the public sees comes later: upheld complaints and open claims after months, a suspension
half a year to two years after the turn, then the deposit, revocation or reform. Good agencies have complaints,
warnings and short suspensions too, only fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.simulate import intentions, places
from training.simulate.draws import NEVER, NONE, Bools, Floats, Ints, between, chance, pick, pick_by_group
from training.simulate.settings import Settings

P3MI: Final = 0
MANNING: Final = 1
COMPANY: Final = 2
KINDS: Final = ("p3mi", "manning", "company")
MOST_P3MI: Final = 424
"""Licensed placement agencies in April 2024 (domain notes §2)."""
SHARE_TURNING: Final = 0.17

_HEADS: Final = {
    "31": 129, "32": 113, "35": 77, "33": 32, "36": 16, "52": 16, "18": 12, "12": 9, "51": 7, "34": 6, "21": 4,
}  # fmt: skip
_WORDS: Final = ("Samaran", "Contoh", "Rekaan", "Khayal", "Umpama", "Misal", "Andai", "Purwarupa", "Tiruan", "Peraga")
_THINGS: Final = (
    "Awan", "Bakau", "Cengkih", "Dermaga", "Embun", "Fajar", "Gelombang", "Hujan", "Intan", "Jati", "Kemiri", "Lontar",
    "Mutiara", "Nusa", "Ombak", "Pelita", "Rotan", "Samudra", "Teluk", "Ulin",
)  # fmt: skip


@dataclass(frozen=True)
class Agencies:
    """One row an agency; days since 1970, :data:`~training.simulate.draws.NEVER` for what does not happen.

    ``works_in`` is (agencies, regions), ``serves`` (agencies, countries); ``branch_since`` (agencies, regions) is the
    day a branch was registered. ``base``, ``turned``, ``ramp`` and ``reformed`` are hidden.
    """

    kind: Ints
    head: Ints
    weight: Floats
    licensed: Ints
    works_in: Bools
    serves: Bools
    branch_since: Ints
    base: Floats
    turned: Ints
    ramp: Floats
    reformed: Ints
    suspended: Ints
    suspended_until: Ints
    revoked: Ints

    @property
    def size(self) -> int:
        """Number of agencies."""
        return len(self.kind)

    def badness(self, agency: Ints, day: Ints) -> Floats:
        """Hidden state of each agency on each day, 0 for no agency; about 0 when sound, 2 when gone bad."""
        a = np.maximum(agency, 0)
        rise = np.clip((day - self.turned[a]) / self.ramp[a], 0.0, 1.0)
        fall = np.clip((day - self.reformed[a]) / 90.0, 0.0, 1.0)
        return np.where(agency == NONE, 0.0, self.base[a] + 2.1 * rise * (1.0 - 0.8 * fall))

    def closed_to_new(self, rng: np.random.Generator, agency: Ints, day: Ints) -> Bools:
        """Whether an agency takes nobody that day: not yet licensed, revoked (almost), suspended (mostly)."""
        a = np.maximum(agency, 0)
        revoked = (day >= self.revoked[a]) & chance(rng, 0.93, len(a))
        suspended = (day >= self.suspended[a]) & (day < self.suspended_until[a]) & chance(rng, 0.7, len(a))
        return np.asarray((agency != NONE) & ((day < self.licensed[a]) | revoked | suspended))

    def names(self) -> list[str]:
        """Names that are clearly invented, one each."""
        out = []
        for i, kind in enumerate(self.kind.tolist()):
            word, thing = _WORDS[i % len(_WORDS)], _THINGS[i // len(_WORDS) % len(_THINGS)]
            number = i // (len(_WORDS) * len(_THINGS))
            tail = {P3MI: "", MANNING: " Bahari", COMPANY: " Industri"}[kind]
            out.append(f"PT {word} {thing}{tail}" + (f" {number + 1}" if number else ""))
        return out


def draw(rng: np.random.Generator, settings: Settings) -> Agencies:
    """Agencies in proportion to the number of candidates, at most as many placement agencies as there were."""
    placement = int(np.clip(round(settings.candidates / 220), 10, MOST_P3MI))
    manning, company = max(3, placement // 8), max(2, placement // 12)
    kind = np.repeat([P3MI, MANNING, COMPANY], [placement, manning, company])
    n = len(kind)
    regions = places.REGIONS
    within = regions.share / np.bincount(regions.province, weights=regions.share)[regions.province]
    heads = np.array([_HEADS.get(code[:2], 0.0) for code in regions.codes]) * within
    works_in, branch_since = _regions(rng, settings, kind)
    turned, ramp, reformed, suspended, suspended_until, revoked = _paths(rng, settings, kind)
    licensed = np.minimum(settings.first - between(rng, 60, 2200, n), turned - 200)
    young = chance(rng, 0.08, n) & (turned == NEVER)
    licensed = np.where(young, settings.first + between(rng, 0, max(settings.length // 2, 1), n), licensed)
    return Agencies(
        kind=kind,
        head=pick(rng, heads, n),
        weight=np.exp(0.8 * rng.standard_normal(n)),
        licensed=licensed,
        works_in=works_in,
        serves=_countries(rng, kind),
        branch_since=branch_since,
        base=0.35 * rng.standard_normal(n),
        turned=turned,
        ramp=ramp,
        reformed=reformed,
        suspended=suspended,
        suspended_until=suspended_until,
        revoked=revoked,
    )


def _regions(rng: np.random.Generator, settings: Settings, kind: Ints) -> tuple[Bools, Ints]:
    """Where agencies recruit and where they have a registered branch (a seventh of them later, or not at all)."""
    regions = places.REGIONS
    appeal = np.minimum(0.9, 0.1 + 14 * regions.share)
    works_in = rng.random((len(kind), regions.size)) < appeal
    works_in |= (kind != P3MI)[:, None]
    works_in[:3] = True
    since = settings.first - between(rng, 30, 1500, works_in.size).reshape(works_in.shape)
    later = rng.random(works_in.shape)
    new = settings.first + between(rng, 0, settings.length, works_in.size).reshape(works_in.shape)
    since = np.where(later < 0.07, new, since)
    return works_in, np.where(works_in & (later < 0.93) & (kind == P3MI)[:, None], since, NEVER)


def _countries(rng: np.random.Generator, kind: Ints) -> Bools:
    """Countries each placement agency serves: often the large ones; every country is served by somebody."""
    often = {"HK": 0.5, "TW": 0.5, "MY": 0.45, "SG": 0.35, "SA": 0.25, "JP": 0.2}
    appeal = np.array([often.get(code, 0.12) for code in intentions.COUNTRIES])
    serves = rng.random((len(kind), len(appeal))) < appeal
    serves[:2] |= ~serves[kind == P3MI].any(axis=0)
    return np.asarray(serves | (kind != P3MI)[:, None])


def _paths(rng: np.random.Generator, settings: Settings, kind: Ints) -> tuple[Ints, Floats, Ints, Ints, Ints, Ints]:
    """Turn, ramp, reform, suspension (from, until), revocation: the public follow after half a year or more."""
    n = len(kind)
    placing = np.flatnonzero(kind != COMPANY)
    turns = np.zeros(n, dtype=np.bool_)
    turns[rng.permutation(placing)[: max(2, round(SHARE_TURNING * len(placing)))]] = True
    turned = np.where(turns, between(rng, settings.first - 420, settings.last - 150, n), NEVER)
    seen = turned + between(rng, 190, 720, n)
    revokes = chance(rng, 0.55, n)
    revoked = np.where(turns & revokes, seen + between(rng, 210, 400, n), NEVER)
    reformed = np.where(turns & ~revokes, seen + between(rng, 30, 150, n), NEVER)
    short = ~turns & chance(rng, 0.03 * settings.length / 365.0, n)
    slip = settings.first + between(rng, 0, settings.length, n)
    suspended = np.where(turns, seen, np.where(short, slip, NEVER))
    lasts = np.where(turns & revokes, NEVER, between(rng, 80, 130, n))
    until = np.minimum(np.where(suspended == NEVER, NEVER, suspended + lasts), NEVER)
    return turned, 60.0 + 150.0 * rng.random(n), reformed, suspended, until, revoked


def choose(rng: np.random.Generator, agencies: Agencies, *, kind: int, region: Ints, country: Ints, day: Ints) -> Ints:
    """An agency of a kind for each person, among those that recruit in the region and serve the country."""
    weight = agencies.weight * (agencies.kind == kind)
    n_countries = agencies.serves.shape[1]
    group = region * n_countries + country
    used, slot = np.unique(group, return_inverse=True)
    local = (weight[:, None] * agencies.works_in[:, used // n_countries] * agencies.serves[:, used % n_countries]).T
    local = np.where(local.any(axis=1, keepdims=True), local, weight)
    chosen = pick_by_group(rng, slot, local)
    for _ in range(4):
        again = np.flatnonzero(agencies.closed_to_new(rng, chosen, day))
        chosen[again] = pick_by_group(rng, slot[again], local)
    return chosen
