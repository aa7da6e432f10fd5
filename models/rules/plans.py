"""Step plans: which steps a scheme asks for, in lawful order, and the dense arrays for many cases at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from models.errors import RuleError
from models.rules.reader import Row
from models.schema import OFFICE_KINDS, PLACEMENTS, SCHEMES, STEPS

ANY: Final = "*"
_STEP: Final = {step: number for number, step in enumerate(STEPS)}
_KIND: Final = {kind: number for number, kind in enumerate(OFFICE_KINDS)}
_ORDER_OF: Final = ("scheme", "placement", "destination_country", "agency_declared")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan.

    Attributes
    ----------
    step
        Code of the step (``models.schema.STEPS``).
    position
        Place in the lawful order, from 0 without gaps.
    required
        Whether this scheme, placement and country ask for it; optional steps are listed too.
    usual_lead_days
        Days before departure by which it is usually done.
    usual_duration_days
        Days it usually takes once started.
    issuers
        Kinds of office that issue it, the usual one first.
    source, disputed
        Where the rule is from and whether sources contradict each other.
    """

    step: str
    position: int
    required: bool
    usual_lead_days: int
    usual_duration_days: int
    issuers: tuple[str, ...]
    source: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The steps of one kind of case in lawful order; empty where no rule is in force."""

    steps: tuple[PlannedStep, ...]

    @property
    def required(self) -> tuple[PlannedStep, ...]:
        """The required steps in lawful order."""
        return tuple(step for step in self.steps if step.required)

    def __contains__(self, step: object) -> bool:
        """Whether the plan lists ``step``, required or optional."""
        return any(planned.step == step for planned in self.steps)

    def __getitem__(self, step: str) -> PlannedStep:
        """The planned step with code ``step``; KeyError when the plan does not list it."""
        for planned in self.steps:
            if planned.step == step:
                return planned
        raise KeyError(step)


@dataclass(frozen=True, slots=True, eq=False)
class DensePlans:
    """All different plans as arrays, for blocks of cases.

    Attributes
    ----------
    plans
        The different plans; plan number ``p`` is ``plans[p]``.
    required, listed
        ``bool (p, 21)``, columns in ``models.schema.STEPS`` order.
    position
        ``int64 (p, 21)`` place in the lawful order from 0; -1 where the plan does not list the step.
    lead, duration
        ``int64 (p, 21)`` days; 0 where not listed.
    issuer
        ``int64 (p, 21)`` usual issuer as index into ``models.schema.OFFICE_KINDS``; -1 where not listed.
    issued_by
        ``bool (p, 21, 10)`` every kind of office that issues the step.
    order
        ``int64 (p, 21)`` column numbers in lawful order, columns that are not listed last.
    """

    plans: tuple[StepPlan, ...]
    required: npt.NDArray[np.bool_]
    listed: npt.NDArray[np.bool_]
    position: npt.NDArray[np.int64]
    lead: npt.NDArray[np.int64]
    duration: npt.NDArray[np.int64]
    issuer: npt.NDArray[np.int64]
    issued_by: npt.NDArray[np.bool_]
    order: npt.NDArray[np.int64]


class PlanBook:
    """Plans of every scheme, placement, country and agency flag, compiled once from the rows in force."""

    def __init__(self, rows: Iterable[Row]) -> None:
        grouped: dict[tuple[str, str, str], dict[str, Row]] = {}
        for row in rows:
            kind = (row.text("scheme"), row.text("placement"), row.text("country"))
            grouped.setdefault(kind, {})[row.text("step")] = row
        self._countries = sorted({country for _, _, country in grouped} - {ANY})
        numbers: dict[StepPlan, int] = {}
        self._number: dict[tuple[str, str, str, bool], int] = {}
        for scheme in SCHEMES:
            for placement in PLACEMENTS:
                general = grouped.get((scheme, placement, ANY), {})
                for country in (ANY, *self._countries):
                    merged = general | grouped.get((scheme, placement, country), {})
                    for agency in (False, True):
                        plan = _compile(merged, agency_declared=agency)
                        self._number[scheme, placement, country, agency] = numbers.setdefault(plan, len(numbers))
        self._dense = _dense(tuple(numbers))
        self._lookup = pl.DataFrame(
            [(*kind, number) for kind, number in self._number.items()],
            schema=dict(zip(_ORDER_OF, (pl.String, pl.String, pl.String, pl.Boolean), strict=True))
            | {"plan": pl.Int64},
            orient="row",
        )

    @property
    def dense(self) -> DensePlans:
        """Arrays of all different plans."""
        return self._dense

    def number(self, scheme: str, placement: str, country: str, *, agency_declared: bool) -> int:
        """Plan number of one kind of case; KeyError for a scheme or placement the contract does not know."""
        known = country if country in self._countries else ANY
        return self._number[scheme, placement, known, agency_declared]

    def numbers(self, cases: pl.DataFrame) -> npt.NDArray[np.int64]:
        """Plan number per row, -1 where scheme or placement is null.

        Parameters
        ----------
        cases
            Needs ``scheme``, ``placement``, ``destination_country`` (String) and ``agency_declared`` (Boolean; null
            counts as false).
        """
        keys = cases.select(
            pl.col("scheme", "placement").cast(pl.String),
            pl.when(pl.col("destination_country").cast(pl.String).is_in(self._countries))
            .then(pl.col("destination_country").cast(pl.String))
            .otherwise(pl.lit(ANY))
            .alias("destination_country"),
            pl.col("agency_declared").cast(pl.Boolean).fill_null(value=False),
        )
        found = keys.join(self._lookup, on=list(_ORDER_OF), how="left", maintain_order="left")
        return found["plan"].fill_null(-1).to_numpy().astype(np.int64)


def _compile(rows: Mapping[str, Row], *, agency_declared: bool) -> StepPlan:
    ordered = sorted(rows.values(), key=lambda row: row.whole("position"))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.whole("position") == later.whole("position"):
            a, b = f"{earlier.text('step')} (line {earlier.line})", f"{later.text('step')} (line {later.line})"
            raise RuleError(
                f"steps.csv gives {a} and {b} the same position {later.whole('position')} for "
                f"{later.text('scheme')}, {later.text('placement')}, {later.text('country')}.",
                what_to_do="Give each step of a scheme its own position in the lawful order.",
            )
    required: dict[str, bool] = {"yes": True, "no": False, "if_agency": agency_declared}
    return StepPlan(
        tuple(
            PlannedStep(
                step=row.text("step"),
                position=position,
                required=required[row.text("required")],
                usual_lead_days=row.whole("usual_lead_days"),
                usual_duration_days=row.whole("usual_duration_days"),
                issuers=row.codes("issuer"),
                source=row.source,
                disputed=row.disputed,
            )
            for position, row in enumerate(ordered)
        )
    )


def _dense(plans: tuple[StepPlan, ...]) -> DensePlans:
    shape = (len(plans), len(STEPS))
    required, listed = np.zeros(shape, bool), np.zeros(shape, bool)
    position, issuer = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
    lead, duration = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    issued_by = np.zeros((*shape, len(OFFICE_KINDS)), bool)
    for number, plan in enumerate(plans):
        for planned in plan.steps:
            at = number, _STEP[planned.step]
            required[at], listed[at] = planned.required, True
            position[at], lead[at], duration[at] = (
                planned.position,
                planned.usual_lead_days,
                planned.usual_duration_days,
            )
            issuer[at] = _KIND[planned.issuers[0]]
            for kind in planned.issuers:
                issued_by[(*at, _KIND[kind])] = True
    order = np.argsort(np.where(listed, position, len(STEPS)), axis=1, kind="stable")
    arrays = (required, listed, position, lead, duration, issuer, issued_by, order)
    for array in arrays:
        array.setflags(write=False)
    return DensePlans(plans, *arrays)
