"""Features of the agency, its permit and the recruiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.facts import WITH_AGENCY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Facts, Numbers
    from models.rules import Rules


def shrunk(hits: Numbers, trials: Numbers, all_hits: Numbers, all_trials: Numbers, *, weight: float) -> Numbers:
    """A rate pulled towards the rate of all by ``weight`` pseudo-observations: (k + m K/N) / (n + m).

    Counts are whole numbers (n,); with no observation at all the rate is 0.
    """
    common = np.where(all_trials > 0, all_hits / np.maximum(all_trials, 1.0), 0.0)
    return (hits + weight * common) / (trials + weight)


def _agency_rate(facts: Facts, hits: str, trials: str, *, weight: float) -> Numbers:
    value = facts.value
    return shrunk(
        value[f"agency_{hits}"],
        value[f"agency_{trials}"],
        value[f"agency_{hits}_of_all"],
        value[f"agency_{trials}_of_all"],
        weight=weight,
    )


def agency_features(facts: Facts, rules: Rules) -> Mapping[str, Numbers]:
    """Every feature of the family, float64 (n,), by catalogue name."""
    value, flag = facts.value, facts.flag
    registrations = rules.constant("shrink_registrations")
    findings = rules.constant("shrink_outcomes")
    cited = flag["agency_cited"]
    with_agency = np.logical_or.reduce([flag[f"scheme_{scheme}"] for scheme in WITH_AGENCY])

    def of_agency(values: Numbers) -> Numbers:
        return np.where(cited, values, np.nan)

    complaints = shrunk(
        value["complaints"],
        value["agency_registered"],
        value["complaints_of_all"],
        value["agency_registered_of_all"],
        weight=registrations,
    )
    datable = ~np.isnan(value["licence_to"]) & ~np.isnan(value["planned"])
    ends_before = np.where(
        flag["licence_extends"], 0.0, np.where(datable, (value["licence_to"] < value["planned"]) * 1.0, np.nan)
    )
    quota_known = flag["permit_known"] & (value["permit_quota"] > 0)
    quota_use = value["permit_citations"] / np.where(quota_known, value["permit_quota"], np.nan)
    branch = np.where(cited & flag["branch_region_known"], flag["branch_open"].astype(np.float64), np.nan)
    return {
        "agency_declared": np.where(with_agency, cited.astype(np.float64), np.nan),
        "licence_state": of_agency(value["licence_state"]),
        "licence_ends_before_departure": of_agency(ends_before),
        "sanctions_24m": of_agency(np.nan_to_num(value["sanctions"])),
        "deposit_shortfall": of_agency(flag["deposit_shortfall"].astype(np.float64)),
        "complaint_rate": of_agency(100.0 * complaints),
        "open_claims": of_agency(np.nan_to_num(value["open_claims"])),
        "failed_departure_rate": of_agency(_agency_rate(facts, "failed", "planned", weight=registrations)),
        "orientation_skip_rate": of_agency(_agency_rate(facts, "skipped", "departed", weight=registrations)),
        "confirmed_rate": of_agency(
            np.minimum(_agency_rate(facts, "confirmed", "examined", weight=findings), rules.constant("rate_cap"))
        ),
        "quota_use": quota_use,
        "branch_registered": branch,
        "recruiter_degree": np.minimum(value["recruiter_open"], rules.constant("recruiter_degree_cap")),
        "recruiter_cases": np.minimum(value["recruiter_cases"], rules.constant("recruiter_cases_cap")),
    }
