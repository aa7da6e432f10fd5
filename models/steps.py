"""The lawful steps of every case as of *t*: done, required, overdue, in order, or impossible to tell.

All arrays are (cases, steps) in the order of :data:`models.schema.STEPS`. A step is *done* when its row is visible,
its date has come and it is not past ``valid_until``. Passport, medical and certificate carry over from an earlier
registration of the same candidate while valid. A required step that is not done is *overdue* once fewer days remain
than is usual for it, and *unknown* where its absence means nothing: the feed is stale, or the office that would have
recorded it was not connected now or when the step was due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.asof import NEVER, StepRows
from models.itineraries import day
from models.schema import STEPS
from models.stepplans import STEP_INDEX, Plan, Plans

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CARRIED",
    "NEVER",
    "STEP_INDEX",
    "Connections",
    "Days",
    "Flags",
    "OneSteps",
    "StepTable",
    "done_days",
    "states",
    "states_one",
    "step_table",
]

CARRIED: Final = ("passport", "medical", "competency_certificate")

Days = NDArray[np.int32]
Flags = NDArray[np.bool_]
StepSet = TypeVar("StepSet", Flags, int)
"""Steps of many cases, or of one as a number (:mod:`models.stepplans`)."""


@dataclass(frozen=True)
class StepTable:
    """Step states of a block of cases, see the module."""

    done: Days
    required: Flags
    overdue: Flags
    unknown: Flags
    due: Flags
    orderly: NDArray[np.int64]
    last: Days
    plans: Plans

    @property
    def missing(self) -> Flags:
        """Required steps that are not done, whether or not their absence can be told."""
        missing: Flags = self.required & (self.done == NEVER)
        return missing

    @property
    def days_missing(self) -> NDArray[np.int64]:
        """Days that the missing steps usually take, shape (n,)."""
        return np.asarray((self.plans.duration[self.plans.of_case] * self.missing).sum(axis=1))

    @staticmethod
    def count(steps: Flags) -> NDArray[np.int64]:
        """How many steps of each case, shape (n,)."""
        return np.asarray(steps.sum(axis=1))

    @staticmethod
    def some(steps: Flags) -> Flags:
        """Whether there is any step, shape (n,)."""
        return np.asarray(steps.any(axis=1))

    @staticmethod
    def has(steps: Flags, step: str) -> Flags:
        """Whether one step is among those of each case, shape (n,)."""
        return steps[:, STEP_INDEX[step]]

    def day(self, step: str) -> Days:
        """Day on which a step was done, shape (n,)."""
        return self.done[:, STEP_INDEX[step]]

    def on_one_day(self, limit: int) -> Flags:
        """Whether so many steps were done on the same day, shape (n,)."""
        ordered = np.sort(self.done, axis=1)
        first, last = ordered[:, : max(0, len(STEPS) - limit + 1)], ordered[:, limit - 1 :]
        return np.asarray(((last == first) & (last != NEVER)).any(axis=1))

    def one(self, i: int) -> OneSteps:
        """The states of one of the cases."""
        plans = self.plans
        return OneSteps(
            done=self.done[i].tolist(),
            required=_set_of(self.required[i]),
            overdue=_set_of(self.overdue[i]),
            unknown=_set_of(self.unknown[i]),
            due=_set_of(self.due[i]),
            orderly=int(self.orderly[i]),
            last=int(self.last[i]),
            plan=plans.kinds[plans.of_case[i]],
        )

    def take(self, rows: NDArray[np.intp]) -> StepTable:
        """The states of some cases."""
        return StepTable(
            done=self.done[rows],
            required=self.required[rows],
            overdue=self.overdue[rows],
            unknown=self.unknown[rows],
            due=self.due[rows],
            orderly=self.orderly[rows],
            last=self.last[rows],
            plans=self.plans.take(rows),
        )


@dataclass(frozen=True)
class OneSteps:
    """Step states of one case, by the names they have of many: sets of steps are numbers, see the module of plans."""

    done: Sequence[int]
    required: int
    overdue: int
    unknown: int
    due: int
    orderly: int
    last: int
    plan: Plan

    @property
    def missing(self) -> int:
        """Required steps that are not done, whether or not their absence can be told."""
        return sum(1 << j for j in self.plan.order if self.done[j] == NEVER)

    @property
    def days_missing(self) -> int:
        """Days that the missing steps usually take."""
        return sum(self.plan.duration[j] for j in self.plan.order if self.done[j] == NEVER)

    @staticmethod
    def count(steps: int) -> int:
        """How many steps."""
        return steps.bit_count()

    @staticmethod
    def some(steps: int) -> bool:
        """Whether there is any step."""
        return steps != 0

    @staticmethod
    def has(steps: int, step: str) -> bool:
        """Whether a step is among some."""
        return bool(steps >> STEP_INDEX[step] & 1)

    def day(self, step: str) -> int:
        """Day on which a step was done."""
        return self.done[STEP_INDEX[step]]

    def on_one_day(self, limit: int) -> bool:
        """Whether so many steps were done on the same day."""
        ordered = sorted(day for day in self.done if day != NEVER)
        return any(first == last for first, last in zip(ordered, ordered[limit - 1 :], strict=False))


def _set_of(steps: Flags) -> int:
    return sum(1 << j for j in np.flatnonzero(steps).tolist())


def done_days(cases: pl.DataFrame, steps: StepRows, today: int) -> Days:
    """Day on which each step of each case was done, :data:`NEVER` where it is not.

    Parameters
    ----------
    cases
        ``registration_id``, ``candidate_id``, ``registered_day``, for *every* visible registration of the candidates
        concerned, so that an earlier one can lend its personal steps; registrations first, in the order of ``steps``.
    steps
        The visible steps.
    today
        Jakarta day number of *t*.
    """
    valid = (steps.completed <= today) & ((steps.valid_until == NEVER) | (steps.valid_until >= today))
    at, code, completed = steps.registration[valid], steps.code[valid], steps.completed[valid]
    done = np.full((len(cases), len(STEPS)), NEVER, dtype=np.int32)
    done[at, code] = completed
    _carry_over(done, cases)
    return done


def _carry_over(done: Days, cases: pl.DataFrame) -> None:
    """Lend valid personal steps of an earlier registration to the candidate's later ones that lack them."""
    several = (
        cases.select("candidate_id", "registered_day", registered=pl.col("registration_id").is_not_null())
        .with_row_index("at")
        .filter("registered")
        .filter(pl.col("candidate_id").is_duplicated())
        .select("at", "candidate_id", "registered_day")
    )
    if several.is_empty():
        return
    pairs = several.join(several, on="candidate_id", how="inner", suffix="_lender").filter(
        pl.col("registered_day_lender") < pl.col("registered_day")
    )
    at, lender = pairs["at"].to_numpy(), pairs["at_lender"].to_numpy()
    for step in CARRIED:
        own = done[:, STEP_INDEX[step]]
        lent = np.full(len(done), NEVER, dtype=np.int32)
        np.maximum.at(lent, at, own[lender])
        own[:] = np.where(own == NEVER, lent, own)


