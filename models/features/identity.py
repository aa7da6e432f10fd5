"""Features of identity data and own history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.arithmetic import NAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import SomeFacts


def identity_features(facts: SomeFacts) -> Mapping[str, Any]:
    """Every feature of the family, as numbers by catalogue name.

    A birth date that was ever corrected never counts as a gap: a NIK is not reissued when birth data are corrected.
    """
    flag, how = facts.flag, facts.how
    comparable = flag["nik_valid"] & flag["birth_known"]
    gap = how.number(how.no(flag["nik_agrees"] | flag["birth_corrected"]))
    return {
        "nik_valid": how.choose(flag["nik_given"], how.number(flag["nik_valid"]), NAN),
        "nik_dob_gap": how.choose(comparable, gap, NAN),
        "prior_confirmed": facts.value["prior_confirmed"],
        "prior_procedural": facts.value["prior_procedural"],
    }
