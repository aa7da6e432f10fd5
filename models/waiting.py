"""Steps waiting at the desk of an office: what a coordination meeting goes through, without any score.

Of every active case with a lawful route: the required step whose turn it is, and those that should usually be there by
now, each at the office that does it. Steps that cannot be told to be missing are listed as such, to be confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.directory import Directory
from models.features.catalogue import INDEX
from models.recourse import KINDS, kind_codes
from models.schema import STEPS
from models.steps import STEP_INDEX

if TYPE_CHECKING:
    from models.situation import Situation

STATES: Final = ("overdue", "pending", "unknown")
"""Usually there by now; there is time; cannot be told."""
SCHEMA: Final = {
    "case_id": pl.String,
    "candidate_id": pl.String,
    "step": pl.String,
    "position": pl.Int64,
    "issuer": pl.String,
    "office_id": pl.String,
    "case_office": pl.String,
    "region": pl.String,
    "state": pl.String,
    "turn": pl.Boolean,
    "stalled_days": pl.Int64,
    "planned_day": pl.Int64,
}

_NOBODYS: Final = ("protection", "no_lawful_route")
"""Kinds of way back that do not lead through the missing steps."""
_BRANCH: Final = "agency_branch"
_FIRST_DESK: Final = ("disnaker",)
"""Where somebody without a registration registers."""


def waiting_steps(situation: Situation) -> pl.DataFrame:
    """The steps that wait, a row each.

    A case leads to nobody's desk if it is a minor's or has no lawful route. An agency's branch gets neither cases of
    an agency that cannot place anybody now, nor people who are not safe to contact.

    Returns
    -------
    polars.DataFrame
        Columns of :data:`SCHEMA`. ``issuer`` is the kind of office, the usual one where no office is known;
        ``office_id`` is null where no office is on record for the place; ``turn`` says that every earlier required step
        is done; ``stalled_days`` are those since something last happened in the case; ``planned_day`` is a day number.
    """
    steps, cases = situation.facts.steps, situation.cases
    plans = steps.plans
    kinds = np.array(tuple(KINDS))[kind_codes(situation)]
    position = plans.position[plans.of_case].astype(np.int64)
    missing = steps.missing
    first = np.where(missing, position, len(STEPS)).min(axis=1, initial=len(STEPS))
    turn = missing & (position == first[:, None])
    listed = turn | steps.overdue | (steps.unknown & steps.due)
    registration = STEP_INDEX["registration"]
    register = (cases["lane"] == "register").to_numpy()
    listed[register, registration] = turn[register, registration] = True
    listed &= ~np.isin(kinds, _NOBODYS)[:, None]
    at, code = np.nonzero(listed)
    issuer = plans.issuer[plans.of_case][at, code]
    state = np.where(steps.unknown, "unknown", np.where(steps.overdue, "overdue", "pending"))
    found = cases[at].select(
        "case_id",
        "candidate_id",
        "registration_id",
        "region",
        "safe_to_contact",
        case_office="office",
        planned_day=pl.col("planned").cast(pl.Int64),
    )
    stalled = np.nan_to_num(situation.x[:, INDEX["stalled_days"]]).astype(np.int64)
    found = found.with_columns(
        step=pl.Series([STEPS[j] for j in code], dtype=pl.String),
        position=pl.Series(np.maximum(position[at, code], 0)),
        issuer_no=pl.Series(np.where(register[at], -1, issuer).astype(np.int64)),
        state=pl.Series(state[at, code], dtype=pl.String),
        turn=pl.Series(turn[at, code]),
        stalled_days=pl.Series(stalled[at]),
        kind=pl.Series(kinds[at], dtype=pl.String),
    )
    placed = _with_offices(found, situation, plans.issuers)
    kept_from_branches = (pl.col("issuer") == _BRANCH) & (
        (pl.col("kind") == "change_agency") | ~pl.col("safe_to_contact").fill_null(value=True)
    )
    return placed.filter(~kept_from_branches).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _with_offices(found: pl.DataFrame, situation: Situation, issuers: tuple[tuple[str, ...], ...]) -> pl.DataFrame:
    """Rows with ``issuer`` and ``office_id``: an agency's branch is the one that did earlier steps of the case."""
    directory = Directory(situation.block.visible["offices"])
    places = found.select("issuer_no", "region", "case_office").unique(maintain_order=True)
    kinds = [issuers[no] if no >= 0 else _FIRST_DESK for no in places["issuer_no"]]
    offices = [
        directory.find(kind, region, own)
        for kind, region, own in zip(kinds, places["region"], places["case_office"], strict=True)
    ]
    places = places.with_columns(
        issuer=pl.Series(
            [
                kind[0] if office is None else directory.kinds[office.office_id]
                for kind, office in zip(kinds, offices, strict=True)
            ],
            dtype=pl.String,
        ),
        by_place=pl.Series([None if office is None else office.office_id for office in offices], dtype=pl.String),
    )
    branches = [office_id for office_id, kind in directory.kinds.items() if kind == _BRANCH]
    before = (
        situation.block.visible.columns("registration_steps", "registration_id", "issuer_ref", "completed_on")
        .filter(pl.col("issuer_ref").is_in(branches))
        .sort("completed_on", "issuer_ref")
        .unique("registration_id", keep="last", maintain_order=True)
        .select("registration_id", branch="issuer_ref")
    )
    joined = found.join(places, on=["issuer_no", "region", "case_office"], how="left", nulls_equal=True).join(
        before, on="registration_id", how="left"
    )
    own = pl.when(pl.col("issuer") == _BRANCH).then("branch")
    return joined.with_columns(office_id=pl.coalesce(own, "by_place"))
