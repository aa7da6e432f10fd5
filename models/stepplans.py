"""The step plans of cases: which steps a kind of case asks for, in lawful order, for one case and for a block.

A set of steps of one case is a number whose bit k stands for the k-th of :data:`models.schema.STEPS`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.schema import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.rules import Rules

STEP_INDEX: Final = {step: i for i, step in enumerate(STEPS)}
Kind = tuple[str | None, str, str, bool]
"""Scheme, placement and country of a case, and whether an agency is named; no scheme: no registration."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one kind of case, by their places in :data:`models.schema.STEPS`.

    Attributes
    ----------
    required
        The set of those that are asked for.
    order
        These in lawful order.
    listed
        All steps of the plan in lawful order, optional ones too.
    lead, duration
        By step, usual days before departure and usual days it takes; 0 where it is not in the plan.
    issuers
        By step, the kinds of office that can record it, the usual one first; none where it is not in the plan.
    """

    required: int
    order: tuple[int, ...]
    listed: tuple[int, ...]
    lead: tuple[int, ...]
    duration: tuple[int, ...]
    issuers: tuple[tuple[str, ...], ...]


def _none() -> Plan:
    nothing = (0,) * len(STEPS)
    return Plan(required=0, order=(), listed=(), lead=nothing, duration=nothing, issuers=((),) * len(STEPS))


_NO_PLAN: Final = _none()


def plan_of(scheme: str | None, placement: str, country: str, *, agency: bool, rules: Rules) -> Plan:
    """The plan of a kind of case.

    Parameters
    ----------
    scheme
        None: no registration, and no plan.
    agency
        Whether an agency is named.
    """
    if scheme is None:
        return _NO_PLAN
    return _numbered(rules, rules.plan_number(scheme, placement, country, agency_declared=agency))


@lru_cache(maxsize=256)
def _numbered(rules: Rules, number: int) -> Plan:
    """A plan of some rules by its number, worked out once: rules do not change."""
    steps = rules.plans.plans[number].steps
    lead, duration = [0] * len(STEPS), [0] * len(STEPS)
    issuers: list[tuple[str, ...]] = [()] * len(STEPS)
    for rule in steps:
        j = STEP_INDEX[rule.step]
        lead[j], duration[j], issuers[j] = rule.usual_lead_days, rule.usual_duration_days, rule.issuers
    order = tuple(STEP_INDEX[rule.step] for rule in steps if rule.required)
    return Plan(
        required=sum(1 << j for j in order),
        order=order,
        listed=tuple(STEP_INDEX[rule.step] for rule in steps),
        lead=tuple(lead),
        duration=tuple(duration),
        issuers=tuple(issuers),
    )


@dataclass(frozen=True)
class Plans:
    """The step plans a block of cases needs, one row per distinct plan.

    ``required``, ``position``, ``lead``, ``duration`` and ``issuer`` are (plans, steps); ``of_case`` gives the plan
    of each case.
    A step not in the plan has position -1; ``issuer`` indexes ``issuers``, the kinds of office that can record it;
    ``kinds`` are the plans themselves, ``asked`` what each was asked for by.
    """

    required: NDArray[np.bool_]
    position: NDArray[np.int32]
    lead: NDArray[np.int32]
    duration: NDArray[np.int32]
    issuer: NDArray[np.int32]
    of_case: NDArray[np.intp]
    issuers: tuple[tuple[str, ...], ...]
    kinds: tuple[Plan, ...]
    asked: tuple[Kind, ...]

    def take(self, rows: NDArray[np.intp]) -> Plans:
        """The plans of some cases."""
        return replace(self, of_case=self.of_case[rows])


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
    return _stacked([row[1:] for row in distinct.iter_rows()], of_case.astype(np.intp), rules)


def plans_of(asked: Sequence[Kind], rules: Rules) -> list[Plan]:
    """The plan of each kind of case."""
    return [
        plan_of(scheme, placement, country, agency=agency, rules=rules) for scheme, placement, country, agency in asked
    ]


def _stacked(asked: Sequence[Kind], of_case: NDArray[np.intp], rules: Rules) -> Plans:
    kinds = plans_of(asked, rules)
    shape = (len(kinds), len(STEPS))
    required = np.zeros(shape, dtype=bool)
    position = np.full(shape, -1, dtype=np.int32)
    lead = np.zeros(shape, dtype=np.int32)
    duration = np.zeros(shape, dtype=np.int32)
    issuer = np.full(shape, -1, dtype=np.int32)
    issuers: dict[tuple[str, ...], int] = {}
    for k, plan in enumerate(kinds):
        required[k, list(plan.order)] = True
        lead[k], duration[k] = plan.lead, plan.duration
        for rank, j in enumerate(plan.listed):
            position[k, j] = rank
            issuer[k, j] = issuers.setdefault(plan.issuers[j], len(issuers))
    return Plans(required, position, lead, duration, issuer, of_case, tuple(issuers), tuple(kinds), tuple(asked))
