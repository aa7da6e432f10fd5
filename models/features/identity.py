"""Features of identity data and own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Facts, Numbers


def identity_features(facts: Facts) -> Mapping[str, Numbers]:
    """Every feature of the family, float64 (n,), by catalogue name.

    A birth date that was ever corrected never counts as a gap: a NIK is not reissued when birth data are corrected.
    """
    flag = facts.flag
    comparable = flag["nik_valid"] & flag["birth_known"]
    gap = (~flag["nik_agrees"] & ~flag["birth_corrected"]).astype(np.float64)
    return {
        "nik_valid": np.where(flag["nik_given"], flag["nik_valid"].astype(np.float64), np.nan),
        "nik_dob_gap": np.where(comparable, gap, np.nan),
        "prior_confirmed": facts.value["prior_confirmed"],
        "prior_procedural": facts.value["prior_procedural"],
    }
