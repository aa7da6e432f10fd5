"""Examinations and what they find: a biased choice of cases, and a small drawn one beside it.

Worklist, complaints, repatriations, border referrals and agency inspections reach irregular departures far more often
than others, each in its own way and after its own delay. The draw takes departures at random with a stated
probability, raised where few people leave. Findings are wrong now and then, some stay undetermined, some are overturned
later, wrong ones more often.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from models.schema import FEEDS
from training.simulate import places
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Floats, Ints, between, chance, days, pick, span
from training.simulate.helping import NO_HELP, Help
from training.simulate.routes import BORDER, EARLY, Fates

FINDINGS: Final = FEEDS["outcomes"].field("finding").codes
STATES: Final = FEEDS["outcomes"].field("state_found").codes
REASONS: Final = FEEDS["outcomes"].field("examined_because").codes
NON_PROCEDURAL, AS_AGREED, UNDETERMINED = range(3)
COMPLETE, INCOMPLETE, CANNOT_TELL = range(3)
RANDOM_CHECK, WORKLIST, COMPLAINT, BORDER_REFERRAL, REPATRIATION, INSPECTION = range(6)

_MISSED: Final = 0.07
_FALSE_ALARM: Final = 0.008


@dataclass(frozen=True)
class Outcomes:
    """One row an examination; days since 1970, negative for nothing."""

    case: Ints
    named: Bools
    departed: Ints
    checked: Ints
    finding: Ints
    state: Ints
    help: Ints
    reason: Ints
    probability: Floats
    overturned: Ints

    @property
    def size(self) -> int:
        """Number of examinations."""
        return len(self.case)


def joined(parts: list[Outcomes]) -> Outcomes:
    """Examinations one after another."""
    return Outcomes(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Outcomes)})


def outcomes(rng: np.random.Generator, world: World, cases: Cases, fates: Fates, given: Help) -> Outcomes:
    """All examinations; ``fates`` as they came to be after help."""
    left = fates.departs
    bad = fates.natural
    parts = [_before_departure(rng, given)]
    chosen = _by_draw(rng, world, cases, left)
    probability = _inclusion(world, cases)
    delay = days(span(rng, cases.size, median=38.0, sigma=0.45)).clip(10, 150)
    parts.append(
        _after(
            rng, fates, given, rows=np.flatnonzero(chosen), delay=delay, reason=RANDOM_CHECK, probability=probability
        )
    )
    channels = (
        (WORKLIST, given.listed & ~given.reached & left, 0.75, 0.75, 24.0),
        (COMPLAINT, left, 0.05, 0.004, 120.0),
        (REPATRIATION, left, 0.07, 0.004, 170.0),
        (BORDER_REFERRAL, left, 0.06 + 0.12 * (fates.route == BORDER), 0.006, 6.0),
        (INSPECTION, left & _inspected(world, cases, fates), 0.25, 0.12, 45.0),
    )
    for reason, among, irregular, lawful, after in channels:
        hit = among & chance(rng, np.where(bad, irregular, lawful), cases.size)
        delay = days(span(rng, cases.size, median=after, sigma=0.6)).clip(1, 500)
        parts.append(_after(rng, fates, given, rows=np.flatnonzero(hit), delay=delay, reason=reason))
    return joined(parts)


def _inclusion(world: World, cases: Cases) -> Floats:
    """Probability with which each departure is drawn: threefold where few leave."""
    few = places.REGIONS.share[world.people.region[cases.person]] * len(places.REGIONS.codes) < 0.12
    return np.where(few, np.minimum(3 * world.settings.random_checks, 1.0), world.settings.random_checks)


def _by_draw(rng: np.random.Generator, world: World, cases: Cases, left: Bools) -> Bools:
    return left & cases.registered & chance(rng, _inclusion(world, cases), cases.size)


def _inspected(world: World, cases: Cases, fates: Fates) -> Bools:
    """Departures within four months before their agency was suspended."""
    agency = np.maximum(cases.agency, 0)
    seen = world.agencies.suspended[agency]
    return np.asarray((cases.agency != NONE) & (fates.ended > seen - 120) & (fates.ended <= seen))


def _found(rng: np.random.Generator, bad: Bools, *, undetermined: float) -> Ints:
    """What an examination finds, with its errors."""
    n = len(bad)
    truth = np.where(bad, NON_PROCEDURAL, AS_AGREED)
    wrong = chance(rng, np.where(bad, _MISSED, _FALSE_ALARM), n)
    found = np.where(wrong, AS_AGREED + NON_PROCEDURAL - truth, truth)
    return np.where(chance(rng, undetermined, n), UNDETERMINED, found)


def _overturned(rng: np.random.Generator, bad: Bools, finding: Ints, checked: Ints) -> Ints:
    """Day on which a finding of non-procedural departure is taken back, mostly wrong ones."""
    n = len(bad)
    taken_back = (finding == NON_PROCEDURAL) & chance(rng, np.where(bad, 0.02, 0.45), n)
    return np.where(taken_back, checked + between(rng, 20, 200, n), NEVER)


def _after(
    rng: np.random.Generator,
    fates: Fates,
    given: Help,
    *,
    rows: Ints,
    delay: Ints,
    reason: int,
    probability: Floats | None = None,
) -> Outcomes:
    n = len(rows)
    bad, route = fates.natural[rows], fates.route[rows]
    finding = _found(rng, bad, undetermined=0.05 if reason == RANDOM_CHECK else 0.11)
    incomplete = chance(rng, np.where(bad, np.where(route == EARLY, 0.9, 0.72), 0.08), n)
    state = np.where(chance(rng, 0.15, n), CANNOT_TELL, np.where(incomplete, INCOMPLETE, COMPLETE))
    checked = fates.ended[rows] + delay[rows]
    helped = given.helped[rows]
    return Outcomes(
        case=rows,
        named=chance(rng, 0.86, n),
        departed=np.where(chance(rng, 0.07, n), NONE, fates.ended[rows]),
        checked=checked,
        finding=finding,
        state=state,
        help=np.where(helped, given.kind[rows], np.where(chance(rng, 0.5, n), NO_HELP, NONE)),
        reason=np.full(n, reason),
        probability=np.full(n, np.nan) if probability is None else probability[rows],
        overturned=_overturned(rng, bad, finding, checked),
    )


def _before_departure(rng: np.random.Generator, given: Help) -> Outcomes:
    """People reached in time: no departure yet, so no finding about one; the help is on record."""
    rows = np.flatnonzero(given.reached)
    n = len(rows)
    helped = given.helped[rows]
    agreed = np.where(helped, 0.35, 0.6)
    state = np.where(helped, INCOMPLETE, np.where(chance(rng, 0.75, n), COMPLETE, CANNOT_TELL))
    listed = given.listed[rows]
    return Outcomes(
        case=rows,
        named=chance(rng, 0.92, n),
        departed=np.full(n, NONE),
        checked=given.day[rows],
        finding=np.where(chance(rng, agreed, n), AS_AGREED, UNDETERMINED),
        state=state,
        help=given.kind[rows],
        reason=np.where(listed, WORKLIST, pick(rng, [0, 0, 70, 30, 0, 0], n)),
        probability=np.full(n, np.nan),
        overturned=np.full(n, NEVER),
    )
