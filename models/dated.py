"""What counts about others and tallies read of cases: with its days, and nothing in it that a later time changes.

The counts are functions of the time, through windows and rules. What they read of a case is not: it stays what it is
until a row of that person comes in, or one that was recorded later becomes known. So it can be kept of people whose
cases are over in the place of their rows, and counts as of another time follow from it exactly.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from models.stepplans import STEP_INDEX, plans_of

if TYPE_CHECKING:
    from models.cases import CaseBlock
    from models.rules import Rules
    from models.steps import Flags

FORM: Final = 1
"""To be raised whenever the same rows come to something else here: what was kept before is then not used."""

COUNTED_STEP: Final = "orientation"
"""The only step whose rows the counts read, of whatever case."""

_ROUTE: Final = pl.concat_str(
    "departure_point", pl.col("transit_countries").fill_null(""), "itinerary_destination", separator=">"
)
_KINDS: Final = {
    "scheme": pl.String,
    "placement": pl.String,
    "destination_country": pl.String,
    "agency_declared": pl.Boolean,
}
_FINDINGS: Final = (
    "case_id",
    "candidate_id",
    "outcome_id",
    "checked_on",
    "finding",
    "help_given",
    "examined_because",
    "inclusion_probability",
)


@dataclass(frozen=True)
class Dated:
    """What is read of some candidates' visible cases.

    Attributes
    ----------
    cases
        A row per case: ``case_id, candidate_id, registered`` (whether there is a registration), ``status, agency_id,
        recruiter_ref, permit_id, route``, the Jakarta days ``planned`` and ``registered_day``, ``plan`` (its kind, by
        row of ``kinds``), ``oriented`` (whether :data:`COUNTED_STEP` is recorded: one that has expired since was held
        before that departure). With ``office`` and ``region`` where they were asked for.
    kinds
        What a step plan depends on: ``scheme, placement, destination_country, agency_declared``.
    travel
        A row per itinerary: ``candidate_id, payer, payer_ref, group_ref, departure_day``, and of the registration that
        it belongs to, if there is one, the ``agency_id``.
    outcomes
        A row per finding, with the case that it belongs to, if there is one.
    """

    cases: pl.DataFrame
    kinds: pl.DataFrame
    travel: pl.DataFrame
    outcomes: pl.DataFrame

    @classmethod
    def of(cls, block: CaseBlock, *, places: bool = False) -> Self:
        """Of the cases of a block, in its order.

        Parameters
        ----------
        places
            With the office and region of every case, as :meth:`models.cases.CaseBlock.details` has them.
        """
        steps = block.visible.steps
        oriented = np.zeros(len(block.frame), dtype=bool)
        oriented[steps.registration[steps.code == STEP_INDEX[COUNTED_STEP]]] = True
        cases = block.frame.select(
            "case_id",
            "candidate_id",
            "status",
            "agency_id",
            "recruiter_ref",
            "permit_id",
            "planned",
            "registered_day",
            registered=pl.col("registration_id").is_not_null(),
            route=_ROUTE,
            plan=pl.Series(block.plans.of_case, dtype=pl.Int32),
            oriented=pl.Series(oriented),
        )
        if places:
            cases = pl.concat([cases, block.places()], how="horizontal")
        agency = block.frame.filter(pl.col("agency_id").is_not_null()).select("agency_id", owner_id="registration_id")
        travel = block.travel.select("candidate_id", "payer", "payer_ref", "group_ref", "departure_day", "owner_id")
        return cls(
            cases=cases,
            kinds=pl.DataFrame(list(block.plans.asked), schema=_KINDS, orient="row"),
            travel=travel.join(agency, on="owner_id", how="left").drop("owner_id"),
            outcomes=block.outcomes.select(_FINDINGS),
        )

    def without(self, candidates: Collection[str]) -> Dated:
        """That of others than some candidates."""
        if len(candidates) == 0:
            return self
        staying = ~pl.col("candidate_id").is_in(pl.Series(list(candidates), dtype=pl.String).implode())
        return Dated(
            cases=self.cases.filter(staying),
            kinds=self.kinds,
            travel=self.travel.filter(staying),
            outcomes=self.outcomes.filter(staying),
        )

    def beside(self, other: Dated) -> Dated:
        """Both, of different candidates."""
        both = pl.concat([self.kinds, other.kinds])
        kinds = both.unique(maintain_order=True)
        place = both.join(
            kinds.with_row_index("place"), on=kinds.columns, how="left", nulls_equal=True, maintain_order="left"
        )["place"].cast(pl.Int32)
        moved = [
            part.cases.with_columns(plan=place.slice(start).gather(part.cases["plan"]))
            for part, start in ((self, 0), (other, len(self.kinds)))
        ]
        return Dated(
            cases=pl.concat(moved, rechunk=True),
            kinds=kinds,
            travel=pl.concat([self.travel, other.travel], rechunk=True),
            outcomes=pl.concat([self.outcomes, other.outcomes], rechunk=True),
        )

    def required(self, rules: Rules) -> Flags:
        """Of which cases the rules require :data:`COUNTED_STEP`."""
        asked = [plan.required >> STEP_INDEX[COUNTED_STEP] & 1 for plan in plans_of(self.kinds.rows(), rules)]
        result: Flags = np.array(asked, dtype=bool)[self.cases["plan"].to_numpy()]
        return result