class Connections:
    """Which offices' records reach the national system, and when.

    Parameters
    ----------
    offices
        Visible rows.
    """

    def __init__(self, offices: pl.DataFrame) -> None:
        self._of: dict[str, list[tuple[str, int, int]]] = {}
        rows = offices.filter(pl.col("region").is_not_null()).select(
            "region", "kind", day("connected_from").fill_null(NEVER), day("connected_to").fill_null(-NEVER)
        )
        for region, kind, since, until in rows.iter_rows():
            self._of.setdefault(region, []).append((kind, since, until))
        self._partly = {
            region for region, rows in self._of.items() if any(a != NEVER or b != -NEVER for _, a, b in rows)
        }

    def matters(self, region: str | None) -> bool:
        """Whether an office of a region or of its province was not always connected."""
        return region is not None and (region in self._partly or region.partition(".")[0] in self._partly)

    def unconnected(self, region: str, issuers: Sequence[str], days: Any) -> Any:
        """Whether no office that could record a step in a region was connected on a day.

        A region without a listed office of the kind asks the province; without that it is taken as connected.

        Parameters
        ----------
        issuers
            Kinds of office that can record it.
        days
            A day, or an array of days.
        """
        places = [x for x in self._of.get(region, []) if x[0] in issuers]
        places = places or [x for x in self._of.get(region.partition(".")[0], []) if x[0] in issuers]
        cut_off = days == days if places else days != days  # noqa: PLR0124 - true or false of every day
        for _, since, until in places:
            cut_off = cut_off & ((days < since) | (days > until))
        return cut_off


def _in_order(days: Iterable[Any], later_of: Callable[[Any, Any], Any]) -> Any:
    """How many required steps are done with every earlier required step done and dated no later.

    Parameters
    ----------
    days
        Day on which each required step was done, in lawful order: of one case, or arrays of many.
    later_of
        The later of two days.
    """
    count, unbroken, latest = 0, True, NEVER
    for done in days:
        latest = later_of(latest, done)
        unbroken = unbroken & (done != NEVER)
        count = count + (unbroken & (done == latest))
    return count


