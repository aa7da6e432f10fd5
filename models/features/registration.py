"""Features of the registration and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.facts import stated
from models.features.catalogue import CATALOGUE
from models.steps import STEP_INDEX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Columns, Facts, Numbers

COVERS_POST, COVERS_COUNTRY, NOT_COVERING, NONE_CITED, UNKNOWN = range(5)


def permit_state(facts: Columns) -> Numbers:
    """Ordinal state of the recruitment permit, NaN where the procedure asks for none and none is cited.

    A permit of another agency, for another country, not yet or no longer in force, withdrawn, or used up by other
    registrations does not cover.
    """
    flag = facts.flag
    full = facts.value["permit_citations"] >= facts.value["permit_quota"]
    covers = flag["permit_country"] & flag["permit_agency"] & flag["permit_in_force"] & ~full
    state = np.where(covers, np.where(flag["permit_post"], COVERS_POST, COVERS_COUNTRY), NOT_COVERING)
    state = np.where(flag["permit_known"], state, UNKNOWN)
    none_cited = np.where(flag["permit_asked"], float(NONE_CITED), np.nan)
    return np.where(flag["permit_cited"], state.astype(np.float64), none_cited)


def registration_features(facts: Facts) -> Mapping[str, Numbers]:
    """Every feature of the family that needs no counts over others, float64 (n,), by catalogue name."""
    steps = facts.steps
    since = np.maximum(stated(facts.value["registered_day"], facts.today), steps.last.astype(np.float64))
    result = {
        "registered": facts.flag["registered"].astype(np.float64),
        "steps_overdue": steps.overdue.sum(axis=1).astype(np.float64),
        "steps_orderly": steps.orderly.astype(np.float64),
        "stalled_days": np.maximum(0.0, facts.today - since),
        "days_reg_to_dep": facts.value["planned"] - facts.value["registered_day"],
        "dest_closed": facts.flag["closed"].astype(np.float64),
        "no_channel": facts.flag["no_channel"].astype(np.float64),
        "days_to_departure": facts.value["planned"] - facts.today,
    }
    for feature in CATALOGUE:
        if feature.step is not None:
            result[feature.name] = steps.overdue[:, STEP_INDEX[feature.step]].astype(np.float64)
    return result
