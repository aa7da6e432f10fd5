"""What becomes of a case when nobody intervenes: the hidden truth.

The log-odds of a non-procedural departure are a sum of hidden things: urgency, ignorance of the rules, the hidden
state of the agency, a ring behind the recruiter, the pull of the country, friction at the offices, and an offer that
comes or does not. Scheme, sex, age and region are not in it (region only through office friction). The constant is
set so that the stated share of departures is non-procedural; whether one is, is then drawn. No feed carries any of
these terms; what feeds show follows from the route.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.schema import SCHEMES
from training.simulate import brokers as broker_draws
from training.simulate import intentions, places
from training.simulate.brokers import POPULAR, RING
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Floats, Ints, between, chance, days, sigmoid, span

PROCEDURAL: Final = 0
EARLY: Final = 1
SHORTCUT: Final = 2
DIVERTED: Final = 3
BORDER: Final = 4
ROUTES: Final = ("procedural", "sent_early", "shortcut", "diverted", "border")
"""As agreed; sent by the agency before the file is complete; same country on another visa; another country or through
a hub; by sea or land over a border."""

DEPARTS: Final = 0
WITHDRAWS: Final = 1
STAYS_OPEN: Final = 2

_REFERRED: Final = 1.7
_NEAR: Final = np.array([c in ("MY", "SG", "BN", "TH") for c in intentions.COUNTRIES])


@dataclass(frozen=True)
class Fates:
    """One row a case, all hidden.

    ``probability`` of a non-procedural departure, whether it comes to that (``natural``), by which ``route``, how the
    case ends (``fate``), on which day (``ended``), the ``friction`` a person meets and the day (``decided``) on which
    somebody heads for an irregular route stops pursuing the file.
    """

    probability: Floats
    natural: Bools
    route: Ints
    fate: Ints
    ended: Ints
    friction: Floats
    decided: Ints

    @property
    def departs(self) -> Bools:
        """Whether the case ends in a departure."""
        return np.asarray(self.fate == DEPARTS)


def joined(parts: list[Fates]) -> Fates:
    """Fates one after another."""
    return Fates(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in Fates.__dataclass_fields__})


def pressure(rng: np.random.Generator, world: World, cases: Cases, *, friction: Floats) -> Floats:
    """Log-odds without the constant, shape (cases,)."""
    people, n = world.people, cases.size
    recruiter = broker_draws.kind_of(world.brokers, cases.recruiter)
    back = cases.returning
    return np.asarray(
        0.6 * people.urgency[cases.person]
        - 0.5 * people.knowledge[cases.person]
        + 0.3 * friction
        + 0.85 * cases.badness(world.agencies)
        + 1.5 * (recruiter == RING)
        - 0.2 * (recruiter == POPULAR)
        + intentions.PULL[cases.country]
        - 0.6 * back
        + 0.5 * people.minor[cases.person]
        + _REFERRED * ~cases.registered
        + 0.7 * rng.standard_normal(n)
    )


def constant(log_odds: Floats, *, prevalence: float) -> float:
    """The constant with which the mean probability is ``prevalence``, by bisection."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if len(log_odds) and float(sigmoid(log_odds + middle).mean()) < prevalence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def friction_of(rng: np.random.Generator, cases: Cases) -> Floats:
    """How slowly things go for each case: about standard normal, higher in some provinces."""
    return np.asarray(places.REGIONS.friction[cases.region] + rng.standard_normal(cases.size))


def fates(rng: np.random.Generator, world: World, cases: Cases, *, base: float | None = None) -> tuple[Fates, float]:
    """Draw the fate of each case; returns it with the constant used.

    Parameters
    ----------
    base
        The constant of an earlier call; None sets it anew from the registered cases that depart.
    """
    n = cases.size
    friction = friction_of(rng, cases)
    bad = cases.badness(world.agencies)
    log_odds = pressure(rng, world, cases, friction=friction)
    stays = chance(rng, (0.035 + 0.06 * np.maximum(bad, 0)) * cases.registered, n)
    gives_up = chance(rng, sigmoid(-2.2 + 0.3 * friction), n)
    fate = np.where(stays, STAYS_OPEN, np.where(gives_up, WITHDRAWS, DEPARTS))
    if base is None:
        base = constant(log_odds[(fate == DEPARTS) & cases.registered], prevalence=world.settings.prevalence)
    probability = sigmoid(log_odds + base)
    natural = chance(rng, probability, n) & (fate == DEPARTS)
    ended = _end(rng, cases, fate)
    route = np.where(natural, _route(rng, world, cases, bad), PROCEDURAL)
    before = days(span(rng, n, median=np.array([NEVER, 25, 34, 42, 44])[route], sigma=0.75))
    return Fates(
        probability=probability,
        natural=natural,
        route=route,
        fate=fate,
        ended=ended,
        friction=friction,
        decided=np.where(natural, np.maximum(ended - before, cases.begun), NEVER),
    ), base


def _end(rng: np.random.Generator, cases: Cases, fate: Ints) -> Ints:
    n = cases.size
    leaves = cases.planned_last + np.where(chance(rng, 0.75, n), 0, between(rng, -2, 4, n))
    part = 0.15 + 0.8 * rng.random(n)
    stops = cases.begun + days((cases.planned - cases.begun) * part)
    return np.select([fate == DEPARTS, fate == WITHDRAWS], [np.maximum(leaves, cases.begun + 3), stops], default=NEVER)


def _route(rng: np.random.Generator, world: World, cases: Cases, bad: Floats) -> Ints:
    """Which irregular route, by what is at hand: the agency, a ring, a border."""
    n = cases.size
    with_agency = cases.agency != NONE
    ring = broker_draws.kind_of(world.brokers, cases.recruiter) == RING
    border = places.REGIONS.border[cases.region] * _NEAR[cases.country]
    seafarer = cases.scheme == SCHEMES.index("seafarer")
    weights = np.stack(
        [
            np.zeros(n),
            with_agency * (0.35 + 0.7 * np.maximum(bad, 0)),
            np.where(seafarer & cases.registered, 0.4, 0.8),
            0.4 + 0.8 * ring,
            2.2 * border,
        ],
        axis=1,
    )
    edges = np.cumsum(weights, axis=1)
    u = rng.random(n) * edges[:, -1]
    return np.asarray(np.minimum((edges <= u[:, None]).sum(axis=1), BORDER))
