"""Features of the agency by its own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.facts import WITH_AGENCY, stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Facts, Numbers


def agency_features(facts: Facts) -> Mapping[str, Numbers]:
    """Every feature of the family that needs no counts over others, float64 (n,), by catalogue name."""
    value, flag = facts.value, facts.flag
    cited = flag["agency_cited"]
    with_agency = np.logical_or.reduce([flag[f"scheme_{scheme}"] for scheme in WITH_AGENCY])

    def of_agency(values: Numbers) -> Numbers:
        return np.where(cited, values, np.nan)

    datable = ~np.isnan(value["licence_to"]) & ~np.isnan(value["planned"])
    ends_before = np.where(
        flag["licence_extends"], 0.0, np.where(datable, (value["licence_to"] < value["planned"]) * 1.0, np.nan)
    )
    branch = np.where(cited & flag["branch_region_known"], flag["branch_open"].astype(np.float64), np.nan)
    return {
        "agency_declared": np.where(with_agency, cited.astype(np.float64), np.nan),
        "licence_state": of_agency(value["licence_state"]),
        "licence_ends_before_departure": of_agency(ends_before),
        "sanctions_24m": of_agency(stated(value["sanctions"])),
        "deposit_shortfall": of_agency(flag["deposit_shortfall"].astype(np.float64)),
        "open_claims": of_agency(stated(value["open_claims"])),
        "branch_registered": branch,
    }
