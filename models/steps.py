"""The lawful steps of every case as of *t*: done, required, overdue, in order, or impossible to tell.

All arrays are (cases, steps) in the order of :data:`models.schema.STEPS`. A step is *done* when its row is visible,
its date has come and it is not past ``valid_until``. Passport, medical and certificate carry over from an earlier
registration of the same candidate while valid. A required step that is not done is *overdue* once fewer days remain
than is usual for it, and *unknown* where its absence means nothing: the feed is stale, or the office that would have
recorded it was not connected now or when the step was due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.asof import NEVER, StepRows
from models.itineraries import day
from models.schema import STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.rules import Rules

__all__ = [
    "CARRIED",
    "NEVER",
    "STEP_INDEX",
    "Connections",
    "Days",
    "Flags",
    "Plans",
    "StepTable",
    "done_days",
    "plans_for",
    "plans_of_kinds",
    "states",
    "step_table",
]

CARRIED: Final = ("passport", "medical", "competency_certificate")
STEP_INDEX: Final = {step: i for i, step in enumerate(STEPS)}

Days = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Plans:
    """The step plans a block of cases needs, one row per distinct plan.

    ``required``, ``position``, ``lead``, ``duration`` and ``issuer`` are (plans, steps); ``of_case`` gives the plan
    of each case.
    A step not in the plan has position -1; ``issuer`` indexes ``issuers``, the kinds of office that can record it;
    ``orders`` lists the required steps of each plan in lawful order.
    """

    required: Flags
    position: Days
    lead: Days
    duration: Days
    issuer: Days
    of_case: NDArray[np.intp]
    issuers: tuple[tuple[str, ...], ...]
    orders: tuple[tuple[int, ...], ...]

    def take(self, rows: NDArray[np.intp]) -> Plans:
        """The plans of some cases."""
        return replace(self, of_case=self.of_case[rows])


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


def plans_for(cases: pl.DataFrame, rules: Rules) -> Plans:
    """Step plans by scheme, placement, country and whether an agency is named; none for cases without registration."""
    combos = cases.select("scheme", "placement", "destination_country", agency=pl.col("agency_id").is_not_null())
    distinct = combos.unique(maintain_order=True).with_row_index("plan")
    of_case = combos.join(
        distinct,
        on=["scheme", "placement", "destination_country", "agency"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )["plan"].to_numpy()
    kinds = [row[1:] for row in distinct.iter_rows()]
    return plans_of_kinds(kinds, of_case.astype(np.intp), rules)


def plans_of_kinds(
    kinds: Sequence[tuple[str | None, str, str, bool]], of_case: NDArray[np.intp], rules: Rules
) -> Plans:
    """Step plans of some kinds of case.

    Parameters
    ----------
    kinds
        Scheme, placement, country, and whether an agency is named; no scheme: no plan.
    of_case
        Kind of each case, by its place in ``kinds``.
    """
    shape = (len(kinds), len(STEPS))
    required = np.zeros(shape, dtype=bool)
    position = np.full(shape, -1, dtype=np.int32)
    lead = np.zeros(shape, dtype=np.int32)
    duration = np.zeros(shape, dtype=np.int32)
    issuer = np.full(shape, -1, dtype=np.int32)
    orders = []
    issuers: dict[tuple[str, ...], int] = {}
    for k, (scheme, placement, country, agency) in enumerate(kinds):
        order: list[int] = []
        if scheme is not None:
            for rank, rule in enumerate(rules.step_plan(scheme, placement, country, agency_declared=agency).steps):
                j = STEP_INDEX[rule.step]
                required[k, j] = rule.required
                position[k, j] = rank
                lead[k, j] = rule.usual_lead_days
                duration[k, j] = rule.usual_duration_days
                issuer[k, j] = issuers.setdefault(rule.issuers, len(issuers))
                if rule.required:
                    order.append(j)
        orders.append(tuple(order))
    return Plans(required, position, lead, duration, issuer, of_case, tuple(issuers), tuple(orders))


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

    def unconnected(self, region: str, plans: Plans, days: NDArray[np.int64]) -> Flags:
        """Whether no office that could record a step in a region was connected on ``days`` (cases, steps).

        A region without a listed office of the kind asks the province; without that it is taken as connected.

        Parameters
        ----------
        plans
            Of the same cases, row by row.
        """
        result = np.zeros(days.shape, dtype=bool)
        issuer = plans.issuer[plans.of_case]
        for code, kinds in enumerate(plans.issuers):
            places = [x for x in self._of.get(region, []) if x[0] in kinds]
            places = places or [x for x in self._of.get(region.partition(".")[0], []) if x[0] in kinds]
            if not places:
                continue
            connected = np.zeros(days.shape, dtype=bool)
            for _, since, until in places:
                connected |= (days >= since) & (days <= until)
            result |= (issuer == code) & ~connected
        return result


def _orderly(done: Days, plans: Plans) -> NDArray[np.int64]:
    """Required steps done with every earlier required step done and dated no later, counted per case."""
    count = np.zeros(len(done), dtype=np.int64)
    for k, order in enumerate(plans.orders):
        rows = np.flatnonzero(plans.of_case == k)
        if not order or rows.size == 0:
            continue
        days = done[np.ix_(rows, np.asarray(order))]
        present = days != NEVER
        unbroken = np.logical_and.accumulate(present, axis=1)
        latest_so_far = np.maximum.accumulate(days, axis=1)
        count[rows] = (unbroken & (days == latest_so_far)).sum(axis=1)
    return count


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
    due = required & ((planned - today)[:, None] < lead) & dated[:, None]
    missing = required & (done == NEVER)
    cut_off = np.zeros(done.shape, dtype=bool)
    if regions:
        due_day = np.minimum(np.where(dated[:, None], planned[:, None] - lead, today), today)
        for region, at in regions.items():
            own = plans.take(at)
            for days in (np.full((len(at), len(STEPS)), today, dtype=np.int64), due_day[at]):
                cut_off[at] |= connections.unconnected(region, own, days)
    unknown = missing & (stale[:, None] | cut_off)
    return StepTable(
        done=done,
        required=required,
        overdue=missing & due & ~unknown,
        unknown=unknown,
        due=due,
        orderly=_orderly(done, plans),
        last=done.max(axis=1, initial=NEVER),
        plans=plans,
    )
