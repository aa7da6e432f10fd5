"""How the steps of a case progress in time, whatever is recorded of it.

The orderly have each step by the usual day before departure; others are slower, which depends on the friction they
meet; some pause for weeks and catch up; some do a few steps out of turn. Who heads for an irregular route goes on
like everybody else until the day of the decision and mostly stops then; one in seven keeps a complete file all the
same, and an agency that sends early leaves out single late steps. So an unfinished file and an irregular route go
together only in part, and mostly in the last weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.schema import STEPS
from training.simulate import intentions, procedure
from training.simulate.cases import Cases
from training.simulate.draws import NEVER, NONE, Bools, Floats, Ints, between, chance, days, span
from training.simulate.routes import BORDER, DEPARTS, DIVERTED, EARLY, SHORTCUT, STAYS_OPEN, Fates

_SKIPPED_EARLY: Final = {
    "orientation": 0.75, "insurance": 0.45, "worker_id": 0.7, "contract": 0.45, "work_visa": 0.25,
    "competency_certificate": 0.4, "placement_agreement": 0.15, "sea_contract_endorsed": 0.6,
}  # fmt: skip
_SKIPPED: Final[Floats] = np.array([_SKIPPED_EARLY.get(s, 0.05) for s in STEPS])
_KEPT: Final = {SHORTCUT: 0.3, DIVERTED: 0.2, BORDER: 0.15}


@dataclass(frozen=True)
class Progress:
    """Day of each step of each registered case, :data:`~training.simulate.draws.NEVER` when it does not happen.

    Attributes
    ----------
    case
        Shape (rows,): the cases concerned, those with a registration.
    step
        Shape (rows, ``procedure.WIDTH``): step index by position, negative past the end.
    lead
        Same shape: usual days before departure.
    done
        Same shape: the day.
    """

    case: Ints
    step: Ints
    lead: Floats
    done: Ints


def progress(rng: np.random.Generator, cases: Cases, fates: Fates) -> Progress:
    """Progress of every registered case left to itself."""
    rows = np.flatnonzero(cases.registered)
    table = procedure.table_of(
        scheme=cases.scheme[rows],
        placement=cases.placement[rows],
        japan=cases.country[rows] == intentions.country("JP"),
    )
    step, lead = procedure.ORDER[table], procedure.LEAD[table]
    done = _schedule(rng, cases, fates, rows, lead)
    done = _left_out(rng, cases, fates, rows=rows, step=step, done=done)
    out = Progress(case=rows, step=step, lead=lead, done=np.where(step < 0, NEVER, done))
    registration = step == procedure.step_index("registration")
    begun = np.broadcast_to(cases.begun[rows][:, None], done.shape)
    return Progress(case=rows, step=step, lead=lead, done=np.where(registration, begun, out.done))


def _schedule(rng: np.random.Generator, cases: Cases, fates: Fates, rows: Ints, lead: Floats) -> Ints:
    """When each step would be done if the file were followed to the end."""
    n, shape = len(rows), lead.shape
    begun = cases.begun[rows].astype(np.float64)
    target = np.where(fates.fate[rows] == DEPARTS, fates.ended[rows], cases.planned_last[rows]).astype(np.float64)
    friction = fates.friction[rows]
    pace = np.exp(0.05 - 0.27 * friction + 0.22 * rng.standard_normal(n)).clip(0.22, 1.9)
    wait = np.maximum(target - begun, 2.0)
    scaled = lead * pace[:, None]
    fit = np.minimum(1.0, 0.96 * wait / np.maximum(scaled[:, 0], 1.0))
    scaled = scaled * fit[:, None]
    when = target[:, None] - scaled + rng.standard_normal(shape) * (0.6 + 0.07 * scaled)
    when += _pauses(rng, friction, when, target)
    turned = chance(rng, 0.07, n)
    in_order = np.maximum.accumulate(when, axis=1)
    when = np.where(turned[:, None], when + 6.0 * rng.standard_normal(shape), in_order)
    latest = np.maximum(target - 1.0, begun)[:, None]
    # The first step (information, or a letter fetched before) may precede the registration by a few days.
    earliest = begun[:, None] - np.where(np.arange(shape[1]) == 0, 6.0, 0.0)
    return days(np.clip(when, earliest, np.maximum(latest, earliest)))


def _pauses(rng: np.random.Generator, friction: Floats, when: Floats, target: Floats) -> Floats:
    """A pause in one of eight files, more often where friction is high; made up for as far as the date allows."""
    n, width = when.shape
    pauses = chance(rng, (0.12 + 0.05 * friction).clip(0.02, 0.4), n)
    at = between(rng, 1, width - 1, n)
    length = span(rng, n, median=32.0, sigma=0.6)
    after = (np.arange(width) >= at[:, None]) & pauses[:, None]
    room = np.maximum(target[:, None] - when, 0.0)
    return np.where(after, np.minimum(length[:, None], 0.9 * room), 0.0)


def _left_out(rng: np.random.Generator, cases: Cases, fates: Fates, *, rows: Ints, step: Ints, done: Ints) -> Ints:
    """Take away what does not happen: after a decision, by an agency in haste, after giving up."""
    route, shape = fates.route[rows], done.shape
    u = rng.random(shape)
    kept = np.zeros(len(rows))
    for code, share in _KEPT.items():
        kept[route == code] = share
    complete = chance(rng, 0.15, len(rows))[:, None]
    undecided = done < fates.decided[rows][:, None]
    irregular = np.isin(route, list(_KEPT))[:, None] & ~complete & ~undecided & (u > kept[:, None])
    hasty = (route == EARLY)[:, None] & ~complete & (u < _SKIPPED[step])
    careless = (route == 0)[:, None] & (u < 0.008)
    stop = np.where(fates.fate[rows] == STAYS_OPEN, _stall_day(rng, cases, rows), fates.ended[rows])
    return np.where(irregular | hasty | careless | (done > stop[:, None]), NEVER, done)


def _stall_day(rng: np.random.Generator, cases: Cases, rows: Ints) -> Ints:
    """When a file that never leads to a departure comes to rest."""
    length = cases.planned_last[rows] - cases.begun[rows]
    return cases.begun[rows] + days(length * (0.3 + 0.75 * rng.random(len(rows))))


def carried_over(progress: Progress, cases: Cases) -> Bools:
    """Personal steps that an earlier case of the same person already covers, same shape as ``progress.done``.

    Covered means done there before this case would do it and valid until after the planned departure.
    """
    at = np.full(cases.size, NONE, dtype=np.int64)
    at[progress.case] = np.arange(len(progress.case))
    before = cases.earlier[progress.case]
    source = np.where(before == NONE, NONE, at[np.maximum(before, 0)])
    covered = np.zeros(progress.done.shape, dtype=np.bool_)
    rows = np.flatnonzero(source != NONE)
    for name in procedure.PERSONAL:
        s = procedure.step_index(name)
        theirs = np.where(progress.step[source[rows]] == s, progress.done[source[rows]], NEVER).min(axis=1)
        valid = theirs + procedure.VALID_DAYS[s] > cases.planned_last[progress.case[rows]]
        mine = progress.step[rows] == s
        earlier = theirs[:, None] < progress.done[rows]
        covered[rows] |= mine & earlier & (valid & (theirs < NEVER))[:, None]
    return covered


def overdue(progress: Progress, *, day: Ints, planned: Ints) -> Ints:
    """Steps not done on a day though the usual day has passed, per row of ``progress``."""
    due = (progress.step >= 0) & (planned[:, None] - day[:, None] < 0.6 * progress.lead)
    return np.asarray((due & (progress.done > day[:, None])).sum(axis=1))


def caught_up(rng: np.random.Generator, progress: Progress, *, since: Ints, until: Ints, helped: Bools) -> Progress:
    """The same with the missing steps of helped cases done in order between the help and the new departure."""
    missing = helped[:, None] & (progress.step >= 0) & (progress.done > since[:, None])
    place = np.cumsum(missing, axis=1) / np.maximum(missing.sum(axis=1, keepdims=True), 1)
    room = np.maximum(until - since - 2, 1)[:, None]
    new = since[:, None] + 1 + days(place * room * (0.7 + 0.3 * rng.random((len(since), 1))))
    return Progress(
        case=progress.case, step=progress.step, lead=progress.lead, done=np.where(missing, new, progress.done)
    )
