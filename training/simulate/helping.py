"""Who is reached before departure, and what the help changes.

Offices look at the cases whose visible index is highest (steps missing late, a visit visa, a third party who pays, a
suspended agency, and much chance). They reach part of them in time. Help turns most irregular journeys into lawful
ones, makes some people stay, and fails for others; it also reaches people who needed none. What would have happened
without it is kept as hidden truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.schema import FEEDS
from training.simulate import steps
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Floats, Ints, between, chance, pick
from training.simulate.routes import PROCEDURAL, STAYS_OPEN, WITHDRAWS, Fates
from training.simulate.steps import Progress
from training.simulate.trips import THIRD_PARTY, UMRAH, VISIT, Trips

KINDS: Final = FEEDS["outcomes"].field("help_given").codes
NO_HELP, STEPS_COMPLETED, POSTPONED, ROUTE_CHANGED, WITHDREW, PROTECTION = range(6)
SHARE_LISTED: Final = 0.05
SHARE_REACHED: Final = 0.6
SHARE_REFERRED_REACHED: Final = 0.15


@dataclass(frozen=True)
class Help:
    """One row a case: whether it was on the worklist, whether and when somebody was reached, and the help given."""

    listed: Bools
    reached: Bools
    day: Ints
    kind: Ints

    @property
    def helped(self) -> Bools:
        """Whether help was given before departure."""
        return np.asarray(self.kind > NO_HELP)


def visible_index(
    rng: np.random.Generator, world: World, cases: Cases, progress: Progress, trips: Trips, *, day: Ints
) -> Floats:
    """What an office could see of each case on ``day``, as one number with much chance in it."""
    late = np.zeros(cases.size)
    rows = progress.case
    late[rows] = steps.overdue(progress, day=day[rows] - 3, planned=cases.planned_last[rows])
    seen = np.flatnonzero((trips.case != NONE) & (trips.booked + 2 <= day[np.maximum(trips.case, 0)]))
    visit, third = np.zeros(cases.size), np.zeros(cases.size)
    visit[trips.case[seen]] = np.isin(trips.visa[seen], (VISIT, UMRAH))
    third[trips.case[seen]] = trips.payer[seen] == THIRD_PARTY
    agency = np.maximum(cases.agency, 0)
    suspended = (cases.agency != NONE) & (world.agencies.suspended[agency] <= day)
    chance_part = 0.9 * rng.standard_normal(cases.size)
    return np.asarray(0.5 * np.minimum(late, 6) + 1.3 * visit + 0.8 * third + 0.8 * suspended + chance_part)


def help_given(
    rng: np.random.Generator, world: World, cases: Cases, fates: Fates, *, progress: Progress, trips: Trips
) -> Help:
    """Choose the cases looked at, those reached, and the help they get."""
    n = cases.size
    day = cases.planned_last - between(rng, 5, 34, n)
    day = np.where(cases.registered, day, cases.begun + between(rng, 2, 12, n))
    possible = (fates.fate != WITHDRAWS) & (day > cases.begun) & (day < fates.ended) & (day <= world.settings.last)
    index = np.where(possible & cases.registered, visible_index(rng, world, cases, progress, trips, day=day), -np.inf)
    wanted = round(SHARE_LISTED * int((possible & cases.registered).sum()))
    listed = np.zeros(n, dtype=np.bool_)
    if wanted:
        listed[np.argpartition(index, n - wanted)[n - wanted :]] = True
    reached = (listed & chance(rng, SHARE_REACHED, n)) | (
        possible & ~cases.registered & chance(rng, SHARE_REFERRED_REACHED, n)
    )
    in_need = chance(rng, np.where(fates.natural, 0.88, 0.55), n)
    kind = np.where(fates.natural, pick(rng, [0, 40, 18, 22, 14, 6], n), pick(rng, [0, 68, 22, 4, 5, 1], n))
    kind = np.where(~cases.registered, pick(rng, [0, 0, 0, 55, 33, 12], n), kind)
    kind = np.where(world.people.minor[cases.person], PROTECTION, kind)
    # Nobody whose next case is already drawn leaves the procedure now.
    followed = np.zeros(n, dtype=np.bool_)
    followed[cases.earlier[cases.earlier != NONE]] = True
    kind = np.where(followed & np.isin(kind, (WITHDREW, PROTECTION)), STEPS_COMPLETED, kind)
    return Help(listed=listed, reached=reached, day=day, kind=np.where(reached & in_need, kind, NO_HELP))


def after_help(
    rng: np.random.Generator, cases: Cases, fates: Fates, progress: Progress, given: Help
) -> tuple[Cases, Fates, Progress]:
    """Cases, fates and progress as they come to be. ``fates.natural`` is then what really happens.

    Help fails for one in five; who is helped with steps gets them done and leaves later.
    """
    n = cases.size
    works = given.helped & chance(rng, 0.8, n)
    stays_home = works & np.isin(given.kind, (WITHDREW, PROTECTION))
    goes = works & ~stays_home & (fates.fate != STAYS_OPEN)
    delay = np.where(given.kind == STEPS_COMPLETED, between(rng, 0, 25, n), between(rng, 12, 50, n))
    delay = np.where(goes, delay, 0)
    ended = np.where(stays_home, given.day + between(rng, 1, 20, n), np.where(goes, fates.ended + delay, fates.ended))
    changed = replace(
        fates,
        natural=fates.natural & ~works,
        route=np.where(works, PROCEDURAL, fates.route),
        fate=np.where(stays_home, WITHDRAWS, fates.fate),
        ended=ended,
        decided=np.where(works, NEVER, fates.decided),
    )
    rows = progress.case
    caught = steps.caught_up(
        rng, progress, since=given.day[rows], until=np.minimum(ended, NEVER)[rows], helped=goes[rows]
    )
    stopped = np.where(stays_home[rows][:, None] & (caught.done > given.day[rows][:, None]), NEVER, caught.done)
    later = replace(cases, planned_last=cases.planned_last + delay)
    return later, changed, replace(caught, done=stopped)