def _orderly(done: Days, plans: Plans) -> NDArray[np.int64]:
    """:func:`_in_order` of every case; a shorter plan ends with steps that are never done."""
    orders = np.full((len(plans.kinds), len(STEPS)), -1, dtype=np.intp)
    for k, plan in enumerate(plans.kinds):
        orders[k, : len(plan.order)] = plan.order
    at = orders[plans.of_case]
    days = np.where(at >= 0, np.take_along_axis(done, at, axis=1), NEVER)
    return np.asarray(_in_order(np.ascontiguousarray(days.T), np.maximum), dtype=np.int64)


def _judged(required: StepSet, *, done: StepSet, near: StepSet, blind: StepSet) -> tuple[StepSet, StepSet, StepSet]:
    """Which required steps are due, which of them cannot be told, which are overdue.

    Parameters
    ----------
    near
        Those for which fewer days remain than is usual.
    blind
        Those whose absence means nothing.
    """
    due = required & near
    unknown = required & ~done & blind
    return due, unknown, due & ~done & ~unknown


def step_table(
    cases: pl.DataFrame,
    offices: pl.DataFrame,
    *,
    done: Days,
    plans: Plans,
    today: int,
    stale: Flags,
) -> StepTable:
    """Step states of some cases.

    Parameters
    ----------
    cases
        ``planned`` (Int32 day, null unknown) and ``region``.
    offices
        Visible rows.
    done, plans
        Of these cases, row by row.
    today
        Jakarta day number of *t*.
    stale
        Per case, whether the feed of steps is stale at its source.
    """
    connections = Connections(offices)
    regions = cases["region"]
    concerned = {
        region: np.flatnonzero((regions == region).fill_null(value=False).to_numpy())
        for region in regions.unique().drop_nulls()
        if connections.matters(region)
    }
    return states(
        dated=cases["planned"].is_not_null().to_numpy(),
        planned=cases["planned"].fill_null(today).to_numpy().astype(np.int64),
        regions=concerned,
        connections=connections,
        done=done,
        plans=plans,
        today=today,
        stale=stale,
    )


def states(
    *,
    dated: Flags,
    planned: NDArray[np.int64],
    regions: Mapping[str, NDArray[np.intp]],
    connections: Connections,
    done: Days,
    plans: Plans,
    today: int,
    stale: Flags,
) -> StepTable:
    """Step states from plain columns.

    Parameters
    ----------
    dated, planned
        Whether a departure is planned and on which day; any day where none is.
    regions
        By region with an office that was not always connected, the row numbers of its cases.
    connections
        The offices.
    done, plans, today, stale
        As for :func:`step_table`.
    """
    required = plans.required[plans.of_case]
    lead = plans.lead[plans.of_case].astype(np.int64)
    near = ((planned - today)[:, None] < lead) & dated[:, None]
    blind = np.repeat(stale[:, None], len(STEPS), axis=1)
    if regions:
        due_day = np.minimum(np.where(dated[:, None], planned[:, None] - lead, today), today)
        issuer = plans.issuer[plans.of_case]
        for region, at in regions.items():
            for code, issuers in enumerate(plans.issuers):
                off = connections.unconnected(region, issuers, due_day[at])
                off |= connections.unconnected(region, issuers, np.full_like(off, today, dtype=np.int64))
                blind[at] |= off & (issuer[at] == code)
    due, unknown, overdue = _judged(required, done=done != NEVER, near=near, blind=blind)
    return StepTable(
        done=done,
        required=required,
        overdue=overdue,
        unknown=unknown,
        due=due,
        orderly=_orderly(done, plans),
        last=done.max(axis=1, initial=NEVER),
        plans=plans,
    )


def states_one(
    *,
    planned: int | None,
    region: str | None,
    connections: Connections,
    done: Sequence[int],
    plan: Plan,
    today: int,
    stale: bool,
) -> OneSteps:
    """Step states of one case.

    Parameters
    ----------
    planned, region
        Day of departure and place, None if unknown.
    connections, done, plan, today, stale
        As for :func:`step_table`, of this case.
    """
    lead = plan.lead
    near = 0 if planned is None else sum(1 << j for j in plan.order if planned - today < lead[j])
    blind = -1 if stale else 0  # every step, or none
    if region is not None and connections.matters(region):
        for j in plan.order:
            due_day = today if planned is None else min(planned - lead[j], today)
            if any(connections.unconnected(region, plan.issuers[j], day) for day in (due_day, today)):
                blind |= 1 << j
    there = sum(1 << j for j in plan.order if done[j] != NEVER)
    due, unknown, overdue = _judged(plan.required, done=there, near=near, blind=blind)
    return OneSteps(
        done=done,
        required=plan.required,
        overdue=overdue,
        unknown=unknown,
        due=due,
        orderly=_in_order([done[j] for j in plan.order], max),
        last=max(done, default=NEVER),
        plan=plan,
    )
